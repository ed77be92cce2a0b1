/**
 * Where one's own cursor is comes before where others' are. Browsers tell of a moved cursor a moment after they moved it; when
 * somebody else's change or cursor is drawn in between, ProseMirror puts the cursor back where it last knew it, and what is typed
 * next lands there. So it is made to look before anything of others is drawn: whenever it hears `selectionchange`, it looks.
 */

import { Extension } from "@tiptap/core";
import { Plugin } from "@tiptap/pm/state";
import type { EditorView } from "@tiptap/pm/view";
import type { Bound } from "./binding";

/** To be called before anything is drawn that isn't the person's own doing. */
export function lookAtSelection(view: EditorView): void {
  if (!view.isDestroyed && view.hasFocus()) view.dom.ownerDocument.dispatchEvent(new Event("selectionchange"));
}

export const SelectionFirst = Extension.create<Bound>({
  name: "selectionFirst",
  // Before the binding: its listeners have to be there first.
  priority: 1001,

  addProseMirrorPlugins() {
    const { fragment, awareness } = this.options;
    return [
      new Plugin({
        view: (view) => {
          const look = () => lookAtSelection(view);
          // y-prosemirror draws cursors in a timer of its own, started at this event too.
          const soon = () => setTimeout(look);
          fragment.doc?.on("beforeAllTransactions", look);
          awareness.on("change", soon);
          return {
            destroy: () => {
              fragment.doc?.off("beforeAllTransactions", look);
              awareness.off("change", soon);
            },
          };
        },
      }),
    ];
  },
});
