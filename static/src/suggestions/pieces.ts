/**
 * The suggestions in a text, read from its marks. A piece is a stretch of words that one suggestion inserts or deletes with nobody
 * else's words between; what lies between two of its words (the end of a paragraph, a line break) belongs to it. Pure.
 */

import type { Mark, Node } from "@tiptap/pm/model";

export type Kind = "insertion" | "deletion";

export interface Piece {
  readonly kind: Kind;
  readonly id: string;
  /** Who suggests it. */
  readonly member: string;
  readonly mark: Mark;
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** All pieces of one suggestion, in the order of the text: what is typed over something deleted is one with it. */
export interface Suggestion {
  readonly id: string;
  readonly member: string;
  readonly pieces: readonly Piece[];
}

interface Words {
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly marks: readonly Mark[];
}

/** What is in a block, relative to it. Blocks stay the same objects as long as nothing in them changes. */
const known = new WeakMap<Node, readonly Words[]>();

export const isSuggestion = ({ type: { name } }: Mark): boolean => name === "insertion" || name === "deletion";

/** In the order in which they begin. */
export function piecesOf(doc: Node): readonly Piece[] {
  const pieces: Piece[] = [];
  let open = new Map<Mark, number>();
  doc.forEach((block, offset) => {
    for (const { from, to, text, marks } of wordsIn(block)) {
      const still = new Map<Mark, number>();
      for (const mark of marks) {
        const before = [...open].find(([other]) => other.eq(mark))?.[1];
        const piece = before === undefined ? undefined : pieces[before];
        if (before !== undefined && piece !== undefined) {
          pieces[before] = { ...piece, to: offset + to, text: piece.text + text };
          still.set(mark, before);
        } else {
          still.set(mark, pieces.length);
          pieces.push({
            kind: mark.type.name as Kind,
            id: String(mark.attrs.id),
            member: String(mark.attrs.member),
            mark,
            from: offset + from,
            to: offset + to,
            text,
          });
        }
      }
      open = still;
    }
  });
  return pieces;
}

export function suggestionsOf(doc: Node): readonly Suggestion[] {
  const found = new Map<string, Piece[]>();
  for (const piece of piecesOf(doc)) {
    // Two people's ids never meet, unless somebody makes them: then they are two suggestions all the same.
    const key = `${piece.member} ${piece.id}`;
    const pieces = found.get(key);
    if (pieces === undefined) found.set(key, [piece]);
    else pieces.push(piece);
  }
  return [...found.values()].flatMap((pieces) => {
    const [first] = pieces;
    return first === undefined ? [] : [{ id: first.id, member: first.member, pieces }];
  });
}

function wordsIn(block: Node): readonly Words[] {
  let words = known.get(block);
  if (words === undefined) {
    const found: Words[] = [];
    block.descendants((node, pos) => {
      if (node.isText)
        found.push({
          from: pos + 1,
          to: pos + 1 + node.nodeSize,
          text: node.text ?? "",
          marks: node.marks.filter(isSuggestion),
        });
    });
    known.set(block, found);
    words = found;
  }
  return words;
}

/** The suggestion at a place; of several the one that begins last. */
export function suggestionAt(suggestions: readonly Suggestion[], pos: number): Suggestion | null {
  return (
    suggestions.findLast(({ pieces }) => pieces.some(({ from, to }) => from < pos && pos < to)) ??
    suggestions.findLast(({ pieces }) => pieces.some(({ from, to }) => from <= pos && pos <= to)) ??
    null
  );
}
