/** A word for every state, a sentence where it takes one. */

import { expect, test } from "vitest";
import { isStranded, type Pen, type Standing, words } from "../src/story/standing";

const fine: Standing = {
  write: true,
  arrived: true,
  recalled: false,
  ended: false,
  open: true,
  settled: true,
  keeps: true,
};

test.each<[string, Partial<Standing>, string, RegExp | null]>([
  ["everything is committed", {}, "Saved", null],
  ["something is on its way", { settled: false }, "Saving…", null],
  ["no connection", { open: false, settled: false }, "Offline", /stays here and joins when you're back/],
  ["no connection and no copy", { open: false, settled: false, keeps: false }, "Offline", /can't keep a copy/],
  ["no copy, but committed", { keeps: false }, "Saved", null],
  ["reading along", { write: false, settled: false }, "", null],
  [
    "reading along without a connection",
    { write: false, open: false, settled: false },
    "Offline",
    /as you last saw it/,
  ],
  ["not yet here", { arrived: false, settled: false }, "Opening…", null],
  ["not yet connected", { arrived: false, open: false, settled: false }, "Connecting…", null],
  ["opened without a network, and never here", { arrived: false, recalled: true, open: false }, "Offline", null],
  ["opened without a network", { recalled: true, open: false, settled: false }, "Offline", /joins when you're back/],
  ["ended for good", { ended: true, open: false, settled: false }, "", null],
])("%s", (_, change, word, sentence) => {
  const said = words({ ...fine, ...change });
  expect(said.word).toBe(word);
  if (sentence === null) expect(said.sentence).toBeNull();
  else expect(said.sentence).toMatch(sentence);
});

test("saved is said in one state alone", () => {
  const flags = ["write", "arrived", "ended", "open", "settled", "keeps"] as const;
  const all = Array.from({ length: 2 ** flags.length }, (_, bits) =>
    Object.fromEntries(flags.map((flag, place) => [flag, (bits & (1 << place)) !== 0])),
  ) as unknown as Standing[];
  const saved = all.filter((standing) => words(standing).word === "Saved");
  expect(saved).toHaveLength(2); // with a copy of one's own or without
  for (const { write, arrived, ended, open, settled } of saved) {
    expect({ write, arrived, ended, open, settled }).toEqual({
      write: true,
      arrived: true,
      ended: false,
      open: true,
      settled: true,
    });
  }
});

const taken: Pen = { write: false, arrived: true, open: true, answered: true, refused: true, wrote: true };

test.each<[string, Partial<Pen>, boolean]>([
  ["the pen was taken while words were on their way", {}, true],
  ["the same, and they were only deletions", { wrote: false }, true],
  ["the pen was taken, and everything had been sent", { refused: false }, false],
  ["the pen was taken while there was no connection, after words", { answered: false, refused: false }, true],
  ["the same, and nothing was written meanwhile", { answered: false, refused: false, wrote: false }, false],
  ["a reader whose editor tidied up", { answered: false, refused: true, wrote: false }, false],
  ["the pen is here", { write: true }, false],
  ["no connection: nobody knows yet", { open: false }, false],
  ["not all of the page is here yet", { arrived: false }, false],
])("%s", (_, change, stranded) => {
  expect(isStranded({ ...taken, ...change })).toBe(stranded);
});
