/**
 * Where threads are anchored in a text, and what lies at a place: read from the marks themselves, which go wherever their words go.
 * Pure.
 */

import type { Node } from "@tiptap/pm/model";

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The ranges of each thread's words, in the order of the text; and the threads in the order of their first word. */
export type Places = ReadonlyMap<string, readonly Range[]>;

/** What is in a block, relative to it. Blocks stay the same objects as long as nothing in them changes. */
const known = new WeakMap<Node, readonly (Range & { readonly id: string })[]>();

export function placesOf(doc: Node): Places {
  const places = new Map<string, Range[]>();
  doc.forEach((block, offset) => {
    for (const { id, from, to } of marksIn(block)) {
      const ranges = places.get(id) ?? [];
      if (ranges.length === 0) places.set(id, ranges);
      const last = ranges.at(-1);
      if (last?.to === offset + from) ranges[ranges.length - 1] = { from: last.from, to: offset + to };
      else ranges.push({ from: offset + from, to: offset + to });
    }
  });
  return places;
}

function marksIn(block: Node) {
  let found = known.get(block);
  if (found === undefined) {
    const marks: (Range & { id: string })[] = [];
    block.descendants((node, pos) => {
      for (const { type, attrs } of node.marks) {
        if (type.name === "comment" && typeof attrs.id === "string")
          marks.push({ id: attrs.id, from: pos + 1, to: pos + 1 + node.nodeSize });
      }
    });
    known.set(block, marks);
    found = marks;
  }
  return found;
}

/** The thread at a place whose words are the fewest, of those that count: what lies inside another is what is meant. */
export function threadAt(places: Places, pos: number, counts: (id: string) => boolean): string | null {
  let best: { readonly id: string; readonly length: number } | null = null;
  for (const [id, ranges] of places) {
    if (!counts(id) || !ranges.some(({ from, to }) => from <= pos && pos <= to)) continue;
    const length = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
    if (best === null || length < best.length) best = { id, length };
  }
  return best?.id ?? null;
}

/** The words of a range, as a thread keeps them. */
export function wordsOf(doc: Node, { from, to }: Range): string {
  return doc.textBetween(from, to, " ", (leaf) => (leaf.type.name === "hardBreak" ? " " : "")).trim();
}
