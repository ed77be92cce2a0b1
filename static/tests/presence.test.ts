import { expect, test } from "vitest";
import type { Present } from "../src/room/model";
import { initial, listed, readAlong, withChange, writersAndReaders } from "../src/room/presence";

function present(id: string, role: "contributor" | "spectator" = "contributor"): Present {
  const grants = role === "contributor" ? (["read", "write"] as const) : (["read"] as const);
  return {
    id,
    name: id,
    hue: 1,
    role,
    grants: [...grants],
    loans: [],
    color: "#000000",
    looks: null,
    hand: null,
    wants: null,
  };
}

const ids = (list: readonly Present[]) => list.map(({ id }) => id);

test("people come, change and leave", () => {
  const here = [present("a"), present("b")];
  const next = withChange(here, { came: [present("c")], changed: [{ ...present("a"), looks: "d1" }], left: ["b"] });
  expect(ids(next)).toEqual(["a", "c"]);
  expect(next[0]?.looks).toBe("d1");
});

test("one who comes again is there once", () => {
  expect(ids(withChange([present("a")], { came: [present("a")], changed: [], left: [] }))).toEqual(["a"]);
  expect(ids(withChange([present("a")], { came: [present("a")], changed: [], left: ["a"] }))).toEqual(["a"]);
});

test("those with the pen, you last; those who read along, without you", () => {
  const here = [present("you"), present("a"), present("r", "spectator")];
  expect(writersAndReaders(here, "you").map(ids)).toEqual([["a", "you"], ["r"]]);
  expect(writersAndReaders([present("you", "spectator"), present("a")], "you").map(ids)).toEqual([["a"], []]);
});

test("in the list, who asks for the pen comes first, then who has it", () => {
  const here = [present("r", "spectator"), present("w"), { ...present("h", "spectator"), hand: 1 }, present("you")];
  expect(ids(listed(here, "you"))).toEqual(["h", "w", "r"]);
});

test("readers are named, nobody is counted", () => {
  const named = (...names: string[]) => readAlong(names.map((name) => ({ name })));
  expect(named()).toBe("");
  expect(named("Tomás")).toBe("Tomás reads along");
  expect(named("Tomás", "Ida")).toBe("Tomás and Ida read along");
  expect(named("Tomás", "Ida", "Jo")).toBe("Tomás, Ida and others read along");
  expect(named(...Array.from({ length: 200 }, () => "x"))).not.toMatch(/\d/);
});

test("an initial is a whole character", () => {
  expect(initial(" mei")).toBe("M");
  expect(initial("😀 Jo")).toBe("😀");
  expect(initial("é")).toBe("É");
  expect(initial("")).toBe("·");
});
