/** The strip of a sprint: what it is about, how long it goes on, who is in it. Everybody in the room sees it. */

import { type ReadonlySignal, type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { extendSprint, sentenceOf, stopSprint } from "../room/api";
import type { Live } from "../room/live";
import type { Sprint } from "../room/model";
import type { Story } from "../story/story";
import { askFor, isAskedFor, ring } from "./bell";
import { aloud, minutesOf, type Phase, shown } from "./phase";
import "./sprint.css";

const NAMES = 6;

interface Props {
  readonly live: Live;
  readonly story: ReadonlySignal<Story | null>;
  readonly mistake: Signal<string>;
}

export function SprintBar({ live, story, mistake }: Props) {
  const sprint = live.sprints.sprint.value;
  const now = live.sprints.phase.value;
  const spoken = useSignal("");
  const bell = useSignal(isAskedFor());
  const before = useRef<Phase | null>(null);
  const you = live.you.value;
  const isIn = sprint?.people.some(({ member }) => member === you?.id) ?? false;
  const isUnderWay = now !== null && now.name !== "over";

  useEffect(() => {
    if (sprint !== null && now !== null) {
      const said = aloud(before.current, now, minutesOf(sprint));
      if (said !== null) spoken.value = said;
      if (now.name === "over" && before.current?.name === "writing" && bell.peek()) ring();
    }
    before.current = now;
  }, [sprint, now, spoken, bell]);

  // Whoever writes while it goes on is in it: nobody has to think of a button.
  const editor = story.value?.editor.value;
  useEffect(() => {
    if (now?.name !== "writing" || isIn || editor == null) return;
    const dom = editor.view.dom;
    const wrote = () => {
      live.sprints.join().catch(() => {}); // it has just ended, or the next key says it again
    };
    dom.addEventListener("beforeinput", wrote, { once: true });
    return () => dom.removeEventListener("beforeinput", wrote);
  }, [live, editor, now?.name, isIn]);

  const attempt = (change: Promise<unknown>) =>
    change.catch((error: unknown) => {
      mistake.value = sentenceOf(error);
    });

  const holds = sprint !== null && you !== null && (sprint.by === you.id || you.grants.includes("moderate"));
  return (
    <section class="sprint" aria-label="Sprint" hidden={sprint === null || now === null} data-phase={now?.name}>
      <p class="vh" role="status">
        {spoken}
      </p>
      {sprint !== null && now !== null && (
        <>
          <p class="about">
            <What sprint={sprint} now={now} />
          </p>
          <p class="in">{names(sprint)}</p>
          <div class="buttons">
            {isUnderWay && live.write.value && !isIn && (
              <button type="button" class="plain" onClick={() => attempt(live.sprints.join())}>
                I'm in
              </button>
            )}
            {isUnderWay && (
              <button
                type="button"
                class="quiet"
                onClick={() => {
                  bell.value = !bell.value;
                  askFor(bell.value);
                }}
              >
                {bell.value ? "Don't ring at the end" : "Ring at the end"}
              </button>
            )}
            {isUnderWay && holds && live.write.value && (
              <>
                <button type="button" class="quiet" onClick={() => attempt(extendSprint(live.token(), live.id, 5))}>
                  5 minutes more
                </button>
                <button type="button" class="quiet" onClick={() => attempt(stopSprint(live.token(), live.id))}>
                  {now.name === "waiting" ? "Call it off" : "End it now"}
                </button>
              </>
            )}
            {now.name === "over" && (
              <button type="button" class="quiet" onClick={() => live.sprints.dismiss()}>
                All right
              </button>
            )}
          </div>
        </>
      )}
    </section>
  );
}

function What({ sprint, now }: { readonly sprint: Sprint; readonly now: Phase }) {
  const prompt = sprint.prompt === "" ? null : <q>{sprint.prompt}</q>;
  if (now.name === "over") return <>The sprint is over. {prompt}</>;
  return (
    <>
      {/* Said aloud only when somebody asks: what has to be heard is said above. */}
      <span class="clock" role="timer" aria-live="off" aria-label={now.name === "waiting" ? "Begins in" : "Left"}>
        {now.name === "waiting" ? `Begins in ${shown(now.seconds)}` : shown(now.seconds)}
      </span>{" "}
      {prompt}
    </>
  );
}

function names({ people }: Sprint): string {
  const first = people.slice(0, NAMES).map(({ name }) => name);
  return `with ${first.join(", ")}${people.length > NAMES ? " and others" : ""}`;
}
