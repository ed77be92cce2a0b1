/**
 * Words that nobody deleted and that are gone all the same: they were written in a line which somebody else, who had not seen them,
 * moved or deleted meanwhile. Yjs deletes them with their line, on every page. They are told by what the update that came says
 * itself: who deletes a line names all of it that they know.
 *
 * Found before Yjs forgets where they were, so all that may be needed to write them again is noted here.
 */

import * as Y from "yjs";
import {
  attributesOf,
  isInline,
  isLeaf,
  type Leaf,
  type LeafItem,
  lastOf,
  leafOf,
  wasThere,
  wordsBeside,
} from "./leaves";
import type { Stretch } from "./ledger";
import { isWords } from "./moved";
import { inOrder } from "./order";
import type { Id } from "./trail";

export type DeleteSet = ReturnType<typeof Y.createDeleteSet>;

/** So far around them neighbours are noted. */
const NEIGHBOURS = 400;
const SIBLINGS = 100;

const PARAGRAPH: Leaf = { name: "paragraph", attributes: {} };

export interface Piece extends Stretch {
  readonly text: string;
  /** The marks, as Yjs has them. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** What it is, where it isn't words. */
  readonly leaf?: Leaf;
}

/** An element in which they were, and what came before it there, the nearest first. */
interface Level {
  /** The element around it; null for the page itself. */
  readonly parent: Id | null;
  /** Null where that isn't known. */
  readonly before: readonly Id[] | null;
}

export interface Orphan {
  /** Whose they are. */
  readonly client: number;
  readonly pieces: readonly Piece[];
  /** Whether they were on this page already when their line was deleted. */
  readonly wereHere: boolean;
  /** What stood before and after them in their line, the nearest first. */
  readonly left: readonly Id[];
  readonly right: readonly Id[];
  /** The text they were in, which may stand for an empty line; null where that isn't known. */
  readonly text: Id | null;
  /** The line they were in, and from it outwards. */
  readonly line: { readonly id: Id; readonly name: string; readonly attributes: Readonly<Record<string, unknown>> };
  readonly levels: readonly Level[];
}

/** An update as it came: what it deletes by name, and what is in it that this page hasn't had. */
export interface Came {
  readonly named: DeleteSet;
  readonly things: readonly Thing[];
}

/** Words, or what stands among them, as an update says it. */
interface Thing {
  readonly piece: Piece;
  /** What it was put between. */
  readonly origin: Id | null;
  readonly rightOrigin: Id | null;
}

export function read(update: Uint8Array, doc: Y.Doc): Came {
  const { structs, ds } = Y.decodeUpdate(update);
  const sets = [ds];
  // What had to wait for something before it comes with this one.
  if (doc.store.pendingDs !== null) sets.push(Y.decodeUpdateV2(doc.store.pendingDs).ds);
  const isNew = ({ id, length }: Y.Item | Y.GC) => id.clock + length > Y.getState(doc.store, id.client);
  return { named: Y.mergeDeleteSets(sets), things: thingsIn(structs.filter(isNew)) };
}

function thingsIn(structs: readonly unknown[]): Thing[] {
  const items = structs.filter((struct) => struct instanceof Y.Item);
  return items
    .filter((item) => isWords(item) || isLeaf(item))
    .map((item) => {
      const { id, length, origin, rightOrigin } = item;
      const text = isWords(item) ? item.content.str : "";
      const leaf = isLeaf(item) ? leafIn(item, items) : undefined;
      return { piece: { ...id, length, text, attributes: {}, ...(leaf && { leaf }) }, origin, rightOrigin };
    });
}

/** What an item will be that isn't in a document yet: what is said of it are items of their own. */
function leafIn({ id, content }: LeafItem, items: readonly Y.Item[]): Leaf {
  const attributes: Record<string, unknown> = {};
  for (const { parent, parentSub, content } of items) {
    const isIts = parent instanceof Y.ID && Y.compareIDs(parent, id);
    if (isIts && parentSub !== null && content instanceof Y.ContentAny) attributes[parentSub] = content.arr.at(-1);
  }
  return { name: content.type.nodeName, attributes };
}

/** What came for a line of which Yjs has forgotten even where it was: it doesn't keep it for a moment. */
export function latecomersIn({ things }: Came, doc: Y.Doc): Orphan[] {
  const found: Orphan[] = [];
  const late = things.filter(({ piece: { client, clock, length } }) => {
    const isHere = Y.getState(doc.store, client) >= clock + length;
    return isHere && Y.getItem(doc.store, Y.createID(client, clock + length - 1)) instanceof Y.GC;
  });
  for (const { piece, origin, rightOrigin } of late) {
    const { client, clock, leaf } = piece;
    const last = found.at(-1);
    const end = last?.pieces.at(-1);
    const goesOn = end?.client === origin?.client && end && end.clock + end.length - 1 === origin?.clock;
    if (last !== undefined && goesOn && leaf === undefined && end.leaf === undefined) {
      found.splice(-1, 1, { ...last, pieces: [...last.pieces, piece] });
      continue;
    }
    const line = leaf === undefined || isInline(leaf) ? PARAGRAPH : leaf;
    found.push({
      client,
      pieces: [piece],
      wereHere: false,
      left: origin === null ? [] : [origin],
      right: rightOrigin === null ? [] : [rightOrigin],
      text: null,
      line: { id: { client, clock }, ...line },
      levels: [{ parent: null, before: null }],
    });
  }
  return found;
}

