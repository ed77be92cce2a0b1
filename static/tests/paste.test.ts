// @vitest-environment happy-dom

/** Looks that mean something survive a paste; nothing else does. */

import { expect, test } from "vitest";
import { setAside } from "../src/story/paste";
import { twoWith } from "./two";

const FROM_A_WORD_PROCESSOR =
  '<meta charset="utf-8"><style>p { color: red }</style><b style="font-weight:normal" id="docs-internal-guid-1">' +
  '<p style="line-height:1.38"><span style="font-weight:400">plain </span><span style="font-weight:700" onclick="x()">bold</span>' +
  '<span style="font-style:italic"> slanted</span></p></b>';

test("bold and italic that are nothing but a style", () => {
  const [a] = twoWith("");
  a.editor.view.pasteHTML(FROM_A_WORD_PROCESSOR);
  expect(a.editor.getHTML()).toBe("<p>plain <strong>bold</strong><em> slanted</em></p>");
});

test("the parser sees no style attribute, style sheet or handler", () => {
  expect(setAside(FROM_A_WORD_PROCESSOR)).not.toMatch(/\sstyle=|<style|onclick/);
});

test("text that looks like an attribute stays text", () => {
  const html = "<p>write style= and onclick= into a tag</p>";
  expect(setAside(html)).toBe(html);
});
