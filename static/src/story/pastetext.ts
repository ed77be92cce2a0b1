/**
 * Text without looks that has structure of its own: a script, a song or Markdown becomes what it says. Pasted with Shift it stays as
 * it is. An address pasted over words makes them a link.
 */

import { Extension, type JSONContent } from "@tiptap/core";
import { Fragment, type Mark, type Schema, Slice } from "@tiptap/pm/model";
import { Plugin } from "@tiptap/pm/state";
import { fountainFrom, looksLikeFountain } from "../script/fountain";
import { looksLikeSong, songFrom } from "../song/text";
import { safeHref } from "./href";

export const PasteText = Extension.create({
  name: "pasteText",
  priority: 110,
  addProseMirrorPlugins() {
    const { editor } = this;
    let asItIs = false;
    return [
      new Plugin({
        props: {
          clipboardTextParser: (pasted, context, plain) => {
            asItIs = plain;
            const text = pasted.replace(/\r\n?/g, "\n");
            if (plain) return linesOf(text, editor.schema, context.marks());
            const blocks = blocksIn(text);
            // Null, so that ProseMirror reads it: its types don't say that it may be.
            if (blocks === null) return null as unknown as Slice;
            return new Slice(Fragment.from(blocks.map((block) => editor.schema.nodeFromJSON(block))), 0, 0);
          },
          handlePaste: (view, event, slice) => {
            if (asItIs) {
              asItIs = false;
              // Not as what Tiptap takes for pasted: its rules would read signs in it.
              view.dispatch(view.state.tr.replaceSelection(slice).scrollIntoView());
              return true;
            }
            const data = event.clipboardData;
            const text = data?.getData("text/plain").trim() ?? "";
            const { from, to, empty, $from } = view.state.selection;
            const link = editor.schema.marks.link;
            if (
              !empty &&
              link !== undefined &&
              /^https?:\/\/\S+$/.test(text) &&
              $from.parent.type.allowsMarkType(link)
            ) {
              const href = safeHref(text);
              if (href === null) return false;
              view.dispatch(view.state.tr.addMark(from, to, link.create({ href })));
              return true;
            }
            if (data?.getData("text/html") || $from.parent.type.spec.code || !looksLikeMarkdown(text)) return false;
            if (blocksIn(text) !== null) return false;
            void import("marked").then(
              ({ marked }) => view.pasteHTML(marked.parse(text, { async: false })),
              () => view.pasteText(text),
            );
            return true;
          },
        },
      }),
    ];
  },
});

/** A paragraph a line, and an empty one for each that is empty: ProseMirror would drop them. */
function linesOf(text: string, schema: Schema, marks: readonly Mark[]): Slice {
  const lines = text.replace(/\n$/, "").split("\n");
  const paragraphs = lines.map((line) => schema.node("paragraph", null, line === "" ? [] : schema.text(line, marks)));
  return new Slice(Fragment.from(paragraphs), 1, 1);
}

function blocksIn(text: string): JSONContent[] | null {
  if (!text.includes("\n") && !text.startsWith("{")) return null;
  if (looksLikeFountain(text)) return fountainFrom(text);
  return looksLikeSong(text) ? songFrom(text) : null;
}

/** Whether it has signs of Markdown that hardly come about otherwise. */
export function looksLikeMarkdown(text: string): boolean {
  const items = text.match(/^\s*(?:[-*+]|\d+[.)])\s+\S/gm)?.length ?? 0;
  return (
    items >= 2 ||
    /^#{1,6}\s+\S|^```|^>\s\S|\[[^\]\n]+\]\(https?:[^)\s]+\)|(?:^|\s)\*\*[^\s*][^\n]*?\*\*(?:\W|$)/m.test(text)
  );
}
