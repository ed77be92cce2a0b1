// @vitest-environment happy-dom

/** Every block and mark goes through Yjs and through a clipboard, and comes out as it was. */

import { expect, test } from "vitest";
import { exchange, press, side, type } from "./two";

const text = (words: string, ...marks: object[]) => ({
  type: "text",
  text: words,
  ...(marks.length > 0 ? { marks } : {}),
});

const ALL = [
  { type: "titleLine", attrs: { key: "Title" }, content: [text("The Harbour")] },
  { type: "sceneHeading", attrs: { number: "12A" }, content: [text("INT. KITCHEN - NIGHT")] },
  { type: "synopsis", content: [text("They find it.")] },
  { type: "action", attrs: { centered: true }, content: [text("THE END")] },
  { type: "character", attrs: { dual: true }, content: [text("Mei")] },
  { type: "parenthetical", content: [text("(low)")] },
  { type: "dialogue", content: [text("It "), text("is", { type: "note" }), text(" here.")] },
  { type: "transition", content: [text("CUT TO:")] },
  { type: "pageBreak" },
  { type: "section", content: [text("Verse 1")] },
  {
    type: "lyric",
    content: [
      { type: "chord", attrs: { name: "Am" } },
      text("Over "),
      { type: "chord", attrs: { name: "F#m7/C" } },
      text("the"),
    ],
  },
  { type: "image", attrs: { id: "abc", alt: "A boat", width: 640, height: 480 } },
  {
    type: "paragraph",
    content: [
      text("one", { type: "comment", attrs: { id: "c1" } }),
      text("two", { type: "comment", attrs: { id: "c1" } }, { type: "comment", attrs: { id: "c2" } }),
      text("three", { type: "insertion", attrs: { id: "s1", member: "m" } }),
      text("four", { type: "deletion", attrs: { id: "s2", member: "m" } }),
      text("five", { type: "code" }, { type: "comment", attrs: { id: "c3" } }),
    ],
  },
  { type: "codeBlock", attrs: { language: null }, content: [text("six", { type: "comment", attrs: { id: "c4" } })] },
];

test("through Yjs, also when somebody else writes", () => {
  const [a, b] = [side(), side()];
  a.editor.commands.setContent(ALL);
  const made = a.editor.getJSON();
  expect(made.content).toEqual(ALL);
  exchange(a, b);
  expect(b.editor.getJSON()).toEqual(made);
  for (let at = b.editor.state.doc.content.size; at > 0; at--) {
    if (b.editor.state.doc.resolve(at).parent.isTextblock)
      b.editor.view.dispatch(b.editor.state.tr.insertText("!", at));
  }
  exchange(a, b);
  expect(a.editor.getJSON()).toEqual(b.editor.getJSON());
  expect(a.fragment.length).toBe(ALL.length);
});

test("through HTML", () => {
  const [a, b] = [side(), side()];
  a.editor.commands.setContent(ALL);
  b.editor.commands.setContent(a.editor.getHTML());
  expect(b.editor.getJSON()).toEqual(a.editor.getJSON());
});

test("whoever listens hears scenes and the parts of a song as headings", () => {
  const { editor } = side();
  editor.commands.setContent(ALL);
  const headings = [...editor.view.dom.querySelectorAll('[role="heading"][aria-level="2"]')];
  expect(headings.map(({ textContent }) => textContent)).toEqual(["INT. KITCHEN - NIGHT", "Verse 1"]);
});

test.each([
  ["- a↵- b↵* c", 'doc(bulletList(listItem(paragraph("a")), listItem(paragraph("b")), listItem(paragraph("c"))))'],
  ["1. a↵2. b", 'doc(orderedList(listItem(paragraph("a")), listItem(paragraph("b"))))'],
  ["- a↵1. b", 'doc(bulletList(listItem(paragraph("a")), listItem(orderedList(listItem(paragraph("b"))))))'],
])("a list's own sign in one of its items makes no list within it, another's does: %s", (typed, expected) => {
  const one = side();
  for (const letter of typed) {
    if (letter === "↵") press(one, "Enter");
    else type(one, letter, one.editor.state.selection.from);
  }
  expect(one.editor.state.doc.toString()).toBe(expected);
});
