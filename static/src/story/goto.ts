/** Brings a place of the text into view, with the cursor there. */

import type { Editor } from "@tiptap/core";

export function goToPlace(editor: Editor, pos: number): void {
  editor.commands.setTextSelection(pos);
  // On a phone the focus would bring the keyboard, over what is to be seen.
  if (matchMedia("(hover: hover)").matches) editor.view.focus();
  const { node } = editor.view.domAtPos(pos);
  (node instanceof Element ? node : node.parentElement)?.scrollIntoView({ block: "center" });
}
