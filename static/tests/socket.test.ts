/** The socket that y-websocket is given enters in the ledger what really passes, over a real connection. */

import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { WebSocket as NodeSocket, WebSocketServer } from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { AUTH, Ledger, SAVED } from "../src/story/ledger";
import { countingSocket } from "../src/story/socket";

let server: WebSocketServer;
let address: string;

beforeAll(async () => {
  vi.stubGlobal("WebSocket", NodeSocket);
  server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await new Promise((resolve) => server.once("listening", resolve));
  address = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  for (const client of server.clients) client.terminate();
  server.close();
  vi.unstubAllGlobals();
});

const connected = () => new Promise<NodeSocket>((resolve) => server.once("connection", resolve));
const ASK = new Uint8Array([0, 0, 1, 0]); // SyncStep1 of somebody who has nothing

test("an unchanged provider's connection, from its first answer over its loss to the next", async () => {
  const ledger = new Ledger();
  const changed = vi.fn();
  const doc = new Y.Doc();
  let arriving = connected();
  const provider = new WebsocketProvider(address, "room", doc, {
    WebSocketPolyfill: countingSocket(ledger, changed),
    disableBc: true,
  });
  provider.messageHandlers[AUTH] = () => {};
  provider.messageHandlers[SAVED] = () => {};

  const first = await arriving;
  await vi.waitFor(() => expect(ledger.open).toBe(true));
  doc.getText("t").insert(0, "words");
  first.send(new Uint8Array([SAVED, 1]));
  first.send(ASK);
  await vi.waitFor(() => expect(ledger.answered).toBe(true));
  expect(ledger.settled).toBe(false);
  first.send(new Uint8Array([SAVED, 2]));
  await vi.waitFor(() => expect(ledger.settled).toBe(true));
  expect(changed).toHaveBeenCalled();

  arriving = connected();
  first.terminate();
  await vi.waitFor(() => expect(ledger.open).toBe(false));
  const second = await arriving;
  await vi.waitFor(() => expect(ledger.open).toBe(true));
  expect(ledger.answered).toBe(false);
  second.send(ASK);
  second.send(new Uint8Array([SAVED, 1]));
  await vi.waitFor(() => expect(ledger.settled).toBe(true));
  provider.destroy();
  expect(ledger.open).toBe(false);
});

test("a socket that was given up says nothing more", async () => {
  const ledger = new Ledger();
  const Counting = countingSocket(ledger, () => {});
  let arriving = connected();
  const old = new Counting(address);
  const oldEnd = await arriving;
  arriving = connected();
  const next = new Counting(address);
  next.binaryType = "arraybuffer";
  const nextEnd = await arriving;
  await vi.waitFor(() => expect(ledger.open).toBe(true));
  const gone = new Promise((resolve) => old.addEventListener("close", resolve));
  oldEnd.close();
  await gone;
  expect(ledger.open).toBe(true);
  nextEnd.close();
  await vi.waitFor(() => expect(ledger.open).toBe(false));
});
