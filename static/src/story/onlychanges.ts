/**
 * Others' changes, as small as they are. y-prosemirror draws each by replacing the whole document, under which every decoration
 * is lost and every position moves to an end; here the same change is put as one step over what differs.
 */

import { Extension } from "@tiptap/core";
import { Selection, type Transaction } from "@tiptap/pm/state";
import { ReplaceStep } from "@tiptap/pm/transform";
import { ySyncPluginKey } from "y-prosemirror";

export const OnlyChanges = Extension.create({
  name: "onlyChanges",
  dispatchTransaction({ transaction, next }) {
    next(smaller(transaction, this.editor.state.tr) ?? transaction);
  },
});

/** The transaction as one small step on `tr`, which begins where it does; null where it is none of the binding's. */
export function smaller(transaction: Transaction, tr: Transaction): Transaction | null {
  const sync: { readonly isChangeOrigin?: boolean } | undefined = transaction.getMeta(ySyncPluginKey);
  const { before, doc } = transaction;
  if (sync?.isChangeOrigin !== true || transaction.steps.length !== 1 || tr.doc !== before) return null;
  const from = before.content.findDiffStart(doc.content);
  const end = before.content.findDiffEnd(doc.content);
  if (from === null || end === null) return null;
  // Where the same is there twice in a row, both ends may have run past each other.
  const past = Math.max(0, from - Math.min(end.a, end.b));
  const step = new ReplaceStep(from, end.a + past, doc.slice(from, end.b + past));
  if (tr.maybeStep(step).failed !== null || !tr.doc.eq(doc)) return null;
  if (transaction.selectionSet) tr.setSelection(Selection.fromJSON(tr.doc, transaction.selection.toJSON()));
  if (transaction.scrolledIntoView) tr.scrollIntoView();
  const history: unknown = transaction.getMeta("addToHistory");
  if (history !== undefined) tr.setMeta("addToHistory", history);
  return tr.setMeta(ySyncPluginKey, sync);
}
