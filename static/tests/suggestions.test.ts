// @vitest-environment happy-dom

/** What is proposed, and what comes of accepting and rejecting it. */

import type { EditorState, Transaction } from "@tiptap/pm/state";
import { Transform } from "@tiptap/pm/transform";
import { afterEach, expect, test } from "vitest";
import { decide, withoutSuggestions } from "../src/suggestions/decide";
import { type Piece, suggestionsOf } from "../src/suggestions/pieces";
import { plainly, propose } from "../src/suggestions/propose";
import { type Side, twoWith } from "./two";

afterEach(() => document.body.replaceChildren());

let ids = 0;

/** Does something as this member does it who is suggesting. */
function suggest(page: Side, change: (state: EditorState) => Transaction, member = "mei"): void {
  const { view } = page.editor;
  const proposed = propose(change(view.state), view.state, member, () => `s${++ids}`);
  if (proposed === null) throw new Error("that can't be proposed");
  view.dispatch(proposed);
}

/** The text with what is inserted in [brackets+], what is deleted in [brackets-], a paragraph a line. */
function shown({ editor }: Side): string {
  const lines: string[] = [];
  editor.state.doc.descendants((node) => {
    if (node.isTextblock) lines.push("");
    if (!node.isText) return;
    const signs = node.marks.flatMap(({ type, attrs }) =>
      type.name === "insertion" ? [`+${attrs.member}`] : type.name === "deletion" ? [`-${attrs.member}`] : [],
    );
    lines.push(`${lines.pop() ?? ""}${signs.length > 0 ? `[${node.text}${signs.sort().join("")}]` : node.text}`);
  });
  return lines.join("\n");
}

function decided(page: Side, accept: boolean, concerns: (piece: Piece) => boolean = () => true): string {
  const transform = new Transform(page.editor.state.doc);
  decide(transform, accept, concerns);
  return transform.doc.textBetween(0, transform.doc.content.size, "\n");
}

test("typing proposes an insertion, letter by letter one", () => {
  const [a] = twoWith("The sea.");
  for (const [index, letter] of [..." old"].entries()) suggest(a, ({ tr }) => tr.insertText(letter, 4 + index));
  expect(shown(a)).toBe("The[ old+mei] sea.");
  expect(suggestionsOf(a.editor.state.doc).length).toBe(1);
  expect(decided(a, true)).toBe("The old sea.");
  expect(decided(a, false)).toBe("The sea.");
});

test("deleting proposes a deletion, and one's own insertion really goes", () => {
  const [a] = twoWith("The sea.");
  suggest(a, ({ tr }) => tr.insertText("old ", 5));
  suggest(a, ({ tr }) => tr.delete(6, 12));
  expect(shown(a)).toBe("The [o+mei][sea-mei].");
  expect(decided(a, true)).toBe("The o.");
  expect(decided(a, false)).toBe("The sea.");
});

test("typing over words is one suggestion, and stands behind what it stands for", () => {
  const [a] = twoWith("The sea.");
  a.editor.commands.setTextSelection({ from: 5, to: 8 });
  suggest(a, ({ tr }) => tr.insertText("lake"));
  expect(shown(a)).toBe("The [sea-mei][lake+mei].");
  expect(a.editor.state.selection.head).toBe(12);
  expect(suggestionsOf(a.editor.state.doc).length).toBe(1);
  expect(decided(a, true)).toBe("The lake.");
});

test("the cursor goes over what is struck out, in the direction it was going", () => {
  const [a] = twoWith("abcd");
  a.editor.commands.setTextSelection(3);
  suggest(a, ({ tr }) => tr.delete(2, 3));
  expect(a.editor.state.selection.head).toBe(2);
  suggest(a, ({ tr }) => tr.delete(1, 2));
  expect([shown(a), a.editor.state.selection.head]).toEqual(["[ab-mei]cd", 1]);
  suggest(a, ({ tr }) => tr.delete(1, 2));
  expect([shown(a), a.editor.state.selection.head]).toEqual(["[ab-mei]cd", 3]);
  suggest(a, ({ tr }) => tr.delete(3, 4));
  expect([shown(a), a.editor.state.selection.head]).toEqual(["[abc-mei]d", 4]);
});

