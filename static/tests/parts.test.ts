import { expect, test } from "vitest";
import { parts } from "../src/board/parts";

const shown = (text: string, ...names: string[]) =>
  parts({ text, mentions: names.map((name) => ({ member: name.toLowerCase(), name })) }).map((part) =>
    part.kind === "words"
      ? part.text
      : part.kind === "link"
        ? { link: part.href }
        : { to: part.member, text: part.text },
  );

test.each([
  ["see https://a.example/b.", ["see ", { link: "https://a.example/b" }, "."]],
  ["(https://a.example/b)", ["(", { link: "https://a.example/b" }, ")"]],
  ["https://a.example/b_(c)", [{ link: "https://a.example/b_(c)" }]],
  ["https://a.example/?q=1&r=2#s, and", [{ link: "https://a.example/?q=1&r=2#s" }, ", and"]],
  ["HTTP://A.example", [{ link: "HTTP://A.example" }]],
  ["javascript:alert(1) data:text/html,x", ["javascript:alert(1) data:text/html,x"]],
  ["https:// and http://?", ["https:// and http://?"]],
  ["https://a.example\nhttps://b.example", [{ link: "https://a.example" }, "\n", { link: "https://b.example" }]],
])("addresses of the web can be opened, as they were typed: %s", (text, expected) => {
  expect(shown(text)).toEqual(expected);
});

test("people who are called stand out, the longer name first", () => {
  expect(shown("@Ann Lee and @Ann, me@Ann", "Ann", "Ann Lee")).toEqual([
    { to: "ann lee", text: "@Ann Lee" },
    " and ",
    { to: "ann", text: "@Ann" },
    ", me",
    { to: "ann", text: "@Ann" },
  ]);
  expect(shown("@Ben", "Ann")).toEqual(["@Ben"]);
});
