/** Writes orphans again: where their neighbours stand now, else as a line of their own in the place of theirs. */

import * as Y from "yjs";
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

/**
 * Beside their neighbours. To be called in a transaction; with those of one page from the last to the first, since each is put right
 * after what is before it.
 */
export function bringHome(orphan: Orphan, trail: Trail): void {
  const place = placeOf(orphan, trail);
  if (place !== null) write(place.text, place.index, orphan);
}

interface Place {
  readonly text: Y.Text;
  readonly index: number;
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
  return text instanceof Y.Text ? { text, index: text.length } : null;
}

export function besides({ client, clock }: Id, after: boolean, doc: Y.Doc): Place | null {
  const position = new Y.RelativePosition(null, null, Y.createID(client, clock), 0);
  const found = Y.createAbsolutePositionFromRelativePosition(position, doc, false);
  return found?.type instanceof Y.Text ? { text: found.type, index: found.index + (after ? 1 : 0) } : null;
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
  return pieces.flatMap(({ client, clock, length }, n) => {
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
    const made = new Y.XmlElement(line.name);
    const text = new Y.XmlText();
    for (const [key, value] of Object.entries(line.attributes)) made.setAttribute(key, value as string);
    text.applyDelta(pieces.map(({ text: insert, attributes }) => ({ insert, attributes })));
    made.insert(0, [text]);
    let whole = made;
    if (inside instanceof Y.XmlElement && LISTS.has(inside.nodeName)) {
      whole = new Y.XmlElement(ITEM);
      whole.insert(0, [made]);
    }
    inside.insert(indexAfter(before, inside, trail), [whole]);
    enter(doc, entries(doc, since, pieces));
    return;
  }
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
