// @vitest-environment happy-dom

/** What is pasted from programs that people write in comes out as clean blocks. That nothing runs is for a real browser to show. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { side } from "./two";

const CLEAN: Readonly<Record<string, string>> = {
  "apple-notes":
    "<p><strong>Ideas</strong></p><p>A song about rain</p><ul><li><p>kettle</p></li><li><p>window</p></li></ul>",
  "code-editor": "<p>def sail():</p><p>    return</p>",
  "google-docs":
    '<h2>Two</h2><p>Plain, <strong>bold</strong><em> and slanted</em><s>not this</s>.</p><p>See <a href="https://example.org/sea" target="_blank" rel="noopener noreferrer">the sea</a></p>',
  "google-list": "<ul><li><p>Rope</p><ul><li><p>thirty metres</p></li></ul></li><li><p>A lamp</p></li></ul>",
  "google-table": "<p><strong>Who</strong> | <strong>Where</strong></p><p>Mei | Osaka</p>",
  "layout-table": "<h1>News</h1><p>The boat is in.</p><p>It is late.</p>",
  libreoffice:
    '<p><strong>The Harbour</strong></p><p><em>by</em> <u>Mei</u></p><ol start="2"><li><p>Two</p></li><li><p>Three</p></li></ol>',
  mail: "<p>Dear all,</p><p>here is the <strong>second</strong> verse:</p><blockquote><p>One of us sleeping</p></blockquote><p>M.</p>",
  "web-page":
    '<h3>On harbours</h3><p>First line<br>second line</p><p>Another block</p><p>A boat</p><p>Read <a href="https://example.org/more?utm_source=x" target="_blank" rel="noopener noreferrer">more</a>.</p>',
  "word-changes": "<p>The sea kept time.</p>",
  "word-list":
    '<ul><li><p>Rope</p><ul><li><p>thirty metres</p></li></ul></li><li><p>A lamp</p></li></ul><p>Then:</p><ol start="3"><li><p>Row out</p></li><li><p>Wait</p></li></ol>',
  "word-online": "<p><strong>Act one</strong></p><ul><li><p>Rain</p></li></ul>",
  "word-prose":
    "<h1>The Harbour</h1><p>She waited for the <strong>last</strong> boat, and for <em>him</em>.</p><p>It came at four.</p>",
};

function pasted(name: string): string {
  const one = side();
  one.editor.view.pasteHTML(readFileSync(`${import.meta.dirname}/pasted/${name}.html`, "utf8"));
  return one.editor.getHTML();
}

test.each(Object.entries(CLEAN))("%s", (name, html) => {
  expect(pasted(name)).toBe(html);
});
