// @vitest-environment happy-dom

/** What comes from others waits while somebody composes. */

import { beforeEach, expect, test, vi } from "vitest";
import { Hold } from "../src/story/hold";

beforeEach(() => {
  vi.useFakeTimers();
});

function composing() {
  const hold = new Hold();
  const element = document.createElement("div");
  const stop = hold.watch(element);
  const done: string[] = [];
  const come = (what: string) => hold.pass(() => done.push(what));
  return { element, stop, done, come };
}

test("it comes in its order when the composition is over", () => {
  const { element, done, come } = composing();
  come("before");
  element.dispatchEvent(new Event("compositionstart"));
  come("one");
  come("two");
  expect(done).toEqual(["before"]);
  element.dispatchEvent(new Event("compositionend"));
  vi.advanceTimersByTime(100);
  come("after");
  expect(done).toEqual(["before", "one", "two", "after"]);
});

test("a composition that follows at once goes on with it", () => {
  const { element, done, come } = composing();
  element.dispatchEvent(new Event("compositionstart"));
  come("one");
  element.dispatchEvent(new Event("compositionend"));
  element.dispatchEvent(new Event("compositionstart"));
  vi.advanceTimersByTime(1_000);
  expect(done).toEqual([]);
});

test("it doesn't wait for ever", () => {
  const { element, done, come } = composing();
  element.dispatchEvent(new Event("compositionstart"));
  come("one");
  vi.advanceTimersByTime(30_000);
  expect(done).toEqual(["one"]);
  come("two");
  expect(done).toEqual(["one"]);
  vi.advanceTimersByTime(30_000);
  expect(done).toEqual(["one", "two"]);
});

test("nothing waits for an editor that is gone", () => {
  const { element, stop, done, come } = composing();
  element.dispatchEvent(new Event("compositionstart"));
  come("one");
  stop();
  expect(done).toEqual(["one"]);
});
