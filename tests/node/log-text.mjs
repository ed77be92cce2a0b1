// The words of a document as yjs reads them from the log: updates in base64, a line each, on standard input.
import { text } from "node:stream/consumers";
import * as Y from "yjs";

const doc = new Y.Doc();
for (const line of (await text(process.stdin)).split("\n").filter(Boolean)) Y.applyUpdate(doc, Buffer.from(line, "base64"));

function words(node) {
  if (node instanceof Y.XmlText) return node.toDelta().map(({ insert }) => (typeof insert === "string" ? insert : "")).join("");
  return node.toArray().map(words).join("");
}
console.log(JSON.stringify({ words: words(doc.getXmlFragment("default")), missing: doc.store.pendingStructs !== null }));
