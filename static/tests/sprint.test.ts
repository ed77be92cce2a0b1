import { expect, test, vi } from "vitest";
import { offset, ServerClock } from "../src/sprint/clock";
import { aloud, minutesOf, phase, shown } from "../src/sprint/phase";
import { draw, PROMPTS } from "../src/sprint/prompts";

test("of several answers the quickest is believed, half way of its round trip", () => {
  const samples = [
    { asked: 0, answered: 900, time: 10_900 },
    { asked: 1000, answered: 1020, time: 11_510 },
    { asked: 2000, answered: 2300, time: 12_600 },
  ];
  expect(offset(samples)).toBe(10_500);
  expect(offset([])).toBeNull();
});

test("the browser's own clock is never asked, and no answer leaves what was measured", async () => {
  vi.useFakeTimers({ now: 0, toFake: ["Date", "performance", "setTimeout"] });
  const answers = [5_000_000, null, null, null];
  const clock = new ServerClock(async () => {
    const answer = answers.shift();
    if (answer == null) throw new Error("offline");
    return answer;
  });
  expect(clock.now()).toBeNull();
  const measuring = clock.measure();
  await vi.advanceTimersByTimeAsync(1000);
  await measuring;
  const before = clock.now() ?? 0;
  vi.setSystemTime(9_999_999_999);
  expect((clock.now() ?? 0) - before).toBe(0);
  vi.useRealTimers();
});

test("a sprint waits, is written, and is over", () => {
  const sprint = { start: 10_000, end: 70_000 };
  expect(phase(sprint, 0)).toEqual({ name: "waiting", seconds: 10 });
  expect(phase(sprint, 10_000)).toEqual({ name: "writing", seconds: 60 });
  expect(phase(sprint, 69_999)).toEqual({ name: "writing", seconds: 1 });
  expect(phase(sprint, 70_000)).toEqual({ name: "over", seconds: 0 });
  expect(minutesOf(sprint)).toBe(1);
});

test("a clock is shown as people read it", () => {
  expect([0, 5, 65, 600, 3665].map(shown)).toEqual(["0:00", "0:05", "1:05", "10:00", "1:01:05"]);
});

test("only the start, the last minute and the end are said aloud", () => {
  const said: string[] = [];
  let before = null;
  for (let now = -2000; now <= 121_000; now += 250) {
    const next = phase({ start: 0, end: 120_000 }, now);
    const words = aloud(before, next, 2);
    if (words !== null) said.push(words);
    before = next;
  }
  expect(said).toEqual([
    "A sprint is about to begin.",
    "The sprint has begun: 2 min.",
    "One minute left.",
    "The sprint is over.",
  ]);
  expect(aloud(null, { name: "over", seconds: 0 }, 2)).toBeNull();
});

test("a prompt is drawn that isn't there already", () => {
  expect(new Set(PROMPTS).size).toBe(PROMPTS.length);
  for (const prompt of PROMPTS) expect(draw(prompt)).not.toBe(prompt);
});
