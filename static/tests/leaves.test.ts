// @vitest-environment happy-dom

/** Chords, breaks and pictures that somebody puts in a line while somebody else makes it something else. */

import { expect, test, vi } from "vitest";
import * as Y from "yjs";
import { exchange, receive, type Side, side, twoWith, type } from "./two";

const at = ({ editor }: Side, from: number, to = from) => editor.chain().setTextSelection({ from, to });

const put = (side: Side, from: number, name: string, attrs = {}) => {
  const { view, schema } = side.editor;
  view.dispatch(view.state.tr.insert(from, schema.node(name, attrs)));
};

/** The page as text, a line for each block. */
const pageOf = ({ editor }: Side): string => {
  const lines: string[] = [];
  editor.state.doc.descendants((node) => {
    if (node.isTextblock)
      lines.push(
        node.content.content
          .map((child) => child.text ?? (child.type.name === "chord" ? `[${child.attrs.name}]` : "/"))
          .join(""),
      );
    else if (node.type.name === "image") lines.push(`<${node.attrs.id}>`);
    return !node.isTextblock;
  });
  return lines.join("\n");
};

function settle(a: Side, b: Side): void {
  for (let round = 0; round < 4; round++) exchange(a, b);
  expect(a.editor.getHTML()).toBe(b.editor.getHTML());
}

const changes: Record<string, (side: Side) => void> = {
  "becomes a heading": (a) => at(a, 2).toggleHeading({ level: 1 }).run(),
  "goes into a list": (a) => at(a, 2).toggleBulletList().run(),
  "is dragged away": ({ editor: { state, view } }) => {
    const line = state.doc.child(0);
    view.dispatch(state.tr.delete(0, line.nodeSize).insert(state.doc.content.size - line.nodeSize, line));
  },
};

test.each(Object.keys(changes))("a line that %s takes along the chords and breaks that came into it", (name) => {
  const [a, b] = twoWith("one two", "after");
  changes[name]?.(a);
  put(b, 1, "chord", { name: "Am" });
  put(b, 6, "chord", { name: "F" });
  put(b, 8, "hardBreak");
  type(b, "X", 9);
  put(b, b.editor.state.doc.child(0).nodeSize - 1, "chord", { name: "G" });
  settle(a, b);
  expect(pageOf(a).replace("after", "").trim()).toBe("[Am]one [F]t/Xwo[G]");
});

test("two who move the same line have what stands in it once", () => {
  const [a, b] = twoWith("one two", "after");
  put(a, 5, "chord", { name: "Am" });
  put(a, 7, "chord", { name: "Am" });
  settle(a, b);
  changes["becomes a heading"]?.(a);
  changes["goes into a list"]?.(b);
  settle(a, b);
  expect(pageOf(a)).toBe("one [Am]t[Am]wo\nafter");
});

test("a chord that somebody changes while somebody else moves its line is there", () => {
  const [a, b] = twoWith("one two", "after");
  put(a, 5, "chord", { name: "Am" });
  settle(a, b);
  changes["is dragged away"]?.(a);
  const { view, schema } = b.editor;
  view.dispatch(view.state.tr.replaceWith(5, 6, schema.node("chord", { name: "F" })));
  settle(a, b);
  expect(pageOf(a)).toContain("[F]");
});

test("two who drag the same picture have it once", () => {
  const [a, b] = twoWith("one", "two");
  put(a, 0, "image", { id: "sea" });
  settle(a, b);
  const drag = ({ editor: { state, view } }: Side, to: number) =>
    view.dispatch(state.tr.delete(0, 1).insert(to, state.doc.child(0)));
  drag(a, 5);
  drag(b, 10);
  settle(a, b);
  expect(pageOf(a).match(/<sea>/g)).toHaveLength(1);
});

test("a picture put into a quote that somebody takes away stands behind the words it stood behind", () => {
  const [a, b] = twoWith("one", "two", "three");
  at(a, 2, 7).toggleBlockquote().run();
  settle(a, b);
  at(a, 3, 8).toggleBlockquote().run();
  put(b, 6, "image", { id: "sea" });
  settle(a, b);
  expect(pageOf(a)).toBe("one\n<sea>\ntwo\nthree");
});

test("chords in a line that somebody takes away stand in a line of their own, with the words that came with them", () => {
  vi.useFakeTimers();
  const [a, b] = twoWith("one", "two", "three");
  at(a, 6, 9).deleteSelection().run();
  at(a, 6).joinBackward().run();
  put(b, 9, "chord", { name: "Am" });
  type(b, "X", 10);
  put(b, 11, "hardBreak");
  exchange(a, b);
  vi.advanceTimersByTime(30_000);
  settle(a, b);
  expect(pageOf(a)).toBe("one\n[Am]X/\nthree");
  vi.useRealTimers();
});

test("a chord and a picture come to a page that was loaded anew since it took away where they are", () => {
  vi.useFakeTimers();
  const [a, b] = twoWith("one", "two", "three");
  at(a, 2, 12).toggleBlockquote().run();
  exchange(a, b);
  put(b, 4, "chord", { name: "Am" });
  put(b, 7, "image", { id: "sea" });
  at(a, 2, 12).toggleBlockquote().run();
  a.keeper.close();
  const again = side();
  Y.applyUpdate(again.doc, Y.encodeStateAsUpdate(a.doc));
  receive(again, Y.encodeStateAsUpdate(b.doc, Y.encodeStateVector(again.doc)));
  for (let round = 0; round < 4; round++) {
    exchange(again, b);
    vi.advanceTimersByTime(30_000);
  }
  settle(again, b);
  expect(pageOf(b)).toContain("[Am]");
  expect(pageOf(b).match(/<sea>/g)).toHaveLength(1);
  vi.useRealTimers();
});

test("who writes on after a chord that came along writes in the same line", () => {
  const [a, b] = twoWith("one two", "after");
  changes["goes into a list"]?.(a);
  put(b, 5, "chord", { name: "Am" });
  settle(a, b);
  type(a, "Y", pageOf(a).indexOf("two") + 1);
  settle(a, b);
  expect(
    pageOf(a)
      .match(/[onetw]/g)
      ?.join(""),
  ).toContain("onetwo");
});

test("undo takes back a move with the chord that was in it", () => {
  const [a, b] = twoWith("one two");
  put(a, 5, "chord", { name: "Am" });
  settle(a, b);
  changes["becomes a heading"]?.(a);
  type(b, "X", 2);
  settle(a, b);
  a.editor.commands.undo?.();
  settle(a, b);
  expect(pageOf(a)).toBe("oXne [Am]two");
});
