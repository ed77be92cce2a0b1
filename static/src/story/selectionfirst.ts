/**
 * Where one's own cursor is comes before where others' are. Browsers tell of a moved cursor a moment after they moved it; when
 * somebody else's change or cursor is drawn in between, ProseMirror puts the cursor back where it last knew it, and what is typed
 * next lands there. So it is made to look before anything is drawn that isn't the person's own doing: whenever it hears
 * `selectionchange`, it looks.
 */

import { Extension } from "@tiptap/core";
import { Plugin, type Transaction } from "@tiptap/pm/state";
import type { EditorView } from "@tiptap/pm/view";
import type { Bound } from "./binding";

function look(view: EditorView): void {
  if (!view.isDestroyed && view.hasFocus()) view.dom.ownerDocument.dispatchEvent(new Event("selectionchange"));
}

/** Whether it only has something drawn anew: others' cursors, marks, what was found. */
function redraws({ docChanged, selectionSet, storedMarksSet, scrolledIntoView }: Transaction): boolean {
  return !(docChanged || selectionSet || storedMarksSet || scrolledIntoView);
}

/** The same, said of what is there now. */
function anew(view: EditorView, transaction: Transaction): Transaction {
  const { tr } = view.state;
  const { meta } = transaction as unknown as { readonly meta: Record<string, unknown> };
  for (const [key, value] of Object.entries(meta)) tr.setMeta(key, value);
  return tr;
}

interface Shown {
  view: EditorView | null;
}

export const SelectionFirst = Extension.create<Pick<Bound, "fragment">, Shown>({
  name: "selectionFirst",
  // Before the binding: its listener has to be there first.
  priority: 1001,

  // The editor's own is there a little later, when plugins have already spoken.
  addStorage: () => ({ view: null }),

  dispatchTransaction({ transaction, next }) {
    const { view } = this.storage;
    const state = view?.state;
    if (view !== null && redraws(transaction)) look(view);
    next(view === null || view.state === state ? transaction : anew(view, transaction));
  },

  addProseMirrorPlugins() {
    const { doc } = this.options.fragment;
    return [
      new Plugin({
        view: (view) => {
          this.storage.view = view;
          const before = () => look(view);
          doc?.on("beforeAllTransactions", before);
          return {
            destroy: () => {
              this.storage.view = null;
              doc?.off("beforeAllTransactions", before);
            },
          };
        },
      }),
    ];
  },
});
