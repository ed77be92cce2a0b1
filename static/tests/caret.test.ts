// @vitest-environment happy-dom

/** A cursor comes from somebody else: nothing it says may harm the page. */

import { expect, test } from "vitest";
import { relativePositionToAbsolutePosition, ySyncPluginKey } from "y-prosemirror";
import * as Y from "yjs";
import { caret, counts, person, selection } from "../src/story/caret";
import { twoWith } from "./two";

test("a name is text, cut to a length, and never missing", () => {
  expect(person({ name: "Mei", hue: 6 })).toEqual({ name: "Mei", hue: "6" });
  expect(person({ name: "x".repeat(99), hue: 1 }).name).toHaveLength(40);
  for (const odd of [null, 7, {}, { name: 3, hue: "1" }, { name: "  ", hue: 99 }, { hue: 1.5 }, { hue: Number.NaN }]) {
    expect(person(odd)).toEqual({ name: "Somebody", hue: "7" });
  }
  const element = caret({ name: "<img src=x onerror=alert(1)>", hue: 2 }, 1);
  expect(element.querySelector("img")).toBeNull();
  expect(element.querySelector<HTMLElement>(".caret-name")?.dataset.name).toContain("<img");
});

test("it holds no text: one's own cursor would be put into it, and what is typed lost", () => {
  expect(caret({ name: "Mei", hue: 6 }, 1).textContent).toBe("");
});

test("looks come from the stylesheet alone", () => {
  const element = caret({ name: "Mei", hue: 6, color: "url(x)" }, 1);
  expect(element.outerHTML).not.toMatch(/style|url/);
  expect(element.dataset.hue).toBe("6");
  expect(selection({ hue: 6, color: "url(x)" })).toEqual({ class: "selected", "data-hue": "6" });
});

test("one's own doesn't count, nor one that can't be looked up", () => {
  const at = Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(new Y.Doc().getXmlFragment("default"), 0));
  expect(counts(1, 2, { cursor: { anchor: at, head: at } })).toBe(true);
  expect(counts(1, 2, {})).toBe(true);
  expect(counts(1, 2, { cursor: null })).toBe(true);
  expect(counts(1, 1, { cursor: { anchor: at, head: at } })).toBe(false);
  for (const odd of [
    null,
    5,
    { cursor: 5 },
    { cursor: {} },
    { cursor: { anchor: at } },
    { cursor: { anchor: {}, head: {} } },
    { cursor: { anchor: { tname: "another root" }, head: at } },
    { cursor: { anchor: { item: { client: 1, clock: -1 } }, head: at } },
    { cursor: { anchor: { type: { client: 1.5, clock: 0 } }, head: at } },
  ]) {
    expect(counts(1, 2, odd)).toBe(false);
  }
});

/** Mulberry32, a small generator with a seed, so that a failure can be had again. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

test.each([1, 2, 3, 4])("whatever counts can be looked up (seed %i)", (seed) => {
  const [a] = twoWith("one", "two 😀", "three");
  a.editor.chain().selectAll().toggleBulletList().toggleBold().run();
  a.editor.commands.deleteRange({ from: 5, to: 9 });
  const random = seeded(seed);
  const clients = [a.doc.clientID, 0, 77];
  const id = () => [null, undefined, { client: clients[random(3)], clock: random(60) - 3 }, { client: "x" }][random(4)];
  const position = () => ({
    type: id(),
    item: id(),
    tname: [null, "default", "x", 3][random(4)],
    assoc: [0, -1, 1, "y"][random(4)],
  });
  const { type, binding } = ySyncPluginKey.getState(a.editor.state);
  let counted = 0;
  for (let round = 0; round < 3000; round++) {
    const cursor = { anchor: position(), head: position() };
    if (!counts(1, 2, { cursor })) continue;
    counted += 1;
    for (const end of [cursor.anchor, cursor.head]) {
      relativePositionToAbsolutePosition(a.doc, type, Y.createRelativePositionFromJSON(end), binding.mapping);
    }
  }
  expect(counted).toBeGreaterThan(50);
  expect([...a.doc.share.keys()]).toEqual(["default", "moves"]);
});
