/**
 * Seeded sessions of several Yjs clients through a running server, one room a session, many at a time.
 *
 * Orders come as JSON lines, each answered with one:
 * - `write`: runs the sessions to their end and compares all replicas;
 * - `log`: `file` holds, for each room, the rows of the log as they are stored; yjs reads them and compares;
 * - `return`: after a restart, a new client and a stale one of each session look again.
 *
 * Failures are sentences that name the session; an empty list is a success.
 */

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import * as Y from "yjs";
import { dice, Editor } from "./sessions-edits.mjs";
import { renderDocument } from "./sessions-render.mjs";
import { PlainClient } from "./wire-plain.mjs";

const CLIENTS = 4;
const [base, tokens, seed, from, count, split, steps, parallel] = JSON.parse(process.argv[2]);

const pause = (ms) => new Promise((resolve) => (ms ? setTimeout(resolve, ms) : setImmediate(resolve)));

/** Runs `work` for each of `items`, at most `parallel` at a time. */
async function each(items, work) {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}

class Session {
  failures = [];
  edits = 0;
  reconnects = 0;
  #editors = new Map();
  #snapshots = [];
  #histories = new Map();

  constructor(index) {
    this.room = `session-${seed}-${index}`;
    this.random = dice(seed * 1_000_003 + index);
    this.clients = tokens.map((token) => new PlainClient(this.#url(token)));
  }

  #url(token) {
    return `${base}/yjs/${this.room}?saved=1&token=${token}`;
  }

  fail(what) {
    this.failures.push(`${this.room}: ${what}`);
  }

  #editor(client) {
    let editor = this.#editors.get(client);
    if (editor?.doc !== client.doc) {
      editor = new Editor(client.doc, this.random, { split });
      const history = [];
      client.doc.on("update", (update) => history.push(update));
      this.#histories.set(client.doc, history);
      this.#editors.set(client, editor);
    }
    return editor;
  }

  async write() {
    await Promise.all(this.clients.map((client) => client.connect()));
    for (let step = 0; step < steps; step++) {
      await this.#step(this.clients[Math.floor(this.random() * CLIENTS)]);
      if (this.random() < 0.5) await pause(Math.floor(this.random() * 12));
    }
    this.clients.push(this.#staleClient());
    for (const client of this.clients) if (!client.connected) await client.connect();
    await this.#settle();
    this.rendered = await this.#readAnew();
    if (!split) {
      for (const [i, client] of this.clients.entries()) {
        if (renderDocument(client.doc) !== this.rendered) this.fail(`client ${i} and a new client differ`);
      }
    }
    await Promise.all(this.clients.map((client) => client.disconnect()));
  }

  async #step(client) {
    const roll = this.random();
    if (roll < 0.86) {
      this.#editor(client).edit();
      this.edits++;
    } else if (roll < 0.89) {
      this.#resend(client);
    } else if (roll < 0.91) {
      this.#snapshots.push(Y.encodeStateAsUpdate(client.doc));
    } else if (client.connected) {
      await client.disconnect();
    } else {
      await this.#comeBack(client);
    }
  }

  /** Sends again what it has sent before, or what it got from others. */
  #resend(client) {
    const history = this.#histories.get(client.doc);
    if (client.connected && history?.length) client.sendUpdate(history[Math.floor(this.random() * history.length)]);
  }

  /** With the document it left with, with nothing, with an older state of anybody, or sending everything it has. */
  async #comeBack(client) {
    this.reconnects++;
    const roll = this.random();
    if (roll < 0.2) client.take(new Y.Doc());
    else if (roll < 0.4 && this.#snapshots.length) {
      const doc = new Y.Doc();
      Y.applyUpdate(doc, this.#snapshots[Math.floor(this.random() * this.#snapshots.length)]);
      client.take(doc);
    }
    await client.connect();
    if (roll > 0.8) client.sendUpdate(Y.encodeStateAsUpdate(client.doc));
    else if (roll > 0.6) this.#editor(client).edit(); // goes out before the server has asked for what came before it
  }

  /** Returns when everything is saved and nobody has anything left to say. */
  async #settle() {
    for (;;) {
      await Promise.all(this.clients.map((client) => client.allSaved()));
      const before = this.clients.map((client) => client.sent);
      await Promise.all(this.clients.map((client) => client.ask()));
      if (this.clients.every((client, i) => client.sent === before[i] && client.saved === client.sent)) return;
    }
  }

  /** Somebody who was last here when the session was young. */
  #staleClient() {
    const doc = new Y.Doc();
    if (this.#snapshots.length) Y.applyUpdate(doc, this.#snapshots[0]);
    return new PlainClient(this.#url(tokens[1]), doc);
  }

  /** What a new client reads. */
  async #readAnew(client = new PlainClient(this.#url(tokens[0]))) {
    await client.connect();
    await client.ask();
    await client.disconnect();
    return renderDocument(client.doc);
  }

  /** What yjs makes of the log alone. */
  expectLog(updates) {
    const doc = new Y.Doc();
    for (const update of updates) Y.applyUpdate(doc, update);
    if (renderDocument(doc) !== this.rendered) this.fail("yjs reads something else from the log");
  }

  async expectReturn() {
    if ((await this.#readAnew()) !== this.rendered) this.fail("a new client differs after the restart");
    if (split) return;
    if ((await this.#readAnew(this.#staleClient())) !== this.rendered)
      this.fail("a stale client differs after the restart");
  }
}

const sessions = Array.from({ length: count }, (_, i) => new Session(from + i));
const rooms = new Map(sessions.map((session) => [session.room, session]));

/** What goes wrong in one session is that session's failure. */
async function inSession(session, work) {
  try {
    await work(session);
  } catch (error) {
    session.fail(error.stack ?? String(error));
  }
}

async function readLog(file) {
  const seen = new Set();
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const { room, updates } = JSON.parse(line);
    const session = rooms.get(room);
    if (!session) continue;
    seen.add(room);
    await inSession(session, () => session.expectLog(updates.map((update) => Buffer.from(update, "base64"))));
  }
  for (const session of sessions) if (!seen.has(session.room)) session.fail("nothing of it is in the log");
}

const ORDERS = {
  write: () => each(sessions, (session) => inSession(session, () => session.write())),
  log: ({ file }) => readLog(file),
  return: () => each(sessions, (session) => inSession(session, () => session.expectReturn())),
};

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  await ORDERS[order.do](order);
  const sum = (field) => sessions.reduce((total, session) => total + session[field], 0);
  const failures = sessions.flatMap((session) => session.failures);
  process.stdout.write(`${JSON.stringify({ failures, edits: sum("edits"), reconnects: sum("reconnects") })}\n`);
}
