/** Focus: everything but the text is away, and the block that is being written stands in full ink. */

import type { Editor } from "@tiptap/core";
import "./focus.css";

/** Begins it; what is returned ends it. Escape ends it too, where nothing else wants the key. */
export function focusOn(editor: Editor, leave: () => void): () => void {
  // ProseMirror takes every Escape, so it is asked before the editor; what is open over the text has it first.
  const pressed = ({ key, isComposing, target }: KeyboardEvent) => {
    const isIn = target instanceof Element && target.closest("search, dialog") !== null;
    if (
      key === "Escape" &&
      !isComposing &&
      !isIn &&
      document.querySelector(".choices:not([hidden]), dialog[open]") === null
    )
      leave();
  };
  const draw = () => editor.view.dispatch(editor.state.tr);
  const root = document.documentElement;
  root.dataset.focus = "";
  addEventListener("keydown", pressed, { capture: true });
  draw();
  editor.commands.focus();
  return () => {
    delete root.dataset.focus;
    removeEventListener("keydown", pressed, { capture: true });
    if (!editor.isDestroyed) draw();
  };
}
