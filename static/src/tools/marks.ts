/**
 * What the tools mark in the text: found words, and the block that is being written. Part of the editor from the start, for a
 * plugin that comes later makes ProseMirror end and begin all the others, and with them the binding and the undo history.
 */

import { Extension } from "@tiptap/core";
import { Plugin, PluginKey } from "@tiptap/pm/state";
import { Decoration, DecorationSet } from "@tiptap/pm/view";
import type { Tools } from "./tools";

/** A transaction's meta under this key takes the place of the marks. */
export const FOUND = new PluginKey<DecorationSet>("found");

export const toolMarks = (tools: Tools) =>
  Extension.create({
    name: "toolMarks",
    addProseMirrorPlugins: () => [
      new Plugin<DecorationSet>({
        key: FOUND,
        state: {
          init: () => DecorationSet.empty,
          apply: (tr, marks) => tr.getMeta(FOUND) ?? (tr.docChanged ? marks.map(tr.mapping, tr.doc) : marks),
        },
        props: { decorations: (state) => FOUND.getState(state) },
      }),
      new Plugin({
        props: {
          decorations: ({ doc, selection: { $head } }) =>
            tools.focus.peek() && $head.depth > 0
              ? DecorationSet.create(doc, [Decoration.node($head.before(1), $head.after(1), { class: "written-now" })])
              : null,
        },
      }),
    ],
  });
