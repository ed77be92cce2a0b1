// @vitest-environment happy-dom

/** Where threads are anchored, whatever is done to their words. */

import type { Slice } from "@tiptap/pm/model";
import { afterEach, expect, test } from "vitest";
import { undoCommand } from "y-prosemirror";
import * as Y from "yjs";
import { waitingIn } from "../src/comments/calls";
import { highlight } from "../src/comments/highlight";
import { markUpdate, newThreadId } from "../src/comments/mark";
import { placesOf, threadAt, wordsOf } from "../src/comments/places";
import type { Comment, Thread } from "../src/room/model";
import { exchange, type Side, twoWith, type } from "./two";

afterEach(() => document.body.replaceChildren());

/** The words of each thread, its pieces joined by |. */
function anchored({ editor }: Side): Record<string, string> {
  const { doc } = editor.state;
  return Object.fromEntries(
    [...placesOf(doc)].map(([id, ranges]) => [id, ranges.map((range) => wordsOf(doc, range)).join("|")]),
  );
}

/** Puts a thread on words, as the page and the server do it together. */
function comment(page: Side, from: number, to: number, thread = newThreadId()): string {
  const update = markUpdate(page.doc, page.editor.schema, { from, to }, thread);
  if (update === null) throw new Error("there are no words");
  Y.applyUpdate(page.doc, update);
  return thread;
}

test("the mark lies on the words, in every block they are in, and reaches the others", () => {
  const [a, b] = twoWith("Once upon a time", "there was a drum 🥁!");
  comment(a, 6, 24, "one");
  comment(a, 31, 38, "two");
  exchange(a, b);
  expect(anchored(b)).toEqual({ one: "upon a time|there", two: "drum 🥁" });
  expect(anchored(a)).toEqual(anchored(b));
  expect(markUpdate(a.doc, a.editor.schema, { from: 3, to: 3 }, "none")).toBeNull();
});

test("lists, hard breaks and code have their places too", () => {
  const [a, b] = twoWith("");
  a.editor.commands.setContent(
    "<ul><li><p>one</p></li><li><p>two<br>three</p></li></ul><hr><pre><code>four five</code></pre>",
  );
  const at = (words: string): number => {
    let found = -1;
    a.editor.state.doc.descendants((node, pos) => {
      if (node.text?.includes(words)) found = pos + node.text.indexOf(words);
    });
    return found;
  };
  comment(a, at("three"), at("three") + 5, "t");
  comment(a, at("five"), at("five") + 4, "f");
  exchange(a, b);
  expect(anchored(b)).toEqual({ t: "three", f: "five" });
});

test("it stays on them when a paragraph is split and joined, and what is typed beside them stays out", () => {
  const [a, b] = twoWith("Once upon a time");
  comment(a, 6, 17, "one");
  exchange(a, b);
  b.editor.commands.setTextSelection(11);
  b.editor.commands.splitBlock();
  exchange(a, b);
  type(a, " ago", 19);
  exchange(a, b);
  expect(anchored(a)).toEqual({ one: "upon|a time" });
  expect(a.editor.getText()).toBe("Once upon \n\na time ago");
  b.editor.commands.joinBackward();
  type(a, "Not ", 1);
  exchange(a, b);
  expect(anchored(a)).toEqual({ one: "upon a time" });
  expect(anchored(b)).toEqual(anchored(a));
});

test("it is gone with its words, and comes back with them", () => {
  const [a, b] = twoWith("Once upon a time");
  comment(a, 6, 10, "one");
  exchange(a, b);
  b.editor.view.dispatch(b.editor.state.tr.delete(5, 11));
  exchange(a, b);
  expect(anchored(a)).toEqual({});
  undoCommand(b.editor.state, b.editor.view.dispatch);
  exchange(a, b);
  expect(anchored(a)).toEqual({ one: "upon" });
});

test("a copy has no anchor; what was cut keeps it", () => {
  const [a] = twoWith("Once upon a time");
  comment(a, 6, 10, "one");
  const plugin = highlight(
    { counts: () => true, active: () => null, draft: () => null },
    () => {},
    () => {},
  );
  const paste = (slice: Slice) => plugin.props.transformPasted?.call(plugin, slice, a.editor.view, false) ?? slice;
  const copied = a.editor.state.doc.slice(6, 10);
  a.editor.view.dispatch(a.editor.state.tr.replace(1, 1, paste(copied)));
  expect(anchored(a)).toEqual({ one: "upon" });
  expect(a.editor.getText()).toBe("uponOnce upon a time");
  a.editor.view.dispatch(a.editor.state.tr.delete(9, 15));
  a.editor.view.dispatch(a.editor.state.tr.replace(1, 1, paste(copied)));
  expect(anchored(a)).toEqual({ one: "upon" });
});

test("of threads that lie in each other the inner one is meant", () => {
  const [a] = twoWith("Once upon a time");
  comment(a, 1, 17, "outer");
  comment(a, 6, 10, "inner");
  const places = placesOf(a.editor.state.doc);
  expect(threadAt(places, 7, () => true)).toBe("inner");
  expect(threadAt(places, 2, () => true)).toBe("outer");
  expect(threadAt(places, 7, (id) => id !== "inner")).toBe("outer");
});

const said = (id: number, member: string, ...called: string[]): Comment => ({
  id,
  member,
  name: member,
  hue: 1,
  text: called.map((name) => `@${name}`).join(" "),
  time: id,
  edited: null,
  mentions: called.map((name) => ({ member: name, name })),
});

test("who calls waits until it is looked at, answered or resolved", () => {
  const thread = (comments: readonly Comment[], resolved: number | null = null): Thread => ({
    id: "t",
    document: "d",
    quote: "words",
    time: 1,
    resolved,
    resolved_by: null,
    comments,
  });
  const called = thread([said(1, "mei", "bo"), said(3, "mei", "bo"), said(4, "mei", "ann"), said(6, "ann")]);
  expect(waitingIn(called, "bo", 0)?.id).toBe(3);
  expect(waitingIn(called, "bo", 1)?.id).toBe(3);
  expect(waitingIn(called, "bo", 3)).toBeNull();
  expect(waitingIn(called, "ann", 0)).toBeNull();
  expect(waitingIn(called, "mei", 0)).toBeNull();
  expect(waitingIn(thread(called.comments, 9), "bo", 0)).toBeNull();
  expect(waitingIn(thread([]), "bo", 0)).toBeNull();
});
