/** This browser's own copy, and whether it can be relied on. */

import "fake-indexeddb/auto";
import { afterEach, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { clearCopies } from "../src/offline/copies";
import { keepCopy } from "../src/story/copy";

afterEach(() => vi.unstubAllGlobals());

test("what is written is there again", async () => {
  const first = new Y.Doc();
  const copy = keepCopy("room", "page", first);
  expect(copy.keeps.value).toBe(false);
  await copy.read;
  expect(copy.keeps.value).toBe(true);
  first.getText("t").insert(0, "words");
  copy.close();

  const second = new Y.Doc();
  const again = keepCopy("room", "page", second);
  await again.read;
  expect(second.getText("t").toString()).toBe("words");
  const other = new Y.Doc();
  await keepCopy("room", "another page", other).read;
  expect(other.getText("t").toString()).toBe("");

  await again.clear();
  expect(again.keeps.value).toBe(false);
  const third = new Y.Doc();
  await keepCopy("room", "page", third).read;
  expect(third.getText("t").toString()).toBe("");
});

test("a room whose door closes takes its copies along, and nobody else's", async () => {
  const kept = async (room: string, page: string) => {
    const doc = new Y.Doc();
    const copy = keepCopy(room, page, doc);
    await copy.read;
    return { doc, copy };
  };
  for (const [room, page] of [
    ["closing", "one"],
    ["closing", "two"],
    ["closing-not", "one"],
  ] as const) {
    const { doc, copy } = await kept(room, page);
    doc.getText("t").insert(0, "words");
    // One is still open, as in another tab.
    if (page === "two") expect(copy.keeps.value).toBe(true);
    else copy.close();
  }
  await clearCopies("closing");
  expect((await kept("closing", "one")).doc.getText("t").toString()).toBe("");
  expect((await kept("closing", "two")).doc.getText("t").toString()).toBe("");
  expect((await kept("closing-not", "one")).doc.getText("t").toString()).toBe("words");
});

test("a browser that keeps nothing is not said to keep anything", async () => {
  vi.stubGlobal("indexedDB", {
    open: () => {
      throw new DOMException("not here", "SecurityError");
    },
  });
  const copy = keepCopy("room", "page", new Y.Doc());
  await copy.read;
  expect(copy.keeps.value).toBe(false);
});

test("a write that doesn't reach the disk ends the trust in it", async () => {
  const doc = new Y.Doc();
  const copy = keepCopy("room", "full", doc);
  await copy.read;
  // As where the disk is full: the write is taken, and its transaction is aborted when it should be committed.
  const add = vi.spyOn(IDBObjectStore.prototype, "add");
  add.mockImplementationOnce(function (this: IDBObjectStore, value: unknown) {
    add.mockRestore();
    const request = this.add(value);
    request.addEventListener("success", () => request.transaction?.abort());
    return request;
  });
  doc.getText("t").insert(0, "words");
  await vi.waitFor(() => expect(copy.keeps.value).toBe(false));
});

test("another tab that clears the copy ends the trust in it", async () => {
  const doc = new Y.Doc();
  const copy = keepCopy("room", "shared", doc);
  await copy.read;
  indexedDB.deleteDatabase("tutti/room/shared");
  await vi.waitFor(() => expect(copy.keeps.value).toBe(false));
  doc.getText("t").insert(0, "still written");
});
