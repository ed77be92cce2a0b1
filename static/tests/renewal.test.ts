import { expect, test } from "vitest";
import { renewedAfter } from "../src/room/renewal";

const HOUR_MS = 60 * 60 * 1000;

function token(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "HS256" })}.${part(claims)}.signature`;
}

test("a token that lives long is renewed daily, one that doesn't at half of its life", () => {
  expect(renewedAfter(token({ iat: 1_000, exp: 1_000 + 30 * 86_400, name: "Ñandú ÿ" }))).toBe(24 * HOUR_MS);
  expect(renewedAfter(token({ iat: 1_000, exp: 1_000 + 7_200 }))).toBe(HOUR_MS);
});

test("what isn't a token is looked at daily, and breaks nothing", () => {
  expect(renewedAfter("")).toBe(24 * HOUR_MS);
  expect(renewedAfter("a.!!.c")).toBe(24 * HOUR_MS);
  expect(renewedAfter(token({}))).toBe(24 * HOUR_MS);
});
