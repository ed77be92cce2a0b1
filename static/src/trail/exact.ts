/**
 * Writes which letter was typed, where the text alone doesn't say. y-prosemirror compares the old text of a line with the new one, without
 * marks: of two equal letters side by side, the one that was there and the one that was typed before it, it takes the first for the old
 * one. Where a proposal ends before a space and goes on with one, that would be somebody else's space under this proposal, and the new
 * one plain. Here marks are compared first, and what is left in doubt is the same either way.
 */

import type { Node } from "@tiptap/pm/model";
import { simpleDiffString } from "lib0/diff";
import * as Y from "yjs";

/** What is used of y-prosemirror's binding: which nodes its types were when it last looked. */
export interface Drawn {
  readonly type: Y.XmlFragment;
  readonly mapping: ReadonlyMap<unknown, unknown>;
}

/** Writes the letters of the one line that an edit changed; of more than one y-prosemirror finds out for itself. */
export function writeLetters({ type, mapping }: Drawn, page: Node): void {
  let [parent, node] = [type, page];
  for (;;) {
    const children = parent.toArray();
    const [text] = children;
    if (children.length === 1 && text instanceof Y.XmlText) {
      const old = mapping.get(parent) as Node | undefined;
      if (old !== undefined && isWords(old) && isWords(node) && old.content.size === text.length)
        write(text, old, node);
      return;
    }
    if (children.length !== node.childCount) return;
    const { content } = node;
    const isSame = (child: unknown, at: number) => mapping.get(child) === content.child(at);
    const at = children.findIndex((child, index) => !isSame(child, index));
    const child = children[at];
    if (!(child instanceof Y.XmlElement) || at !== children.findLastIndex((each, index) => !isSame(each, index)))
      return;
    [parent, node] = [child, content.child(at)];
    if (child.nodeName !== node.type.name) return;
  }
}

const isWords = ({ content }: Node): boolean => content.content.every(({ isText }) => isText);

function write(text: Y.XmlText, old: Node, node: Node): void {
  const [before, after] = [old.textContent, node.textContent];
  let from = old.content.findDiffStart(node.content);
  const end = old.content.findDiffEnd(node.content);
  if (from === null || end === null) return;
  // A character may be two of JavaScript's.
  if (isHalf(before, from) || isHalf(after, from)) from -= 1;
  let more = Math.max(0, from - Math.min(end.a, end.b));
  if (isHalf(before, end.a + more) || isHalf(after, end.b + more)) more += 1;
  const found = simpleDiffString(before.slice(from, end.a + more), after.slice(from, end.b + more));
  const index = from + found.index;
  if (index === simpleDiffString(before, after).index) return;
  text.delete(index, found.remove);
  text.insert(index, found.insert);
}

const isHalf = (text: string, at: number): boolean => at > 0 && (text.codePointAt(at - 1) ?? 0) > 0xffff;
