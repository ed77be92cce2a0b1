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

test("scripts, songs, notes and pictures are what they are", () => {
  const chord = '<span data-node="chord"><span class="chord-name">';
  expect(
    shown(
      '<p data-node="sceneHeading" data-number="3">INT. SEA</p><p data-node="character" data-dual="true">MEI</p>' +
        '<p data-node="lyric" onclick="x()" data-more="y"><span data-node="chord" data-name="Fmaj7">Fmaj7</span>We ' +
        '<span data-node="chord" data-name="<i>">&lt;i&gt;</span>row</p>',
    ),
  ).toBe(
    '<p data-node="sceneHeading" data-number="3" role="heading" aria-level="2">INT. SEA</p>' +
      '<p data-node="character" data-dual="true">MEI</p>' +
      `<p data-node="lyric" class="chorded">${chord}Fmaj7</span></span>We ` +
      `${chord.replace(">", ' data-gap="3">')}&lt;i&gt;</span></span>row</p>`,
  );
  expect(shown('<p>so <span data-mark="note" class="x">or <em>not</em></span></p><hr data-node="pageBreak">')).toBe(
    '<p>so <span data-mark="note">or <em>not</em></span></p><hr data-node="pageBreak">',
  );
  expect(shown('<img data-image="i1" alt="The sea" src="https://example.org/i"><img data-image="" alt="">')).toBe(
    '<p class="small">Picture: The sea</p><p class="small">A picture</p>',
  );
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
