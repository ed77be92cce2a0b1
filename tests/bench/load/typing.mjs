/**
 * People typing: rooms full of clients, writers that insert text at a given rate, and when each edit reached each other client.
 *
 * Every writer's frames are built before the start, one after another in one buffer, so that what is due together goes out in
 * one write. When each edit is due is drawn beforehand from a fixed seed: each writer makes one in each of its periods, at a
 * random moment, so that edits meet as people's do; or, in a room that is to be quiet, evenly, so that they never meet. Latency runs from just before the write to the read that brought the edit
 * to another client; a writer's own echo isn't counted.
 */

import { Client, each, joined } from "./client.mjs";
import { frame, readUpdate, syncMessage, typed, UPDATE } from "./wire.mjs";

const LETTERS = "etaoinshrdlu";
const SETTLE_MS = 500;
const AFTER_KILL_MS = 1500;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Counts of microseconds in classes a 128th apart. */
export class Histogram {
  #counts = new Uint32Array(32 * 128);
  count = 0;
  max = 0;

  add(ms) {
    const us = Math.max(0, Math.round(ms * 1000));
    if (us > this.max) this.max = us;
    this.count++;
    if (us < 128) {
      this.#counts[us]++;
      return;
    }
    const shift = 24 - Math.clz32(us);
    this.#counts[(shift + 1) * 128 + ((us >>> shift) & 127)]++;
  }

  /** In milliseconds; NaN where nothing was counted. */
  quantile(share) {
    let left = Math.floor(share * this.count);
    if (left >= this.count) left = this.count - 1;
    for (let i = 0; i < this.#counts.length; i++) {
      left -= this.#counts[i];
      if (left < 0) return (i < 128 ? i : (128 + (i % 128)) * 2 ** ((i >> 7) - 1)) / 1000;
    }
    return Number.NaN;
  }

  summary() {
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => this.quantile(share));
    return { p50_ms: p50, p95_ms: p95, p99_ms: p99, max_ms: this.max / 1000 };
  }
}

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
export function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** One who types: a client and its prepared frames. */
class Writer {
  sent = 0;
  due = 0;

  constructor(client, id, edits, units) {
    this.client = client;
    this.id = id;
    this.sentAt = new Float64Array(edits);
    /** Which of its connection's update messages each edit was, counted from 1. */
    this.message = new Uint32Array(edits);
    this.ends = new Uint32Array(edits + 1);
    const frames = [];
    let size = 0;
    for (let n = 0; n < edits; n++) {
      const text = LETTERS[n % LETTERS.length].repeat(units);
      const whole = frame(syncMessage(client.prefix, UPDATE, typed(id, n * units, text)));
      frames.push(whole);
      size += whole.length;
      this.ends[n + 1] = size;
    }
    this.frames = Buffer.concat(frames);
  }

  /** Sends everything that has come due, in one write. */
  flush(now) {
    const first = this.sent;
    this.sentAt.fill(now, first, first + this.due);
    for (let n = 0; n < this.due; n++) this.message[first + n] = this.client.sent + n + 1;
    this.sent += this.due;
    this.client.send(this.frames.subarray(this.ends[first], this.ends[this.sent]), this.due);
    this.due = 0;
  }

  /** How many of its edits the server has called saved. */
  get saved() {
    const count = this.client.saved;
    let edits = 0;
    while (edits < this.sent && this.message[edits] <= count) edits++;
    return edits;
  }
}

/**
 * @typedef {object} Plan
 * @property {import('./client.mjs').Server} server
 * @property {string[]} rooms
 * @property {number} writers in each room
 * @property {number} readers in each room
 * @property {number} rate edits a second of each writer
 * @property {number} units characters of each edit
 * @property {boolean} even whether edits come evenly, as far from each other as they can be
 * @property {number} warm_s typed before anything is measured
 * @property {number} seconds measured
 * @property {number} [kill] the process that gets SIGKILL in the end
 */

class Crowd {
  /** @type {Client[]} */
  clients = [];
  /** @type {Writer[]} */
  writers = [];
  latency = new Histogram();
  lag = new Histogram();
  from = Number.POSITIVE_INFINITY;
  until = Number.POSITIVE_INFINITY;
  delivered = 0;
  deliveredInTime = 0;
  measured = 0;
  total = 0;
  repeated = 0;
  gaps = 0;
  strange = 0;
  lost = 0;

  /** @param {Plan} plan */
  constructor(plan) {
    this.plan = plan;
    this.base = (1 + Math.floor(Math.random() * 30_000)) * 65_536;
  }

  async join() {
    const { rooms, writers, readers, server } = this.plan;
    const places = [];
    for (let place = 0; place < writers + readers; place++)
      for (let room = 0; room < rooms.length; room++) places.push({ room, place });
    this.schedule = this.#draw();
    await each(places, 64, async ({ room, place }) => {
      const client = new Client(server, rooms[room], place);
      const writer = place < writers ? room * writers + place : -1;
      this.#listen(client, room, writer);
      this.clients.push(client);
      await joined(client);
      client.onClosed = () => this.lost++;
      if (writer >= 0)
        this.writers[writer] = new Writer(client, this.base + writer, this.schedule.edits[writer], this.plan.units);
    });
    await sleep(SETTLE_MS);
  }

