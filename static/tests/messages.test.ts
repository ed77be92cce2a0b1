import { expect, test } from "vitest";
import { afterWelcome, merged } from "../src/board/messages";
import type { Message } from "../src/room/model";

const said = (...ids: number[]): Message[] =>
  ids.map((id) => ({ id, member: "m", name: "M", hue: 1, text: "t", time: id }));
const ids = (messages: readonly Message[]) => messages.map(({ id }) => id);

test("each message once, oldest first, from whichever side it comes", () => {
  expect(ids(merged(said(3, 4), said(4, 1, 5)))).toEqual([1, 3, 4, 5]);
});

test("a reconnection adds what was missed", () => {
  const after = afterWelcome({ messages: said(1, 2), more: false }, { messages: said(2, 3), more: true });
  expect(ids(after.messages)).toEqual([1, 2, 3]);
  expect(after.more).toBe(false);
});

test("where more was missed than comes, what is older is let go rather than shown with a hole", () => {
  const after = afterWelcome({ messages: said(1, 2), more: false }, { messages: said(90, 91), more: true });
  expect(ids(after.messages)).toEqual([90, 91]);
  expect(after.more).toBe(true);
});

test("the first welcome is taken as it is", () => {
  expect(afterWelcome({ messages: [], more: false }, { messages: said(5), more: true })).toEqual({
    messages: said(5),
    more: true,
  });
});
