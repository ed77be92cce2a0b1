// @vitest-environment happy-dom

/** Links lead to http, https and mailto, wherever their address comes from. */

import { expect, test } from "vitest";
import * as Y from "yjs";
import { safeHref, typedHref } from "../src/story/href";
import { side, twoWith, type } from "./two";

const BAD = [
  "javascript:alert(1)",
  " javascript:alert(1)",
  "java\nscript:alert(1)",
  "JaVaScRiPt:alert(1)",
  "data:text/html,x",
  "vbscript:x",
  "file:///etc/passwd",
  "blob:https://example.org/x",
  "/join",
  "//example.org",
  "",
  null,
  7,
  {},
];

test("addresses", () => {
  for (const href of BAD) expect(safeHref(href), String(href)).toBeNull();
  for (const href of ["https://example.org/a?b#c", "http://localhost:8000", "mailto:mei@example.org"]) {
    expect(safeHref(href)).toBe(href);
  }
});

test("what people type as an address", () => {
  expect(typedHref("example.org/a")).toBe("https://example.org/a");
  expect(typedHref(" mei@example.org ")).toBe("mailto:mei@example.org");
  expect(typedHref("http://example.org")).toBe("http://example.org");
  for (const typed of ["", "two words", "javascript:alert(1)", "javascript:1", "data:x"])
    expect(typedHref(typed)).toBeNull();
});

test("an address from the document is shown as a link only if it is safe, and brings nothing else along", () => {
  for (const href of BAD) {
    const doc = new Y.Doc();
    const paragraph = new Y.XmlElement("paragraph");
    const text = new Y.XmlText();
    text.insert(0, "here", { link: { href, target: "_self", class: "vh", rel: "opener" } });
    paragraph.insert(0, [text]);
    doc.getXmlFragment("default").push([paragraph]);
    const anchor = side(doc).editor.view.dom.querySelector("a");
    expect(anchor?.textContent).toBe("here");
    expect(anchor?.getAttributeNames()).toEqual([]);
  }
});

test("pasted", () => {
  const [a] = twoWith("");
  a.editor.view.pasteHTML(
    '<p><a href="javascript:alert(1)">bad</a> <a href="https://example.org" class="vh" target="_self">good</a></p>',
  );
  expect(a.editor.getHTML()).toBe(
    '<p>bad <a href="https://example.org" target="_blank" rel="noopener noreferrer">good</a></p>',
  );
});

test("typed: becomes a link with the space after it, without what ends the sentence", () => {
  const [a] = twoWith("see https://example.org/a?b=1,");
  type(a, " ", 31);
  expect(a.editor.state.doc.textContent).toBe("see https://example.org/a?b=1, ");
  expect(a.editor.view.dom.querySelector("a")?.textContent).toBe("https://example.org/a?b=1");
});

test.each([
  ["see [the sea](https://example.org/a_(b)) now", "https://example.org/a_(b)"],
  ["see [the sea](example.org) now", "https://example.org"],
])("%s as it is typed", (typed, href) => {
  const [a] = twoWith("");
  for (const letter of typed) type(a, letter, a.editor.state.selection.from);
  expect(a.editor.getText()).toBe("see the sea now");
  expect(a.editor.state.doc.nodeAt(5)?.marks[0]?.attrs.href).toBe(href);
  expect(a.editor.state.doc.nodeAt(13)?.marks).toEqual([]);
});

test("no link to where none may lead", () => {
  const [a] = twoWith("");
  for (const letter of "[x](javascript:y)") type(a, letter, a.editor.state.selection.from);
  expect(a.editor.getText()).toBe("[x](javascript:y)");
});

test("a note beside the work", () => {
  const [a] = twoWith("");
  for (const letter of "so [[check]] it") type(a, letter, a.editor.state.selection.from);
  expect(a.editor.getHTML()).toBe('<p>so <span data-mark="note">check</span> it</p>');
});
