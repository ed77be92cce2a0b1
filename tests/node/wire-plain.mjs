/**
 * A Yjs client over `ws` with nothing around it: y-protocols' sync and awareness, and Tutti's count of what is saved.
 *
 * It connects when told to and never comes back by itself (that is y-websocket's business). `sent` and `saved` count the
 * update messages of the present connection, `answered` those that were answers to the server.
 */

import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import WebSocket from "ws";
import * as awarenessProtocol from "y-protocols/awareness";
import * as syncProtocol from "y-protocols/sync";
import * as Y from "yjs";

export const SYNC = 0;
export const AWARENESS = 1;
export const AUTH = 2;
export const SAVED = 8;
export const STEP_2 = syncProtocol.messageYjsSyncStep2;
export const UPDATE = syncProtocol.messageYjsUpdate;

/** A message of the sync protocol: SyncStep2 or an update. */
export function syncMessage(step, payload) {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, SYNC);
  encoding.writeVarUint(encoder, step);
  encoding.writeVarUint8Array(encoder, payload);
  return encoding.toUint8Array(encoder);
}

export class PlainClient {
  sent = 0;
  answered = 0;
  saved = 0;
  closes = [];
  denied = [];
  /** How many messages of each kind have come; SyncStep1, SyncStep2 and updates are told apart. */
  received = {};
  onSaved = () => {};
  #awaited = [];
  #watching = [];
  #opened = 0;

  constructor(url, doc = new Y.Doc(), { awareness = null, headers = {} } = {}) {
    this.url = url;
    this.doc = doc;
    this.awareness = awareness;
    this.headers = headers;
    this.ws = null;
    this.#listen();
  }

  get connected() {
    return this.ws?.readyState === WebSocket.OPEN;
  }

  /** Takes another document in place of the one it had. */
  take(doc) {
    this.doc.off("update", this.#onUpdate);
    this.doc = doc;
    this.#listen();
  }

  #onUpdate = (update, origin) => {
    if (origin !== this && this.connected) this.sendUpdate(update);
  };

  #listen() {
    this.doc.on("update", this.#onUpdate);
    this.awareness?.on("update", ({ added, updated, removed }, origin) => {
      if (origin !== this && this.connected) this.#sendAwareness([...added, ...updated, ...removed]);
    });
  }

  /** Resolves once the socket is open; rejects where it closes first. */
  connect() {
    const ws = new WebSocket(this.url, { headers: this.headers, perMessageDeflate: false });
    ws.binaryType = "nodebuffer";
    this.ws = ws;
    this.sent = this.answered = this.saved = 0;
    const opened = ++this.#opened;
    return new Promise((resolve, reject) => {
      ws.on("open", () => {
        this.ask().catch(() => {});
        if (this.awareness?.getLocalState()) this.#sendAwareness([this.doc.clientID]);
        resolve();
      });
      ws.on("message", (data) => {
        if (opened === this.#opened) this.#receive(data);
      });
      ws.on("error", () => {}); // a close follows
      ws.on("close", (code, reason) => {
        if (opened !== this.#opened) return;
        this.closes.push({ code, reason: String(reason) });
        const error = new Error(`closed with ${code}: ${reason}`);
        for (const wait of [...this.#awaited.splice(0), ...this.#watching.splice(0)]) wait.reject(error);
        reject(error);
      });
    });
  }

  /** Says goodbye, and resolves when the socket has closed. */
  disconnect() {
    const ws = this.ws;
    if (!ws || ws.readyState === WebSocket.CLOSED) return Promise.resolve();
    this.#opened++;
    const error = new Error("disconnected");
    for (const wait of [...this.#awaited.splice(0), ...this.#watching.splice(0)]) wait.reject(error);
    return new Promise((resolve) => {
      ws.once("close", resolve);
      ws.close();
    });
  }

  /** Ends the connection without a word. */
  cut() {
    this.ws?.terminate();
  }

  /** Asks for what is missing; resolves when the answer is in. */
  ask() {
    return new Promise((resolve, reject) => {
      this.#awaited.push({ resolve, reject });
      this.#sendStep1();
    });
  }

  /** Resolves when everything sent on this connection is saved. */
  allSaved() {
    if (this.saved >= this.sent) return Promise.resolve();
    return new Promise((resolve, reject) => this.#watching.push({ resolve, reject }));
  }

  sendUpdate(update) {
    this.sent++;
    this.ws.send(syncMessage(UPDATE, update));
  }

  #sendStep1() {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, SYNC);
    syncProtocol.writeSyncStep1(encoder, this.doc);
    this.ws.send(encoding.toUint8Array(encoder));
  }

  #sendAwareness(clients) {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, AWARENESS);
    encoding.writeVarUint8Array(encoder, awarenessProtocol.encodeAwarenessUpdate(this.awareness, clients));
    this.ws.send(encoding.toUint8Array(encoder));
  }

  #count(kind) {
    this.received[kind] = (this.received[kind] ?? 0) + 1;
  }

  #receive(data) {
    const decoder = decoding.createDecoder(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    while (decoding.hasContent(decoder)) this.#read(decoder);
  }

  #read(decoder) {
    const kind = decoding.readVarUint(decoder);
    if (kind === SYNC) {
      const encoder = encoding.createEncoder();
      encoding.writeVarUint(encoder, SYNC);
      const step = syncProtocol.readSyncMessage(decoder, encoder, this.doc, this, (error) => {
        throw error;
      });
      this.#count(["step1", "step2", "update"][step]);
      if (encoding.length(encoder) > 1) {
        this.sent++;
        this.answered++;
        this.ws.send(encoding.toUint8Array(encoder));
      }
      if (step === syncProtocol.messageYjsSyncStep2) this.#awaited.shift()?.resolve();
    } else if (kind === AWARENESS) {
      this.#count("awareness");
      const update = decoding.readVarUint8Array(decoder);
      if (this.awareness) awarenessProtocol.applyAwarenessUpdate(this.awareness, update, this);
    } else if (kind === AUTH) {
      this.#count("auth");
      decoding.readVarUint(decoder);
      this.denied.push(decoding.readVarString(decoder));
    } else if (kind === SAVED) {
      this.#count("saved");
      this.saved = decoding.readVarUint(decoder);
      this.onSaved(this.saved);
      if (this.saved >= this.sent) for (const wait of this.#watching.splice(0)) wait.resolve();
    } else {
      throw new Error(`a message of kind ${kind}`);
    }
  }
}
