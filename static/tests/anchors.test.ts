// @vitest-environment happy-dom

/** Comments and suggestions whose words somebody else moved, brought back or wrote beside before they heard of them. */

import { afterEach, expect, test } from "vitest";
import { undoCommand, yUndoPluginKey } from "y-prosemirror";
import * as Y from "yjs";
import { Mender } from "../src/anchors/mender";
import { markUpdate } from "../src/comments/mark";
import { placesOf, wordsOf } from "../src/comments/places";
import { withoutSuggestions } from "../src/suggestions/decide";
import { plainly, propose } from "../src/suggestions/propose";
import { proposing } from "../src/suggestions/proposing";
import { exchange, receive, type Side, side, textOf, twoWith, type } from "./two";

afterEach(() => document.body.replaceChildren());

interface Meeting {
  readonly a: Side;
  readonly b: Side;
  readonly mend: () => void;
}

/** Two people at one page. Nothing they write from now on is known to the other before `mend`, which exchanges all. */
function meet(...lines: readonly string[]): Meeting {
  const [a, b] = twoWith(...lines);
  // Of two who write in one place it decides who comes first.
  b.doc.clientID = 1;
  const menders = [a, b].map(({ doc }) => {
    const known = Y.getState(doc.store, doc.clientID);
    return new Mender(
      doc,
      () => true,
      () => known,
    );
  });
  // What was there is seen once, as when a page comes.
  for (const { editor } of [a, b]) yUndoPluginKey.getState(editor.state)?.undoManager.stopCapturing();
  const mend = () => {
    for (let round = 0; round < 4; round++) {
      for (const mender of menders) mender.mend();
      exchange(a, b);
    }
  };
  return { a, b, mend };
}

function anchored({ editor }: Side): Record<string, string> {
  const { doc } = editor.state;
  return Object.fromEntries(
    [...placesOf(doc)].map(([id, ranges]) => [id, ranges.map((range) => wordsOf(doc, range)).join("|")]),
  );
}

function comment(page: Side, from: number, to: number, thread: string): void {
  const update = markUpdate(page.doc, page.editor.schema, { from, to }, thread);
  if (update === null) throw new Error("there are no words");
  receive(page, update);
}

function suggest({ editor: { view } }: Side, text: string, at: number, member: string): void {
  const proposed = propose(view.state.tr.insertText(text, at), view.state, member, () => `${member}1`);
  if (proposed === null) throw new Error("that can't be proposed");
  view.dispatch(proposed);
}

test("a thread goes along with words whose line was split before it was heard of", () => {
  const { a, b, mend } = meet("Once upon a time");
  b.editor.commands.setTextSelection(11);
  b.editor.commands.splitBlock();
  comment(a, 6, 17, "one");
  mend();
  expect(anchored(a)).toEqual({ one: "upon|a time" });
  expect(anchored(b)).toEqual(anchored(a));
});

test("and with words of a line that became a heading", () => {
  const { a, b, mend } = meet("Once upon a time", "there was a drum");
  b.editor.chain().setTextSelection(3).toggleHeading({ level: 2 }).run();
  comment(a, 6, 10, "one");
  mend();
  expect(anchored(a)).toEqual({ one: "upon" });
  expect(anchored(b)).toEqual(anchored(a));
  expect(b.editor.getHTML()).toContain("<h2>");
});

test("a thread on the end of a line takes none of the line that is joined to it", () => {
  const { a, b, mend } = meet("Once upon a time", "there was a drum");
  b.editor.commands.setTextSelection(19);
  b.editor.commands.joinBackward();
  comment(a, 13, 17, "one");
  mend();
  expect(textOf(a)).toBe("Once upon a timethere was a drum");
  expect(anchored(a)).toEqual({ one: "time" });
  expect(anchored(b)).toEqual(anchored(a));
});

test("words that were deleted and come back have the thread that was begun on them meanwhile", () => {
  const { a, b, mend } = meet("Once upon a time");
  b.editor.view.dispatch(b.editor.state.tr.delete(6, 11));
  comment(a, 6, 10, "one");
  mend();
  expect(anchored(b)).toEqual({});
  undoCommand(b.editor.state, b.editor.view.dispatch);
  mend();
  expect(anchored(a)).toEqual({ one: "upon" });
  expect(anchored(b)).toEqual(anchored(a));
});

test("what somebody writes beside plain words in a proposal stays plain when these are deleted meanwhile", () => {
  const { a, b, mend } = meet("abcdef");
  suggest(a, "XY", 4, "mei");
  mend();
  // Plain words in the middle of a proposal are parted from it by marks, which Yjs takes away with the words.
  const typed = b.editor.state.tr.insertText("z", 5);
  b.editor.view.dispatch(plainly(typed) ?? typed);
  mend();
  a.editor.view.dispatch(a.editor.state.tr.delete(5, 6));
  type(b, "w", 6);
  mend();
  expect(textOf(a)).toBe("abcXwYdef");
  expect(withoutSuggestions(a.editor.state.doc).textContent).toBe("abcwdef");
  expect(withoutSuggestions(b.editor.state.doc).textContent).toBe("abcwdef");
});

test("a letter that is proposed before an equal one is the one that is proposed, also while others hear of it late", () => {
  const [a, b] = twoWith("The lighthouse stood where");
  const menders = [a, b].map(
    ({ doc }) =>
      new Mender(
        doc,
        () => true,
        () => Y.getState(doc.store, doc.clientID),
      ),
  );
  const tomas = side(b.doc, "story", [proposing(() => "tomas")]);
  const late: Uint8Array[] = [];
  b.doc.on("update", (update: Uint8Array, origin: unknown) => {
    if (origin !== "server") late.push(update);
  });
  tomas.editor.commands.setTextSelection({ from: 16, to: 21 });
  for (const [n, letter] of [..."was built"].entries()) {
    const { from, to } = tomas.editor.state.selection;
    type(tomas, letter, from, to);
    if (n % 3 > 0) continue;
    for (const update of late.splice(0)) receive(a, update);
    receive(b, Y.encodeStateAsUpdate(a.doc, Y.encodeStateVector(b.doc)), "server");
  }
  for (const mender of menders) mender.mend();
  exchange(a, b);
  expect(withoutSuggestions(a.editor.state.doc).textContent).toBe("The lighthouse stood where");
  expect(a.editor.getHTML()).toMatch(/<ins [^>]*>was built<\/ins> where/);
  expect(tomas.editor.getHTML()).toBe(a.editor.getHTML());
});

test("letters that are struck out one by one backwards stay so when others hear of all at once", () => {
  const { a, b, mend } = meet("the sea.");
  const tomas = side(b.doc, "story", [proposing(() => "tomas")]);
  for (const end of [9, 8, 7]) {
    tomas.editor.commands.setTextSelection(end);
    tomas.editor.commands.command(({ tr, dispatch }) => {
      dispatch?.(tr.delete(end - 1, end));
      return true;
    });
  }
  mend();
  expect(a.editor.getHTML()).toMatch(/the s<del [^>]*>ea\.<\/del>/);
});
