// @vitest-environment happy-dom

/** Writing a screenplay: where Enter and Tab lead, and what Fountain's signs become. */

import { expect, test } from "vitest";
import { choicesFor } from "../src/script/choices";
import { press, type Side, side, type } from "./two";

const script = () => side(undefined, "script");

/** Types letter by letter at the cursor; ↵ and ⇥ are keys. */
function write(one: Side, text: string): void {
  for (const letter of text) {
    if (letter === "↵") press(one, "Enter");
    else if (letter === "⇥") press(one, "Tab");
    else type(one, letter, one.editor.state.selection.from, one.editor.state.selection.to);
  }
}

const lines = ({ editor }: Side) =>
  editor.state.doc.content.content.map(({ type: { name }, textContent }) =>
    textContent ? `${name}: ${textContent}` : name,
  );

test.each([
  ["INT. HOUSE", ["sceneHeading: INT. HOUSE"]],
  ["int. house", ["sceneHeading: int. house"]],
  ["I/E. CAR", ["sceneHeading: I/E. CAR"]],
  [".FLASHBACK", ["sceneHeading: FLASHBACK"]],
  ["...and so", ["paragraph: ...and so"]],
  ["@McCLOUD", ["character: McCLOUD"]],
  ["CUT TO:", ["transition: CUT TO:"]],
  ["> Fade slowly", ["transition: Fade slowly"]],
  ["> THE END <", ["action: THE END"]],
  ["~la la", ["lyric: la la"]],
  ["= They meet", ["synopsis: They meet"]],
  ["===x", ["pageBreak", "paragraph: x"]],
  ["!BANG", ["action: BANG"]],
  ["Title: Harbour", ["titleLine: Harbour"]],
  ["INT. HOUSE↵She waits.", ["sceneHeading: INT. HOUSE", "action: She waits."]],
  ["INT. HOUSE #12A#", ["sceneHeading: INT. HOUSE"]],
  ["@Mei↵No.↵Jo↵Yes.", ["character: Mei", "dialogue: No.", "character: Jo", "dialogue: Yes."]],
  ["@Mei↵No.↵↵She goes.", ["character: Mei", "dialogue: No.", "action: She goes."]],
  ["@Mei↵(low↵No.", ["character: Mei", "parenthetical: (low)", "dialogue: No."]],
  ["@Mei⇥low↵No.", ["character: Mei", "parenthetical: (low)", "dialogue: No."]],
  ["@Mei↵No.⇥", ["character: Mei", "dialogue: No.", "parenthetical: ()"]],
  ["@Mei↵⇥⇥No", ["character: Mei", "dialogue: No"]],
  ["She waits.⇥Mei↵No.", ["paragraph: She waits.", "character: Mei", "dialogue: No."]],
  ["!Go.↵⇥⇥⇥⇥x", ["action: Go.", "action: x"]],
  ["!Go.↵⇥", ["action: Go.", "character"]],
  ["CUT TO:↵INT. HOUSE", ["transition: CUT TO:", "sceneHeading: INT. HOUSE"]],
  ["INT. HOUSE⇥NIGHT", ["sceneHeading: INT. HOUSE - NIGHT"]],
  [
    "@MEI↵No.↵↵!Rain.↵MEI↵Yes.",
    ["character: MEI", "dialogue: No.", "action: Rain.", "character: MEI", "dialogue: Yes."],
  ],
  ["@Mei↵No.↵int. street", ["character: Mei", "dialogue: No.", "sceneHeading: int. street"]],
  ["@Mei↵No.↵cut to:", ["character: Mei", "dialogue: No.", "transition: cut to:"]],
  ["@Mei↵No.↵(low↵Or yes.", ["character: Mei", "dialogue: No.", "parenthetical: (low)", "dialogue: Or yes."]],
  ["!Rain.↵↵CUT TO:", ["action: Rain.", "transition: CUT TO:"]],
  ["!Rain.↵↵fade out.", ["action: Rain.", "transition: fade out."]],
  ["CUT TO:↵EXT. STREET", ["transition: CUT TO:", "sceneHeading: EXT. STREET"]],
  ["!He wants to:", ["action: He wants to:"]],
  ["Title: Harbour↵Mei", ["titleLine: Harbour", "titleLine: Mei"]],
])("%s", (typed, expected) => {
  const one = script();
  write(one, typed);
  expect(lines(one)).toEqual(expected);
});

test("what a sign says beside its element", () => {
  const one = script();
  write(one, "INT. HOUSE #12A#↵> THE END <↵@Jo ^");
  expect(one.editor.state.doc.content.content.map(({ attrs }) => attrs)).toEqual([
    { number: "12A" },
    { centered: true },
    { dual: true },
  ]);
});

test("in a story the signs are words", () => {
  const one = side();
  write(one, "@Mei = INT. ");
  expect(lines(one)).toEqual(["paragraph: @Mei = INT. "]);
});

test("after Escape, Tab leaves the page", () => {
  const one = script();
  expect(press(one, "Tab")).toBe(true);
  press(one, "Escape");
  expect(press(one, "Tab")).toBe(false);
});

test("what a line may go on with", () => {
  const one = script();
  write(one, "INT. KITCHEN - DAY↵@Mei↵No.↵Jo↵Yes.↵");
  const { doc } = one.editor.state;
  expect(choicesFor("character", "", doc)).toEqual({ typed: 0, options: ["Mei", "Jo"] });
  expect(choicesFor("character", "me", doc)).toEqual({ typed: 2, options: ["Mei"] });
  expect(choicesFor("character", "Mei", doc)).toBeNull();
  expect(choicesFor("sceneHeading", "EXT. K", doc)).toEqual({ typed: 1, options: ["KITCHEN"] });
  expect(choicesFor("sceneHeading", "EXT. BEACH - N", doc)).toEqual({ typed: 1, options: ["NIGHT"] });
  expect(choicesFor("sceneHeading", "E", doc)).toEqual({ typed: 1, options: ["EXT. "] });
  expect(choicesFor("transition", "C", doc)).toEqual({ typed: 1, options: ["CUT TO:"] });
  expect(choicesFor("dialogue", "M", doc)).toBeNull();
});