  /** When each edit is due, in milliseconds from the start, and whose it is. */
  #draw() {
    const { rooms, writers, rate, warm_s, seconds, even } = this.plan;
    const each = Math.round(rate * (warm_s + seconds));
    const count = rooms.length * writers;
    const drawn = random(12345);
    const due = [];
    for (let writer = 0; writer < count; writer++) {
      const room = Math.floor(writer / writers);
      const phase = ((writer % writers) + room / rooms.length) / writers;
      for (let n = 0; n < each; n++) due.push({ at: ((n + (even ? phase : drawn())) * 1000) / rate, writer });
    }
    due.sort((a, b) => a.at - b.at);
    return {
      at: Float64Array.from(due, (edit) => edit.at),
      writer: Uint32Array.from(due, (edit) => edit.writer),
      edits: new Uint32Array(count).fill(each),
    };
  }

  #listen(client, room, own) {
    const { writers: perRoom, units } = this.plan;
    const first = this.base + room * perRoom;
    const next = new Uint32Array(perRoom);
    client.next = next;
    client.saved = 0;
    client.onSaved = (count) => {
      client.saved = count;
    };
    let now = 0;
    const hold = (id, clock, length) => {
      const place = id - first;
      if (place < 0 || place >= perRoom) {
        this.strange++;
        return;
      }
      const writer = room * perRoom + place;
      if (writer === own) return;
      const end = (clock + length) / units;
      let edit = clock / units;
      if (edit > next[place]) this.gaps++;
      if (edit < next[place]) {
        this.repeated += Math.min(end, next[place]) - edit;
        edit = next[place];
      }
      if (end <= edit) return;
      const sentAt = this.writers[writer].sentAt;
      for (; edit < end; edit++) {
        const sent = sentAt[edit];
        this.total++;
        if (now >= this.from && now < this.until) this.deliveredInTime++;
        if (sent >= this.from && sent < this.until) {
          this.delivered++;
          this.latency.add(now - sent);
        }
      }
      next[place] = end;
    };
    client.onUpdate = (buffer, start, end, time) => {
      now = time;
      readUpdate(buffer, start, end, hold);
    };
  }

  /** Types until the schedule ends. `begin` is called when the measured part begins. */
  async type(begin) {
    const { at, writer } = this.schedule;
    const { warm_s, seconds } = this.plan;
    const start = performance.now() + 10;
    const measureAt = start + warm_s * 1000;
    const end = measureAt + seconds * 1000;
    const due = [];
    let n = 0;
    let measuring = false;
    for (;;) {
      const now = performance.now();
      if (!measuring && now >= measureAt) {
        measuring = true;
        this.from = now;
        this.until = end;
        begin();
      }
      if (now >= end) return;
      while (n < at.length && start + at[n] <= now) {
        const one = this.writers[writer[n]];
        if (one.due++ === 0) due.push(one);
        if (measuring) this.lag.add(now - start - at[n]);
        n++;
      }
      for (const one of due) {
        if (!one.client.open) one.due = 0;
        else {
          const sending = performance.now();
          if (sending >= this.from && sending < this.until) this.measured += one.due;
          one.flush(sending);
        }
      }
      due.length = 0;
      const next = Math.min(n < at.length ? start + at[n] : end, measuring ? end : measureAt);
      await sleep(Math.max(1, Math.min(50, next - performance.now())));
    }
  }

  get others() {
    return this.plan.writers + this.plan.readers - 1;
  }

  count(what) {
    return this.clients.reduce((sum, client) => sum + client[what], 0);
  }
}

/** Types for a while, and measures. Reports `begin` and `end` of the measured part, so that the server's CPU can be read. */
export async function type(plan, report) {
  const crowd = new Crowd(plan);
  const started = performance.now();
  await crowd.join();
  const joinMs = performance.now() - started - SETTLE_MS;
  let cpu = process.cpuUsage();
  let frames = 0;
  let received = 0;
  await crowd.type(() => {
    cpu = process.cpuUsage();
    frames = crowd.count("frames");
    received = crowd.count("received");
    report("begin");
  });
  cpu = process.cpuUsage(cpu);
  frames = crowd.count("frames") - frames;
  received = crowd.count("received") - received;
  report("end");
  const sent = crowd.writers.reduce((sum, writer) => sum + writer.sent, 0);
  const giveUp = performance.now() + plan.drain_s * 1000;
  while (crowd.total < sent * crowd.others && performance.now() < giveUp) await sleep(20);
  const result = {
    clients: crowd.clients.length,
    lost_connections: crowd.lost,
    join_ms: joinMs,
    seconds: plan.seconds,
    sent: crowd.measured,
    sent_in_all: sent,
    expected: crowd.measured * crowd.others,
    delivered: crowd.delivered,
    deliveries_in_time: crowd.deliveredInTime,
    repeated: crowd.repeated,
    gaps: crowd.gaps,
    strange: crowd.strange,
    frames,
    received_bytes: received,
    lag_p99_ms: crowd.lag.quantile(0.99),
    generator_cpu_s: (cpu.user + cpu.system) / 1e6,
    ...crowd.latency.summary(),
  };
  for (const client of crowd.clients) client.destroy();
  return result;
}

/**
 * Types for a while, kills the server, and says of each writer what was sent, what another client had received, and what the
 * server had called saved. `age_ms` is how long before the kill each of the delivered edits had been sent, oldest first.
 */
export async function crash(plan, report) {
  const crowd = new Crowd(plan);
  await crowd.join();
  await crowd.type(() => report("begin"));
  process.kill(plan.kill, "SIGKILL");
  const killedAt = performance.now();
  while (crowd.lost < crowd.clients.length && performance.now() < killedAt + AFTER_KILL_MS) await sleep(5);
  const writers = crowd.writers.map((writer, place) => {
    const seen = crowd.clients.filter((client) => client !== writer.client).map((client) => client.next[place]);
    const delivered = Math.max(0, ...seen);
    return {
      id: writer.id,
      sent: writer.sent,
      delivered,
      saved: writer.saved,
      age_ms: Array.from(writer.sentAt.subarray(0, delivered), (sentAt) => killedAt - sentAt),
    };
  });
  return { writers, units: plan.units };
}
