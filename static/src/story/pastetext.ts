/**
 * Text without looks that has structure of its own: a script, a song or Markdown becomes what it says. Pasted with Shift it stays as
 * it is. An address pasted over words makes them a link.
 */

import { Extension, type JSONContent } from "@tiptap/core";
import { Fragment, Slice } from "@tiptap/pm/model";
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
          clipboardTextParser: (text, _context, plain) => {
            asItIs = plain;
            const blocks = plain ? null : blocksIn(text.replace(/\r\n?/g, "\n"));
            // Null, so that ProseMirror reads it: its types don't say that it may be.
            if (blocks === null) return null as unknown as Slice;
            return new Slice(Fragment.from(blocks.map((block) => editor.schema.nodeFromJSON(block))), 0, 0);
          },
          handlePaste: (view, event) => {
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
            if (data?.getData("text/html") || asItIs || $from.parent.type.spec.code || !looksLikeMarkdown(text))
              return false;
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
