// @vitest-environment happy-dom

/** Nobody's words are lost or doubled when two people change one place at once. */

import { expect, test, vi } from "vitest";
import { undoCommand, yUndoPluginKey } from "y-prosemirror";
import * as Y from "yjs";
import type { BroughtHome, Surroundings } from "../src/trail/keeper";
import { ledgerOf } from "../src/trail/ledger";
import { exchange, press, type Side, side, textOf, twoWith, type } from "./two";

/** Puts the cursor somewhere, from which a command of the editor is run. */
const at = ({ editor }: Side, from: number, to = from) => editor.chain().setTextSelection({ from, to });

const html = ({ editor }: Side) => editor.getHTML();

/** Until neither has anything new for the other. */
function settle(a: Side, b: Side): void {
  for (let round = 0; round < 4; round++) exchange(a, b);
  expect(html(a)).toBe(html(b));
}

const changes: Record<string, (side: Side) => void> = {
  "becomes a heading": (a) => at(a, 2).toggleHeading({ level: 1 }).run(),
  "goes into a list": (a) => at(a, 2).toggleBulletList().run(),
  "goes into a quote": (a) => at(a, 2).toggleBlockquote().run(),
  "is dragged away": ({ editor: { state, view } }) => {
    const line = state.doc.child(0);
    const { tr } = state;
    tr.delete(0, line.nodeSize);
    view.dispatch(tr.insert(tr.doc.content.size, line));
  },
  "becomes dialogue": (a) => at(a, 2).setNode("dialogue").run(),
};

test.each(Object.keys(changes))("a line that %s takes along what somebody types in it at that moment", (name) => {
  const [a, b] = twoWith("one two", "after");
  changes[name]?.(a);
  type(b, "X", 1);
  type(b, "Y", 6);
  type(b, "Z", 10);
  settle(a, b);
  expect(textOf(a)).toContain("Xone YtwoZ");
  expect(textOf(a).match(/[XYZ]/g)).toHaveLength(3);
});

test.each([4, 8])("the cursor at %i goes along with its line, and what is typed next is there", (place) => {
  const [a, b] = twoWith("one two", "after");
  changes["goes into a list"]?.(a);
  at(b, place).run();
  for (const letter of "XY") type(b, letter, b.editor.state.selection.head);
  exchange(a, b);
  for (const letter of "Z!") type(b, letter, b.editor.state.selection.head);
  settle(a, b);
  expect(textOf(a)).toContain(place === 4 ? "oneXYZ! two" : "one twoXYZ!");
});

test("who writes in the end of a line that somebody splits writes on in the second half", () => {
  const [a, b] = twoWith("one two three");
  at(a, 4).splitBlock().run();
  at(b, 14).run();
  for (const letter of "XY") type(b, letter, b.editor.state.selection.head);
  type(b, "W", 9);
  exchange(a, b);
  type(b, "Z", b.editor.state.selection.head);
  settle(a, b);
  expect(textOf(a)).toBe("one\n two Wthree".concat("XYZ"));
});

test("words that were seen stay where they were left", () => {
  const [a, b] = twoWith("one two", "one four");
  type(b, "!", 8);
  settle(a, b);
  changes["is dragged away"]?.(a);
  settle(a, b);
  expect(textOf(a)).toBe("one four\none two!");
});

test("a line that is joined to the one before takes along what somebody types in it", () => {
  const [a, b] = twoWith("one", "two");
  at(a, 6).joinBackward().run();
  type(b, "X", 7);
  settle(a, b);
  expect(textOf(a)).toBe("onetXwo");
});

test("words in a line that somebody takes away stand in a line of their own, in its place", () => {
  vi.useFakeTimers();
  const [a, b] = twoWith("one", "two", "three");
  at(a, 6, 9).deleteSelection().run();
  expect(textOf(a)).toBe("one\n\nthree");
  at(a, 6).joinBackward().run();
  type(b, "X", 7);
  exchange(a, b);
  vi.advanceTimersByTime(30_000);
  settle(a, b);
  expect(textOf(a)).toBe("one\nX\nthree");
  vi.useRealTimers();
});

test("a page that is closed as soon as a line is taken away keeps what was written in it", () => {
  const [a, b] = twoWith("one", "two", "three");
  at(a, 6, 9).deleteSelection().run();
  at(a, 6).joinBackward().run();
  type(b, "X", 8);
  exchange(a, b);
  b.keeper.close();
  const again = side();
  Y.applyUpdate(again.doc, Y.encodeStateAsUpdate(b.doc));
  settle(a, again);
  expect(textOf(a)).toBe("one\nX\nthree");
});

test("two who make the same line something else have it once", () => {
  const [a, b] = twoWith("one two", "after");
  changes["becomes a heading"]?.(a);
  changes["goes into a list"]?.(b);
  type(a, "X", 1);
  settle(a, b);
  expect(textOf(a).match(/one two/g)).toHaveLength(1);
  expect(textOf(a)).toContain("X");
});

test("two who split the same line have it once", () => {
  const [a, b] = twoWith("one two three");
  at(a, 4).splitBlock().run();
  at(b, 8).splitBlock().run();
  settle(a, b);
  expect(textOf(a).replaceAll("\n", "")).toBe("one two three");
});