/** The orphans of a transaction, in the order of the page; those in one place and by one client together. */
export function orphansOf(transaction: Y.Transaction): Orphan[] {
  const { deleteSet, doc } = transaction;
  const found = new Set<Y.Text | Y.XmlElement>();
  for (const [client, ranges] of deleteSet.clients) {
    const structs = doc.store.clients.get(client) ?? [];
    for (const { clock, len } of ranges) {
      for (let at = Y.findIndexSS(structs, clock); at < structs.length; at++) {
        const struct = structs[at];
        if (struct === undefined || struct.id.clock >= clock + len) break;
        if (isWords(struct) && struct.parent instanceof Y.Text && isGone(struct.parent)) found.add(struct.parent);
        if (isLeaf(struct) && isGone(struct.parent)) found.add(struct.content.type);
      }
    }
  }
  return inOrder([...found]).flatMap((type) => {
    if (type instanceof Y.Text) return orphansIn(type, transaction);
    return isLeaf(type._item) ? [leafOrphan(type._item, transaction)] : [];
  });
}

const isGone = (type: Y.Item["parent"]): boolean => type instanceof Y.AbstractType && type._item?.deleted === true;

/** What is left of an orphan of which some words were named, or live elsewhere: they are neighbours of the others then. */
export function without(orphan: Orphan, isKnown: (id: Id) => boolean): Orphan[] {
  const all = orphan.pieces.flatMap(({ client, clock, length }) =>
    Array.from({ length }, (_, n) => ({ client, clock: clock + n })),
  );
  const found: Orphan[] = [];
  let pieces: Piece[] = [];
  let at = 0;
  const end = () => {
    if (pieces.length === 0) return;
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const left = [...all.slice(0, at - length).reverse(), ...orphan.left].slice(0, NEIGHBOURS);
    const right = [...all.slice(at), ...orphan.right].slice(0, NEIGHBOURS);
    found.push({ ...orphan, pieces, left, right });
    pieces = [];
  };
  for (const piece of orphan.pieces) {
    let begin = 0;
    for (let n = 0; n <= piece.length; n++) {
      const isKept = n < piece.length && !isKnown({ client: piece.client, clock: piece.clock + n });
      if (isKept) continue;
      if (n > begin) {
        const text = piece.text.slice(begin, n);
        pieces.push({ ...piece, text, clock: piece.clock + begin, length: n - begin });
        at += n - begin;
      }
      begin = n + 1;
      if (n < piece.length) {
        end();
        at += 1;
      }
    }
  }
  end();
  return found;
}

/** Those without a place in lines that are gone, line by line: each line is written once. */
export function byLine(orphans: readonly Orphan[]): Orphan[] {
  const lines: Orphan[] = [];
  for (const orphan of orphans) {
    const last = lines.at(-1);
    const isSame = last?.line.id.client === orphan.line.id.client && last.line.id.clock === orphan.line.id.clock;
    if (last !== undefined && isSame) lines.splice(-1, 1, { ...last, pieces: [...last.pieces, ...orphan.pieces] });
    else lines.push(orphan);
  }
  return lines;
}

function orphansIn(text: Y.Text, transaction: Y.Transaction): Orphan[] {
  const line = text.parent;
  if (!(line instanceof Y.XmlElement) || line._item === null) return [];
  const diedNow = (item: Y.Item) =>
    item.deleted && transaction.deleteSet.clients.get(item.id.client)?.some(covers(item.id.clock)) === true;
  return runsOf(text, line, transaction, diedNow, diedNow);
}

/** Words of a text that are alike in one thing, those of one client side by side together. */
export function runsOf(
  text: Y.Text,
  line: Y.XmlElement,
  transaction: Y.Transaction,
  isOne: (item: Words) => boolean,
  counts?: (format: Y.Item) => boolean,
): Orphan[] {
  const found: Orphan[] = [];
  let run: { first: Y.Item; last: Y.Item; pieces: Piece[] } | null = null;
  const end = () => {
    if (run === null) return;
    found.push(orphan(line, transaction, run));
    run = null;
  };
  for (const { item, attributes } of wordsOf(text, counts)) {
    const died = isOne(item);
    if (!died || (run !== null && run.last.id.client !== item.id.client)) end();
    if (!died) continue;
    const { str } = item.content;
    const piece = { ...item.id, length: str.length, text: str, attributes };
    if (run === null) run = { first: item, last: item, pieces: [piece] };
    else {
      run.last = item;
      run.pieces.push(piece);
    }
  }
  end();
  return found;
}

type Words = Y.Item & { readonly content: Y.ContentString };

