/**
 * Yjs clients that a test moves by hand: orders come as JSON lines, each is answered by one with the same `id`.
 *
 * Two kinds: a `provider` is y-websocket's own, unchanged, and comes back by itself; a `plain` one (`wire-plain.mjs`) does only
 * what it is told. Both write in the text `text` of their document.
 */

import { createInterface } from "node:readline";
import WebSocket from "ws";
import { Awareness } from "y-protocols/awareness";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { AUTH, AWARENESS, PlainClient, SAVED, STEP_2, SYNC, syncMessage } from "./wire-plain.mjs";

console.log = console.error; // yjs says things aloud, and stdout is for answers
process.setMaxListeners(0); // every provider adds one

const KINDS = { [SYNC]: ["step1", "step2", "update"], [AWARENESS]: "awareness", [AUTH]: "auth", [SAVED]: "saved" };

class Provider {
  closes = [];
  denied = [];
  received = {};
  sent = 0;
  answered = 0;
  saved = 0;
  connections = 0;
  final = null;

  constructor(server, path, doc, params, headers) {
    const watch = (ws) => this.#watch(ws);
    class Socket extends WebSocket {
      constructor(url, protocols) {
        super(url, protocols, { headers, perMessageDeflate: false });
        watch(this);
      }
    }
    this.doc = doc;
    this.provider = new WebsocketProvider(`${server}/yjs`, path, doc, {
      params,
      WebSocketPolyfill: Socket,
      disableBc: true,
      maxBackoffTime: 400,
    });
    this.provider.messageHandlers[SAVED] = () => {}; // counted below; without a handler it would complain aloud
    this.provider.on("closed", ({ code }) => {
      this.final = code;
    });
    this.awareness = this.provider.awareness;
  }

  #watch(ws) {
    this.connections++;
    this.sent = this.answered = this.saved = 0;
    const send = ws.send.bind(ws);
    ws.send = (data) => {
      if (data[0] === SYNC && data[1] > 0) this.sent++;
      if (data[0] === SYNC && data[1] === STEP_2) this.answered++;
      send(data);
    };
    ws.on("message", (data) => {
      const bytes = new Uint8Array(data);
      const kind = bytes[0] === SYNC ? KINDS[SYNC][bytes[1]] : KINDS[bytes[0]];
      this.received[kind] = (this.received[kind] ?? 0) + 1;
      if (bytes[0] === AUTH) this.denied.push(Buffer.from(bytes.subarray(3)).toString());
      if (bytes[0] === SAVED) this.saved = readCount(bytes);
    });
    ws.on("close", (code, reason) => this.closes.push({ code, reason: String(reason) }));
  }

  get connected() {
    return this.provider.wsconnected;
  }

  get synced() {
    return this.provider.synced;
  }

  get ws() {
    return this.provider.ws;
  }

  connect() {
    this.provider.connect();
  }

  disconnect() {
    this.provider.disconnect();
  }

  cut() {
    this.provider.ws.terminate();
  }
}

function readCount(bytes) {
  let count = 0;
  for (let i = 1; i < bytes.length; i++) count += (bytes[i] & 127) * 2 ** (7 * (i - 1));
  return count;
}

const clients = new Map();
const typing = new Map();

const ORDERS = {
  async open({ name, kind, server, path, params = {}, headers = {}, client }) {
    const doc = new Y.Doc();
    if (client) doc.clientID = client;
    if (kind === "provider") {
      clients.set(name, new Provider(server, path, doc, params, headers));
      return;
    }
    const awareness = new Awareness(doc);
    const url = `${server}/yjs/${path}?${new URLSearchParams(params)}`;
    const plain = new PlainClient(url, doc, { awareness, headers });
    clients.set(name, plain);
    await plain.connect().catch(() => {}); // `look` tells how it was closed
  },

  look({ name }) {
    const client = clients.get(name);
    const { connected, synced, closes, denied, received, sent, answered, saved, connections, final } = client;
    return {
      text: client.doc.getText("text").toString(),
      states: Object.fromEntries(client.awareness.getStates()),
      client: client.doc.clientID,
      ...{ connected, synced, closes, denied, received, sent, answered, saved, connections, final },
    };
  },

  /** Everything a replica holds, in a form that is the same for two that hold the same. */
  held({ name }) {
    const { doc } = clients.get(name);
    const deleted = Y.createDeleteSetFromStructStore(doc.store).clients;
    const ranges = ([client, items]) => [client, items.map(({ clock, len }) => [clock, len])];
    const byClient = ([a], [b]) => a - b;
    return {
      text: doc.getText("text").toString(),
      state: [...Y.decodeStateVector(Y.encodeStateVector(doc))].sort(byClient),
      deleted: [...deleted].map(ranges).sort(byClient),
    };
  },

  insert({ name, at, text }) {
    const target = clients.get(name).doc.getText("text");
    target.insert(at ?? target.length, text);
  },

  delete({ name, at, length }) {
    clients.get(name).doc.getText("text").delete(at, length);
  },

  /** Types numbers from `first` on, each an update of its own, `rate` of them a second, until it is told to stop. */
  type({ name, rate, first }) {
    const text = clients.get(name).doc.getText("text");
    const began = performance.now();
    let typed = 0;
    const beat = () => {
      const due = ((performance.now() - began) / 1000) * rate;
      while (typed < due) text.insert(text.length, `${first + typed++} `);
    };
    typing.set(name, setInterval(beat, 5));
  },

  stop({ name }) {
    clearInterval(typing.get(name));
  },

  /** Ends a process the very moment this client is told that `count` of its updates are saved. */
  killWhenSaved({ name, count, pid }) {
    clients.get(name).onSaved = (saved) => {
      if (saved >= count) process.kill(pid, "SIGKILL");
    };
  },

  /** Answers with a SyncStep2 nobody asked for: everything it holds beyond nothing at all. */
  answer({ name }) {
    const client = clients.get(name);
    client.ws.send(syncMessage(STEP_2, Y.encodeStateAsUpdate(client.doc)));
  },

  say({ name, field, value }) {
    clients.get(name).awareness.setLocalStateField(field, value);
  },

  send({ name, hex }) {
    clients.get(name).ws.send(Buffer.from(hex, "hex"));
  },

  /** Sends the same message many times, as fast as can be. */
  flood({ name, hex, count }) {
    const { ws } = clients.get(name);
    const message = Buffer.from(hex, "hex");
    for (let i = 0; i < count; i++) ws.send(message);
  },

  /** Leaves the socket half-open: nothing is read from it or said on it any more, and nobody is told. */
  freeze({ name }) {
    const { ws } = clients.get(name);
    ws.pause();
    ws._socket.pause();
    ws.send = () => {};
    ws.pong = () => {};
  },

  connect: ({ name }) => clients.get(name).connect(),
  disconnect: ({ name }) => clients.get(name).disconnect(),
  cut: ({ name }) => clients.get(name).cut(),
};

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  const answer = await (async () => ORDERS[order.do](order))().then(
    (value) => ({ value: value ?? null }),
    (error) => ({ error: error.stack }),
  );
  process.stdout.write(`${JSON.stringify({ id: order.id, ...answer })}\n`);
}
process.exit(0);