test("two who begin in one empty line, and in an empty page, write no letter twice", () => {
  const pages = [twoWith("", "after"), [side(), side()] as [Side, Side]];
  for (const [a, b] of pages) {
    type(a, "A", 1);
    type(b, "B", 1);
    exchange(a, b);
    type(a, "a", 2);
    type(b, "b", 2);
    exchange(a, b);
    type(a, "c", 2);
    settle(a, b);
    expect([...textOf(a).replace("after", "").replaceAll("\n", "")].sort().join("")).toBe("ABabc");
  }
});

test("two who write after the last break of a line write no letter twice", () => {
  const [a, b] = twoWith("one");
  at(a, 4).setHardBreak().run();
  settle(a, b);
  type(a, "A", 5);
  type(b, "B", 5);
  exchange(a, b);
  type(a, "a", 6);
  type(b, "b", 6);
  exchange(a, b);
  type(a, "c", 6);
  type(b, "d", 7);
  settle(a, b);
  expect([...textOf(a).replace("one", "").trim()].sort().join("")).toBe("ABabcd");
});

test("who undoes what a line became keeps what others wrote in it", () => {
  const [b, a] = twoWith("one two");
  changes["becomes a heading"]?.(a);
  settle(a, b);
  type(b, "X", 4);
  settle(a, b);
  type(b, "Y", 5);
  undoCommand(a.editor.state, a.editor.view.dispatch);
  settle(a, b);
  expect(textOf(a)).toContain("X");
  expect(textOf(a)).toContain("Y");
  expect(textOf(a).match(/[onetw]/g)).toHaveLength(6);
});

test("the writer is told what became of the words, and nobody else is", () => {
  const told: BroughtHome[] = [];
  const page = (around: Partial<Surroundings>) => side(undefined, "story", [], around);
  const a = page({ broughtHome: () => told.push("alone") });
  type(a, "one", 1);
  const b = page({ broughtHome: (how) => told.push(how) });
  exchange(a, b);
  changes["becomes a heading"]?.(a);
  type(b, "X", 2);
  settle(a, b);
  expect(told).toEqual(["along"]);
});

test("words of a page that is gone are written again by somebody else's, once", () => {
  vi.useFakeTimers();
  const [a, b] = twoWith("one two");
  const c = side();
  exchange(a, c);
  type(b, "X", 4);
  exchange(b, c);
  b.editor.destroy();
  b.keeper.close();
  changes["becomes a heading"]?.(a);
  exchange(a, c);
  expect(textOf(a)).toBe("one two");
  for (let round = 0; round < 3; round++) {
    vi.advanceTimersByTime(30_000);
    exchange(a, c);
  }
  expect(textOf(a)).toBe("oneX two");
  expect(html(c)).toBe(html(a));
  vi.useRealTimers();
});

test("in a script, Tab on an empty line takes along who begins in it", () => {
  const [a, b] = twoWith("");
  at(a, 1).setNode("action").run();
  settle(a, b);
  at(a, 1).run();
  press(a, "Tab");
  type(b, "J", 1);
  exchange(a, b);
  type(b, "O", b.editor.state.selection.head);
  settle(a, b);
  expect(html(a)).toContain('data-node="character">JO</p>');
});

test("the ledger doesn't grow for ever, and what was moved last is still known", () => {
  const [a, b] = twoWith("one two", "after");
  a.doc.transact(() => {
    for (let clock = 0; clock < 5_000; clock++) ledgerOf(a.doc).push([[clock, 1, clock, 1]]);
  });
  changes["goes into a list"]?.(a);
  type(b, "X", 4);
  settle(a, b);
  expect(ledgerOf(a.doc).length).toBeLessThan(3_100);
  expect(textOf(a)).toContain("oneX two");
  changes["becomes a heading"]?.(a);
  type(b, "Y", 5);
  settle(a, b);
  expect(textOf(a).match(/[XY]/g)).toHaveLength(2);
});

const anew = Object.keys(changes).filter((name) => name !== "is dragged away");

test.each(anew)("a line that %s takes along what somebody makes bold in it at that moment", (name) => {
  const [a, b] = twoWith("one two three", "after");
  at(a, 9, 14).toggleItalic().run();
  settle(a, b);
  changes[name]?.(a);
  at(b, 5, 8).toggleBold().run();
  at(b, 9, 10).toggleItalic().run();
  type(b, "X", 6);
  settle(a, b);
  expect(html(a)).toContain("one <strong>tXwo</strong>");
  expect(html(a)).toMatch(/t<em>hree<.em>/);
});

test("words that stand alone since their line was taken away go back into it when that is undone, and the cursor with them", () => {
  vi.useFakeTimers();
  const [a, b] = twoWith("before", "one two", "after");
  yUndoPluginKey.getState(a.editor.state)?.undoManager.stopCapturing();
  const { state, view } = a.editor;
  view.dispatch(state.tr.delete(8, 17));
  type(b, "X", 12);
  exchange(a, b);
  vi.advanceTimersByTime(1_000);
  settle(a, b);
  expect(textOf(b)).toBe("before\nX\nafter");
  at(b, 10).run();
  type(b, "Y", 10);
  settle(a, b);
  undoCommand(a.editor.state, a.editor.view.dispatch);
  settle(a, b);
  expect(textOf(a)).toBe("before\noneXY two\nafter");
  type(b, "Z", b.editor.state.selection.head);
  settle(a, b);
  expect(textOf(a)).toBe("before\noneXYZ two\nafter");
  vi.useRealTimers();
});
