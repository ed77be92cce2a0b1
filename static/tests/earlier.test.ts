/** What earlier tabs of a browser wrote and never sent is found again. */

import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { keepCopy } from "../src/story/copy";
import { Earlier } from "../src/story/earlier";

const tab = async (page: string) => {
  const doc = new Y.Doc();
  const copy = keepCopy("earlier", page, doc);
  const earlier = new Earlier(doc, copy);
  await copy.read;
  const close = () => {
    earlier.close();
    copy.close();
  };
  return { doc, copy, earlier, close };
};

/** Notes are taken in passing; what is read afterwards waits for them. */
const noted = () => new Promise((resolve) => setTimeout(resolve, 20));

test("what a closed tab wrote and the server hasn't got", async () => {
  const server = new Y.Doc();
  const first = await tab("one");
  first.doc.getText("t").insert(0, "sent, ");
  await noted();
  first.earlier.committed();
  Y.applyUpdate(server, Y.encodeStateAsUpdate(first.doc));
  await noted();
  first.doc.getText("t").insert(6, "not sent");
  await noted();
  first.close();

  const second = await tab("one");
  Y.applyUpdate(second.doc, Y.encodeStateAsUpdate(server));
  const served = async () => Y.encodeStateAsUpdate(server);
  expect(await second.earlier.unsent(served)).toBe("not sent");

  // It arrived after all: the tab was closed before it heard so.
  Y.applyUpdate(server, Y.encodeStateAsUpdate(second.doc));
  expect(await second.earlier.unsent(served)).toBe(null);
});

test("nothing is asked for where all was committed, or nothing was written", async () => {
  const never = () => Promise.reject(new Error("asked for"));
  const first = await tab("two");
  expect(await first.earlier.unsent(never)).toBe(null);
  first.doc.getText("t").insert(0, "sent");
  await noted();
  first.earlier.committed();
  await noted();
  first.close();
  const second = await tab("two");
  expect(await second.earlier.unsent(never)).toBe(null);
});

test("another tab that is committed speaks for itself alone", async () => {
  const first = await tab("three");
  first.doc.getText("t").insert(0, "only here");
  await noted();
  const other = await tab("three");
  first.doc.getText("t").insert(9, ", too");
  other.doc.getText("t").insert(0, "sent ");
  await noted();
  other.earlier.committed();
  await noted();
  first.close();
  other.close();
  const third = await tab("three");
  const served = async () => Y.encodeStateAsUpdate(other.doc);
  expect(await third.earlier.unsent(served)).toContain(", too");
});
