import { expect, test } from "vitest";
import { calling, completed, fitting } from "../src/board/calling";

test.each([
  ["@", 1, { at: 0, begun: "" }],
  ["hello @an", 9, { at: 6, begun: "an" }],
  ["hello @ann le", 13, { at: 6, begun: "ann le" }],
  ["me@an", 5, null],
  ["@an\nx", 5, null],
  ["@ an", 4, null],
  ["an", 2, null],
  ["@an and", 3, { at: 0, begun: "an" }],
])("whom %j calls at %i", (text, caret, expected) => {
  expect(calling(text, caret)).toEqual(expected);
});

test("a name fits by its beginning or the beginning of one of its words, and not once it is whole", () => {
  const people = ["Ann Lee", "Leo", "Zoë", "Ann"].map((name) => ({ name }));
  const names = (begun: string) => fitting(people, begun).map(({ name }) => name);
  expect(names("le")).toEqual(["Ann Lee", "Leo"]);
  expect(names("ann")).toEqual(["Ann Lee"]);
  expect(names("ZO")).toEqual(["Zoë"]);
  expect(names("x")).toEqual([]);
});

test("a completed name has one space after it, and the caret behind that", () => {
  expect(completed("hi @an", { at: 3, begun: "an" }, "Ann Lee")).toEqual({ text: "hi @Ann Lee ", caret: 12 });
  expect(completed("hi @an there", { at: 3, begun: "an" }, "Ann")).toEqual({ text: "hi @Ann there", caret: 8 });
});
