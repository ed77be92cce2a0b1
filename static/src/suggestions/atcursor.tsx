/** What floats by the cursor: that one is suggesting, and what can be done about the suggestion there. */

import { useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { keyTip } from "../design/keys";
import type { Story } from "../story/story";
import { ACCEPT_KEYS, REJECT_KEYS } from "./tool";

/** How far below the line it stands, in pixels. */
const BELOW = 6;

export function AtCursor({ story }: { readonly story: Story }) {
  const box = useRef<HTMLElement>(null);
  const { suggesting, editor, live } = story;
  const { active, on, cursor, mayDecide, hidden } = suggesting;
  const suggestion = hidden.value ? null : active.value;
  const own = suggestion?.member === live.you.value?.id;
  const shown = (suggestion !== null && (mayDecide.value || live.you.value !== null)) || on.value;

  useSignalEffect(() => {
    active.value;
    on.value;
    const pos = cursor.value;
    const view = editor.value?.view;
    const element = box.current;
    const sheet = element?.parentElement;
    if (view === undefined || !element || !sheet) return;
    // Once the text has been drawn.
    requestAnimationFrame(() => {
      if (view.isDestroyed || pos > view.state.doc.content.size) return;
      const { left, bottom } = view.coordsAtPos(pos);
      const frame = sheet.getBoundingClientRect();
      const most = sheet.clientWidth - element.offsetWidth - 8;
      element.style.left = `${Math.max(8, Math.min(left - frame.left, most))}px`;
      element.style.top = `${bottom - frame.top + sheet.scrollTop + BELOW}px`;
    });
  });

  const author = suggestion === null ? null : suggesting.author(suggestion.member);
  return (
    <section
      ref={box}
      class="at-cursor"
      aria-label={author === null ? "Suggesting" : `Suggestion by ${author.name}`}
      data-hue={author?.hue ?? live.you.value?.hue}
      hidden={!shown}
      // Clicking a button must not take the cursor out of the text.
      onMouseDown={(event) => event.preventDefault()}
    >
      {on.value && (suggestion === null || own) ? (
        <span class="mode">Suggesting</span>
      ) : (
        suggestion !== null && (
          <>
            <b>{author?.name}</b>
            {mayDecide.value && (
              <>
                <button
                  type="button"
                  class="quiet"
                  title={`Accept (${keyTip(ACCEPT_KEYS)})`}
                  onClick={() => suggesting.decideOne(true, suggestion)}
                >
                  Accept
                </button>
                <button
                  type="button"
                  class="quiet"
                  title={`${own ? "Take it back" : "Reject"} (${keyTip(REJECT_KEYS)})`}
                  onClick={() => suggesting.decideOne(false, suggestion)}
                >
                  {own ? "Take it back" : "Reject"}
                </button>
              </>
            )}
          </>
        )
      )}
    </section>
  );
}
