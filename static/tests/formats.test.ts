import { expect, test } from "vitest";
import { fileName, INCOMING, incoming, OUTGOING, titleOf } from "../src/formats/formats";

test("a file is what its name ends with", () => {
  expect(incoming("My Story.DOCX")?.type).toContain("wordprocessingml");
  expect(incoming("act.one.fountain")?.kind).toBe("script");
  expect(incoming("song.cho")?.kind).toBe("song");
  expect(incoming("photo.png")).toBeNull();
  expect(incoming("README")).toBeNull();
});

test("its name without the ending is a title", () => {
  expect(titleOf("The lighthouse.draft 2.md")).toBe("The lighthouse.draft 2");
  expect(titleOf(".md")).toBe("A page");
  expect(titleOf(`${"x".repeat(300)}.md`)).toHaveLength(200);
});

test("the server's name of a file is read", () => {
  expect(fileName("attachment; filename=\"Ca va.md\"; filename*=UTF-8''%C3%87a%20va.md")).toBe("Ça va.md");
  expect(fileName(null)).toBe("page");
});

test("every kind of page has something to be taken as", () => {
  for (const kind of ["story", "song", "script", "notes"] as const) {
    expect(OUTGOING.filter(({ kinds }) => kinds?.includes(kind) ?? true).length).toBeGreaterThan(4);
  }
  expect(new Set(INCOMING.map(({ ending }) => ending)).size).toBe(INCOMING.length);
});