/** All words of a text, with the marks they have; `counts` says whether a deleted mark counts all the same. */
export function* wordsOf(
  text: Y.Text,
  counts: (format: Y.Item) => boolean = () => false,
): Generator<{ readonly item: Words; readonly attributes: Readonly<Record<string, unknown>> }> {
  const attributes: Record<string, unknown> = {};
  for (let item = text._start; item !== null; item = item.right) {
    if (item.content instanceof Y.ContentFormat && (!item.deleted || counts(item))) {
      const { key, value } = item.content;
      if (value === null) delete attributes[key];
      else attributes[key] = value;
    }
    if (isWords(item)) yield { item, attributes: { ...attributes } };
  }
}

const covers =
  (at: number) =>
  ({ clock, len }: { readonly clock: number; readonly len: number }): boolean =>
    clock <= at && at < clock + len;

function orphan(
  line: Y.XmlElement,
  transaction: Y.Transaction,
  { first, last, pieces }: { first: Y.Item; last: Y.Item; pieces: readonly Piece[] },
): Orphan {
  const { client, clock } = first.id;
  return {
    client,
    pieces,
    wereHere: clock < (transaction.beforeState.get(client) ?? 0),
    left: neighbours(first, "left", transaction),
    right: neighbours(last, "right", transaction),
    text: first.parent instanceof Y.Text ? (first.parent._item?.id ?? null) : null,
    line: { id: line._item?.id ?? first.id, name: line.nodeName, attributes: attributesOf(line) },
    levels: levelsOf(line),
  };
}

/** What stands in a line, or between lines, for itself. */
export function leafOrphan(item: LeafItem, transaction: Y.Transaction): Orphan {
  const { client, clock } = item.id;
  const leaf = leafOf(item);
  const line = isInline(leaf) && item.parent instanceof Y.XmlElement ? item.parent : item.content.type;
  const text = line._start?.content instanceof Y.ContentType ? line._start.content.type : null;
  return {
    client,
    pieces: [{ client, clock, length: 1, text: "", attributes: {}, leaf }],
    wereHere: clock < (transaction.beforeState.get(client) ?? 0),
    left: wordsBeside(item, "left", NEIGHBOURS, transaction),
    right: wordsBeside(item, "right", NEIGHBOURS, transaction),
    text: text instanceof Y.Text ? (text._item?.id ?? null) : null,
    line: { id: line._item?.id ?? item.id, name: line.nodeName, attributes: attributesOf(line) },
    levels: levelsOf(line),
  };
}

/** The characters beside a place in a text, the nearest first. */
export function beside(text: Y.Text, index: number): { readonly left: readonly Id[]; readonly right: readonly Id[] } {
  let left: Y.Item | null = null;
  let offset = index;
  let item = text._start;
  for (; item !== null; item = item.right) {
    if (!item.deleted && item.countable) {
      if (offset < item.length) break;
      offset -= item.length;
    }
    left = item;
  }
  const before: Id[] = [];
  if (item !== null && isWords(item))
    for (let n = offset - 1; n >= 0; n--) before.push({ client: item.id.client, clock: item.id.clock + n });
  const after: Id[] = [];
  if (item !== null && isWords(item))
    for (let n = offset; n < item.length; n++) after.push({ client: item.id.client, clock: item.id.clock + n });
  for (let one = left; one !== null && before.length < NEIGHBOURS; one = one.left)
    if (isWords(one)) before.push(...clocksOf(one).reverse());
  return { left: before, right: after };
}

const clocksOf = ({ id: { client, clock }, length }: Y.Item): Id[] =>
  Array.from({ length }, (_, n) => ({ client, clock: clock + n }));

/** The characters beside an item, as far as its line goes: those that were there before a transaction, and then the others. */
function neighbours(item: Y.Item, side: "left" | "right", transaction: Y.Transaction): Id[] {
  const found: Id[] = [];
  const gone: Id[] = [];
  let next = item[side];
  let holder: Y.Item | null = item.parent instanceof Y.AbstractType ? item.parent._item : null;
  while (found.length < NEIGHBOURS) {
    if (next === null) {
      holder = holder?.[side] ?? null;
      if (holder === null) break;
      const inner = holder.content instanceof Y.ContentType ? holder.content.type : null;
      next = inner instanceof Y.Text ? (side === "right" ? inner._start : lastOf(inner)) : null;
      continue;
    }
    if (isWords(next)) {
      const { client, clock } = next.id;
      const clocks = Array.from({ length: Math.min(next.length, NEIGHBOURS) }, (_, n) =>
        side === "left" ? clock + (next?.length ?? 0) - 1 - n : clock + n,
      );
      (wasThere(next, transaction) ? found : gone).push(...clocks.map((each) => ({ client, clock: each })));
    }
    next = next[side];
  }
  return [...found, ...gone].slice(0, NEIGHBOURS);
}

function levelsOf(line: Y.XmlElement): Level[] {
  const levels: Level[] = [];
  for (let item = line._item; item !== null; ) {
    const { parent } = item;
    if (!(parent instanceof Y.AbstractType)) break;
    const before: Id[] = [];
    for (let left = item.left; left !== null && before.length < SIBLINGS; left = left.left)
      if (left.content instanceof Y.ContentType) before.push(left.id);
    levels.push({ parent: parent._item?.id ?? null, before });
    item = parent._item;
  }
  return levels;
}