test("somebody else's proposal is struck out, not deleted, and written into", () => {
  const [a] = twoWith("The sea.");
  suggest(a, ({ tr }) => tr.insertText("old ", 5));
  suggest(a, ({ tr }) => tr.delete(5, 7), "ida");
  suggest(a, ({ tr }) => tr.insertText("!", 8), "ida");
  expect(shown(a)).toBe("The [ol+mei-ida][d+mei][!+ida][ +mei]sea.");
  expect(decided(a, true)).toBe("The d! sea.");
  expect(decided(a, false)).toBe("The sea.");
  expect(decided(a, false, ({ member }) => member === "mei")).toBe("The !sea.");
  expect(decided(a, true, ({ member }) => member === "ida")).toBe("The d! sea.");
});

test("over the ends of paragraphs: they stay until it is accepted", () => {
  const [a] = twoWith("Once upon", "a time", "there was");
  suggest(a, ({ tr }) => tr.delete(6, 24));
  expect(shown(a)).toBe("Once [upon-mei]\n[a time-mei]\n[ther-mei]e was");
  expect(decided(a, true)).toBe("Once e was");
  expect(decided(a, false)).toBe("Once upon\na time\nthere was");
});

test("paragraphs that are all new go as a whole", () => {
  const [a] = twoWith("Once", "upon");
  const paragraph = (words: string) => a.editor.schema.node("paragraph", null, [a.editor.schema.text(words)]);
  suggest(a, ({ tr }) => tr.insert(6, [paragraph("and"), paragraph("then")]));
  expect(shown(a)).toBe("Once\n[and+mei]\n[then+mei]\nupon");
  expect(decided(a, false)).toBe("Once\nupon");
  expect(decided(a, true)).toBe("Once\nand\nthen\nupon");
});

test("a new line in what one proposes belongs to it", () => {
  const [a] = twoWith("Once upon");
  suggest(a, ({ tr }) => tr.insertText("X", 5));
  suggest(a, ({ tr }) => tr.split(6));
  suggest(a, ({ tr }) => tr.insertText("Y", 8));
  expect(shown(a)).toBe("Once[X+mei]\n[Y+mei] upon");
  expect(suggestionsOf(a.editor.state.doc).length).toBe(1);
  expect(decided(a, false)).toBe("Once upon");
  expect(decided(a, true)).toBe("OnceX\nY upon");
});

test("of overlapping strikes one accepted takes the words, one rejected leaves the other's", () => {
  const [a] = twoWith("abcdef");
  suggest(a, ({ tr }) => tr.delete(2, 4));
  suggest(a, ({ tr }) => tr.delete(1, 6), "ida");
  expect(shown(a)).toBe("[a-ida][bc-mei][de-ida]f");
  expect(decided(a, true)).toBe("f");
  expect(decided(a, false, ({ member }) => member === "ida")).toBe("abcdef");
});

test("who writes plainly writes plainly, in the middle of a proposal too", () => {
  const [a] = twoWith("The sea.");
  suggest(a, ({ tr }) => tr.insertText("old ", 5));
  const { view } = a.editor;
  const typed = view.state.tr.insertText("x", 7);
  view.dispatch(plainly(typed) ?? typed);
  expect(shown(a)).toBe("The [ol+mei]x[d +mei]sea.");
  expect(decided(a, false)).toBe("The xsea.");
  expect(withoutSuggestions(view.state.doc).textContent).toBe("The xsea.");
});

test("formatting, dragging and what takes several steps", () => {
  const [a] = twoWith("one two three");
  const bold = a.editor.schema.mark("bold");
  suggest(a, ({ tr }) => tr.addMark(5, 8, bold));
  suggest(a, ({ tr }) => tr.delete(1, 5).insertText("one ", tr.mapping.map(9)));
  expect(shown(a)).toBe("[one -mei]two [one +mei]three");
  expect(decided(a, true)).toBe("two one three");
  expect(a.editor.getHTML()).toContain("<strong>two</strong>");
});
