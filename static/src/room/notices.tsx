/** The strip of sentences under the top bar: one for each state in which a person should know more than a word. */

import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { CopyButton } from "../design/copybutton";
import { renewed } from "../offline/shell";
import type { Story } from "../story/story";
import { Reload } from "./ending";
import type { Following } from "./following";
import { HandNotices, useWentBack } from "./hands";
import type { Live } from "./live";
import "./notices.css";

const WHEN = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });

interface Props {
  readonly live: Live;
  readonly story: Story | null;
  /** What a door that closed found unsent in this tab; empty for nothing. */
  readonly left: Signal<string>;
  /** What else went wrong just now; empty for nothing. */
  readonly mistake: Signal<string>;
  readonly following: Following;
  readonly onPeople: () => void;
}

export function Notices({ live, story, left, mistake, following, onPeople }: Props) {
  const saving = live.saving.value;
  const standing = story?.words.value.sentence ?? null;
  const farewell = live.phase.value === "away" ? live.farewell.value : null;
  const unsent = story?.unsent.value ?? null;
  const earlier = story?.unsentEarlier.value ?? null;
  const wentBack = useWentBack(live);

  return (
    <div class="notices" role="status">
      {live.stale.value && (
        <Notice>
          <span>The studio has been renewed since this page was loaded. You can read along; reload to write.</span>
          <Reload />
        </Notice>
      )}
      {renewed.value && !live.stale.value && (
        <Notice>
          <span>A new version is here.</span>
          <Reload quiet />
        </Notice>
      )}
      {farewell !== null && <Notice>{farewell.sentence}</Notice>}
      {standing !== null && <Notice>{standing}</Notice>}
      {!saving.ok && <Notice>{saving.sentence ?? "Nothing can be saved just now. Saving is tried again."}</Notice>}
      <HandNotices
        live={live}
        mistake={mistake}
        onPeople={onPeople}
        wentBack={wentBack.value && unsent === null}
        read={() => {
          wentBack.value = false;
        }}
      />
      <Followed following={following} />
      {story !== null && <WordsMoved story={story} />}
      {story !== null && unsent !== null && (
        <Unsent
          when={
            wentBack.value
              ? "The pen went back before all you did was sent."
              : "The pen was taken before all you did was sent."
          }
          text={unsent}
          held
          letGo={() => letGoOf(story)}
        />
      )}
      {story !== null && earlier !== null && (
        <Unsent
          when="You have no pen now, and what you wrote here before, without a network, was never sent."
          text={earlier}
          held
          letGo={() => letGoOf(story)}
        />
      )}
      {left.value !== "" && !live.shut.value && (
        <Unsent
          when="The door was closed before all you did was sent."
          text={left.value}
          letGo={() => {
            left.value = "";
          }}
        />
      )}
      {story !== null && live.restored.value?.document === story.id && (
        <Notice>
          {live.restored.value.name} brought back the page of {WHEN.format(new Date(live.restored.value.time))}.
          <button
            type="button"
            class="quiet"
            onClick={() => {
              live.restored.value = null;
            }}
          >
            All right
          </button>
        </Notice>
      )}
      {mistake.value !== "" && (
        <Notice>
          {mistake.value}
          <button
            type="button"
            class="quiet"
            onClick={() => {
              mistake.value = "";
            }}
          >
            All right
          </button>
        </Notice>
      )}
    </div>
  );
}

export function Notice({ children }: { readonly children: ComponentChildren }) {
  return <div class="notice">{children}</div>;
}

function Followed({ following }: { readonly following: Following }) {
  const whom = following.whom.value;
  if (whom === null) return null;
  return (
    <div class="notice follow" data-hue={whom.hue}>
      <span>
        You follow{" "}
        <b class="person" data-hue={whom.hue}>
          {whom.name}
        </b>{" "}
        until you scroll or press Escape.
      </span>
      <button type="button" class="quiet" onClick={following.stop}>
        Stop following
      </button>
    </div>
  );
}

const SAID_MS = 8_000;

/** In passing: nothing has to be done about it, and nothing on the page moves for it. */
function WordsMoved({ story }: { readonly story: Story }) {
  const how = story.broughtHome.value;
  useEffect(() => {
    if (how === null) return;
    const timer = setTimeout(() => {
      story.broughtHome.value = null;
    }, SAID_MS);
    return () => clearTimeout(timer);
  }, [story, how]);
  if (how === null) return null;
  return (
    <div class="passing">
      {how === "along"
        ? "Somebody changed the line you were writing in. Your words were moved with it."
        : "The line you were writing in was taken away meanwhile. Your words have a line of their own."}
    </div>
  );
}

async function letGoOf(story: Story): Promise<void> {
  await story.forget();
  location.reload();
}

interface UnsentProps {
  /** A sentence about how it came to that. */
  readonly when: string;
  readonly text: string;
  /** Whether this browser holds them for the case that the pen comes again. */
  readonly held?: boolean;
  readonly letGo: () => void;
}

function Unsent({ when, text, held = false, letGo }: UnsentProps) {
  const hope = held ? " They go out if you get the pen again." : "";
  return (
    <Notice>
      {text === "" ? (
        <span>
          {when} Your last changes are only here.{hope}
        </span>
      ) : (
        <>
          <span>
            {when} These words are only here; keep a copy.{hope}
          </span>
          <q class="unsent">{text}</q>
          <CopyButton text={text}>Copy them</CopyButton>
        </>
      )}
      <button type="button" class="quiet" onClick={letGo}>
        Let them go
      </button>
    </Notice>
  );
}
