/** The outline beside the page: a list to jump by, with the part marked in which the cursor is. Arrow keys go through it. */

import { useSignal, useSignalEffect } from "@preact/signals";
import type { Editor } from "@tiptap/core";
import { TextSelection } from "@tiptap/pm/state";
import type { PanelProps } from "../room/panels";
import { outline, type Part, partAt, sameParts } from "./outline";
import "./outline.css";

const CALM_MS = 200;

export default function Outline({ story }: PanelProps) {
  const parts = useSignal<readonly Part[]>([]);
  const current = useSignal(-1);

  useSignalEffect(() => {
    const editor = story.value?.editor.value;
    if (editor == null) {
      parts.value = [];
      return;
    }
    let calm: ReturnType<typeof setTimeout> | undefined;
    const mark = () => {
      current.value = partAt(parts.peek(), editor.state.selection.head);
    };
    const look = () => {
      const found = outline(editor.state.doc);
      if (!sameParts(parts.peek(), found)) parts.value = found;
      mark();
    };
    const changed = () => {
      clearTimeout(calm);
      calm = setTimeout(look, CALM_MS);
    };
    look();
    editor.on("update", changed);
    editor.on("selectionUpdate", mark);
    return () => {
      clearTimeout(calm);
      editor.off("update", changed);
      editor.off("selectionUpdate", mark);
    };
  });

  const walk = (event: KeyboardEvent) => {
    const list = event.currentTarget as HTMLElement;
    const items = [...list.querySelectorAll("button")];
    const at = items.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    items[Math.max(0, Math.min(to, items.length - 1))]?.focus();
  };

  return (
    <>
      <h2>Outline</h2>
      {parts.value.length === 0 ? (
        <p class="outline small">
          Headings, scenes and the parts of a song stand here as they are written, to jump by.
        </p>
      ) : (
        <nav class="outline" aria-label="Outline" onKeyDown={walk}>
          <ol>
            {parts.value.map(({ at, text, level }, index) => (
              <li key={`${index}-${text}`} data-level={level}>
                <button
                  type="button"
                  class="quiet"
                  aria-current={index === current.value ? "location" : undefined}
                  onClick={() => jump(story.value?.editor.value ?? null, at)}
                >
                  {text}
                </button>
              </li>
            ))}
          </ol>
        </nav>
      )}
    </>
  );
}

/** To the part that begins there: in sight at the top, and the cursor at its end. */
function jump(editor: Editor | null, at: number): void {
  const node = editor?.state.doc.nodeAt(at);
  if (editor === null || node == null) return;
  const end = TextSelection.create(editor.state.doc, at + node.nodeSize - 1);
  editor.view.dispatch(editor.state.tr.setSelection(end));
  editor.view.focus();
  const block = editor.view.nodeDOM(at);
  if (block instanceof HTMLElement) block.scrollIntoView({ block: "start" });
}
