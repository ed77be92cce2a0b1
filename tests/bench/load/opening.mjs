/** Documents as wholes: typing a large one in, opening it, joining it again and again, and rooms that come and go. */

import fs from "node:fs";
import { Client, Clocks, each, ended, joined } from "./client.mjs";
import { frame, readUpdate, stateVector, syncMessage, typed, UPDATE } from "./wire.mjs";

const UNSENT = 256 << 10;
const AT_ONCE = 256;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Notes every clock that the client is sent. `grown` is called after each update that said something new. */
function follow(client, grown = () => {}) {
  const clocks = new Clocks();
  const hold = (id, clock, length) => clocks.add(id, clock, length);
  client.onUpdate = (buffer, start, end, now) => {
    const before = clocks.sum;
    readUpdate(buffer, start, end, hold);
    if (clocks.sum !== before) grown(clocks, now);
  };
  return clocks;
}

/** Resolves to whether `done()` came true before nothing new had been heard for `ms`. */
async function until(done, progress, ms) {
  let last = progress();
  let giveUp = performance.now() + ms;
  while (!done()) {
    await sleep(5);
    if (progress() !== last) {
      last = progress();
      giveUp = performance.now() + ms;
    } else if (performance.now() > giveUp) return false;
  }
  return true;
}

/** The records of a document file: `document.mjs` writes them. */
function* records(path) {
  const data = fs.readFileSync(path);
  for (let at = 0; at < data.length; ) {
    const size = data.readUInt32LE(at);
    yield { advance: data.readUInt32LE(at + 4), update: data.subarray(at + 8, at + 8 + size) };
    at += 8 + size;
  }
}

/**
 * Types a document into `room`: every update a message, at most `window` of them on their way to a second client. Reports how long
 * it took until that client had all of it and, with `wait_saved`, until the server had called all of it saved.
 */
export async function fill(plan) {
  const updates = [...records(plan.document)];
  const writer = new Client(plan.server, plan.room, 0);
  const reader = new Client(plan.server, plan.room, 1);
  await Promise.all([joined(writer), joined(reader)]);
  const frames = updates.map(({ update }) => frame(syncMessage(writer.prefix, UPDATE, update)));
  const sums = new Float64Array(updates.length); // of the state vector, after each update
  let total = 0;
  for (let n = 0; n < updates.length; n++) sums[n] = total += updates[n].advance;
  let saved = 0;
  let savedMs = 0;
  let receivedMs = 0;
  let sent = 0;
  let arrived = 0;
  const began = performance.now();
  // What the socket hasn't taken waits here and not in Node's buffer: a server that reads slowly makes us wait.
  const pump = () => {
    const most = Math.min(frames.length, arrived + plan.window);
    while (sent < most && writer.socket.writableLength < UNSENT) {
      const upTo = Math.min(most, sent + AT_ONCE);
      writer.send(Buffer.concat(frames.slice(sent, upTo)), upTo - sent);
      sent = upTo;
    }
  };
  const clocks = follow(reader, ({ sum }, now) => {
    while (arrived < sums.length && sums[arrived] <= sum) arrived++;
    if (sum >= total) receivedMs = now - began;
    pump();
  });
  writer.onSaved = (count) => {
    saved = count;
    savedMs = performance.now() - began;
  };
  writer.socket.on("drain", pump);
  pump();
  const patience = plan.patience_s * 1000;
  let complete = await until(
    () => clocks.sum >= total,
    () => clocks.sum,
    patience,
  );
  if (plan.wait_saved)
    complete &&= await until(
      () => saved >= writer.sent,
      () => saved,
      patience,
    );
  await sleep(plan.linger_s * 1000);
  for (const client of [writer, reader]) {
    client.leave();
    await ended(client);
  }
  return { updates: updates.length, complete, received_ms: receivedMs, saved_ms: savedMs };
}

/**
 * Opens `room` and notes what it is sent, until it holds `want` clocks, or has heard nothing new for `patience_s`. `complete_ms`
 * is the time from the connection's first byte to the one that completed the document.
 */
export async function open(plan) {
  const client = new Client(plan.server, plan.room);
  let completeMs = 0;
  const clocks = follow(client, (_, now) => {
    completeMs = now - client.startedAt;
  });
  await joined(client);
  const syncedMs = performance.now() - client.startedAt;
  const syncedSum = clocks.sum;
  const want = plan.want ?? Number.POSITIVE_INFINITY;
  await until(
    () => clocks.sum >= want,
    () => clocks.sum,
    plan.patience_s * 1000,
  );
  const result = {
    complete: clocks.sum >= want,
    complete_at_once: syncedSum >= want,
    synced_ms: syncedMs,
    complete_ms: completeMs,
    received_bytes: client.received,
    clocks: Object.fromEntries(clocks.clocks),
  };
  client.leave();
  await ended(client);
  return result;
}

/** Resolves when standard input ends: whoever started this part has had enough. */
function enough() {
  return new Promise((resolve) => {
    process.stdin.on("end", resolve).resume();
  });
}

/** Keeps a room open until it has been enough. */
export async function keep(plan, report) {
  const client = new Client(plan.server, plan.room);
  await joined(client);
  report("begin");
  await enough();
  client.leave();
  await ended(client);
  return {};
}

/** Joins with a state vector that has every client but is behind in each, takes the answer, leaves, and does it again until it has been enough. */
export async function rejoin(plan, report) {
  const state = stateVector(plan.clocks);
  const times = [];
  let received = 0;
  report("begin");
  let done = false;
  enough().then(() => {
    done = true;
  });
  while (!done) {
    const client = new Client(plan.server, plan.room, 0, state);
    await joined(client);
    times.push(performance.now() - client.startedAt);
    received += client.received;
    client.leave();
    await ended(client);
    await sleep(plan.pause_ms);
  }
  times.sort((a, b) => a - b);
  return { joins: times.length, median_ms: times[times.length >> 1] ?? Number.NaN, received_bytes: received };
}

/**
 * Goes through `rooms`, `together` at a time: joins, checks that everything of the earlier rounds is there, writes `edits` edits and
 * leaves at once, without waiting for anything to be saved.
 */
export async function churn(plan) {
  const { edits, round } = plan;
  const started = performance.now();
  let missing = 0;
  const rooms = plan.rooms.map((room, number) => ({ room, number }));
  await each(rooms, plan.together, async ({ room, number }) => {
    const client = new Client(plan.server, room, 0);
    const clocks = follow(client);
    await joined(client);
    missing += Math.max(0, round * edits - clocks.sum);
    const id = 1_000_000 + number * 16 + round;
    const frames = Array.from({ length: edits }, (_, n) =>
      frame(syncMessage(client.prefix, UPDATE, typed(id, n, "a"))),
    );
    client.send(Buffer.concat(frames), edits);
    client.leave();
    await ended(client);
  });
  return { rooms: rooms.length, missing, seconds: (performance.now() - started) / 1000 };
}
