/**
 * How much is written: words as `Intl.Segmenter` finds them in whatever script, and the pages of a screenplay. A block is counted
 * once and remembered by the block, which never changes; a long document is counted in slices, so that nobody waits for it.
 */

import type { Node } from "@tiptap/pm/model";

export interface Count {
  readonly words: number;
  /** Lines of a printed screenplay. */
  readonly lines: number;
}

const LINES_PER_PAGE = 55;
const SLICE_MS = 8;

/** How many characters a line of each holds, in twelve-point Courier on a page of the trade, and the lines left free above it. */
const SCRIPT: Readonly<Record<string, readonly [width: number, above: number]>> = {
  sceneHeading: [60, 2],
  action: [60, 1],
  character: [38, 1],
  parenthetical: [25, 0],
  dialogue: [35, 0],
  transition: [60, 1],
  lyric: [35, 0],
};
const OTHERWISE: readonly [number, number] = [60, 1];

const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });

export class Counter {
  readonly #known = new WeakMap<Node, Count>();

  /** Counts the document. Null where `signal` ended it meanwhile. */
  async count(doc: Node, signal: AbortSignal): Promise<Count | null> {
    const blocks: Node[] = [];
    doc.descendants((node) => {
      if (node.isTextblock) blocks.push(node);
      return !node.isTextblock;
    });
    let words = 0;
    let lines = 0;
    let since = performance.now();
    for (const block of blocks) {
      const count = this.#block(block);
      words += count.words;
      lines += count.lines;
      if (performance.now() - since < SLICE_MS) continue;
      await new Promise((resolve) => setTimeout(resolve));
      if (signal.aborted) return null;
      since = performance.now();
    }
    return { words, lines };
  }

  #block(block: Node): Count {
    const known = this.#known.get(block);
    if (known !== undefined) return known;
    const text = written(block);
    const count = { words: wordsOf(text), lines: linesOf(block.type.name, text) };
    this.#known.set(block, count);
    return count;
  }
}

export function wordsOf(text: string): number {
  let words = 0;
  for (const { isWordLike } of segmenter.segment(text)) if (isWordLike) words += 1;
  return words;
}

function linesOf(name: string, text: string): number {
  const [width, above] = SCRIPT[name] ?? OTHERWISE;
  if (name === "synopsis" || name === "titleLine") return 0; // not on the pages
  const lines = text.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / width)), 0);
  return lines + above;
}

export const pagesOf = (lines: number): number => Math.max(1, Math.ceil(lines / LINES_PER_PAGE));

/** The text of a block, without what somebody suggests to delete. */
function written(block: Node): string {
  let text = "";
  block.forEach((node) => {
    if (node.type.name === "hardBreak") text += "\n";
    else if (node.isText && !node.marks.some(({ type }) => type.name === "deletion")) text += node.text ?? "";
  });
  return text;
}
