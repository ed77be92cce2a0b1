/**
 * The update that ties a thread to its words. Who comments may not have the pen, so it is not written in the document but sent to the
 * server with the comment; from there it comes back to everybody. The server takes it only if it is the two ends of this thread's
 * mark and nothing else.
 *
 * It names the letters at both ends of the words, so no copy of the document has to be made to write it in. Yjs' own `format` would
 * put the second end behind what was deleted after the last word, and who brings that back would bring it back into the comment.
 */

import type { Schema } from "@tiptap/pm/model";
import * as encoding from "lib0/encoding";
import { updateYFragment } from "y-prosemirror";
import * as Y from "yjs";
import schemaFile from "../../../rooms/schema.json";
import type { Range } from "./places";

/** How an update says that an item is an end of a mark, and which neighbours it names. */
const FORMAT = 6;
const HAS_LEFT = 0x80;
const HAS_RIGHT = 0x40;

/** What a thread is called: drawn here, so that asking again is no second one. */
export function newThreadId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Null where there are no words in the range. */
export function markUpdate(doc: Y.Doc, schema: Schema, { from, to }: Range, thread: string): Uint8Array | null {
  const ends: Uint8Array[] = [];
  const client = newClient(doc);
  const name = markName(schema, thread);
  for (const { text, at } of texts(doc.getXmlFragment(schemaFile.fragment), schema)) {
    const start = Math.max(from, at);
    const end = Math.min(to, at + text.length);
    if (start >= end) continue;
    const [first, last] = [letterAt(text, start - at), letterAt(text, end - at - 1)];
    ends.push(
      endOfMark(before(first), idOf(first), name, { id: thread }),
      endOfMark(idOf(last), after(last), name, null),
    );
  }
  if (ends.length === 0) return null;
  return encoding.encode((encoder) => {
    for (const number of [1, ends.length, client, 0]) encoding.writeVarUint(encoder, number);
    for (const end of ends) encoding.writeUint8Array(encoder, end);
    encoding.writeVarUint(encoder, 0);
  });
}

/** An end of a mark between two neighbours, as an update has it (Yjs' `Item.write` and `ContentFormat.write`). */
function endOfMark(left: Y.ID | null, right: Y.ID | null, name: string, says: object | null): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeUint8(encoder, FORMAT | (left === null ? 0 : HAS_LEFT) | (right === null ? 0 : HAS_RIGHT));
    for (const id of [left, right]) {
      if (id === null) continue;
      encoding.writeVarUint(encoder, id.client);
      encoding.writeVarUint(encoder, id.clock);
    }
    encoding.writeVarString(encoder, name);
    encoding.writeVarString(encoder, JSON.stringify(says));
  });
}

/** One that never wrote in the document. */
function newClient(doc: Y.Doc): number {
  for (;;) {
    const [client = 0] = crypto.getRandomValues(new Uint32Array(1));
    if (!doc.store.clients.has(client) && client !== doc.clientID) return client;
  }
}

interface Letter {
  readonly item: Y.Item;
  readonly offset: number;
}

function letterAt(text: Y.XmlText, index: number): Letter {
  let left = index;
  for (let item = text._start; item !== null; item = item.right) {
    if (item.deleted || !item.countable) continue;
    if (left < item.length) return { item, offset: left };
    left -= item.length;
  }
  throw new RangeError(`there is no letter ${index} in a text of ${text.length}`);
}

const idOf = ({ item: { id }, offset }: Letter): Y.ID => Y.createID(id.client, id.clock + offset);

const before = ({ item, offset }: Letter): Y.ID | null =>
  offset > 0 ? idOf({ item, offset: offset - 1 }) : (item.left?.lastId ?? null);

const after = ({ item, offset }: Letter): Y.ID | null =>
  offset < item.length - 1 ? idOf({ item, offset: offset + 1 }) : (item.right?.id ?? null);

/** Every text of a fragment and the position at which ProseMirror has it. */
function* texts(
  parent: Y.XmlFragment | Y.XmlElement,
  schema: Schema,
  at = 0,
): Generator<{ text: Y.XmlText; at: number }> {
  let pos = at;
  for (const child of parent.toArray()) {
    if (child instanceof Y.XmlText) {
      yield { text: child, at: pos };
      pos += child.length;
    } else if (child instanceof Y.XmlElement) {
      const leaf = schema.nodes[child.nodeName]?.isLeaf ?? false;
      if (!leaf) yield* texts(child, schema, pos + 1);
      pos += leaf ? 1 : sizeOf(child, schema);
    }
  }
}

function sizeOf(element: Y.XmlElement, schema: Schema): number {
  if (schema.nodes[element.nodeName]?.isLeaf === true) return 1;
  return element
    .toArray()
    .reduce(
      (size, child) =>
        size + (child instanceof Y.XmlText ? child.length : child instanceof Y.XmlElement ? sizeOf(child, schema) : 0),
      2,
    );
}

/** What y-prosemirror calls the mark: it is asked for it, on a page of one letter. */
function markName(schema: Schema, thread: string): string {
  const page = schema.node("doc", null, [
    schema.node("paragraph", null, [schema.text("x", [schema.mark("comment", { id: thread })])]),
  ]);
  const doc = new Y.Doc();
  const fragment = doc.getXmlFragment("page");
  updateYFragment(doc, fragment, page, { mapping: new Map(), isOMark: new Map() });
  const [paragraph] = fragment.toArray();
  const [text] = paragraph instanceof Y.XmlElement ? paragraph.toArray() : [];
  const [piece] = text instanceof Y.XmlText ? (text.toDelta() as { attributes?: object }[]) : [];
  doc.destroy();
  return Object.keys(piece?.attributes ?? {})[0] ?? "comment";
}
