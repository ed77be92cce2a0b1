/**
 * The update that ties a thread to its words. Who comments may not have the pen, so it is made on a copy of the document and sent to
 * the server with the comment; from there it comes back to everybody. The server takes it only if it is the two ends of this
 * thread's mark and nothing else.
 */

import type { Schema } from "@tiptap/pm/model";
import { updateYFragment } from "y-prosemirror";
import * as Y from "yjs";
import schemaFile from "../../../rooms/schema.json";
import type { Range } from "./places";

/** What a thread is called: drawn here, so that asking again is no second one. */
export function newThreadId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Null where there are no words in the range. */
export function markUpdate(doc: Y.Doc, schema: Schema, { from, to }: Range, thread: string): Uint8Array | null {
  const copy = new Y.Doc();
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
  const name = markName(schema, thread);
  let made: Uint8Array | null = null;
  copy.on("update", (update: Uint8Array) => {
    made = update;
  });
  copy.transact(() => {
    for (const { text, at } of texts(copy.getXmlFragment(schemaFile.fragment), schema)) {
      const start = Math.max(from, at);
      const end = Math.min(to, at + text.length);
      if (start < end) text.format(start - at, end - start, { [name]: { id: thread } });
    }
  });
  copy.destroy();
  return made;
}

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
