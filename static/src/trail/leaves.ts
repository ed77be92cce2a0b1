/**
 * What stands in the text and has no words: chords and breaks in a line, pictures and rules between lines. Each is one item of the
 * document, by whose id the ledger names it like a character.
 */

import * as Y from "yjs";
import schema from "../../../rooms/schema.json";
import { KNOWN, type Moved } from "./ledger";
import { alongside, isWords, wordsSince } from "./moved";
import { inOrder } from "./order";
import type { Id } from "./trail";

const nodes: Readonly<Record<string, { readonly group?: string; readonly content?: string }>> = schema.nodes;
const NAMES = new Set(Object.keys(nodes).filter((name) => name !== "text" && nodes[name]?.content === undefined));

export interface Leaf {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export type LeafItem = Y.Item & { readonly content: Y.ContentType & { readonly type: Y.XmlElement } };

export function isLeaf(item: unknown): item is LeafItem {
  return (
    item instanceof Y.Item &&
    item.content instanceof Y.ContentType &&
    item.content.type instanceof Y.XmlElement &&
    NAMES.has(item.content.type.nodeName)
  );
}

/** Whether it stands in a line, and is none of its own. */
export const isInline = ({ name }: Leaf): boolean => nodes[name]?.group === "inline";

export const leafOf = ({ content: { type } }: LeafItem, before?: Y.Transaction): Leaf => ({
  name: type.nodeName,
  attributes: attributesOf(type, before),
});

/** Also of an element that is deleted, which no longer says them itself; or as they were before a transaction. */
export function attributesOf({ _map }: Y.XmlElement, before?: Y.Transaction): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [key, last] of _map) {
    let item: Y.Item | null = last;
    while (before !== undefined && item !== null && !isOlder(item, before)) item = item.left;
    if (item?.content instanceof Y.ContentAny) found[key] = item.content.arr.at(-1);
  }
  return found;
}

const isOlder = ({ id: { client, clock } }: Y.Item, { beforeState }: Y.Transaction): boolean =>
  clock < (beforeState.get(client) ?? 0);

/** What makes a chord or a picture that one: what is said of it besides may change. */
const NAMED_BY: Readonly<Record<string, string>> = { chord: "name", image: "id" };

/**
 * y-prosemirror makes one chord of another by what it says, where one comes before another or in its place. It would be lost with a line
 * that somebody else moves meanwhile, for there the item is the old one. So it gets an item of its own. To be called in the transaction.
 */
export function renewLeaves({ changed }: Y.Transaction, mapping: Map<unknown, unknown>): void {
  for (const [type, keys] of [...changed]) {
    const { _item: item } = type;
    if (!isLeaf(item) || !(item.parent instanceof Y.XmlFragment)) continue;
    const { content, parent } = item;
    const name = NAMED_BY[content.type.nodeName];
    if (item.deleted || name === undefined || !keys.has(name)) continue;
    const at = parent.toArray().indexOf(content.type);
    const made = makeLeaf(leafOf(item));
    parent.delete(at, 1);
    parent.insert(at, [made]);
    mapping.set(made, mapping.get(type));
    mapping.delete(type);
  }
}

export function makeLeaf({ name, attributes }: Leaf): Y.XmlElement {
  const made = new Y.XmlElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value as string);
  return made;
}

/** What a transaction of this page deleted and made again elsewhere: of several that are alike the first is the first. */
export function leavesMovedIn(transaction: Y.Transaction): Moved[] {
  const { doc, beforeState, deleteSet } = transaction;
  const before = beforeState.get(doc.clientID) ?? 0;
  if (deleteSet.clients.size === 0 || Y.getState(doc.store, doc.clientID) <= before) return [];
  const structs = doc.store.clients.get(doc.clientID) ?? [];
  const come = structs
    .slice(Y.findIndexSS(structs, before))
    .filter(isLeaf)
    .filter(({ deleted }) => !deleted);
  if (come.length === 0) return [];
  const gone: LeafItem[] = [];
  for (const [client, ranges] of Y.mergeDeleteSets([deleteSet]).clients)
    for (const range of ranges) gone.push(...leavesFrom(doc, client, range));
  const left = ordered(gone);
  return ordered(come).flatMap((item) => {
    const said = JSON.stringify(leafOf(item));
    const at = left.findIndex((other) => JSON.stringify(leafOf(other, transaction)) === said);
    const [from] = at < 0 ? [] : left.splice(at, 1);
    return from === undefined ? [] : [{ from: { ...from.id, length: 1 }, to: item.id.clock }];
  });
}

function* leavesFrom({ store }: Y.Doc, client: number, range: { clock: number; len: number }): Generator<LeafItem> {
  const structs = store.clients.get(client) ?? [];
  for (let at = Y.findIndexSS(structs, range.clock); at < structs.length; at++) {
    const struct = structs[at];
    if (struct === undefined || struct.id.clock >= range.clock + range.len) break;
    if (isLeaf(struct)) yield struct;
  }
}

