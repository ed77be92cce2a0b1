/**
 * Room for chords: lines that have some stand further apart, and a chord that is longer than the words under it pushes the next one
 * away. Looked at line by line, and only where a line has changed.
 */

import { Extension } from "@tiptap/core";
import type { Node } from "@tiptap/pm/model";
import { Plugin, type Transaction } from "@tiptap/pm/state";
import { Decoration, DecorationSet } from "@tiptap/pm/view";
import { Reach } from "./chords";

export const ChordRoom = Extension.create({
  name: "chordRoom",
  addProseMirrorPlugins: () => [
    new Plugin<DecorationSet>({
      state: {
        init: (_config, { doc }) => DecorationSet.create(doc, inLines(doc, 0, doc.content.size)),
        apply: (tr, room) => (tr.docChanged ? afterwards(tr, room) : room),
      },
      props: {
        decorations(state) {
          return this.getState(state);
        },
      },
    }),
  ],
});

function afterwards(tr: Transaction, room: DecorationSet): DecorationSet {
  const { doc } = tr;
  const begin = tr.before.content.findDiffStart(doc.content);
  const end = tr.before.content.findDiffEnd(doc.content)?.b;
  if (begin === null || end === undefined) return room.map(tr.mapping, doc);
  const from = doc.resolve(Math.min(begin, end)).start();
  const to = doc.resolve(Math.min(Math.max(begin, end), doc.content.size)).end();
  const mapped = room.map(tr.mapping, doc);
  return mapped.remove(mapped.find(Math.max(0, from - 1), to + 1)).add(doc, inLines(doc, from, to));
}

function inLines(doc: Node, from: number, to: number): Decoration[] {
  const found: Decoration[] = [];
  doc.nodesBetween(from, to, (node, at) => {
    if (!node.isTextblock) return true;
    const chords = gaps(node);
    if (chords.length > 0) found.push(Decoration.node(at, at + node.nodeSize, { class: "chorded" }));
    for (const { offset, gap } of chords) {
      const begin = at + 1 + offset;
      if (gap > 0) found.push(Decoration.node(begin, begin + 1, { "data-gap": String(gap) }));
    }
    return false;
  });
  return found;
}

/** Each chord of a line, and by how many characters the one before it is longer than what stands between them. */
export function gaps(line: Node): { readonly offset: number; readonly gap: number }[] {
  const chords: { offset: number; gap: number }[] = [];
  const reach = new Reach();
  line.forEach((node, offset) => {
    if (node.type.name === "chord") chords.push({ offset, gap: reach.chord(String(node.attrs.name)) });
    else reach.words(node.text ?? "");
  });
  return chords;
}
