/** Find and replace in one editor: what is looked for, what was found, and which of it is the current one. */

import { signal } from "@preact/signals";
import type { Editor } from "@tiptap/core";
import { TextSelection, type Transaction } from "@tiptap/pm/state";
import { Decoration, DecorationSet } from "@tiptap/pm/view";
import { yUndoPluginKey } from "y-prosemirror";
import { FOUND } from "./marks";
import { firstFrom, type Match, pattern, type Query, replaceMatch, Search } from "./search";

/** So many matches around the current one are marked: a page of a thousand marked letters helps nobody, and draws slowly. */
const MARKED = 400;
/** How long after a change the document is looked through again. Until then the marks move with the text. */
const CALM_MS = 150;

export class Find {
  /** How many were found, and which is the current one, from 1. */
  readonly found = signal({ count: 0, current: 0 });
  #search: Search | null = null;
  #matches: readonly Match[] = [];
  /** -1 where nothing was found. */
  #current = -1;
  /** The document that was looked through. */
  #seen: Editor["state"]["doc"] | null = null;
  #calm: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly editor: Editor) {
    editor.on("update", this.#lookLater);
  }

  close(): void {
    clearTimeout(this.#calm);
    this.editor.off("update", this.#lookLater);
    if (!this.editor.isDestroyed) this.#mark(DecorationSet.empty);
  }

  ask(query: Query): void {
    const wanted = pattern(query);
    this.#search = wanted === null ? null : new Search(wanted);
    this.#look(this.editor.state.selection.from);
    this.#show();
  }

  /** To the next match, or the one before it, round about. */
  go(by: 1 | -1): void {
    if (this.#isOld()) this.#look(this.editor.state.selection.from);
    const { length } = this.#matches;
    if (length === 0) return;
    this.#set((this.#current + by + length) % length);
    this.#show();
  }

  /** Puts this in the place of the current match, and goes on to the next. */
  replace(text: string): void {
    if (this.#isOld()) this.#look(this.editor.state.selection.from);
    const match = this.#matches[this.#current];
    if (match === undefined) return;
    void this.#change((change) => change((tr) => replaceMatch(tr, match, text)));
    this.#look(match.from + text.length);
    this.#show();
  }

  /**
   * Puts this in the place of all of them, as one change that one undo takes back. Returns how many were replaced, and how many
   * are left: where somebody changes the page meanwhile, it stops.
   *
   * y-prosemirror writes one range a block: everything between two matches in a block would become this person's words. So it
   * goes in turns, the last match of each block first, and lets the page breathe between them.
   */
  async replaceAll(text: string): Promise<{ readonly done: number; readonly left: number }> {
    const blocks = this.#search?.blocks(this.editor.state.doc).map((matches) => [...matches]) ?? [];
    const leftOf = () => blocks.reduce((sum, matches) => sum + matches.length, 0);
    const all = leftOf();
    await this.#change(async (change) => {
      while (leftOf() > 0) {
        change((tr) => replaceLast(tr, blocks, text));
        const { doc } = this.editor.state;
        await new Promise((resolve) => setTimeout(resolve));
        if (this.editor.isDestroyed || this.editor.state.doc !== doc) break;
      }
    });
    this.#look(this.editor.isDestroyed ? 0 : this.editor.state.selection.from);
    return { done: all - leftOf(), left: leftOf() };
  }

  /** Gives the keyboard back to the text, at the current match. */
  leave(): void {
    this.editor.commands.focus();
  }

  readonly #lookLater = (): void => {
    clearTimeout(this.#calm);
    this.#calm = setTimeout(() => this.#look(this.editor.state.selection.from), CALM_MS);
  };

  #isOld(): boolean {
    return this.#seen !== this.editor.state.doc;
  }

  /** Looks through the document as it is now. */
  #look(from: number): void {
    clearTimeout(this.#calm);
    if (this.editor.isDestroyed) return;
    this.#seen = this.editor.state.doc;
    this.#matches = this.#search?.matches(this.#seen) ?? [];
    this.#set(firstFrom(this.#matches, from));
  }

  #set(current: number): void {
    this.#current = current;
    const first = Math.max(0, current - MARKED / 2);
    const marked = this.#matches.slice(first, first + MARKED).map(({ from, to }, index) => {
      const isCurrent = first + index === current;
      return Decoration.inline(from, to, { class: isCurrent ? "found found-now" : "found" });
    });
    this.#mark(DecorationSet.create(this.editor.state.doc, marked));
    this.found.value = { count: this.#matches.length, current: current + 1 };
  }

  #mark(marks: DecorationSet): void {
    const { view } = this.editor;
    view.dispatch(view.state.tr.setMeta(FOUND, marks).setMeta("addToHistory", false));
  }

  /** Brings the current match into sight, and the cursor to it. */
  #show(): void {
    const match = this.#matches[this.#current];
    if (match === undefined) return;
    const { state, view } = this.editor;
    view.dispatch(state.tr.setSelection(TextSelection.create(state.doc, match.from, match.to)));
    // ProseMirror scrolls only where the keyboard is.
    view.dom.querySelector(".found-now")?.scrollIntoView({ block: "center" });
  }

  /** Whatever is changed in this is one step of the undo history, apart from what was typed before and after it. */
  async #change(all: (change: (one: (tr: Transaction) => void) => void) => Promise<void> | void): Promise<void> {
    if (!this.editor.isEditable) return;
    this.#mark(DecorationSet.empty); // there is nothing to move along then
    const undo = yUndoPluginKey.getState(this.editor.state)?.undoManager;
    const timeout = undo?.captureTimeout;
    undo?.stopCapturing();
    if (undo !== undefined) undo.captureTimeout = Number.POSITIVE_INFINITY;
    const change = (one: (tr: Transaction) => void) => {
      const { tr } = this.editor.state;
      one(tr);
      this.editor.view.dispatch(tr);
    };
    const going = all(change);
    if (going instanceof Promise) await going;
    if (undo !== undefined && timeout !== undefined) undo.captureTimeout = timeout;
    undo?.stopCapturing();
  }
}

/** Replaces the last of each block's matches, and takes it from the list. */
function replaceLast(tr: Transaction, blocks: Match[][], text: string): void {
  const places: Match[] = [];
  let index = 0;
  tr.doc.descendants((node, at) => {
    if (!node.isTextblock) return true;
    const match = blocks[index]?.pop();
    index += 1;
    if (match !== undefined) places.push({ from: at + 1 + match.from, to: at + 1 + match.to });
    return false;
  });
  for (const match of places.reverse()) replaceMatch(tr, match, text);
}
