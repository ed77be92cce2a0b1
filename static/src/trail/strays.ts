/**
 * This page's words that stayed behind when what is around them was moved by somebody who had not seen them: they were written in the
 * end of a line that was split off, or in one that was dragged and whose text gave place to another's. They aren't lost, but stand in
 * the wrong line. Likewise chords and breaks, and what is between those.
 */

import * as Y from "yjs";
import { isLeaf } from "./leaves";
import type { Move } from "./ledger";
import { isWords } from "./moved";
import { leafOrphan, type Orphan, runsOf, wordsOf } from "./orphans";
import type { Id } from "./trail";

/** Of the moves that a transaction brought. */
export function straysOf(transaction: Y.Transaction, moves: readonly Move[]): Orphan[] {
  const { doc, beforeState } = transaction;
  const texts = new Map<Y.Text, Move[]>();
  if (Y.getState(doc.store, doc.clientID) === 0) return [];
  for (const move of moves) {
    const { client, clock } = move.from;
    // Who wrote words again that had been lost knew nothing of what else was there.
    if (move.knew.size === 0 || move.to.client === doc.clientID || Y.getState(doc.store, client) <= clock) continue;
    const item: unknown = Y.getItem(doc.store, Y.createID(client, clock));
    if (!isWords(item) || !(item.parent instanceof Y.Text) || item.parent._item?.deleted !== false) continue;
    texts.set(item.parent, [...(texts.get(item.parent) ?? []), move]);
  }
  const lines = new Map<Y.XmlElement, number>();
  for (const [{ parent }, all] of texts)
    if (parent instanceof Y.XmlElement) lines.set(parent, Math.max(lines.get(parent) ?? 0, knownOf(doc.clientID, all)));
  return [
    ...[...texts].flatMap(([text, all]) => straysIn(text, all, doc.clientID, beforeState)),
    ...[...lines].flatMap(([line, known]) => besidesIn(line, known, texts, transaction)),
  ];
}

const knownOf = (own: number, moves: readonly Move[]): number =>
  Math.max(...moves.map(({ knew }) => knew.get(own) ?? 0));

/**
 * What else stands in a line: chords, breaks, and words between these. Where it belongs is told by what stood beside it, once all of
 * that is where it is now.
 */
function besidesIn(
  line: Y.XmlElement,
  known: number,
  looked: ReadonlyMap<Y.Text, unknown>,
  transaction: Y.Transaction,
): Orphan[] {
  const own = transaction.doc.clientID;
  const isUnseen = ({ deleted, id: { client, clock } }: Y.Item) =>
    !deleted && client === own && clock >= known && clock < (transaction.beforeState.get(client) ?? 0);
  const found: Orphan[] = [];
  for (let item = line._start; item !== null; item = item.right) {
    if (item.deleted) continue;
    const text = item.content instanceof Y.ContentType ? item.content.type : null;
    if (isLeaf(item) && isUnseen(item)) found.push(leafOrphan(item, transaction));
    if (text instanceof Y.Text && !looked.has(text)) found.push(...runsOf(text, line, transaction, isUnseen));
  }
  return found;
}

function straysIn(text: Y.Text, moves: readonly Move[], own: number, before: ReadonlyMap<number, number>): Orphan[] {
  const known = knownOf(own, moves);
  const wasMoved = ({ client, clock }: Id) =>
    moves.some(({ from }) => from.client === client && from.clock <= clock && clock < from.clock + from.length);
  const found: Orphan[] = [];
  /** What was seen before them: where it begins, it is nothing yet. */
  let left: Id | null = null;
  let isMoved = true;
  let waiting: Orphan[] = [];
  for (const { item, attributes } of wordsOf(text)) {
    const { client, clock } = item.id;
    const isNew = clock >= (before.get(client) ?? 0);
    const unseen = client === own ? Math.max(clock, known) : Number.POSITIVE_INFINITY;
    if (isNew || (item.deleted && unseen < clock + item.length)) continue;
    if (!item.deleted && unseen === clock) {
      if (!isMoved) continue;
      const piece = { client, clock, length: item.length, text: item.content.str, attributes };
      const stray = strayAt(text, piece, left);
      if (left === null) waiting.push(stray);
      else found.push(stray);
      continue;
    }
    const last = { client, clock: clock + item.length - 1 };
    const moved = wasMoved(item.id);
    if (item.deleted && !moved) continue;
    if (moved) found.push(...waiting.map((stray) => ({ ...stray, right: [{ client, clock }] })));
    waiting = [];
    left = last;
    isMoved = moved;
  }
  return found;
}

function strayAt(text: Y.Text, piece: Orphan["pieces"][number], left: Id | null): Orphan {
  return {
    client: piece.client,
    pieces: [piece],
    wereHere: true,
    left: left === null ? [] : [left],
    right: [],
    text: null,
    line: { id: text._item?.id ?? piece, name: "paragraph", attributes: {} },
    levels: [],
  };
}
