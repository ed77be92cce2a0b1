// @vitest-environment happy-dom

/** What a device may show by itself: the last welcome, as far as one may begin with it, and a copy that was once whole. */

import "fake-indexeddb/auto";
import { beforeEach, expect, test } from "vitest";
import * as Y from "yjs";
import schema from "../../rooms/schema.json";
import { forgetWelcome, keepWelcome, lastWelcome } from "../src/offline/welcome";
import type { Grant, Welcome } from "../src/room/model";
import { keepCopy } from "../src/story/copy";

const person = (...grants: readonly Grant[]) =>
  ({ id: "m1", name: "Mei", hue: 2, role: "contributor", grants, loans: [], color: "#9a5b00" }) as const;
const welcome = {
  protocol: 1,
  schema: schema.version,
  you: person("read", "write"),
  room: { room: "attic", title: "Attic", kind: "story", main: "d1" },
  documents: [
    { id: "d1", title: "Story", place: 0 },
    { id: "d2", title: "Song", place: 1 },
  ],
  here: [],
  board: { messages: [], more: false, read: null },
  saving: { ok: false, sentence: "Nothing can be saved just now." },
} as unknown as Welcome;

beforeEach(() => localStorage.clear());

test("a room is remembered as it was last, with nobody in it but oneself", () => {
  expect(lastWelcome("attic")).toBeNull();
  keepWelcome("attic", welcome);
  keepWelcome("attic", { room: { ...welcome.room, title: "The attic" } });
  const last = lastWelcome("attic");
  expect(last?.room.title).toBe("The attic");
  expect(last?.documents).toEqual(welcome.documents);
  expect(last?.here).toEqual([{ ...welcome.you, looks: null, hand: null, wants: null }]);
  expect(last?.saving.ok).toBe(true);
  expect(lastWelcome("cellar")).toBeNull();
});

test.each([1, -1])("one can't begin with it where the schema is another", (versions) => {
  keepWelcome("attic", { ...welcome, schema: schema.version + versions });
  expect(lastWelcome("attic")).toBeNull();
});

test("a pen that was lent for a while is given back by then, also without a network", () => {
  const lent = (until: number) => ({ ...person("read", "write"), loans: [{ grant: "write", until }] }) as const;
  keepWelcome("attic", { ...welcome, you: lent(Date.now() + 60_000) });
  expect(lastWelcome("attic")?.you.grants).toEqual(["read", "write"]);
  keepWelcome("attic", { you: lent(Date.now() - 1) });
  expect(lastWelcome("attic")?.you.grants).toEqual(["read"]);
  expect(lastWelcome("attic")?.here[0]?.grants).toEqual(["read"]);
});

test("what else lies in the storage is not taken for a welcome", () => {
  for (const text of ["{", "null", "5", "{}", JSON.stringify({ you: welcome.you })]) {
    localStorage.setItem("tutti.welcome.attic", text);
    expect(lastWelcome("attic")).toBeNull();
  }
});

async function written(document: string): Promise<void> {
  const doc = new Y.Doc();
  const copy = keepCopy("attic", document, doc);
  await copy.read;
  doc.getText("t").insert(0, "words");
  await copy.markWhole();
  expect(await copy.whole()).toBe(true);
  copy.close();
}

async function found(document: string): Promise<[string, boolean]> {
  const doc = new Y.Doc();
  const copy = keepCopy("attic", document, doc);
  await copy.read;
  const whole = await copy.whole();
  copy.close();
  return [doc.getText("t").toString(), whole];
}

test("a room that is lost is forgotten: a reader's pages go with it, a writer's words stay", async () => {
  keepWelcome("attic", welcome);
  await written("d1");
  await forgetWelcome("attic");
  expect(lastWelcome("attic")).toBeNull();
  expect(await found("d1")).toEqual(["words", true]);

  keepWelcome("attic", { ...welcome, you: person("read") });
  await written("d2");
  await forgetWelcome("attic");
  expect(await found("d1")).toEqual(["", false]);
  expect(await found("d2")).toEqual(["", false]);
});

test("a copy is whole from the moment on that it is said to be, and no more once it is cleared", async () => {
  const copy = keepCopy("attic", "d3", new Y.Doc());
  expect(await copy.whole()).toBe(false);
  await copy.markWhole();
  expect(await copy.whole()).toBe(true);
  await copy.clear();
  expect(await copy.whole()).toBe(false);
  expect(await found("d3")).toEqual(["", false]);
});
