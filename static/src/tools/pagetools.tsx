/** What the tools show over and under the text of a page. What is rarely needed loads itself when it is asked for. */

import { useSignal, useSignalEffect } from "@preact/signals";
import { lazy } from "../design/lazy";
import type { Story } from "../story/story";

const FindBar = lazy(async () => ({ default: (await import("./findbar")).FindBar }));

export function PageTools({ story }: { readonly story: Story }) {
  const { finding, focus } = story.tools;
  const editor = story.editor.value;
  const mistake = useSignal("");

  useSignalEffect(() => {
    const bound = story.editor.value;
    if (!focus.value || bound === null) return;
    let end: (() => void) | null = null;
    let wanted = true;
    import("./focus").then(
      ({ focusOn }) => {
        if (wanted && !bound.isDestroyed) {
          end = focusOn(bound, () => {
            focus.value = false;
          });
        }
      },
      () => {
        mistake.value = "This couldn't be loaded. Try again in a moment.";
        focus.value = false;
      },
    );
    return () => {
      wanted = false;
      end?.();
    };
  });

  return (
    <>
      {finding.value !== null && editor !== null && <FindBar key={story.id} story={story} editor={editor} />}
      {focus.value && (
        <button
          type="button"
          class="quiet leave-focus"
          onClick={() => {
            focus.value = false;
          }}
        >
          Leave focus
        </button>
      )}
      {mistake.value !== "" && <p role="alert">{mistake}</p>}
    </>
  );
}
