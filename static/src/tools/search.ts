/**
 * Finding words in a document: plain functions over ProseMirror's nodes. What stands between letters without being one (a chord)
 * doesn't part a word. What a block holds is looked at once and remembered by the block, which never changes: so a change
 * costs what changed, however long the document is.
 */

import type { Node } from "@tiptap/pm/model";
import type { Transaction } from "@tiptap/pm/state";

export interface Query {
  readonly text: string;
  readonly matchCase: boolean;
  readonly wholeWords: boolean;
}

/** A place in the document, as ProseMirror counts. */
export interface Match {
  readonly from: number;
  readonly to: number;
}

const WORD = "[\\p{L}\\p{M}\\p{N}_]";

/** What the query means; null where nothing is asked for. */
export function pattern({ text, matchCase, wholeWords }: Query): RegExp | null {
  if (text === "" || !text.isWellFormed()) return null;
  // A straight apostrophe finds the curly one, and the reverse: who looks for a word doesn't think of its typography.
  const literal = text
    .replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
    .replace(/['’]/g, "['’]")
    .replace(/["“”]/g, '["“”]');
  return new RegExp(wholeWords ? `(?<!${WORD})${literal}(?!${WORD})` : literal, matchCase ? "gu" : "giu");
}

export class Search {
  readonly #pattern: RegExp;
  /** The matches in a block, counted from the beginning of its content. */
  readonly #known = new WeakMap<Node, readonly Match[]>();

  constructor(pattern: RegExp) {
    this.#pattern = pattern;
  }

  matches(doc: Node): readonly Match[] {
    const found: Match[] = [];
    doc.descendants((node, at) => {
      if (!node.isTextblock) return true;
      for (const { from, to } of this.#inBlock(node)) found.push({ from: at + 1 + from, to: at + 1 + to });
      return false;
    });
    return found;
  }

  /** The matches of each block that holds text, in the order of the document, each counted from the beginning of its content. */
  blocks(doc: Node): readonly (readonly Match[])[] {
    const found: (readonly Match[])[] = [];
    doc.descendants((node) => {
      if (node.isTextblock) found.push(this.#inBlock(node));
      return !node.isTextblock;
    });
    return found;
  }

  #inBlock(block: Node): readonly Match[] {
    const known = this.#known.get(block);
    if (known !== undefined) return known;
    const { text, places } = letters(block);
    const found = [...text.matchAll(this.#pattern)].map(({ index, 0: { length } }) => ({
      from: places[index] ?? 0,
      to: (places[index + length - 1] ?? 0) + 1,
    }));
    this.#known.set(block, found);
    return found;
  }
}

/** The text of a block, and where each of its units is. A line break parts words; what is proposed to go is gone already. */
function letters(block: Node): { readonly text: string; readonly places: readonly number[] } {
  let text = "";
  const places: number[] = [];
  block.forEach((node, offset) => {
    const isGone = node.marks.some(({ type }) => type.name === "deletion");
    const said = isGone ? "" : node.isText ? (node.text ?? "") : node.type.name === "hardBreak" ? "\n" : "";
    for (let at = 0; at < said.length; at++) places.push(offset + at);
    text += said;
  });
  return { text, places };
}

/** The match to go to from a place: the first that doesn't end before it, else the first of all. -1 where there is none. */
export function firstFrom(matches: readonly Match[], place: number): number {
  const at = matches.findIndex(({ from }) => from >= place);
  return at === -1 && matches.length > 0 ? 0 : at;
}

/** Puts a text in the place of a match, with the marks that its first letters have. What stood between its letters stays. */
export function replaceMatch(tr: Transaction, { from, to }: Match, text: string): void {
  const parts: { from: number; to: number; node: Node }[] = [];
  tr.doc.nodesBetween(from, to, (node, at) => {
    if (node.isText) parts.push({ from: Math.max(at, from), to: Math.min(at + node.nodeSize, to), node });
  });
  for (const [index, part] of [...parts.entries()].reverse()) {
    if (index > 0 || text === "") tr.delete(part.from, part.to);
    else tr.replaceWith(part.from, part.to, tr.doc.type.schema.text(text, part.node.marks));
  }
}
