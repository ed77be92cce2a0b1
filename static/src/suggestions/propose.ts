/**
 * Makes a proposal of what somebody does: words that would be inserted are inserted with a mark, words that would be deleted stay and
 * are marked. One's own proposals are edited as any text is. What has no words (a paragraph's end, a picture, a heading's size) is
 * changed at once. Pure.
 *
 * The text that comes of it is the text that was asked for, with pieces kept in it; so every place in the one has a place in the
 * other, which `Kept` knows.
 */

import type { Node, Slice } from "@tiptap/pm/model";
import { type EditorState, TextSelection, type Transaction } from "@tiptap/pm/state";
import { ReplaceStep, StepMap } from "@tiptap/pm/transform";

/** Where pieces are kept that were to go, in positions of the text without them. */
class Kept {
  #pieces: readonly { readonly at: number; readonly size: number }[] = [];

  get map(): StepMap {
    const sizes = new Map<number, number>();
    for (const { at, size } of this.#pieces) sizes.set(at, (sizes.get(at) ?? 0) + size);
    return new StepMap([...sizes].sort(([a], [b]) => a - b).flatMap(([at, size]) => [at, 0, size]));
  }

  /** What was between `from` and `to` is now `inserted` long, and `kept` of it stays before that. */
  replaced(from: number, to: number, inserted: number, kept: number): void {
    const moved = this.#pieces.flatMap(({ at, size }) => {
      if (at <= from) return [{ at, size }];
      return at < to ? [] : [{ at: at - (to - from) + inserted, size }];
    });
    this.#pieces = kept > 0 ? [...moved, { at: from, size: kept }] : moved;
  }

  follow(map: StepMap): void {
    this.#pieces = this.#pieces.map(({ at, size }) => ({ at: map.map(at), size }));
  }
}

/** The transaction to dispatch instead of one that changes the text; null where that can't be proposed. */
export function propose(
  wanted: Transaction,
  state: EditorState,
  member: string,
  draw: () => string,
): Transaction | null {
  const tr = state.tr;
  const kept = new Kept();
  const id = sameAs(wanted, state, member) ?? draw();
  for (const step of wanted.steps) {
    const { map } = kept;
    if (!(step instanceof ReplaceStep)) {
      const there = step.map(map);
      if (there === null || tr.maybeStep(there).failed !== null) return null;
      kept.follow(step.getMap());
      continue;
    }
    // Typed over something, words stand behind what they stand for.
    const from = map.map(step.from, 1);
    const to = Math.max(from, map.map(step.to, -1));
    const stays = from < to ? strike(tr, from, to, member, id) : null;
    const at = stays === null ? from : from + stays;
    const before = tr.doc.content.size;
    if (stays === null && tr.maybeStep(new ReplaceStep(from, to, step.slice)).failed !== null) return null;
    if (stays !== null && step.slice.size > 0) tr.replace(at, at, step.slice);
    const inserted = tr.doc.content.size - before + (stays === null ? to - from : 0);
    if (inserted !== step.slice.size) return null;
    markInserted(tr, at, at + inserted, step.slice, member, id);
    kept.replaced(step.from, step.to, inserted, stays ?? 0);
  }
  select(wanted, state, tr, kept.map);
  for (const [name, value] of Object.entries((wanted as unknown as { meta: Record<string, unknown> }).meta)) {
    tr.setMeta(name, value);
  }
  if (wanted.storedMarksSet) tr.setStoredMarks(wanted.storedMarks);
  if (wanted.scrolledIntoView) tr.scrollIntoView();
  return tr;
}

/**
 * Strikes out the words in a range, but for those that this member proposed: they go. Returns how much of it stays; null where there
 * are only one's own words, or none: then nothing was done.
 */
function strike(tr: Transaction, from: number, to: number, member: string, id: string): number | null {
  const own: { readonly from: number; readonly to: number }[] = [];
  const others: { readonly from: number; readonly to: number; readonly struck: boolean }[] = [];
  tr.doc.nodesBetween(from, to, (node, pos) => {
    if (!node.isText) return;
    const range = { from: Math.max(from, pos), to: Math.min(to, pos + node.nodeSize) };
    if (hasOwn(node, "insertion", member)) own.push(range);
    else others.push({ ...range, struck: node.marks.some(({ type }) => type.name === "deletion") });
  });
  if (others.length === 0) return null;
  const mark = tr.doc.type.schema.mark("deletion", { id, member });
  for (const range of others) if (!range.struck) tr.addMark(range.from, range.to, mark);
  let size = to - from;
  for (const range of own.reverse()) {
    tr.delete(range.from, range.to);
    size -= range.to - range.from;
  }
  return size;
}

