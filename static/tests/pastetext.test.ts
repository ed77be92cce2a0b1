// @vitest-environment happy-dom

/** Text with structure of its own, pasted. */

import { expect, test, vi } from "vitest";
import { looksLikeFountain } from "../src/script/fountain";
import { looksLikeMarkdown } from "../src/story/pastetext";
import { side, textOf } from "./two";

const SCRIPT = `Title: The Harbour
Author: Mei

# Act one

INT. KITCHEN - NIGHT #1#

Rain on the window.
A kettle.

MEI (V.O.)
(low)
It **never** stops, [[check]] does it?

@McCloud ^
No.

> THE END <

CUT TO:

.FLASHBACK

!BANG
===
= They meet.`;

function pasteText(text: string) {
  const one = side();
  paste(one, text);
  return one;
}

test("a script by Fountain's rules", () => {
  const { editor } = pasteText(SCRIPT);
  expect(editor.getJSON().content?.map(({ type, attrs }) => [type, attrs].flat())).toMatchObject([
    ["titleLine", { key: "Title" }],
    ["titleLine", { key: "Author" }],
    ["heading", { level: 1 }],
    ["sceneHeading", { number: "1" }],
    ["action", {}],
    ["character", { dual: false }],
    ["parenthetical", undefined],
    ["dialogue", undefined],
    ["character", { dual: true }],
    ["dialogue", undefined],
    ["action", { centered: true }],
    ["transition", undefined],
    ["sceneHeading", { number: null }],
    ["action", { centered: false }],
    ["pageBreak", undefined],
    ["synopsis", undefined],
  ]);
  expect(editor.getHTML()).toContain('It <strong>never</strong> stops, <span data-mark="note">check</span> does it?');
  expect(editor.getHTML()).toContain("Rain on the window.<br>A kettle.");
});

test("prose isn't a script", () => {
  expect(looksLikeFountain("He went in.\n\nInt. by name, EXT by nature.")).toBe(false);
});

test("a song with chords above the words", () => {
  const one = pasteText("[Verse 1]\nAm     F\nOne of us");
  expect(one.editor.getHTML()).toMatch(
    /data-node="section"[^>]*>Verse 1<.*data-name="Am".*One of .*data-name="F".*us/s,
  );
});

test("plain text stays plain", () => {
  expect(textOf(pasteText("One.\nTwo * three."))).toBe("One.\nTwo * three.");
});

test.each(["# One\n\ntext", "- one\n- two", "see [the sea](https://example.org)", "so **bold** it is", "> said"])(
  "%s is Markdown",
  (text) => {
    expect(looksLikeMarkdown(text)).toBe(true);
  },
);

test.each(["2 * 3 ** 4", "- said he", "a_b_c __init__", "#hashtag"])("%s is none", (text) => {
  expect(looksLikeMarkdown(text)).toBe(false);
});

test.each(["", "\r"])("pasted with Shift it stays as it is, with its empty lines", (before) => {
  const one = side();
  one.editor.commands.setContent("<p>so</p>");
  one.editor.commands.setTextSelection(3);
  const { dom } = one.editor.view;
  dom.dispatchEvent(new KeyboardEvent("keydown", { key: "V", keyCode: 86, ctrlKey: true, shiftKey: true }));
  paste(one, ["# One", "", "", " INT. KITCHEN - NIGHT", "- **two**", ""].join(`${before}\n`));
  const kept = one.editor.state.doc.children.map(({ type, textContent }) => [type.name, textContent]);
  expect(kept).toEqual(["so# One", "", "", " INT. KITCHEN - NIGHT", "- **two**"].map((line) => ["paragraph", line]));
});

function paste(one: ReturnType<typeof side>, text: string) {
  const clipboardData = {
    getData: (type: string) => (type === "text/plain" ? text : ""),
    files: [],
    items: [],
    types: ["text/plain"],
  };
  const event = Object.assign(new Event("paste", { cancelable: true }), { clipboardData });
  one.editor.view.dom.dispatchEvent(event);
}

test("Markdown becomes what it says", async () => {
  const one = side();
  paste(one, "# Two\n\nSome **bold** <script>x</script>\n\n1. one\n2. [sea](javascript:x)");
  await vi.waitFor(() =>
    expect(one.editor.getHTML()).toBe(
      "<h1>Two</h1><p>Some <strong>bold</strong></p><ol><li><p>one</p></li><li><p>sea</p></li></ol>",
    ),
  );
});

test("an address over words makes them a link", () => {
  const one = side();
  one.editor.commands.setContent("<p>the sea</p>");
  one.editor.commands.setTextSelection({ from: 5, to: 8 });
  paste(one, "https://example.org/sea");
  expect(one.editor.getHTML()).toMatch(/^<p>the <a href="https:\/\/example.org\/sea"[^>]*>sea<\/a><\/p>$/);
});
