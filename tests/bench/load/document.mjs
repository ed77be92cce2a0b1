/**
 * Makes a long story with yjs as people do: eight authors, cursors that jump, backspaces, pastes, new paragraphs. The same story each time.
 *
 * Written as records (u32 length, u32 advance, update), both little-endian, `advance` being by how much the sum of the state
 * vector grows; and beside it, as JSON, what there is to know about it.
 */

import fs from "node:fs";
import { random } from "./typing.mjs";

const AUTHORS = 8;
const PASTE = "lorem ipsum dolor sit amet ";
const LETTERS = "etaoin shrdlu";

/** @param {typeof import('yjs')} Y */
export function document(Y, plan) {
  const drawn = random(20_251);
  const pick = (below) => Math.floor(drawn() * below);
  const doc = new Y.Doc();
  const story = doc.getXmlFragment("default");
  const authors = Array.from({ length: AUTHORS }, (_, n) => 70_000_001 + n * 977);
  doc.clientID = authors[0];
  const records = [];
  const clocks = () => Y.decodeStateVector(Y.encodeStateVector(doc));
  let sum = 0;
  doc.on("update", (update) => {
    let grown = 0;
    for (const clock of clocks().values()) grown += clock;
    const head = Buffer.alloc(8);
    head.writeUInt32LE(update.length, 0);
    head.writeUInt32LE(grown - sum, 4);
    sum = grown;
    records.push(head, update);
  });

  let text = new Y.XmlText();
  let cursor = 0;
  const paragraph = (place) => {
    const element = new Y.XmlElement("paragraph");
    story.insert(place, [element]);
    text = new Y.XmlText();
    element.insert(0, [text]);
    cursor = 0;
  };
  const jump = () => {
    doc.clientID = authors[pick(AUTHORS)];
    text = story.get(pick(story.length)).get(0);
    cursor = pick(text.length + 1);
  };
  const operation = () => {
    const what = drawn();
    if (what < 0.13 && cursor > 0) text.delete(--cursor, 1);
    else if (what < 0.133) {
      const pasted = PASTE.repeat(1 + pick(4));
      text.insert(cursor, pasted);
      cursor += pasted.length;
    } else if (what < 0.137) paragraph(pick(story.length + 1));
    else text.insert(cursor++, LETTERS[pick(LETTERS.length)]);
  };

  let updates = 0;
  for (let operations = 0; operations < plan.operations; updates++) {
    if (updates > 0 && drawn() < 0.05) jump();
    doc.transact(() => {
      if (updates === 0) paragraph(0);
      for (let n = 0; n < plan.operations_per_update; n++, operations++) operation();
    });
  }
  fs.writeFileSync(plan.path, Buffer.concat(records));
  const facts = {
    updates: records.length / 2,
    operations: plan.operations,
    clocks: Object.fromEntries(clocks()),
    clock_sum: sum,
    characters: story.toString().length,
    update_bytes: Y.encodeStateAsUpdate(doc).length,
  };
  fs.writeFileSync(plan.facts, JSON.stringify(facts));
  return facts;
}