function markInserted(tr: Transaction, from: number, to: number, slice: Slice, member: string, id: string): void {
  if (slice.content.textBetween(0, slice.content.size, "", "").length === 0) return;
  const { insertion, deletion } = tr.doc.type.schema.marks;
  if (insertion === undefined || deletion === undefined) return;
  tr.removeMark(from, to, deletion).removeMark(from, to, insertion).addMark(from, to, insertion.create({ id, member }));
}

/** The same place, or past what was struck out: to its left for who went backwards, to its right for who went forwards. */
function select(wanted: Transaction, { selection }: EditorState, tr: Transaction, map: StepMap): void {
  const [step] = wanted.steps;
  const forward =
    step instanceof ReplaceStep && selection.empty && step.from === selection.from && step.to > selection.from;
  const { anchor, head } = wanted.selection;
  const side = forward ? 1 : -1;
  let to = map.map(head, side);
  // Going over words that are struck out already, in one step: nothing else would seem to happen.
  if (tr.steps.length === 0) to = edge(tr.doc, to, side);
  const $head = tr.doc.resolve(Math.min(to, tr.doc.content.size));
  const $anchor = anchor === head ? $head : tr.doc.resolve(Math.min(map.map(anchor, side), tr.doc.content.size));
  tr.setSelection(TextSelection.between($anchor, $head, side));
}

/** The end, in a direction, of the words that are struck out at a place. */
function edge(doc: Node, from: number, side: -1 | 1): number {
  let pos = from;
  for (;;) {
    const $pos = doc.resolve(pos);
    const node = side < 0 ? $pos.nodeBefore : $pos.nodeAfter;
    if (node?.marks.some(({ type }) => type.name === "deletion") !== true) return pos;
    pos += side * node.nodeSize;
  }
}

/** The id of one's own proposal that this goes on with: the one beside it, also in the paragraph before or after. */
function sameAs(wanted: Transaction, state: EditorState, member: string): string | null {
  const stored = state.storedMarks?.find(({ type, attrs }) => type.name === "insertion" && attrs.member === member);
  if (stored !== undefined) return String(stored.attrs.id);
  const [step] = wanted.steps;
  if (!(step instanceof ReplaceStep)) return null;
  for (const node of [beside(state.doc, step.from, -1), beside(state.doc, step.to, 1)]) {
    const mark = node?.marks.find(
      ({ type, attrs }) => (type.name === "insertion" || type.name === "deletion") && attrs.member === member,
    );
    if (mark !== undefined) return String(mark.attrs.id);
  }
  return null;
}

/** The text right before or after a place, with nothing but the ends of blocks between. */
function beside(doc: Node, from: number, side: -1 | 1): Node | null {
  let pos = from;
  for (;;) {
    const $pos = doc.resolve(pos);
    const node = side < 0 ? $pos.nodeBefore : $pos.nodeAfter;
    if (node?.isText === true) return node;
    if (node?.isLeaf === true || (node === null && $pos.depth === 0)) return null;
    pos += side;
  }
}

function hasOwn(node: Node, kind: string, member: string): boolean {
  return node.marks.some(({ type, attrs }) => type.name === kind && attrs.member === member);
}

/** Words that are written plainly are plain, also in the middle of what somebody proposes; null where they are anyway. */
export function plainly(wanted: Transaction): Transaction | null {
  const { insertion, deletion } = wanted.doc.type.schema.marks;
  if (insertion === undefined || deletion === undefined || wanted.steps.length !== 1) return null;
  const [step] = wanted.steps;
  if (!(step instanceof ReplaceStep)) return null;
  const { content } = step.slice;
  const [typed] = content.childCount === 1 ? content.content : [];
  if (typed?.isText !== true || !(insertion.isInSet(typed.marks) || deletion.isInSet(typed.marks))) return null;
  const to = step.from + content.size;
  return wanted.removeMark(step.from, to, insertion).removeMark(step.from, to, deletion);
}
