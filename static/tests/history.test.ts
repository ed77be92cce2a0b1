/** The list of moments: by the day, by name, in sentences. */

import { expect, test } from "vitest";
import { byDay, dayOf, type Moment, momentAt, timeOf, together, when, writersOf } from "../src/history/model";

const NOON = new Date(2026, 4, 12, 12).getTime();
const HOUR = 3_600_000;

const moment = (seq: number, end: number): Moment => ({
  seq,
  first: seq - 4,
  start: end - 1000,
  end,
  members: [],
  versions: [],
});

test("moments are grouped by the day on which they ended", () => {
  const moments = [moment(30, NOON), moment(20, NOON - HOUR), moment(10, NOON - 13 * HOUR)];
  expect(byDay(moments).map((day) => day.moments.map(({ seq }) => seq))).toEqual([[30, 20], [10]]);
  expect(byDay([])).toEqual([]);
});

test("a row of the log is found in its moment", () => {
  const moments = [moment(30, NOON), moment(20, NOON)];
  expect(momentAt(moments, 17)?.seq).toBe(20);
  expect(momentAt(moments, 21)).toBeUndefined();
  expect(momentAt(moments, 0)).toBeUndefined();
});

test("names stand together as in a sentence", () => {
  expect(together(["Amara"])).toBe("Amara");
  expect(together(["Amara", "Ben"])).toBe("Amara and Ben");
  expect(together(["Amara", "Ben", "Cy"])).toBe("Amara, Ben and Cy");
  expect(together([])).toBe("Nobody");
});

test("days near are called by their names", () => {
  expect(dayOf(NOON - HOUR, NOON)).toBe("Today");
  expect(dayOf(NOON - 24 * HOUR, NOON)).toBe("Yesterday");
  expect(dayOf(NOON - 72 * HOUR, NOON)).toContain("2026");
  expect(when(NOON, NOON)).toBe(timeOf(NOON));
  expect(when(NOON - 24 * HOUR, NOON)).toContain("yesterday");
});

test("writers come once, in the order of the people", () => {
  const person = (id: string) => ({ id, name: id, hue: 1, removed: false });
  const blocks = [{ kind: "paragraph", runs: [{ text: "a", member: "b" }, { text: "c" }] }, { kind: "horizontalRule" }];
  expect(writersOf(blocks, [person("a"), person("b")]).map(({ id }) => id)).toEqual(["b"]);
});
