// @vitest-environment happy-dom

import { beforeEach, expect, test, vi } from "vitest";

const room = { room: "r1", title: "Song", token: "t1", name: "Mei", renewed: 1, entered: 1, invites: ["i1"] };

async function fresh() {
  vi.resetModules();
  return import("../src/room/membership");
}

beforeEach(() => localStorage.clear());

test("a room is remembered, renewed in part, and forgotten", async () => {
  const { forget, membershipOf, remember } = await fresh();
  remember(room);
  remember({ room: "r1", token: "t2", renewed: 9 });
  expect(membershipOf("r1")).toEqual({ ...room, token: "t2", renewed: 9 });
  forget("r1");
  expect(membershipOf("r1")).toBeNull();
});

test("the last one entered comes first", async () => {
  const { memberships, remember } = await fresh();
  remember({ ...room, room: "old", entered: 1 });
  remember({ ...room, room: "new", entered: 5 });
  expect(memberships().map((membership) => membership.room)).toEqual(["new", "old"]);
});

test("an invite known to lead into a room, as it is or in its link", async () => {
  const { inviteId, membershipByInvite, remember } = await fresh();
  expect(inviteId("abc.def")).toBe("abc");
  expect(inviteId("https://studio.example/join#abc.def")).toBe("abc");
  remember(room);
  expect(membershipByInvite("i1.signature")?.room).toBe("r1");
  expect(membershipByInvite("i2.signature")).toBeNull();
});

test("what others put into the storage is not taken for a room", async () => {
  localStorage.setItem("tutti.rooms", JSON.stringify([room, null, 5, { room: "x" }, { ...room, token: 7 }]));
  const { memberships } = await fresh();
  expect(memberships()).toEqual([room]);
  localStorage.setItem("tutti.rooms", "{");
  expect(memberships()).toEqual([]);
});

test("where nothing can be kept, the tab remembers", async () => {
  const { membershipOf, remember } = await fresh();
  vi.stubGlobal("localStorage", {
    getItem: () => null,
    setItem: () => {
      throw new DOMException("full", "QuotaExceededError");
    },
  });
  remember(room);
  expect(membershipOf("r1")).toEqual(room);
  vi.unstubAllGlobals();
});
