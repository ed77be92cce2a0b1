/**
 * Nothing cuts a character in half. Yjs counts UTF-16 units and replaces a surrogate that lost its partner by U+FFFD, and two
 * replicas need not agree on which; so no change of this editor's own may leave one alone.
 *
 * y-prosemirror's diff (lib0) steps back to the edges of code points, so it is enough that no text node begins, ends or holds
 * half a pair: neither by what is typed, pasted or deleted, nor by where a mark ends.
 */

import { Extension } from "@tiptap/core";
import type { Node } from "@tiptap/pm/model";
import { Plugin, type Transaction } from "@tiptap/pm/state";
import { ySyncPluginKey } from "y-prosemirror";

export const WholeCharacters = Extension.create({
  name: "wholeCharacters",
  addProseMirrorPlugins: () => [
    new Plugin({
      filterTransaction: (transaction) =>
        !transaction.docChanged || transaction.getMeta(ySyncPluginKey) !== undefined || !cutsCharacter(transaction),
      props: {
        transformPastedText: (text) => text.toWellFormed(),
        transformPastedHTML: (html) => html.toWellFormed(),
      },
    }),
  ],
});

/** Whether there are more halves of characters after the transaction than before it. */
function cutsCharacter({ before, doc }: Transaction): boolean {
  const from = before.content.findDiffStart(doc.content);
  const end = before.content.findDiffEnd(doc.content);
  if (from === null || end === null) return false;
  return halves(doc, from, end.b) > halves(before, from, end.a);
}

/** Text nodes in and beside a range that aren't well-formed. */
function halves(doc: Node, from: number, to: number): number {
  let count = 0;
  doc.nodesBetween(
    Math.max(0, Math.min(from, to) - 1),
    Math.min(doc.content.size, Math.max(from, to) + 1),
    ({ text }) => {
      if (text?.isWellFormed() === false) count += 1;
    },
  );
  return count;
}
