/**
 * A client of a y-websocket server, on a bare socket: the handshake, frames, sync, and nothing of Yjs beyond that.
 *
 * Also speaks Hocuspocus' dialect (every message begins with the document's name, a token is the first of them). All sockets
 * read into one buffer, so that a delivery allocates nothing. An edit's arrival is timed at the read that brought it.
 */

import net from "node:net";
import {
  AUTH,
  closeFrame,
  frame,
  pongFrame,
  position,
  putString,
  SAVED,
  STEP_1,
  STEP_2,
  SYNC,
  SYNC_REPLY,
  seek,
  skip,
  syncMessage,
  uint,
} from "./wire.mjs";

const READ = Buffer.allocUnsafe(256 << 10);
const EMPTY_STATE = Buffer.from([0]);
const NOTHING = Buffer.from([0, 0]);
const CONTINUED = 0;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;

/**
 * @typedef {object} Server
 * @property {number} port
 * @property {'tutti' | 'hocuspocus'} dialect
 * @property {string} path with `{room}` in it
 * @property {string[]} tokens one for each member; a room's clients take them in turn
 */

export class Client {
  /** @type {(buffer: Buffer, start: number, end: number, now: number) => void} an update's bytes, also of the SyncStep2 */
  onUpdate = () => {};
  /** @type {(count: number) => void} */
  onSaved = () => {};
  onSynced = () => {};
  onClosed = () => {};
  open = true;
  /** Why the connection has ended: the close code and reason, or the socket's error. */
  why = "no reason was given";
  synced = false;
  /** Update messages sent, the answers to the server's SyncStep1 among them: what `onSaved` counts. */
  sent = 0;
  frames = 0;
  received = 0;
  /** @type {Buffer | null} bytes of a frame that is not yet complete */
  #held = null;
  #heldSize = 0;
  /** @type {Buffer[]} the parts of a fragmented message */
  #parts = [];
  #upgraded = false;

  /**
   * @param {Server} server
   * @param {number} place which of the room's clients this is: chooses its token
   * @param {Buffer} state the state vector to join with
   */
  constructor(server, room, place = 0, state = EMPTY_STATE) {
    this.startedAt = performance.now();
    this.hocuspocus = server.dialect === "hocuspocus";
    this.token = server.tokens[place % server.tokens.length];
    this.state = state;
    const name = [];
    if (this.hocuspocus) putString(name, room);
    this.prefix = name;
    const path = server.path.replace("{room}", room).replace("{token}", this.token);
    this.socket = net.connect({
      host: "127.0.0.1",
      port: server.port,
      noDelay: true,
      onread: { buffer: READ, callback: (size, buffer) => this.#read(buffer.subarray(0, size)) },
    });
    this.socket.on("connect", () => {
      this.socket.write(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
      );
    });
    this.socket.on("error", (error) => {
      this.why = error.message;
      this.#ended();
    });
    this.socket.on("close", () => this.#ended());
  }

  /** Sends prepared frames that hold `updates` update messages. */
  send(frames, updates) {
    this.sent += updates;
    this.socket.write(frames);
  }

  /** Says goodbye and waits for the server to do the same. */
  leave() {
    if (this.open) this.socket.write(closeFrame());
  }

  /** Hangs up without a word. */
  destroy() {
    this.socket.destroy();
  }

  #ended() {
    if (!this.open) return;
    this.open = false;
    this.onClosed();
  }

  #read(chunk) {
    const now = performance.now();
    this.received += chunk.length;
    if (this.#held === null) {
      const used = this.#take(chunk, now);
      if (used < chunk.length) this.#hold(chunk.subarray(used));
      return true;
    }
    this.#hold(chunk);
    const whole = this.#held.subarray(0, this.#heldSize);
    const used = this.#take(whole, now);
    if (used === whole.length) this.#held = null;
    else if (used > 0) {
      this.#held = Buffer.from(whole.subarray(used));
      this.#heldSize = this.#held.length;
    }
    return true;
  }

