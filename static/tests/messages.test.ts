import { expect, test } from "vitest";
import { afterWelcome, changed, emptied, merged, unread } from "../src/board/messages";
import type { Message } from "../src/room/model";

const message = (id: number, more: Partial<Message> = {}): Message => ({
  id,
  member: "m",
  name: "M",
  hue: 1,
  text: "t",
  time: id,
  mentions: [],
  edited: null,
  deleted: false,
  note: false,
  ...more,
});
const said = (...ids: number[]): Message[] => ids.map((id) => message(id));
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

test("a change takes the place of what was said, and one of something older changes nothing", () => {
  const after = changed(said(3, 4), message(4, { text: "other", edited: 9 }));
  expect(after.map(({ text }) => text)).toEqual(["t", "other"]);
  expect(ids(changed(said(3, 4), message(1)))).toEqual([3, 4]);
});

test("of what was deleted nothing stays but its place", () => {
  const [gone] = emptied([message(3, { mentions: [{ member: "a", name: "A" }] })], 3);
  expect(gone).toMatchObject({ id: 3, text: "", mentions: [], deleted: true });
});

test("new is what others said since, and not what was taken back or what the room noted", () => {
  const messages = [
    message(1),
    message(2, { member: "you" }),
    message(3),
    message(4, { deleted: true }),
    message(5, { note: true }),
    message(6),
  ];
  expect(ids(unread(messages, 1, "you"))).toEqual([3, 6]);
  expect(ids(unread(messages, null, "you"))).toEqual([]);
});
