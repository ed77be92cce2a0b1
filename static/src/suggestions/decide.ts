/**
 * Accepting and rejecting. What is accepted loses its mark and keeps its author; what is rejected is really deleted, and nobody
 * else's words with it. Pure.
 */

import type { Node } from "@tiptap/pm/model";
import { Transform } from "@tiptap/pm/transform";
import { type Piece, piecesOf } from "./pieces";

/** Puts the steps on `transform` that decide about the pieces of its document that `concerns`. */
export function decide(transform: Transform, accept: boolean, concerns: (piece: Piece) => boolean): void {
  const goes: { from: number; to: number }[] = [];
  for (const piece of piecesOf(transform.doc)) {
    if (!concerns(piece)) continue;
    if ((piece.kind === "deletion") === accept) goes.push(piece);
    else transform.removeMark(piece.from, piece.to, piece.mark);
  }
  // From the end, so that what comes before stays where it is. Two people may have struck out the same words.
  let before = Number.POSITIVE_INFINITY;
  for (const { from, to } of goes.sort((a, b) => b.to - a.to || b.from - a.from)) {
    const end = Math.min(to, before);
    if (from < end) remove(transform, from, end);
    before = Math.min(before, from);
  }
}

/** The text as it is without any suggestion. */
export function withoutSuggestions(doc: Node): Node {
  const transform = new Transform(doc);
  decide(transform, false, () => true);
  return transform.doc;
}

/** Deletes words, and blocks of which nothing is left. Blocks of which something is left are joined. */
function remove(transform: Transform, from: number, to: number): void {
  const [$from, $to] = [transform.doc.resolve(from), transform.doc.resolve(to)];
  const [first, last] = [from === $from.start(), to === $to.end()];
  const depth = $from.sharedDepth(to) + 1;
  if ($from.sameParent($to)) {
    if (!(first && last && removeBlocks(transform, from, to))) transform.delete(from, to);
  } else if ($from.depth !== depth || $to.depth !== depth) {
    transform.delete(from, to);
  } else if (first && last) {
    if (!removeBlocks(transform, from, to)) transform.delete(from, to);
  } else if (first) {
    transform.delete($to.start(), to);
    transform.delete($from.before(depth), $to.before(depth));
  } else if (last) {
    transform.delete($from.after(depth), $to.after(depth));
    transform.delete(from, $from.end());
  } else {
    transform.delete(from, to);
  }
}

/** Deletes whole blocks, and what would be empty around them; false where something has to stay. */
function removeBlocks(transform: Transform, from: number, to: number): boolean {
  const [$from, $to] = [transform.doc.resolve(from), transform.doc.resolve(to)];
  let depth = $from.sameParent($to) ? $from.depth : $from.sharedDepth(to) + 1;
  const isAll = () => $from.index(depth - 1) === 0 && $to.indexAfter(depth - 1) === $from.node(depth - 1).childCount;
  while (depth > 1 && isAll()) depth -= 1;
  if (!$from.node(depth - 1).canReplace($from.index(depth - 1), $to.indexAfter(depth - 1))) return false;
  transform.delete($from.before(depth), $to.after(depth));
  return true;
}
