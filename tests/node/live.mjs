/**
 * Pages on the live channel, moved by hand: unchanged socket.io-client. Orders come as JSON lines, each is answered by one
 * with the same `id`. Everything a page is told is kept, in order, as [event, payload].
 */

import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const ACKNOWLEDGED_MS = 15_000;

const pages = new Map();

class Page {
  told = [];
  refusals = [];
  ends = [];

  constructor(url, auth, options) {
    this.socket = io(`${url}/room`, { auth, forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 200, ...options });
    this.socket.onAny((event, payload) => this.told.push([event, payload]));
    this.socket.on("connect_error", (error) => this.refusals.push({ message: error.message, data: error.data ?? null }));
    this.socket.on("disconnect", (reason) => this.ends.push(reason));
  }

  look() {
    const { connected, active } = this.socket;
    const transport = this.socket.io.engine?.transport?.name ?? null;
    return { connected, active, transport, told: this.told, refusals: this.refusals, ends: this.ends };
  }
}

const orders = {
  open: ({ name, url, auth, options }) => {
    pages.set(name, new Page(url, auth, options));
  },
  look: ({ name }) => pages.get(name).look(),
  emit: ({ name, event, payload }) => pages.get(name).socket.timeout(ACKNOWLEDGED_MS).emitWithAck(event, ...payload),
  cut: ({ name }) => {
    pages.get(name).socket.io.engine.close();
  },
  connect: ({ name }) => {
    pages.get(name).socket.connect();
  },
  close: ({ name }) => {
    pages.get(name).socket.disconnect();
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, do: order, ...what } = JSON.parse(line);
  Promise.resolve()
    .then(() => orders[order](what))
    .then(
      (value) => console.log(JSON.stringify({ id, value: value ?? null })),
      (error) => console.log(JSON.stringify({ id, error: String(error) })),
    );
}
process.exit(0);
