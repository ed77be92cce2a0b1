/** How much is written on the page that is shown, for the one who writes it: words, time to read, pages; and a goal, if there is one. */

import { type ReadonlySignal, type Signal, useSignal, useSignalEffect } from "@preact/signals";
import type { FormProps } from "../room/form";
import type { Story } from "../story/story";
import { type Count, Counter, pagesOf } from "./count";
import { setGoal } from "./goal";
import "./measure.css";
import { goalInWords, pagesInWords, readingInWords, wordsInWords } from "./words";

const CALM_MS = 600;

/** The count of the document that is shown, a moment after it began to change. */
function useCount(story: ReadonlySignal<Story | null>): Signal<Count | null> {
  const count = useSignal<Count | null>(null);
  useSignalEffect(() => {
    const editor = story.value?.editor.value;
    count.value = null;
    if (editor == null) return;
    const counter = new Counter();
    let end = new AbortController();
    let calm: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      calm = undefined;
      end.abort();
      end = new AbortController();
      const found = await counter.count(editor.state.doc, end.signal);
      if (found !== null) count.value = found;
    };
    // Counted while somebody goes on writing, too: in a busy room there is no pause.
    const changed = () => {
      calm ??= setTimeout(look, CALM_MS);
    };
    changed();
    editor.on("update", changed);
    return () => {
      clearTimeout(calm);
      end.abort();
      editor.off("update", changed);
    };
  });
  return count;
}

interface Props {
  readonly story: ReadonlySignal<Story | null>;
  /** Opens the form about it. */
  readonly onAsk: () => void;
}

/** The figure at the foot of the room. */
export function Measure({ story, onAsk }: Props) {
  const count = useCount(story).value;
  const shown = story.value;
  if (count === null || shown === null) return null;
  const goal = shown.tools.goal.value;
  return (
    <button type="button" class="quiet measure" title="Words, and a goal for you alone" onClick={onAsk}>
      {wordsInWords(count.words)}
      {goal !== null && ` · ${goalInWords(count.words, goal)}`}
    </button>
  );
}

/** Words, time to read, pages, and the goal. */
export function MeasureForm({ live, story, done }: FormProps) {
  const count = useCount(story).value;
  const shown = story.value;
  if (shown === null) return <p>No page is open.</p>;
  const goal = shown.tools.goal.value;
  const isScript = live.documents.value.find(({ id }) => id === shown.id)?.kind === "script";

  const keep = (event: SubmitEvent) => {
    event.preventDefault();
    const words = Number(new FormData(event.currentTarget as HTMLFormElement).get("goal"));
    const wanted = Number.isSafeInteger(words) && words > 0 ? words : null;
    setGoal(live.id, shown.id, wanted);
    shown.tools.goal.value = wanted;
    done();
  };

  return (
    <>
      {count === null ? (
        <p role="status">Counting…</p>
      ) : (
        <p>
          {[wordsInWords(count.words), readingInWords(count.words), isScript ? pagesInWords(pagesOf(count.lines)) : ""]
            .filter((part) => part !== "")
            .join(", ")}
          .
        </p>
      )}
      {count !== null && goal !== null && (
        <p class="goal">
          <progress max={goal} value={Math.min(count.words, goal)} aria-label="Towards your goal" />
          {goalInWords(count.words, goal)}
        </p>
      )}
      <form onSubmit={keep}>
        <label for="goal">A goal for this page, in words</label>
        <p class="small">For you alone: it is kept in this browser, and nobody sees it.</p>
        <div class="buttons">
          <input id="goal" name="goal" type="number" min={0} max={10_000_000} defaultValue={goal ?? ""} />
          <button type="submit" class="plain">
            Keep it
          </button>
        </div>
      </form>
    </>
  );
}
