// @vitest-environment happy-dom

/** The editor's tie to a shared document. */

import { TextSelection } from "@tiptap/pm/state";
import { expect, test, vi } from "vitest";
import { toolsFor } from "../src/story/tools";
import { exchange, type Side, side, textOf, twoWith, type } from "./two";

const tool = (name: string, { editor }: Side) => {
  const run = toolsFor("story").find((one) => one.name === name)?.run;
  if (typeof run === "function") run(editor);
};
const can = (name: string, { editor }: Side) =>
  toolsFor("story")
    .find((one) => one.name === name)
    ?.can(editor);

test("undo takes back one's own changes alone", () => {
  const [a, b] = twoWith("ground");
  type(a, "mine ", 1);
  exchange(a, b);
  type(b, " theirs", 12);
  exchange(a, b);
  expect(textOf(a)).toBe("mine ground theirs");
  tool("undo", a);
  tool("undo", a); // that it came from setContent is one's own too
  tool("redo", a);
  exchange(a, b);
  expect(textOf(b)).toContain("theirs");
  expect(can("undo", b)).toBe(true);
  tool("undo", b);
  expect(textOf(b)).not.toContain("theirs");
});

test("nothing to undo where only others wrote", () => {
  const [, b] = twoWith("ground");
  expect(can("undo", b)).toBe(false);
});

test("binding writes nothing: an empty page stays empty for everybody", () => {
  const a = side();
  expect(a.fragment.length).toBe(0);
  expect(a.doc.store.clients.size).toBe(0);
});

test("one's own cursor stays in its line, also where a line is there twice", () => {
  const [a, b] = twoWith("la la la", "la la la");
  a.editor.commands.setTextSelection(4);
  type(b, "oh ", 1);
  exchange(a, b);
  expect(a.editor.state.selection.from).toBe(7);
});

test.each([
  [["", "item"], 1, "<hr><ul><li><p>!item</p></li></ul>"],
  [["before", "item"], 7, "<p>before</p><hr><ul><li><p>!item</p></li></ul>"],
  [["before", "item"], 4, "<p>bef</p><hr><p>!ore</p><ul><li><p>item</p></li></ul>"],
  [["before", "item"], 15, "<p>before</p><ul><li><p>item</p><hr><p>!</p></li></ul>"],
])("a divider in %j at %i leaves the cursor in the text after it", (lines, at, html) => {
  const [a] = twoWith(...lines);
  a.editor
    .chain()
    .setTextSelection(a.editor.state.doc.content.size - 1)
    .toggleBulletList()
    .setTextSelection(at)
    .run();
  tool("horizontalRule", a);
  expect(a.editor.state.selection).toBeInstanceOf(TextSelection);
  type(a, "!", a.editor.state.selection.from);
  expect(a.editor.getHTML()).toBe(html);
});

test("a divider deleted by somebody else leaves the others writing", () => {
  const [a, b] = twoWith("one");
  a.editor.commands.setTextSelection(4);
  tool("horizontalRule", a);
  exchange(a, b);
  b.editor.commands.clearContent();
  exchange(a, b);
  type(a, "still here", a.editor.state.selection.from);
  exchange(a, b);
  expect(textOf(b)).toContain("still here");
  expect(textOf(a)).toBe(textOf(b));
});

test("a cursor that has just moved stays where it is when somebody else writes", () => {
  const [a, b] = twoWith("one", "two");
  a.editor.view.focus();
  a.editor.commands.setTextSelection(2);
  // The browser moves it and doesn't say so yet.
  vi.spyOn(document, "dispatchEvent").mockReturnValueOnce(true);
  document.getSelection()?.collapse(a.editor.view.dom.querySelector("p:last-child")?.firstChild ?? null, 3);
  type(b, "zero ", 1);
  exchange(a, b);
  expect(a.editor.state.selection.from).toBe(14);
});
