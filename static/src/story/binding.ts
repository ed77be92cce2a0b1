/**
 * The editor's tie to a document: y-prosemirror's sync, cursors and undo (of one's own changes) as a Tiptap extension.
 *
 * y-prosemirror itself rather than Tiptap's fork of it, which builds the whole page anew at each change of somebody else's, and
 * looks for one's own cursor by the text around it: in a song with a chorus it jumps to the other one.
 */

import { Extension } from "@tiptap/core";
import { Plugin } from "@tiptap/pm/state";
import {
  redoCommand,
  relativePositionToAbsolutePosition,
  undoCommand,
  yCursorPlugin,
  yCursorPluginKey,
  ySyncPlugin,
  ySyncPluginKey,
  yUndoPlugin,
  yUndoPluginKey,
} from "y-prosemirror";
import type { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import schema from "../../../rooms/schema.json";
import { recordMoves } from "../trail/record";
import { caret, counts, selection } from "./caret";
import { Near } from "./near";

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
    let near: Near | null = null;
    return [
      ySyncPlugin(fragment),
      new Plugin({
        view: (view) => {
          near = new Near(view, () => {
            view.dispatch(view.state.tr.setMeta(yCursorPluginKey, { awarenessUpdated: true }));
          });
          return near;
        },
      }),
      yCursorPlugin(awareness, {
        awarenessStateFilter: (own, client, entry) =>
          counts(own, client, entry) && (near === null || isNear(near, entry)),
        cursorBuilder: caret,
        selectionBuilder: selection,
      }),
      // Undo takes back a line that one made; not what others have written in it since.
      yUndoPlugin({ protectedNodes: new Set(Object.keys(schema.nodes)) }),
      new Plugin({
        view: ({ state }) => {
          const { doc, binding } = ySyncPluginKey.getState(state);
          const undo = yUndoPluginKey.getState(state)?.undoManager;
          if (undo === undefined) return {};
          return { destroy: recordMoves({ binding, origin: ySyncPluginKey, undo }, doc, state.schema) };
        },
      }),
    ];
  },

  addKeyboardShortcuts() {
    const undo = () => undoCommand(this.editor.state, this.editor.view.dispatch);
    const redo = () => redoCommand(this.editor.state, this.editor.view.dispatch);
    return { "Mod-z": undo, "Mod-y": redo, "Shift-Mod-z": redo };
  },
});

/** Whether an entry that counts has its cursor near; one that has none is nowhere to be drawn anyway. */
function isNear(near: Near, { cursor }: { cursor?: { head?: unknown } | null }): boolean {
  if (cursor === undefined || cursor === null) return true;
  const { doc, type, binding } = ySyncPluginKey.getState(near.view.state);
  const head = Y.createRelativePositionFromJSON(cursor.head);
  const at = relativePositionToAbsolutePosition(doc, type, head, binding.mapping);
  return at !== null && near.holds(at);
}
