/**
 * This page's words that stayed behind when what is around them was moved by somebody who had not seen them: they were written in the
 * end of a line that was split off, or in one that was dragged and whose text gave place to another's. They aren't lost, but stand in
 * the wrong line.
 */

import * as Y from "yjs";
import type { Move } from "./ledger";
import { isWords } from "./moved";
import { type Orphan, wordsOf } from "./orphans";
import type { Id } from "./trail";

/** Of the moves that a transaction brought. */
export function straysOf({ doc, beforeState }: Y.Transaction, moves: readonly Move[]): Orphan[] {
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
  return [...texts].flatMap(([text, all]) => straysIn(text, all, doc.clientID, beforeState));
}

function straysIn(text: Y.Text, moves: readonly Move[], own: number, before: ReadonlyMap<number, number>): Orphan[] {
  const known = Math.max(...moves.map(({ knew }) => knew.get(own) ?? 0));
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
