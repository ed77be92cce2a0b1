/**
 * The editor's tie to a document: y-prosemirror's sync, cursors and undo (of one's own changes) as a Tiptap extension.
 *
 * y-prosemirror itself rather than Tiptap's fork of it, which builds the whole page anew at each change of somebody else's, and
 * looks for one's own cursor by the text around it: in a song with a chorus it jumps to the other one.
 */

import { Extension } from "@tiptap/core";
import { redoCommand, undoCommand, yCursorPlugin, ySyncPlugin, yUndoPlugin } from "y-prosemirror";
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import { caret, counts, selection } from "./caret";

export interface Bound {
  readonly fragment: Y.XmlFragment;
  readonly awareness: Awareness;
}

export const Binding = Extension.create<Bound>({
  name: "binding",
  // Before everything else, so that the document is there when other plugins look.
  priority: 1000,

  addProseMirrorPlugins() {
    const { fragment, awareness } = this.options;
    return [
      ySyncPlugin(fragment),
      yCursorPlugin(awareness, {
        awarenessStateFilter: counts,
        cursorBuilder: caret,
        selectionBuilder: selection,
      }),
      yUndoPlugin(),
    ];
  },

  addKeyboardShortcuts() {
    const undo = () => undoCommand(this.editor.state, this.editor.view.dispatch);
    const redo = () => redoCommand(this.editor.state, this.editor.view.dispatch);
    return { "Mod-z": undo, "Mod-y": redo, "Shift-Mod-z": redo };
  },
});
