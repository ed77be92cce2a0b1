// @vitest-environment happy-dom

/** Writing a song: chords and labels as they are typed, moved, and read from text. */

import { expect, test } from "vitest";
import { isChord } from "../src/song/chords";
import { gaps } from "../src/song/room";
import { looksLikeSong, songFrom } from "../src/song/text";
import { press, type Side, side, type } from "./two";

const song = () => side(undefined, "song");

function write(one: Side, text: string): void {
  for (const letter of text) {
    if (letter === "↵") press(one, "Enter");
    else type(one, letter, one.editor.state.selection.from, one.editor.state.selection.to);
  }
}

const said = ({ editor }: Side) =>
  editor.state.doc.content.content.map(
    (block) => `${block.type.name}: ${block.textBetween(0, block.content.size, "", ({ attrs }) => `[${attrs.name}]`)}`,
  );

test.each(["Am", "C", "F#m7/C", "Bb", "Gsus4", "Cmaj7", "D7(b9)", "N.C.", "E+", "B°", "Dm7b5", "H7", "C/E"])(
  "%s is a chord",
  (name) => {
    expect(isChord(name)).toBe(true);
  },
);

test.each(["Verse", "Bridge", "Coda", "x2", "Intro", "am", "", "Fine", "Dal segno"])("%s is none", (name) => {
  expect(isChord(name)).toBe(false);
});

test.each([
  ["[Verse 1]↵One of [Am]us↵sleeping", ["section: Verse 1", "lyric: One of [Am]us", "lyric: sleeping"]],
  ["[Am]One of us", ["lyric: [Am]One of us"]],
  ["see [note] here", ["paragraph: see [note] here"]],
  ["[Am]one↵[Bridge]↵two", ["lyric: [Am]one", "section: Bridge", "lyric: two"]],
])("%s", (typed, expected) => {
  const one = song();
  write(one, typed);
  expect(said(one)).toEqual(expected);
});

test("in a story brackets are words", () => {
  const one = side();
  write(one, "[Am]One");
  expect(said(one)).toEqual(["paragraph: [Am]One"]);
});

test("Alt and an arrow move the chord beside the cursor, and never past the line", () => {
  const one = song();
  write(one, "One [Am]us");
  one.editor.commands.setTextSelection(6);
  press(one, "ArrowLeft", { altKey: true });
  expect(said(one)).toEqual(["lyric: One[Am] us"]);
  for (let times = 0; times < 9; times++) press(one, "ArrowRight", { altKey: true });
  expect(said(one)).toEqual(["lyric: One us[Am]"]);
  press(one, "Backspace");
});

const text = (blocks: ReturnType<typeof songFrom>) =>
  blocks.map(
    ({ type: name, content = [] }) =>
      `${name}: ${content.map((part) => part.text ?? `[${part.attrs?.name}]`).join("")}`,
  );

test("ChordPro is read", () => {
  const source =
    "{title: Four in the Morning}\n{start_of_verse: Verse 1}\nOne of [Am]us [F]sleeping\n{end_of_verse}\n\n{chorus}\n[C]Hold\n# a remark";
  expect(looksLikeSong(source)).toBe(true);
  expect(text(songFrom(source))).toEqual([
    "heading: Four in the Morning",
    "section: Verse 1",
    "lyric: One of [Am]us [F]sleeping",
    "section: Chorus",
    "lyric: [C]Hold",
  ]);
});

test("chords on the line above are put where they stand", () => {
  const source = "[Verse 1]\nAm        F      C\nOne of us sleeping\n\nG\nwide awake\nG  C";
  expect(looksLikeSong(source)).toBe(true);
  expect(text(songFrom(source))).toEqual([
    "section: Verse 1",
    "lyric: [Am]One of us [F]sleepin[C]g",
    "lyric: ",
    "lyric: [G]wide awake",
    "lyric: [G]  [C]",
  ]);
});

test("prose is no song", () => {
  expect(looksLikeSong("A friend of mine\nsaid: see [1] and [2].\nAm I late?")).toBe(false);
});

test("a chord longer than the words under it pushes the next one away", () => {
  const one = song();
  write(one, "[Cmaj7]a[Am]long words[F]x");
  expect(gaps(one.editor.state.doc.child(0)).map(({ gap }) => gap)).toEqual([0, 5, 0]);
});
