// @vitest-environment happy-dom

/** The server's HTML to read: an allow-list of elements, text for the rest. */

import { expect, test } from "vitest";
import { readable } from "../src/story/reading";

function shown(html: string): string {
  const element = document.createElement("div");
  element.append(readable(html));
  return element.innerHTML;
}

test("what a page may hold", () => {
  const html =
    "<h1>A</h1><p>b <strong>c</strong> <em>d</em> <s>e</s> <u>f</u> <code>g</code><br></p><blockquote><p>h</p></blockquote>" +
    "<ul><li><p>i</p></li></ul><pre><code>j &lt;k&gt;</code></pre><hr>";
  expect(shown(html)).toBe(html);
  expect(shown('<ol start="4"><li><p>a</p></li></ol>')).toContain('start="4"');
});

test("links are made anew", () => {
  expect(shown('<p><a href="javascript:alert(1)" onclick="x()">a</a></p>')).toBe("<p><a>a</a></p>");
  const link = shown('<p><a href="https://example.org/" class="vh" target="_top">a</a></p>');
  expect(link).toContain('href="https://example.org/"');
  expect(link).toContain('rel="noopener noreferrer"');
  expect(link).not.toMatch(/class|_top/);
});

test("the rest comes out as text, or not at all", () => {
  expect(shown('<section><div class="x" style="color:red" onclick="x()">a <span>b</span></div></section>')).toBe("a b");
  expect(
    shown("<p>a<script>alert(1)</script><style>p{}</style><img onerror=alert(1)><template>hidden</template></p>"),
  ).toBe("<p>a</p>");
  expect(shown("<p>&lt;script&gt;</p>")).toBe("<p>&lt;script&gt;</p>");
});
