import { expect, test } from "vitest";
import { asking, minutes, onLoan, timeLeft, wanted } from "../src/room/loans";
import type { Present } from "../src/room/model";

function present(id: string, more: Partial<Present> = {}): Present {
  return {
    id,
    name: id,
    hue: 1,
    role: "spectator",
    grants: ["read"],
    loans: [],
    color: "#000000",
    looks: null,
    hand: null,
    wants: more.hand === undefined ? null : "write",
    ...more,
  };
}

test("who has waited longest is asked about first, who has the pen not at all", () => {
  const here = [
    present("late", { hand: 20 }),
    present("quiet"),
    present("has it", { hand: 5, grants: ["read", "write"] }),
    present("early", { hand: 10 }),
  ];
  expect(asking(here).map(({ id }) => id)).toEqual(["early", "late"]);
});

test("a hand asks for the pen or the microphone, until it has been given", () => {
  expect(wanted(present("pen", { hand: 1 }))).toBe("write");
  expect(wanted(present("voice", { hand: 1, wants: "speak" }))).toBe("speak");
  expect(wanted(present("song", { hand: 1, wants: "play" }))).toBe("speak");
  expect(wanted(present("writer", { hand: 1, wants: "speak", grants: ["read", "write"] }))).toBe("speak");
  expect(wanted(present("has it", { hand: 1, wants: "speak", grants: ["read", "speak"] }))).toBeNull();
  expect(wanted(present("quiet"))).toBeNull();
});

test("a loan of the microphone is not the pen", () => {
  const loans = [
    { grant: "play", until: 1 },
    { grant: "write", until: 2 },
  ] as const;
  expect(onLoan({ loans: loans.slice(0, 1) }, "write")).toBeNull();
  expect(onLoan({ loans }, "write")?.until).toBe(2);
  expect(onLoan({ loans }, "speak")?.until).toBe(1);
});

test("time in words", () => {
  expect(minutes(600_000 - 800)).toBe("10 minutes");
  expect(minutes(20_000)).toBe("1 minute");
  expect(timeLeft(599_000)).toBe("10 min left");
  expect(timeLeft(60_000)).toBe("1 min left");
  expect(timeLeft(59_000)).toBe("less than a minute left");
});
