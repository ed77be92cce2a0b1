/**
 * What people would see of a document, as plain JSON: values, not bytes, and keys in order, so that two replicas can be
 * compared by their text.
 */

import * as Y from "yjs";

/** The roots that a session writes in. */
export function rootsOf(doc) {
  return {
    text: doc.getText("text"),
    story: doc.getXmlFragment("default"),
    map: doc.getMap("map"),
    list: doc.getArray("list"),
  };
}

export function renderDocument(doc) {
  return JSON.stringify(render(rootsOf(doc)));
}

export function render(value) {
  if (value instanceof Y.Text) {
    const parts = value.toDelta().map(({ insert, attributes }) => [render(insert), render(attributes ?? {})]);
    return { text: parts, attributes: render(value.getAttributes()) };
  }
  if (value instanceof Y.XmlElement) {
    const attributes = render(value.getAttributes());
    return { element: value.nodeName, attributes, children: value.toArray().map(render) };
  }
  if (value instanceof Y.XmlFragment) return { fragment: value.toArray().map(render) };
  if (value instanceof Y.Array) return { list: value.toArray().map(render) };
  if (value instanceof Y.Map) return { map: sorted(value.entries()) };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("hex") };
  if (Array.isArray(value)) return value.map(render);
  if (value === undefined) return { undefined: true };
  if (typeof value === "bigint") return { bigint: String(value) };
  if (value !== null && typeof value === "object") return sorted(Object.entries(value));
  return value;
}

function sorted(entries) {
  return Object.fromEntries(
    [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, render(inner)]),
  );
}
