/** What a page knows of the board when it comes back: nothing that was changed or deleted meanwhile, however old it is. */

import { afterEach, expect, test, vi } from "vitest";
import { Talk } from "../src/board/talk";
import type { Live } from "../src/room/live";
import type { Message } from "../src/room/model";

const said = (id: number, text = "t", more: Partial<Message> = {}): Message => ({
  id,
  member: "m",
  name: "M",
  hue: 1,
  text,
  time: id,
  mentions: [],
  edited: null,
  deleted: false,
  note: false,
  ...more,
});
const live = { id: "attic", token: () => "token", you: { value: null } } as unknown as Live;
const NEWEST = { messages: [said(7), said(8)], more: true, read: null };

afterEach(() => vi.unstubAllGlobals());

function back(answer: () => Promise<Response>) {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (path: string) => {
    asked.push(path);
    return answer();
  });
  const talk = new Talk(live);
  talk.welcome({ messages: [5, 6, 7].map((id) => said(id)), more: true, read: null });
  talk.add([said(3), said(4)]);
  talk.welcome(NEWEST);
  return { talk, asked, texts: () => talk.messages.value.messages.map(({ id, text }) => [id, text]) };
}

test("what is older than the newest is asked for again, as far as it is known", async () => {
  const older = [said(2), said(3, "other", { edited: 9 }), said(4, "", { deleted: true }), said(5), said(6)];
  const { talk, asked, texts } = back(async () => Response.json({ messages: older, more: false }));
  talk.edited(said(5, "changed just now", { edited: 10 }));
  await vi.waitFor(() => expect(texts()[1]).toEqual([3, "other"]));
  expect(texts()).toEqual([
    [2, "t"],
    [3, "other"],
    [4, ""],
    [5, "changed just now"],
    [6, "t"],
    [7, "t"],
    [8, "t"],
  ]);
  expect(asked).toEqual(["/api/rooms/attic/board?before=7"]);
});

test("where it can't be had it is let go", async () => {
  const { talk, texts } = back(() => Promise.reject(new TypeError("no network")));
  await vi.waitFor(() =>
    expect(texts()).toEqual([
      [7, "t"],
      [8, "t"],
    ]),
  );
  expect(talk.messages.value.more).toBe(true);
});
