/**
 * The other half of tests/fuzz/test_redact_yjs.py.
 *
 * `node redact.mjs make SEED COUNT STEPS` plays sessions of four yjs clients, whose changes reach each other late, and prints for
 * each the updates as a server would receive them.
 * `node redact.mjs check SEED` reads, a JSON line a session, those updates and what the redaction made of the first `middle` of
 * them and of all, and says what is wrong with it, a line a session.
 */

import { createInterface } from "node:readline";
import * as Y from "yjs";
import { dice, Editor } from "./sessions-edits.mjs";
import { renderDocument, rootsOf } from "./sessions-render.mjs";

const CLIENTS = 4;
/** In every so many sessions edits fall between the halves of surrogate pairs: yjs' own replicas need not agree there. */
const SPLIT = 5;
const [mode, seed, ...rest] = process.argv.slice(2);
console.log = () => {}; // yjs tells where another client uses our id
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const encode = (update) => Buffer.from(update).toString("base64");
const decode = (text) => new Uint8Array(Buffer.from(text, "base64"));

function make(index, steps) {
  const random = dice(Number(seed) * 1_000_003 + index);
  const updates = [];
  const editors = Array.from({ length: CLIENTS }, (_, i) => {
    const doc = new Y.Doc();
    doc.clientID = 1 + Math.floor(random() * 2 ** (i === 0 ? 5 : 32));
    doc.on("update", (update, origin) => origin !== "others" && updates.push(encode(update)));
    return new Editor(doc, random, { split: index % SPLIT === 0 });
  });
  const catchUp = ({ doc }) => {
    const everything = Y.mergeUpdates([new Uint8Array([0, 0]), ...updates.map(decode)]);
    Y.applyUpdate(doc, Y.diffUpdate(everything, Y.encodeStateVector(doc)), "others");
  };
  for (let step = 0; step < steps; step++) {
    const editor = editors[Math.floor(random() * CLIENTS)];
    editor.edit();
    if (random() < 0.15) catchUp(editor);
  }
  say({ updates });
}

function docOf(updates, options = {}) {
  const doc = new Y.Doc(options);
  rootsOf(doc);
  for (const update of updates) Y.applyUpdate(doc, update);
  return doc;
}

/**
 * Items of the update that still hold something of what is deleted in `doc`, which keeps everything. Not looked for are marks that
 * yjs itself tidies up.
 */
function leftOver(update, doc) {
  const left = [];
  for (const { id, length, content } of Y.decodeUpdate(update).structs) {
    if (content === undefined || content instanceof Y.ContentDeleted || content instanceof Y.ContentFormat) continue;
    for (let clock = id.clock; clock < id.clock + length; clock++) {
      const item = Y.getItem(doc.store, Y.createID(id.client, clock));
      if (item instanceof Y.Item ? item.deleted : true) left.push(`${id.client}:${clock}`);
    }
  }
  return left;
}

/** Until nobody has anything left to say: yjs tidies up marks while it applies what others send, and that is news again. */
function settle(docs) {
  for (let round = 0; round < 5; round++) {
    for (const from of docs) {
      for (const to of docs) if (to !== from) Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)));
    }
  }
}

/** What a document reads, without its marks. */
function unmarked(doc) {
  const plain = (value) => {
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== "object" || value === null) return value;
    if (!Array.isArray(value.text)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
    return value.text.map(([insert]) => (typeof insert === "string" ? insert : JSON.stringify(plain(insert)))).join("");
  };
  return JSON.stringify(plain(JSON.parse(renderDocument(doc))));
}

/**
 * Replicas are compared with one that was given the raw updates in the same portions: which marks yjs tidies up depends on how
 * updates are portioned, also where nothing is redacted. For the same reason pieces one by one must read the same, and no more.
 */
function check({ session, middle, ...given }) {
  const failures = [];
  const [updates, halfway, whole, pieces, rawHalfway, rawWhole] = [
    given.updates,
    given.halfway,
    given.whole,
    given.pieces,
    given.rawHalfway,
    given.rawWhole,
  ].map((list) => list.map(decode));
  const later = updates.slice(middle);
  const same = (doc, wanted, what) => {
    if (doc.store.pendingStructs !== null || doc.store.pendingDs !== null) failures.push(`${what}: something is missing`);
    else if (renderDocument(doc) !== renderDocument(wanted)) failures.push(`${what}: renders something else`);
  };
  const reader = docOf([...halfway, ...later]);
  same(docOf(halfway), docOf([Y.mergeUpdates(rawHalfway)]), "halfway");
  same(reader, docOf([Y.mergeUpdates(rawHalfway), ...later]), "halfway, and what came after");
  const late = docOf(whole);
  same(late, docOf([Y.mergeUpdates(rawWhole)]), "whole");
  for (const [list, what] of [
    [pieces, "in pieces"],
    [pieces.toReversed(), "in pieces, the last first"],
  ]) {
    const doc = docOf(list);
    if (unmarked(doc) !== unmarked(late)) failures.push(`${what}: reads differently`);
  }
  const raw = docOf(updates);
  const left = whole.flatMap((update) => leftOver(update, docOf(updates, { gc: false })));
  if (left.length > 0) failures.push(`still holds what is deleted: ${left.slice(0, 5)}`);

  // The readers get the pen, and write beside somebody who held everything all along.
  const random = dice(Number(seed) + session);
  const docs = [late, reader, raw];
  const writers = docs.map((doc) => new Editor(doc, random, { split: session % SPLIT === 0 }));
  for (let i = 0; i < 30; i++) writers[i % writers.length].edit();
  settle(docs);
  if (session % SPLIT !== 0) {
    same(late, raw, "the reader, writing");
    same(reader, raw, "who followed, writing");
    same(docOf([...updates, ...docs.map((doc) => Y.encodeStateAsUpdate(doc))]), raw, "the log, with all of it");
  }
  say({ failures });
}

if (mode === "make") for (let index = 0; index < Number(rest[0]); index++) make(index, Number(rest[1]));
else for await (const line of createInterface({ input: process.stdin })) check(JSON.parse(line));