const ordered = (items: readonly LeafItem[]): LeafItem[] =>
  inOrder(items.map(({ content: { type } }) => type)).flatMap(({ _item }) => (isLeaf(_item) ? [_item] : []));

/** How far this page has seen what others put in the lines from which it moved something. */
export function knownTo({ store, clientID }: Y.Doc, moved: readonly Moved[]): Moved[] {
  const texts = new Set<Y.Text>();
  for (const { from } of moved) {
    const item: unknown = Y.getItem(store, Y.createID(from.client, from.clock));
    if (isWords(item) && item.parent instanceof Y.Text && item.parent._item?.deleted === false) texts.add(item.parent);
  }
  const clients = new Set<number>();
  for (const text of texts)
    for (const first of [text._start, text.parent?._start ?? null])
      for (let item = first; item !== null; item = item.right)
        if (isWords(item) || isLeaf(item)) clients.add(item.id.client);
  if (texts.size > 0) clients.add(clientID); // so that it is known that nobody else was
  return [...clients].map((client) => ({
    from: { client, clock: Y.getState(store, client), length: 1 },
    to: KNOWN,
  }));
}

/** The characters that stood beside it before a transaction, the nearest first: in its line, or in the blocks beside it. */
export function wordsBeside(
  { left, right }: LeafItem,
  side: "left" | "right",
  most: number,
  transaction: Y.Transaction,
): Id[] {
  const found: Id[] = [];
  const collect = (first: Y.Item | null) => {
    for (let item = first; item !== null && found.length < most; item = item[side]) {
      if (isWords(item) && wasThere(item, transaction)) {
        const { id, length } = item;
        for (let n = 0; n < length && found.length < most; n++)
          found.push({ client: id.client, clock: id.clock + (side === "left" ? length - 1 - n : n) });
      } else if (item.content instanceof Y.ContentType) {
        const { type } = item.content;
        collect(side === "left" ? lastOf(type) : type._start);
      }
    }
  };
  collect(side === "left" ? left : right);
  return found;
}

/**
 * Whether an item was there before a transaction. Who puts a chord into words writes those behind it anew: their like before it are
 * no neighbours then.
 */
export function wasThere(
  { deleted, id: { client, clock: at } }: Y.Item,
  { beforeState, deleteSet }: Y.Transaction,
): boolean {
  if (at >= (beforeState.get(client) ?? 0)) return false;
  const ranges = deleted ? deleteSet.clients.get(client) : undefined;
  return !deleted || ranges?.some(({ clock, len }) => clock <= at && at < clock + len) === true;
}

export function lastOf({ _start }: Pick<Y.Text, "_start">): Y.Item | null {
  let last = _start;
  while (last !== null && last.right !== null) last = last.right;
  return last;
}

/** Puts it into the line of a text, which is parted there. To be called in a transaction. Returns what else was moved by that. */
export function putInto(text: Y.Text, index: number, made: Y.XmlElement): Moved[] {
  const { doc, parent: line } = text;
  if (doc === null || !(line instanceof Y.XmlElement)) return [];
  const at = line.toArray().indexOf(text as Y.XmlText);
  if (index === 0 || index >= text.length) {
    line.insert(index === 0 ? at : at + 1, [made]);
    return [];
  }
  const rest = new Y.XmlText();
  const since = Y.getState(doc.store, doc.clientID);
  rest.applyDelta(deltaFrom(text, index));
  line.insert(at + 1, [made, rest]);
  const moved = alongside(lettersFrom(text, index), wordsSince(doc, since));
  const known = knownTo(doc, moved);
  text.delete(index, text.length - index);
  return [...moved, ...known];
}

/** Puts it before or after the line of a text. */
export function putBeside({ parent: line }: Y.Text, after: boolean, made: Y.XmlElement): void {
  const around = line?.parent;
  if (!(line instanceof Y.XmlElement) || !(around instanceof Y.XmlFragment)) return;
  around.insert(around.toArray().indexOf(line) + (after ? 1 : 0), [made]);
}

function deltaFrom(text: Y.Text, index: number): object[] {
  let skip = index;
  return (text.toDelta() as { readonly insert: string; readonly attributes?: object }[]).flatMap((piece) => {
    const insert = piece.insert.slice(skip);
    skip = Math.max(0, skip - piece.insert.length);
    return insert === "" ? [] : [{ ...piece, insert }];
  });
}

function lettersFrom({ _start }: Y.Text, index: number): Moved["from"][] {
  const found: Moved["from"][] = [];
  let skip = index;
  for (let item = _start; item !== null; item = item.right) {
    if (item.deleted || !isWords(item)) continue;
    const { id, length } = item;
    if (skip < length) found.push({ client: id.client, clock: id.clock + skip, length: length - skip });
    skip = Math.max(0, skip - length);
  }
  return found;
}
