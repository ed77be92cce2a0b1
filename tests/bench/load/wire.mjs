/**
 * What the load generator says and hears, as bytes: WebSocket frames, sync messages (y-protocols), single inserted strings as
 * Yjs updates (v1), and a reader that finds in an update which clocks of which clients it holds. Knows nothing of sockets.
 *
 * The reader is the hot path: at capacity it runs a million times a second, so its cursor is two variables of this module.
 * A struct costs it about 40 ns.
 */

export const SYNC = 0;
export const AUTH = 2;
export const SYNC_REPLY = 4; // Hocuspocus' own: a SyncStep1 or 2 that wants no answer
export const SAVED = 8; // Tutti's own: how many update messages of this connection are committed

export const STEP_1 = 0;
export const STEP_2 = 1;
export const UPDATE = 2;

const BINARY = 0x82;
const CLOSE = 0x88;
const PONG = 0x8a;
const MASKED = 0x80;

/** The root type that generated edits go to. */
const ROOT = "text";

/** @param {number[]} out */
export function putUint(out, value) {
  while (value > 127) {
    out.push(128 | (value % 128));
    value = Math.floor(value / 128);
  }
  out.push(value);
}

/** @param {number[]} out */
export function putString(out, text) {
  const bytes = Buffer.from(text);
  putUint(out, bytes.length);
  for (const byte of bytes) out.push(byte);
}

/**
 * A client's frame. Its mask is zero: valid, and nothing to compute. Servers unmask it at the same cost as any other.
 * @param {ArrayLike<number>} payload
 */
export function frame(payload, opcode = BINARY) {
  const size = payload.length;
  const head = [opcode];
  if (size < 126) head.push(MASKED | size);
  else if (size < 65536) head.push(MASKED | 126, size >> 8, size & 255);
  else head.push(MASKED | 127, 0, 0, 0, 0, size >>> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255);
  const out = Buffer.alloc(head.length + 4 + size);
  out.set(head);
  out.set(payload, head.length + 4);
  return out;
}

export const closeFrame = () => frame([1000 >> 8, 1000 & 255], CLOSE);
export const pongFrame = (payload) => frame(payload, PONG);

/** A sync message with `body` as its state vector or update, after `prefix` (Hocuspocus puts the document's name first). */
export function syncMessage(prefix, step, body) {
  const head = [...prefix, SYNC, step];
  putUint(head, body.length);
  return Buffer.concat([Buffer.from(head), body]);
}

/** @param {Record<string, number>} clocks client id to clock */
export function stateVector(clocks) {
  const out = [];
  const entries = Object.entries(clocks);
  putUint(out, entries.length);
  for (const [client, clock] of entries) {
    putUint(out, Number(client));
    putUint(out, clock);
  }
  return Buffer.from(out);
}

/** The update that `client` makes by typing `text` after what it typed before, `clock` characters so far. */
export function typed(client, clock, text) {
  const out = [1, 1];
  putUint(out, client);
  putUint(out, clock);
  if (clock === 0) {
    out.push(4, 1); // a string, with no neighbour, in a root type
    putString(out, ROOT);
  } else {
    out.push(0x84); // a string, right of:
    putUint(out, client);
    putUint(out, clock - 1);
  }
  putString(out, text);
  out.push(0);
  return Buffer.from(out);
}

// The cursor.

/** @type {Uint8Array} */
let bytes = new Uint8Array(0);
let at = 0;

export function seek(buffer, position) {
  bytes = buffer;
  at = position;
}

export function position() {
  return at;
}

export function uint() {
  let byte = bytes[at++];
  let value = byte & 127;
  let factor = 128;
  while (byte > 127) {
    byte = bytes[at++];
    value += (byte & 127) * factor;
    factor *= 128;
  }
  return value;
}

export function skip(count) {
  at += count;
}

/** Skips a string; returns its length in UTF-16 units, as Yjs counts. */
function stringUnits() {
  const size = uint();
  const end = at + size;
  let units = 0;
  while (at < end) {
    const byte = bytes[at++];
    if (byte < 0x80 || byte > 0xbf) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

/** Skips a value in lib0's `any` encoding. */
function skipAny() {
  const kind = bytes[at++];
  if (kind === 125) {
    while (bytes[at++] > 127);
  } else if (kind === 124) at += 4;
  else if (kind === 123 || kind === 122) at += 8;
  else if (kind === 119 || kind === 116) skip(uint());
  else if (kind === 118) {
    for (let n = uint(); n > 0; n--) {
      skip(uint());
      skipAny();
    }
  } else if (kind === 117) {
    for (let n = uint(); n > 0; n--) skipAny();
  }
}

/** Skips the content of a struct; returns how many clocks it takes up. */
function contentLength(kind) {
  let length = 1;
  switch (kind) {
    case 1: // deleted
      return uint();
    case 2: // JSON
      length = uint();
      for (let n = length; n > 0; n--) skip(uint());
      return length;
    case 3: // binary
    case 5: // embed
      skip(uint());
      return 1;
    case 4:
      return stringUnits();
    case 6: // format: key and value
      skip(uint());
      skip(uint());
      return 1;
    case 7: {
      const type = uint();
      if (type === 3 || type === 5) skip(uint()); // an XML element's or hook's name
      return 1;
    }
    case 8: // any
      length = uint();
      for (let n = length; n > 0; n--) skipAny();
      return length;
    default:
      throw new Error(`an update holds content of kind ${kind}`);
  }
}

/**
 * Reads the structs of an update and calls `hold(client, clock, length)` for each that isn't a gap. Its delete set is left.
 * @param {(client: number, clock: number, length: number) => void} hold
 */
export function readUpdate(buffer, start, end, hold) {
  seek(buffer, start);
  for (let clients = uint(); clients > 0; clients--) {
    let structs = uint();
    const client = uint();
    let clock = uint();
    for (; structs > 0; structs--) {
      const info = bytes[at++];
      const kind = info & 31;
      let length;
      if (kind === 0 || kind === 10) {
        length = uint();
        if (kind === 10) {
          clock += length;
          continue;
        }
      } else {
        if (info & 0x80) {
          uint();
          uint();
        }
        if (info & 0x40) {
          uint();
          uint();
        }
        if (!(info & 0xc0)) {
          if (uint() === 1) skip(uint());
          else {
            uint();
            uint();
          }
          if (info & 0x20) skip(uint());
        }
        length = contentLength(kind);
      }
      if (at > end) throw new Error("an update ends too early");
      hold(client, clock, length);
      clock += length;
    }
  }
}
