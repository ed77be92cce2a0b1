import { getSchema } from "@tiptap/core";
import type { Node } from "@tiptap/pm/model";
import { EditorState } from "@tiptap/pm/state";
import { expect, test } from "vitest";
import { blocksAndMarks } from "../src/story/schema";
import { firstFrom, pattern, type Query, replaceMatch, Search } from "../src/tools/search";

const schema = getSchema([...blocksAndMarks]);
const paragraph = (...content: readonly (string | object)[]) => ({
  type: "paragraph",
  content: content.map((part) => (typeof part === "string" ? { type: "text", text: part } : part)),
});
const chord = (name: string) => ({ type: "chord", attrs: { name } });
const doc = (...content: object[]): Node => schema.nodeFromJSON({ type: "doc", content });

function search(query: string | Partial<Query>): Search {
  const said = typeof query === "string" ? { text: query } : query;
  const wanted = pattern({ text: "", matchCase: false, wholeWords: false, ...said });
  if (wanted === null) throw new Error("nothing is asked for");
  return new Search(wanted);
}

const found = (page: Node, query: string | Partial<Query>) =>
  search(query)
    .matches(page)
    .map(({ from, to }) => page.textBetween(from, to, "¶", "·"));

test("words are found in any block, whatever their case, unless it is asked for", () => {
  const page = doc(paragraph("The sea, the SEA"), { type: "blockquote", content: [paragraph("undersea Sea")] });
  expect(found(page, "sea")).toEqual(["sea", "SEA", "sea", "Sea"]);
  expect(found(page, { text: "sea", wholeWords: true })).toEqual(["sea", "SEA", "Sea"]);
  expect(found(page, { text: "Sea", matchCase: true })).toEqual(["Sea"]);
  expect(found(page, "sea, the")).toEqual(["sea, the"]);
});

test("what is asked for is text and no pattern, in any script, and quotes are quotes", () => {
  expect(found(doc(paragraph("a.c abc (a)")), "a.c")).toEqual(["a.c"]);
  expect(found(doc(paragraph("a.c abc (a)")), "(a)")).toEqual(["(a)"]);
  expect(found(doc(paragraph("Ärger ärger")), "ÄRGER")).toEqual(["Ärger", "ärger"]);
  expect(found(doc(paragraph("couldn’t, couldn't")), "couldn't")).toEqual(["couldn’t", "couldn't"]);
  expect(found(doc(paragraph("a🎻b")), "🎻")).toEqual(["🎻"]);
  expect(found(doc(paragraph("東京の夜")), { text: "夜", wholeWords: false })).toEqual(["夜"]);
  expect(pattern({ text: "", matchCase: false, wholeWords: false })).toBeNull();
  expect(pattern({ text: "\ud83d", matchCase: false, wholeWords: false })).toBeNull();
});

test("a chord parts no word, a line's end does, and so does a block's", () => {
  const page = doc(
    paragraph("light", chord("Am"), "house", { type: "hardBreak" }, "light"),
    paragraph("light"),
    paragraph("house"),
  );
  expect(found(page, "lighthouse")).toEqual(["light·house"]);
});

test("what is proposed to be deleted isn't found, and parts no word", () => {
  const deleted = { type: "text", text: "old", marks: [{ type: "deletion", attrs: { id: "a", member: "m" } }] };
  const page = doc(paragraph("a ", deleted, "new, light", deleted, "house"));
  expect(search("old").matches(page)).toEqual([]);
  expect(found(page, "new")).toEqual(["new"]);
  expect(search("lighthouse").matches(page)).toHaveLength(1);
});

test("the next one is the first that begins at the place or after it, round about", () => {
  const matches = [{ from: 3, to: 5 }, { from: 9, to: 11 }]; // biome-ignore format: two of them
  expect([0, 3, 4, 10].map((place) => firstFrom(matches, place))).toEqual([0, 0, 1, 0]);
  expect(firstFrom([], 3)).toBe(-1);
});

test("a replacement has the marks of the first letters, and a chord within stays", () => {
  const bold = { type: "text", text: "light", marks: [{ type: "bold" }] };
  const page = doc(paragraph("a ", bold, chord("Am"), "house, a ", bold));
  const { tr } = EditorState.create({ doc: page });
  for (const match of [...search("light").matches(page)].reverse()) replaceMatch(tr, match, "dark");
  const inner = search("darkhouse").matches(tr.doc)[0];
  if (inner === undefined) throw new Error("not found");
  expect(tr.doc.textBetween(0, tr.doc.content.size, "¶", "·")).toBe("a dark·house, a dark");
  replaceMatch(tr, inner, "tower");
  expect(tr.doc.textBetween(0, tr.doc.content.size, "¶", "·")).toBe("a tower·, a dark");
  expect(tr.doc.nodeAt(3)?.marks.map(({ type }) => type.name)).toEqual(["bold"]);
  replaceMatch(tr, { from: 3, to: 8 }, "");
  expect(tr.doc.textContent).toBe("a , a dark");
});
