/** *Saved* is said when the server has committed everything that was sent on this connection, and at no other time. */

import * as encoding from "lib0/encoding";
import { beforeEach, expect, test } from "vitest";
import * as authProtocol from "y-protocols/auth";
import * as syncProtocol from "y-protocols/sync";
import * as Y from "yjs";
import { AUTH, Ledger, SAVED } from "../src/story/ledger";

const doc = new Y.Doc();
doc.getText("t").insert(0, "words");

function frame(kind: number, write: (encoder: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, kind);
  write(encoder);
  return encoding.toUint8Array(encoder);
}

const step1 = frame(0, (encoder) => syncProtocol.writeSyncStep1(encoder, doc));
const step2 = frame(0, (encoder) => syncProtocol.writeSyncStep2(encoder, doc));
const update = frame(0, (encoder) => syncProtocol.writeUpdate(encoder, Y.encodeStateAsUpdate(doc)));
const awareness = frame(1, (encoder) => encoding.writeVarUint8Array(encoder, new Uint8Array([0])));
const refused = frame(AUTH, (encoder) => authProtocol.writePermissionDenied(encoder, "not granted"));
const saved = (count: number) => frame(SAVED, (encoder) => encoding.writeVarUint(encoder, count));

let ledger: Ledger;

beforeEach(() => {
  ledger = new Ledger();
});

test("nothing is settled before there is a connection", () => {
  expect(ledger).toMatchObject({ open: false, settled: false });
});

test("nothing is settled before the server's question is answered, even if an update is committed", () => {
  ledger.opened();
  ledger.outgoing(step1);
  expect(ledger.settled).toBe(false);
  ledger.outgoing(update);
  ledger.incoming(saved(1));
  expect(ledger.settled).toBe(false);
  ledger.outgoing(step2);
  ledger.incoming(saved(2));
  expect(ledger.settled).toBe(true);
});

test("each update unsettles until it is committed; questions and cursors don't", () => {
  ledger.opened();
  ledger.outgoing(step2);
  expect(ledger.settled).toBe(false);
  ledger.incoming(saved(1));
  ledger.outgoing(step1);
  ledger.outgoing(awareness);
  expect(ledger.settled).toBe(true);
  ledger.outgoing(update);
  ledger.outgoing(update);
  ledger.incoming(saved(2));
  expect(ledger.settled).toBe(false);
  ledger.incoming(saved(3));
  expect(ledger.settled).toBe(true);
});

test("counts of more than one byte", () => {
  ledger.opened();
  ledger.outgoing(step2);
  for (let i = 1; i < 300; i++) ledger.outgoing(update);
  ledger.incoming(saved(172));
  expect(ledger.settled).toBe(false);
  ledger.incoming(saved(300));
  expect(ledger.settled).toBe(true);
});

test("a new connection counts from nothing", () => {
  ledger.opened();
  ledger.outgoing(step2);
  ledger.incoming(saved(1));
  ledger.closed();
  expect(ledger).toMatchObject({ open: false, settled: false });
  ledger.opened();
  expect(ledger).toMatchObject({ open: true, answered: false, settled: false });
  ledger.outgoing(step2);
  expect(ledger.settled).toBe(false);
  ledger.incoming(saved(1));
  expect(ledger.settled).toBe(true);
});

test("what was refused is never called settled on this connection", () => {
  ledger.opened();
  ledger.outgoing(step2);
  ledger.incoming(saved(1));
  ledger.outgoing(update);
  ledger.incoming(refused);
  ledger.incoming(saved(2));
  expect(ledger).toMatchObject({ refused: true, settled: false });
  ledger.closed();
  expect(ledger.refused).toBe(true);
  ledger.opened();
  expect(ledger.refused).toBe(false);
});
