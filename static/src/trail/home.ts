/** Writes orphans again: where their neighbours stand now, else as a line of their own in the place of theirs. */

import * as Y from "yjs";
import { isInline, type Leaf, makeLeaf, putBeside, putInto } from "./leaves";
import { enter, type Moved } from "./ledger";
import { wordsSince } from "./moved";
import type { Orphan, Piece } from "./orphans";
import type { Id, Trail } from "./trail";

const LISTS: ReadonlySet<string> = new Set(["bulletList", "orderedList"]);
const ITEM = "listItem";

/** Whether something beside them stands somewhere, so that their place is certain. */
export function hasPlace(orphan: Orphan, trail: Trail): boolean {
  return placeOf(orphan, trail) !== null;
}

/** Whether what stood beside it is in another line now than the one it is in. */
export function isElsewhere(stray: Orphan, trail: Trail): boolean {
  const place = placeOf(stray, trail);
  const line = place?.text.parent?._item?.id;
  return line !== undefined && !Y.compareIDs(line, Y.createID(stray.line.id.client, stray.line.id.clock));
}

/**
 * Beside their neighbours. To be called in a transaction; with those of one page from the last to the first, since each is put right
 * after what is before it.
 */
export function bringHome(orphan: Orphan, trail: Trail): void {
  const place = placeOf(orphan, trail);
  if (place === null) return;
  const [piece] = orphan.pieces;
  if (piece?.leaf === undefined) write(place.text, place.index, orphan);
  else putLeaf(place, piece, piece.leaf, trail.doc);
}

interface Place {
  readonly text: Y.Text;
  readonly index: number;
  /** Whether what stands beside it there is before it. */
  readonly after: boolean;
}

function putLeaf({ text, index, after }: Place, { client, clock }: Piece, leaf: Leaf, doc: Y.Doc): void {
  const made = makeLeaf(leaf);
  const known = isInline(leaf) ? putInto(text, index, made) : [];
  if (!isInline(leaf)) putBeside(text, after, made);
  if (made._item !== null) enter(doc, [{ from: { client, clock, length: 1 }, to: made._item.id.clock }, ...known]);
}

function placeOf({ left, right, text }: Orphan, trail: Trail): Place | null {
  return placeBeside(left, right, trail) ?? (text === null ? null : inside(text, trail));
}

/** Where the nearest of some neighbours stands that is there. */
export function placeBeside(left: readonly Id[], right: readonly Id[], trail: Trail): Place | null {
  for (const [neighbours, after] of [
    [left, true],
    [right, false],
  ] as const) {
    for (const id of neighbours) {
      const now = trail.now(id);
      const place = now === null ? null : besides(now, after, trail.doc);
      if (place !== null) return place;
    }
  }
  return null;
}

/** The end of the text that stands for one that was empty. */
export function inside(id: Id, trail: Trail): Place | null {
  const now = trail.now(id);
  if (now === null) return null;
  const { content } = Y.getItem(trail.doc.store, Y.createID(now.client, now.clock)) as Y.Item;
  const text = content instanceof Y.ContentType ? content.type : null;
  return text instanceof Y.Text ? { text, index: text.length, after: true } : null;
}

export function besides({ client, clock }: Id, after: boolean, doc: Y.Doc): Place | null {
  const position = new Y.RelativePosition(null, null, Y.createID(client, clock), 0);
  const found = Y.createAbsolutePositionFromRelativePosition(position, doc, false);
  return found?.type instanceof Y.Text ? { text: found.type, index: found.index + (after ? 1 : 0), after } : null;
}

function write(text: Y.Text, index: number, { pieces }: Orphan): void {
  const { doc } = text;
  if (doc === null) return;
  const before = Y.getState(doc.store, doc.clientID);
  let at = index;
  for (const { text: words, attributes } of pieces) {
    text.insert(at, words, attributes);
    at += words.length;
  }
  enter(doc, entries(doc, before, pieces));
}

/** Which of the words that were just written is which orphan. */
function entries(doc: Y.Doc, since: number, pieces: readonly Piece[]): Moved[] {
  const written = wordsSince(doc, since);
  const words = pieces.filter(({ leaf }) => leaf === undefined);
  return words.flatMap(({ client, clock, length }, n) => {
    const to = written[n]?.id.clock;
    return to === undefined ? [] : [{ from: { client, clock, length }, to }];
  });
}

/** In the place of the line they were in, and as it was. Likewise from the last to the first. */
export function ownLine({ pieces, line, levels }: Orphan, trail: Trail, fragment: Y.XmlFragment): void {
  const { doc } = trail;
  for (const { parent, before } of levels) {
    const inside = parent === null ? fragment : elementAt(parent, trail);
    if (inside === null) continue;
    const since = Y.getState(doc.store, doc.clientID);
    const made = makeLeaf(line);
    const leaves = putPieces(made, pieces);
    let whole = made;
    if (inside instanceof Y.XmlElement && LISTS.has(inside.nodeName)) {
      whole = new Y.XmlElement(ITEM);
      whole.insert(0, [made]);
    }
    inside.insert(indexAfter(before, inside, trail), [whole]);
    const placed = leaves.flatMap(([{ client, clock }, { _item }]) =>
      _item === null ? [] : [{ from: { client, clock, length: 1 }, to: _item.id.clock }],
    );
    enter(doc, [...entries(doc, since, pieces), ...placed]);
    return;
  }
}

/** What was in a line, into another. Returns what isn't words. */
function putPieces(line: Y.XmlElement, pieces: readonly Piece[]): (readonly [Piece, Y.XmlElement])[] {
  const children: (Y.XmlElement | Y.XmlText)[] = [];
  const leaves: (readonly [Piece, Y.XmlElement])[] = [];
  let words: Piece[] = [];
  const end = () => {
    const text = new Y.XmlText();
    text.applyDelta(words.map(({ text: insert, attributes }) => ({ insert, attributes })));
    if (words.length > 0) children.push(text);
    words = [];
  };
  for (const piece of pieces) {
    if (piece.leaf === undefined) {
      words.push(piece);
      continue;
    }
    end();
    // One that stands for itself is the line.
    const made = isInline(piece.leaf) ? makeLeaf(piece.leaf) : line;
    if (made !== line) children.push(made);
    leaves.push([piece, made]);
  }
  end();
  line.insert(0, children);
  return leaves;
}

function elementAt(id: Id, trail: Trail): Y.XmlElement | null {
  if (!trail.isLiving(id)) return null;
  const { content } = Y.getItem(trail.doc.store, Y.createID(id.client, id.clock)) as Y.Item;
  return content instanceof Y.ContentType && content.type instanceof Y.XmlElement ? content.type : null;
}

/** After the nearest of those before it that is still there; at the end where nothing is known. */
function indexAfter(before: readonly Id[] | null, inside: Y.XmlElement | Y.XmlFragment, trail: Trail): number {
  if (before === null) return inside.length;
  for (const id of before) {
    const element = elementAt(id, trail);
    const at = element?.parent === inside ? inside.toArray().indexOf(element) : -1;
    if (at >= 0) return at + 1;
  }
  return 0;
}
