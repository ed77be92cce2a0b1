/** Tiptap with nothing of ours but the style sheet: what the benchmark of typing holds the page against. */

import { Editor } from "@tiptap/core";
import { Bold } from "@tiptap/extension-bold";
import { Document } from "@tiptap/extension-document";
import { Heading } from "@tiptap/extension-heading";
import { Italic } from "@tiptap/extension-italic";
import { Paragraph } from "@tiptap/extension-paragraph";
import { Text } from "@tiptap/extension-text";
import { UndoRedo } from "@tiptap/extensions";
import "../../src/design/tokens.css";
import "../../src/design/base.css";
import "../../src/design/fonts.css";
import "../../src/story/page.css";

/** Called by the benchmark. */
function begin(paragraphs: readonly string[]): void {
  new Editor({
    element: document.querySelector(".sheet"),
    extensions: [Document, Paragraph, Heading, Text, Bold, Italic, UndoRedo],
    editorProps: { attributes: { class: "page" } },
    content: {
      type: "doc",
      content: paragraphs.map((text) => ({ type: "paragraph", content: [{ type: "text", text }] })),
    },
  });
}

Object.assign(globalThis, { begin });
