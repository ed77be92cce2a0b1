/**
 * A chord's field: opened at a chord by a click or by Alt-Enter beside it, and for a new chord by the toolbar. Enter sets what is
 * written, an empty name takes the chord away, Escape leaves it as it was. Drawn by hand, since it belongs to a place in the text.
 */

import { type Editor, Extension } from "@tiptap/core";
import { Plugin, PluginKey, type PluginView } from "@tiptap/pm/state";
import type { EditorView } from "@tiptap/pm/view";
import { CHORD_CHARS } from "./chords";
import { chordBeside } from "./typed";

const KEY = new PluginKey<number | null>("chordField");

export const ChordField = Extension.create({
  name: "chordField",
  addKeyboardShortcuts: () => ({
    "Alt-Enter": ({ editor }) => {
      const found = chordBeside(editor.state.selection.$from);
      return found !== null && askForChord(editor, found.at);
    },
  }),
  addProseMirrorPlugins() {
    const { editor } = this;
    return [
      new Plugin({
        key: KEY,
        props: {
          handleClickOn: (view, _pos, node, at, _event, direct) =>
            direct && node.type.name === "chord" && view.editable && askForChord(editor, at),
        },
        // Positions move with what others write meanwhile.
        state: {
          init: (): number | null => null,
          apply: (tr, at: number | null) => {
            const asked: { readonly at: number | null } | undefined = tr.getMeta(KEY);
            if (asked !== undefined) return asked.at;
            return at === null ? null : tr.mapping.map(at);
          },
        },
        view: (view) => new Field(view),
      }),
    ];
  },
});

/** Opens the field for the chord at a position, or for a new one at the cursor. */
export function askForChord({ view }: Editor, at: number | null): boolean {
  view.dispatch(view.state.tr.setMeta(KEY, { at: at ?? view.state.selection.from }));
  return true;
}

class Field implements PluginView {
  readonly #form = document.createElement("form");
  readonly #input = document.createElement("input");
  readonly #remove = document.createElement("button");

  constructor(readonly view: EditorView) {
    const label = document.createElement("label");
    label.append("Chord ", this.#input);
    this.#input.maxLength = CHORD_CHARS;
    this.#input.autocomplete = "off";
    this.#input.spellcheck = false;
    this.#input.placeholder = "Am7";
    this.#remove.type = "button";
    this.#remove.className = "quiet";
    this.#remove.textContent = "Take it away";
    this.#remove.addEventListener("click", () => this.#set(""));
    this.#form.className = "chord-field";
    this.#form.hidden = true;
    this.#form.append(label, this.#remove);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#set(this.#input.value.trim());
    });
    this.#form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#close();
    });
    this.#form.addEventListener("focusout", ({ relatedTarget }) => {
      if (!(relatedTarget instanceof Element && this.#form.contains(relatedTarget))) this.#put(null);
    });
    view.dom.parentElement?.append(this.#form);
  }

  update(): void {
    const at = KEY.getState(this.view.state) ?? null;
    if (at === null) this.#form.hidden = true;
    else if (this.#form.hidden) this.#open(at);
  }

  #open(at: number): void {
    const node = this.view.state.doc.nodeAt(at);
    const isChord = node?.type.name === "chord";
    this.#input.value = isChord ? String(node?.attrs.name) : "";
    this.#remove.hidden = !isChord;
    this.#form.hidden = false;
    const { left, bottom } = this.view.coordsAtPos(at);
    const box = this.#form.offsetParent;
    const origin = box?.getBoundingClientRect();
    if (box && origin !== undefined) {
      const room = box.clientWidth - this.#form.offsetWidth;
      this.#form.style.left = `${Math.max(0, Math.min(left - origin.left, room))}px`;
      this.#form.style.top = `${bottom - origin.top}px`;
    }
    this.#input.focus();
    this.#input.select();
  }

  destroy(): void {
    this.#form.remove();
  }

  #set(name: string): void {
    const { chord } = this.view.state.schema.nodes;
    const at = KEY.getState(this.view.state) ?? null;
    if (at === null || chord === undefined) return;
    const { tr, doc } = this.view.state;
    const there = doc.nodeAt(at)?.type === chord ? 1 : 0;
    if (name === "") tr.delete(at, at + there);
    else tr.replaceWith(at, at + there, chord.create({ name }));
    if (tr.docChanged) this.view.dispatch(tr);
    this.#close();
  }

  /** Back to the text. */
  #close(): void {
    this.#put(null);
    this.view.focus();
  }

  #put(at: number | null): void {
    if (!this.#form.hidden) this.view.dispatch(this.view.state.tr.setMeta(KEY, { at }));
  }
}