  #hold(chunk) {
    const size = this.#held === null ? 0 : this.#heldSize;
    if (this.#held === null || size + chunk.length > this.#held.length) {
      const larger = Buffer.allocUnsafe(2 * (size + chunk.length));
      if (this.#held !== null) this.#held.copy(larger, 0, 0, size);
      this.#held = larger;
    }
    chunk.copy(this.#held, size);
    this.#heldSize = size + chunk.length;
  }

  /** Takes every complete frame; returns how many bytes they were. */
  #take(data, now) {
    let start = 0;
    if (!this.#upgraded) {
      const end = data.indexOf("\r\n\r\n");
      if (end < 0) return 0;
      if (data.toString("latin1", 9, 12) !== "101")
        throw new Error(`upgrade refused: ${data.toString("latin1", 0, 80)}`);
      this.#upgraded = true;
      start = end + 4;
      this.#begin();
    }
    while (data.length - start >= 2) {
      let size = data[start + 1] & 127;
      let head = 2;
      if (size > 125) {
        head = size === 126 ? 4 : 10;
        if (data.length - start < head) break;
        size = head === 4 ? data.readUInt16BE(start + 2) : Number(data.readBigUInt64BE(start + 2));
      }
      const body = start + head;
      if (data.length < body + size) break;
      this.#frame(data, start, body, body + size, now);
      start = body + size;
    }
    return start;
  }

  #begin() {
    if (!this.hocuspocus) {
      this.#ask();
      return;
    }
    const message = [...this.prefix, AUTH, 0];
    putString(message, this.token);
    putString(message, "4.7.0");
    this.socket.write(frame(message));
  }

  #ask() {
    this.socket.write(frame(syncMessage(this.prefix, STEP_1, this.state)));
  }

  #frame(data, start, body, end, now) {
    const final = data[start] & 128;
    const opcode = data[start] & 15;
    if (opcode === BINARY && final) this.#message(data, body, end, now);
    else if (opcode === BINARY || opcode === CONTINUED) {
      this.#parts.push(Buffer.from(data.subarray(body, end)));
      if (final) {
        const whole = Buffer.concat(this.#parts);
        this.#parts = [];
        this.#message(whole, 0, whole.length, now);
      }
    } else if (opcode === PING) this.socket.write(pongFrame(data.subarray(body, end)));
    else if (opcode === CLOSE) {
      if (end - body >= 2) this.why = `${data.readUInt16BE(body)} ${data.toString("utf8", body + 2, end)}`;
      this.socket.end();
    }
  }

  #message(data, start, end, now) {
    this.frames++;
    seek(data, start);
    if (this.hocuspocus) skip(uint());
    const kind = uint();
    if (kind === SYNC || (this.hocuspocus && kind === SYNC_REPLY)) {
      const step = uint();
      const size = uint();
      const from = position();
      if (from + size > end) throw new Error("a sync message ends too early");
      if (step === STEP_1) this.send(frame(syncMessage(this.prefix, STEP_2, NOTHING)), 1);
      else {
        this.onUpdate(data, from, from + size, now);
        if (step === STEP_2 && !this.synced) {
          this.synced = true;
          this.onSynced();
        }
      }
    } else if (kind === SAVED && !this.hocuspocus) this.onSaved(uint());
    else if (kind === AUTH && this.hocuspocus) {
      if (uint() === 2) this.#ask();
      else this.destroy();
    }
  }
}

/** A client that has joined. Rejects where it is closed before. */
export function joined(client) {
  return new Promise((resolve, reject) => {
    client.onSynced = () => resolve(client);
    client.onClosed = () => reject(new Error(`a connection ended before it had joined: ${client.why}`));
  });
}

/** Resolves when the connection has ended. */
export function ended(client) {
  return new Promise((resolve) => {
    if (client.open) client.onClosed = resolve;
    else resolve();
  });
}

/** Runs `task(item)` for every item, `together` of them at a time. */
export async function each(items, together, task) {
  const left = [...items].reverse();
  const one = async () => {
    while (left.length > 0) await task(left.pop());
  };
  await Promise.all(Array.from({ length: Math.min(together, left.length) }, one));
}

/** What a client that reads whole states knows of them: for each CRDT client, the clock up to which nothing is missing. */
export class Clocks {
  /** @type {Map<number, number>} */
  clocks = new Map();
  sum = 0;

  add(client, clock, length) {
    const have = this.clocks.get(client) ?? 0;
    const end = clock + length;
    if (clock > have || end <= have) return;
    this.clocks.set(client, end);
    this.sum += end - have;
  }
}
