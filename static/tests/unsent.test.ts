/** The words that no one else has: this tab's own, from a clock on, without what was deleted again. */

import { expect, test } from "vitest";
import * as Y from "yjs";
import { ownClock, ownText } from "../src/story/unsent";

function paragraph(doc: Y.Doc, words: string): Y.XmlText {
  const text = new Y.XmlText(words);
  const element = new Y.XmlElement("paragraph");
  element.insert(0, [text]);
  doc.getXmlFragment("default").push([element]);
  return text;
}

test("from a clock on", () => {
  const doc = new Y.Doc();
  const text = paragraph(doc, "sent");
  const clock = ownClock(doc);
  expect(ownText(doc, clock)).toBe("");
  text.insert(4, " and not sent 😀");
  expect(ownText(doc, clock)).toBe("and not sent 😀");
  expect(ownText(doc, 0)).toBe("sent and not sent 😀");
});

test("a line per block", () => {
  const doc = new Y.Doc();
  const clock = ownClock(doc);
  paragraph(doc, "one");
  paragraph(doc, "");
  paragraph(doc, "two");
  expect(ownText(doc, clock)).toBe("one\ntwo");
});

test("without what was deleted again, also where undo keeps it", () => {
  const doc = new Y.Doc();
  const text = paragraph(doc, "");
  const undo = new Y.UndoManager(doc.getXmlFragment("default"));
  const clock = ownClock(doc);
  text.insert(0, "a wrong word");
  undo.stopCapturing();
  text.delete(2, 6);
  expect(text.toString()).toBe("a word");
  expect(ownText(doc, clock)).toBe("a word");
});

test("a deletion alone leaves no words", () => {
  const doc = new Y.Doc();
  const text = paragraph(doc, "sent");
  const clock = ownClock(doc);
  text.delete(0, 4);
  expect(ownText(doc, clock)).toBe("");
});

test("nobody else's", () => {
  const doc = new Y.Doc();
  const other = new Y.Doc();
  paragraph(other, "theirs");
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(other));
  paragraph(doc, "mine");
  expect(ownText(doc, 0)).toBe("mine");
});
