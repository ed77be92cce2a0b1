import { expect, test } from "vitest";
import type { Present } from "../src/room/model";
import { asking, minutes, penOnLoan, timeLeft } from "../src/room/pen";

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

test("a loan of something else is not the pen", () => {
  expect(penOnLoan({ loans: [{ grant: "speak", until: 1 }] })).toBeNull();
  expect(
    penOnLoan({
      loans: [
        { grant: "speak", until: 1 },
        { grant: "write", until: 2 },
      ],
    })?.until,
  ).toBe(2);
});

test("time in words", () => {
  expect(minutes(600_000 - 800)).toBe("10 minutes");
  expect(minutes(20_000)).toBe("1 minute");
  expect(timeLeft(599_000)).toBe("10 min left");
  expect(timeLeft(60_000)).toBe("1 min left");
  expect(timeLeft(59_000)).toBe("less than a minute left");
});
