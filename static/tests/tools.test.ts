import { getSchema } from "@tiptap/core";
import type { Node } from "@tiptap/pm/model";
import { expect, test } from "vitest";
import { blocksAndMarks } from "../src/story/schema";
import { Counter, pagesOf, wordsOf } from "../src/tools/count";
import { outline, partAt, sameParts } from "../src/tools/outline";
import { foundInWords, goalInWords, readingInWords, wordsInWords } from "../src/tools/words";

const schema = getSchema([...blocksAndMarks]);
const block = (type: string, text: string, attrs: object = {}) => ({
  type,
  attrs,
  content: text === "" ? [] : [{ type: "text", text }],
});
const doc = (...content: object[]): Node => schema.nodeFromJSON({ type: "doc", content });
const count = (page: Node) => new Counter().count(page, new AbortController().signal);

test("words are counted in any script, and a hyphen or an apostrophe is no end of one", () => {
  expect(wordsOf("It's a door, isn't it?")).toBe(5);
  expect(wordsOf("")).toBe(0);
  expect(wordsOf("— … !")).toBe(0);
  expect(wordsOf("東京の夜")).toBeGreaterThan(1);
});

test("what is suggested to be deleted isn't counted", async () => {
  const deleted = { type: "text", text: "not this", marks: [{ type: "deletion", attrs: { id: "a", member: "m" } }] };
  const page = doc({ type: "paragraph", content: [{ type: "text", text: "one two " }, deleted] });
  expect((await count(page))?.words).toBe(2);
});

test("a screenplay has some fifty-five lines on a page", async () => {
  const scene = [
    block("sceneHeading", "INT. LIGHTHOUSE - NIGHT"),
    block("action", "The lamp turns."),
    block("character", "MEI"),
    block("dialogue", "It has been turning since before either of us was born."),
  ];
  // Two lines free above the heading, one above action and name: 3 + 2 + 2 + 2.
  expect((await count(doc(...scene)))?.lines).toBe(9);
  expect([1, 55, 56, 550].map(pagesOf)).toEqual([1, 1, 2, 10]);
  expect((await count(doc(block("synopsis", "not printed"))))?.lines).toBe(0);
});

test("the outline is made of headings, scenes and the parts of a song", () => {
  const page = doc(
    block("heading", "One", { level: 1 }),
    block("paragraph", "text"),
    block("heading", "", { level: 2 }),
    block("sceneHeading", "INT. ROOM"),
    block("section", "Chorus"),
    block("heading", "Small", { level: 3 }),
  );
  const parts = outline(page);
  expect(parts.map(({ text, level }) => `${level} ${text}`)).toEqual(["1 One", "2 INT. ROOM", "2 Chorus", "3 Small"]);
  expect(parts.map(({ at }) => page.nodeAt(at)?.textContent)).toEqual(["One", "INT. ROOM", "Chorus", "Small"]);
  expect([0, 1, 7, (parts[1]?.at ?? 0) + 1].map((place) => partAt(parts, place))).toEqual([-1, 0, 0, 1]);
  expect(sameParts(parts, outline(page))).toBe(true);
  expect(sameParts(parts, parts.slice(1))).toBe(false);
});

test("figures are sentences", () => {
  expect([0, 1, 2].map(wordsInWords)).toEqual(["0 words", "1 word", "2 words"]);
  expect([50, 1000, 30_000].map(readingInWords)).toEqual(["", "about 4 min to read", "about 2 h 10 min to read"]);
  expect(goalInWords(400, 500)).toBe("100 words to go");
  expect(goalInWords(500, 500)).toBe("You are there.");
  expect(foundInWords("x", { count: 0, current: 0 })).toBe("It isn't in this page.");
  expect(foundInWords("x", { count: 12, current: 3 })).toBe("3 of 12");
});
