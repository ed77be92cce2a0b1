/**
 * Members whose cursors move, and who write nothing: one y-websocket provider for each token on standard input, five moves a second.
 *
 *     node cursors.mjs ws://127.0.0.1:8000/yjs room/document
 *
 * Says `{"ready": N}` when all of them have the document, and goes on until it is ended.
 */

import { setMaxListeners } from "node:events";
import { readFileSync } from "node:fs";
import { WebSocket } from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";

const [base, name] = process.argv.slice(2);
const tokens = readFileSync(0, "utf8").split("\n").filter(Boolean);
setMaxListeners(tokens.length + 10, process);
let ready = 0;

for (const token of tokens) {
  const doc = new Y.Doc();
  const provider = new WebsocketProvider(base, name, doc, { params: { token }, WebSocketPolyfill: WebSocket, disableBc: true });
  const fragment = doc.getXmlFragment("default");
  provider.once("sync", () => {
    setInterval(() => {
      const text = fragment.get(Math.floor(Math.random() * fragment.length)).get(0);
      const head = Y.createRelativePositionFromTypeIndex(text, Math.floor(Math.random() * text.length));
      provider.awareness.setLocalStateField("cursor", { anchor: head, head });
    }, 200);
    ready += 1;
    if (ready === tokens.length) console.log(JSON.stringify({ ready }));
  });
}
