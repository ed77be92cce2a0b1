/** The cursor goes along with its line: who writes in a line that somebody else makes something else writes on in that. */

import { TextSelection } from "@tiptap/pm/state";
import type { EditorView } from "@tiptap/pm/view";
import { absolutePositionToRelativePosition, relativePositionToAbsolutePosition, ySyncPluginKey } from "y-prosemirror";
import * as Y from "yjs";
import { inside, placeBeside } from "./home";
import { beside } from "./orphans";
import type { Trail } from "./trail";

/** Puts the cursor where the words beside it are now, if they are gone from where they were. */
export type Follow = (trail: Trail) => void;

export function noteCaret(view: EditorView): Follow | null {
  const { binding, type, doc } = ySyncPluginKey.getState(view.state);
  const place: Y.RelativePosition = absolutePositionToRelativePosition(
    view.state.selection.head,
    type,
    binding.mapping,
  );
  const found = Y.createAbsolutePositionFromRelativePosition(place, doc);
  if (!(found?.type instanceof Y.Text)) return null;
  const text = found.type;
  const { left, right } = beside(text, found.index);
  return (trail) => {
    const [beside = right[0]] = left;
    const isGone = text._item?.deleted === true || (beside !== undefined && !trail.isLiving(beside));
    if (!isGone || view.isDestroyed) return;
    const there = placeBeside(left, right, trail) ?? (text._item === null ? null : inside(text._item.id, trail));
    if (there === null || there.text === text) return;
    const position = Y.createRelativePositionFromTypeIndex(there.text, there.index);
    const at = relativePositionToAbsolutePosition(doc, type, position, binding.mapping);
    if (at === null) return;
    const { tr } = view.state;
    view.dispatch(tr.setSelection(TextSelection.create(tr.doc, at)).setMeta("addToHistory", false));
  };
}
