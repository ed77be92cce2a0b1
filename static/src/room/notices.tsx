/** The strip of sentences under the top bar: one for each state in which a person should know more than a word. */

import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { CopyButton } from "../design/copybutton";
import type { Story } from "../story/story";
import { Reload } from "./ending";
import type { Live } from "./live";
import "./notices.css";

interface Props {
  readonly live: Live;
  readonly story: Story | null;
  /** What else went wrong just now; empty for nothing. */
  readonly mistake: Signal<string>;
}

export function Notices({ live, story, mistake }: Props) {
  const saving = live.saving.value;
  const standing = story?.words.value.sentence ?? null;
  const farewell = live.phase.value === "away" ? live.farewell.value : null;
  const unsent = story?.unsent.value ?? null;

  return (
    <div class="notices" role="status">
      {live.stale.value && (
        <Notice>
          <span>The studio has been renewed since this page was loaded. You can read along; reload to write.</span>
          <Reload />
        </Notice>
      )}
      {farewell !== null && <Notice>{farewell.sentence}</Notice>}
      {standing !== null && <Notice>{standing}</Notice>}
      {!saving.ok && <Notice>{saving.sentence ?? "Nothing can be saved just now. Saving is tried again."}</Notice>}
      {story !== null && unsent !== null && <Unsent story={story} text={unsent} />}
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

function Notice({ children }: { readonly children: ComponentChildren }) {
  return <div class="notice">{children}</div>;
}

function Unsent({ story, text }: { readonly story: Story; readonly text: string }) {
  const letGo = async () => {
    await story.forget();
    location.reload();
  };
  return (
    <Notice>
      {text === "" ? (
        <span>The pen was taken. Your last changes were not sent: they are only here.</span>
      ) : (
        <>
          <span>The pen was taken. Your last words were not sent; keep a copy.</span>
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
