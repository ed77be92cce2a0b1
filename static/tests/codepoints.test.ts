// @vitest-environment happy-dom

/** No edit of this editor cuts a character in half: not in the page, not in the document, not at the other side. */

import { simpleDiffString } from "lib0/diff";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { exchange, textOf, twoWith, type } from "./two";

test("the diff of y-prosemirror keeps to the edges of characters", () => {
  for (const [before, after] of [
    ["a😀b", "a😁b"], // the same high surrogate
    ["a😀b", "a🈀b"], // the same low surrogate
    ["😀", "😀😀"],
    ["😀😁", "😁"],
    ["a😀", "a😁😀"],
  ] as const) {
    const { index, remove, insert } = simpleDiffString(before, after);
    expect([
      before.slice(0, index),
      before.slice(index, index + remove),
      before.slice(index + remove),
      insert,
    ]).toSatisfy((parts: string[]) => parts.every((part) => part.isWellFormed()));
    expect(before.slice(0, index) + insert + before.slice(index + remove)).toBe(after);
  }
});

test("a character replaced by its neighbour, while somebody else writes beside it", () => {
  const [a, b] = twoWith("x😀y");
  type(a, "😁", 2, 4);
  type(b, "!", 4);
  exchange(a, b);
  expect(["x😁!y", "x!😁y"]).toContain(textOf(a)); // which comes first is a matter of client ids
  expect(textOf(b)).toBe(textOf(a));
  expect(a.fragment.toString()).not.toContain("\uFFFD");
});

test("no update carries half a character, whatever is replaced by what", () => {
  const [a, b] = twoWith("😀😁🈀");
  const strings: string[] = [];
  a.doc.on("update", (update: Uint8Array) => {
    for (const { content } of Y.decodeUpdate(update).structs.filter((struct) => struct instanceof Y.Item)) {
      if (content instanceof Y.ContentString) strings.push(content.str);
    }
  });
  for (const [text, from, to] of [
    ["😂", 1, 3],
    ["😃😄", 3, 5],
    ["", 1, 3],
    ["🉀", 5, 7],
  ] as const) {
    if (text === "") a.editor.view.dispatch(a.editor.state.tr.delete(from, to));
    else type(a, text, from, to);
  }
  expect(strings.length).toBeGreaterThan(0);
  expect(strings.every((text) => text.isWellFormed())).toBe(true);
  exchange(a, b);
  expect(textOf(b)).toBe(textOf(a));
});

test("a change that would leave half a character isn't made", () => {
  const [a] = twoWith("x😀y");
  const { view } = a.editor;
  const bold = view.state.schema.marks.bold?.create();
  view.dispatch(view.state.tr.delete(2, 3));
  view.dispatch(view.state.tr.insertText("-", 3));
  view.dispatch(view.state.tr.insertText("\uD83D", 1));
  view.dispatch(view.state.tr.split(3));
  if (bold !== undefined) view.dispatch(view.state.tr.addMark(1, 3, bold));
  expect(textOf(a)).toBe("x😀y");
  expect(a.editor.getHTML()).toBe("<p>x😀y</p>");
  view.dispatch(view.state.tr.delete(2, 4));
  expect(textOf(a)).toBe("xy");
});

test("what is pasted with half a character gets a sign for it", () => {
  const [a] = twoWith("");
  a.editor.view.pasteText("one \uDE00 two");
  expect(textOf(a)).toBe("one \uFFFD two");
});
