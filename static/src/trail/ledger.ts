/**
 * The ledger of moves: which characters of a page were written again elsewhere, and where. Yjs moves nothing: a line that becomes a
 * heading, goes into a list or is dragged is deleted and written anew, with other ids, and whoever has not heard of it yet
 * writes on in the old one. With the ledger each page can tell where a character stands now, and that two are the same one.
 *
 * It lies in the document beside the text, as an array of rows of numbers: for each stretch that was moved the clock from which it was
 * written again (by the client whose item the row is), and the client, the clock and the length of what it was before. A row is
 * written in the transaction that moves.
 *
 * In the place of the clock −1 says of a stretch that it went with its line unseen. Every page that hears of it later deletes it by
 * name, as if it had known it; by this it is told from what somebody deleted. And −2 says of a client up to which clock who moved
 * something out of a text had seen what was in it.
 */

import type * as Y from "yjs";

const NAME = "moves";
const FIELDS = 4;

export const UNSEEN = -1;
export const KNOWN = -2;

/** So many rows are kept, and so many when the oldest were taken out. */
const MOST = 4_000;
const LEAST = 3_000;

/** So many characters, in ids that follow each other. */
export interface Stretch {
  readonly client: number;
  readonly clock: number;
  readonly length: number;
}

/** What one transaction moved of a stretch. */
export interface Move {
  readonly from: Stretch;
  readonly to: Stretch;
  /** How much the whole transaction moved. */
  readonly weight: number;
  /** How far who moved it had seen of what others wrote in the texts that it was taken from. */
  readonly knew: ReadonlyMap<number, number>;
}

/** A stretch, and the clock from which this client wrote it again. */
export interface Moved {
  readonly from: Stretch;
  readonly to: number;
}

export const ledgerOf = (doc: Y.Doc): Y.Array<unknown> => doc.getArray(NAME);

/** To be called in the transaction that moved. */
export function enter(doc: Y.Doc, moved: readonly Moved[]): void {
  if (moved.length === 0) return;
  ledgerOf(doc).push([moved.flatMap(({ from, to }) => [to, from.client, from.clock, from.length])]);
}

/**
 * Takes out the oldest rows of a long ledger. Several pages may do it at once, since deleting twice is deleting once. Who comes back
 * after as many moves finds what they wrote in a line of its own, or a line twice; nothing is lost.
 */
export function trim(doc: Y.Doc, origin: unknown): void {
  const ledger = ledgerOf(doc);
  if (ledger.length > MOST) doc.transact(() => ledger.delete(0, ledger.length - LEAST), origin);
}

/** What a row says was moved. */
export function movesIn(row: unknown, client: number): Move[] {
  const moves = movedBy(row).filter(({ to }) => to >= 0);
  const weight = moves.reduce((sum, { from }) => sum + from.length, 0);
  const known = movedBy(row).filter(({ to }) => to === KNOWN);
  const knew = new Map(known.map(({ from }) => [from.client, from.clock]));
  return moves.map(({ from, to }) => ({ from, to: { client, clock: to, length: from.length }, weight, knew }));
}

/** What a row says went unseen. */
export function unseenIn(row: unknown): Stretch[] {
  return movedBy(row).flatMap(({ from, to }) => (to === UNSEEN ? [from] : []));
}

/** Nothing where it isn't a row. */
function movedBy(row: unknown): Moved[] {
  if (!Array.isArray(row) || row.length % FIELDS !== 0 || !row.every(Number.isSafeInteger)) return [];
  const numbers: readonly number[] = row;
  const moved: Moved[] = [];
  for (let at = 0; at < numbers.length; at += FIELDS) {
    const [to = 0, client = 0, clock = 0, length = 0] = numbers.slice(at, at + FIELDS);
    if (length > 0 && clock >= 0) moved.push({ from: { client, clock, length }, to });
  }
  return moved;
}
