/** The items of a document, as far as anchors need them: letters, the marks that are in force over them, what a transaction brought. */

import * as Y from "yjs";
import type { Stretch } from "../trail/ledger";

/** The marks that tie something to its words. y-prosemirror names each by a hash of what it says. */
const ANCHOR = /^(?<kind>comment|insertion|deletion)--/;

export type Kind = "comment" | "insertion" | "deletion";

export function kindOf(name: string): Kind | null {
  return (ANCHOR.exec(name)?.groups?.kind as Kind | undefined) ?? null;
}

export interface Letters extends Stretch {
  /** How many letters of the text are before them. */
  readonly at: number;
  readonly item: Y.Item;
  /** For each anchor over them the item with which it begins. The same map for all letters of a text: it changes on the way. */
  readonly marks: ReadonlyMap<string, Y.Item>;
}

/** The letters that a text has now. */
export function* lettersOf(text: Y.XmlText): Generator<Letters> {
  const marks = new Map<string, Y.Item>();
  let at = 0;
  for (let item = text._start; item !== null; item = item.right) {
    if (item.deleted) continue;
    if (item.content instanceof Y.ContentFormat) {
      const { key, value } = item.content;
      if (kindOf(key) === null) continue;
      if (value === null) marks.delete(key);
      else marks.set(key, item);
    } else if (item.countable) {
      if (item.content instanceof Y.ContentString) yield { ...stretchOf(item), at, item, marks };
      at += item.length;
    }
  }
}

export const stretchOf = ({ id: { client, clock }, length }: Y.Item): Stretch => ({ client, clock, length });

export const isNew = ({ id: { client, clock } }: Y.Item, { beforeState }: Y.Transaction): boolean =>
  clock >= (beforeState.get(client) ?? 0);

/** The items that a transaction brought. */
export function* itemsOf({ doc, beforeState, afterState }: Y.Transaction): Generator<Y.Item> {
  for (const [client, after] of afterState) {
    const before = beforeState.get(client) ?? 0;
    const structs = doc.store.clients.get(client);
    if (after === before || structs === undefined) continue;
    for (let n = Y.findIndexSS(structs, before); n < structs.length; n++) {
      const struct = structs[n];
      if (struct instanceof Y.Item) yield struct;
    }
  }
}

/** The texts that a transaction wrote in or deleted from, those that it made or deleted included. */
export function textsOf(transaction: Y.Transaction): ReadonlySet<Y.XmlText> {
  const texts = new Set<Y.XmlText>();
  for (const type of transaction.changed.keys()) if (type instanceof Y.XmlText) texts.add(type as Y.XmlText);
  const note = (struct: Y.Item | Y.GC) => {
    if (struct instanceof Y.Item && struct.parent instanceof Y.XmlText) texts.add(struct.parent);
  };
  for (const item of itemsOf(transaction)) note(item);
  Y.iterateDeletedStructs(transaction, transaction.deleteSet, note);
  return texts;
}

/**
 * The letters, there or gone, around which a mark was put by who began it with this item: from the first to the last that they saw.
 * What lies between these and the mark's ends came there without their knowing.
 */
export function lettersUnder(start: Y.Item): readonly Y.Item[] {
  const { key } = start.content as Y.ContentFormat;
  const first = beside(start, "rightOrigin");
  const found: Y.Item[] = [];
  let began = first === null;
  for (let item = start.right; item !== null; item = item.right) {
    began ||= item === first;
    const { content } = item;
    // Another beginning is one from which it was widened.
    const isEnd = content instanceof Y.ContentFormat && content.key === key && content.value === null;
    if (isEnd && item.id.client === start.id.client) {
      const last = beside(item, "origin");
      return last === null ? found : found.slice(0, found.indexOf(last) + 1);
    }
    if (began && isLetters(item)) found.push(item);
  }
  // Begun anew behind words that don't have it, and ended by who put it there first.
  return [];
}

/**
 * Whether a comment's mark was put there on purpose, and is none that an edit of the words around it moved: with the comment, under a
 * client of its own, or by `putMark`, which makes the end first.
 */
export function isOnPurpose({ id: { client, clock }, content, parent }: Y.Item): boolean {
  const { key } = content as Y.ContentFormat;
  const structs = (parent instanceof Y.AbstractType ? parent.doc : null)?.store.clients.get(client);
  const [first] = structs ?? [];
  if (structs === undefined || first === undefined) return false;
  if (first instanceof Y.Item && first.content instanceof Y.ContentFormat && first.content.key === key) return true;
  const before = clock === 0 ? undefined : structs[Y.findIndexSS(structs, clock - 1)];
  return before instanceof Y.Item && before.content instanceof Y.ContentFormat && before.content.key === key;
}

const isLetters = ({ content }: Y.Item): boolean =>
  content instanceof Y.ContentString || content instanceof Y.ContentDeleted;

/** The letters that were beside an end of a mark when it was put there: other marks' ends may have been between. */
function beside(end: Y.Item, side: "origin" | "rightOrigin"): Y.Item | null {
  const { store } = end.parent instanceof Y.AbstractType && end.parent.doc !== null ? end.parent.doc : { store: null };
  let id = end[side];
  while (id !== null && store !== null) {
    const struct = Y.getItem(store, id);
    if (!(struct instanceof Y.Item) || isLetters(struct)) return struct instanceof Y.Item ? struct : null;
    id = struct[side];
  }
  return null;
}

/** Puts a mark on letters of a text, with both ends right beside them; Yjs' own `format` would put the second behind what was deleted after them. */
export function putMark(
  transaction: Y.Transaction,
  { client, clock, length }: Stretch,
  name: string,
  says: object,
): void {
  const { doc } = transaction;
  const first = Y.getItemCleanStart(transaction, Y.createID(client, clock));
  const last = Y.getItemCleanEnd(transaction, doc.store, Y.createID(client, clock + length - 1));
  const put = (left: Y.Item | null, right: Y.Item | null, value: object | null) => {
    const id = Y.createID(doc.clientID, Y.getState(doc.store, doc.clientID));
    const content = new Y.ContentFormat(name, value as object);
    new Y.Item(id, left, left?.lastId ?? null, right, right?.id ?? null, first.parent, null, content).integrate(
      transaction,
      0,
    );
  };
  put(last, last.right, null);
  put(first.left, first, says);
}
