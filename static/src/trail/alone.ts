/**
 * Words that this page gave a line of their own, since theirs was gone: whether what they stood beside has come back, so that they can
 * go there. So it is where somebody takes a line away that they were written in, and undoes that.
 */

import * as Y from "yjs";
import { isElsewhere } from "./home";
import { isWords } from "./moved";
import { type Orphan, wordsOf } from "./orphans";
import type { Id, Trail } from "./trail";

/** As an orphan with all that its writer has written in that line since; null where it stays, also as others have written in it. */
export function aloneOf(orphan: Orphan, trail: Trail): Orphan | null {
  const [first] = orphan.pieces;
  const now = first === undefined ? null : trail.now(first);
  const text = now === null ? null : textOf(now, trail.doc);
  const line = text?.parent;
  if (!text || !(line instanceof Y.XmlElement) || line._item === null || line.length !== 1) return null;
  const words = [...wordsOf(text)].filter(({ item }) => !item.deleted);
  if (words.some(({ item }) => item.id.client !== trail.doc.clientID)) return null;
  const isApart = (id: Id) => {
    const there = trail.now(id);
    return there !== null && textOf(there, trail.doc) !== text;
  };
  const alone = {
    ...orphan,
    pieces: words.map(({ item, attributes }) => ({
      ...item.id,
      length: item.length,
      text: item.content.str,
      attributes,
    })),
    left: orphan.left.filter(isApart),
    right: orphan.right.filter(isApart),
    line: { ...orphan.line, id: line._item.id },
  };
  return isElsewhere(alone, trail) ? alone : null;
}

function textOf({ client, clock }: Id, { store }: Y.Doc): Y.Text | null {
  const item: unknown = Y.getItem(store, Y.createID(client, clock));
  return isWords(item) && item.parent instanceof Y.Text ? item.parent : null;
}
