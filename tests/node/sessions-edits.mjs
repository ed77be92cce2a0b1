/**
 * Random edits, drawn from a seed: text, marks, embeds, XML, maps, lists, emoji, undo. They know documents and no network.
 *
 * `split` lets positions fall anywhere, also between the two halves of a surrogate pair; else they fall between characters.
 */

import * as Y from "yjs";
import { rootsOf } from "./sessions-render.mjs";

const WORDS = [
  "story ",
  "night",
  "\n",
  "é",
  "漢字 ",
  "🙂",
  "👩‍👩‍👧 ",
  "a",
  "🎸🎹",
  "the quick brown fox ",
  "‏שלום",
  "𝄞 ",
];
const TAGS = ["paragraph", "heading", "blockquote", "image"];
const NAMES = ["a", "b", "c", "title", "🙂"];
const MARKS = [{ bold: true }, { italic: true }, { bold: null }, { link: { href: "#x", rel: null } }, { link: null }];
// A bigint that a double holds exactly comes back as a number, and -0 as 0: yrs, which merges updates, writes them so.
const VALUES = [
  null,
  true,
  false,
  0,
  -1,
  3.25,
  2 ** 40,
  "",
  "word 🙂",
  [1, [2, [2n ** 60n + 1n]]],
  { a: { b: [null] }, z: "é" },
];
const ONLY_IN_MAPS = [undefined, -(2n ** 60n) - 1n];

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function dice(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class Editor {
  constructor(doc, random, { split = false } = {}) {
    this.doc = doc;
    this.random = random;
    this.split = split;
    this.undo = new Y.UndoManager(Object.values(rootsOf(doc)), { captureTimeout: 0, trackedOrigins: new Set([this]) });
  }

  pick(choices) {
    return choices[Math.floor(this.random() * choices.length)];
  }

  below(n) {
    return Math.floor(this.random() * n);
  }

  /** Makes one edit, or some at once. */
  edit() {
    const roll = this.random();
    if (roll < 0.06) this.undo.undo();
    else if (roll < 0.09) this.undo.redo();
    else this.doc.transact(() => this.#several(roll > 0.9 ? 4 : 1), this);
  }

  #several(count) {
    for (let i = 0; i < count; i++) this.#change(this.#somewhere());
  }

  /** A root, or a type nested in it. */
  #somewhere() {
    let type = this.pick(Object.values(rootsOf(this.doc)));
    while (this.random() < 0.6) {
      const inner = innerTypes(type);
      if (!inner.length) break;
      type = this.pick(inner);
    }
    return type;
  }

  #change(type) {
    if (type instanceof Y.Text) this.#write(type);
    else if (type instanceof Y.XmlFragment) this.#build(type);
    else if (type instanceof Y.Map) this.#fill(type);
    else this.#list(type);
  }

  #write(text) {
    const places = this.split ? everywhere(text) : betweenCharacters(text);
    const from = this.below(places.length);
    const to = Math.min(places.length - 1, from + this.below(6));
    const length = places[to] - places[from];
    const roll = this.random();
    if (roll < 0.5 || !length) {
      const attributes = this.random() < 0.2 ? this.pick(MARKS) : undefined;
      if (roll < 0.45) text.insert(places[from], this.pick(WORDS), attributes);
      else
        text.insertEmbed(places[from], this.random() < 0.5 ? { image: this.pick(NAMES) } : this.#newType(), attributes);
    } else if (roll < 0.75) {
      text.delete(places[from], length);
    } else {
      text.format(places[from], length, this.pick(MARKS));
    }
  }

  #build(fragment) {
    const roll = this.random();
    if (fragment instanceof Y.XmlElement && roll < 0.3) {
      if (roll < 0.2) fragment.setAttribute(this.pick(NAMES), this.pick(["1", "left 🙂", ""]));
      else fragment.removeAttribute(this.pick(NAMES));
    } else if (roll < 0.75 || !fragment.length) {
      fragment.insert(this.below(fragment.length + 1), [
        this.random() < 0.5 ? this.#newElement() : this.#newText(Y.XmlText),
      ]);
    } else {
      fragment.delete(this.below(fragment.length), 1);
    }
  }

  #fill(map) {
    if (this.random() < 0.25) map.delete(this.pick(NAMES));
    else map.set(this.pick(NAMES), this.random() < 0.1 ? this.pick(ONLY_IN_MAPS) : this.#value());
  }

  #list(list) {
    if (this.random() < 0.65 || !list.length) list.insert(this.below(list.length + 1), [this.#value(), this.#value()]);
    else list.delete(this.below(list.length), 1);
  }

  #value() {
    const roll = this.random();
    if (roll < 0.3) return this.#newType();
    if (roll < 0.4) return new Uint8Array([1, 0, 255]);
    return this.pick(VALUES);
  }

  #newType() {
    return this.pick([
      () => this.#newText(Y.Text),
      () =>
        new Y.Map([
          ["a", 1],
          ["b", "🙂"],
        ]),
      () => Y.Array.from([1, "two", null]),
      () => this.#newElement(),
    ])();
  }

  #newElement() {
    const element = new Y.XmlElement(this.pick(TAGS));
    if (this.random() < 0.5) element.setAttribute("level", "2");
    if (this.random() < 0.5) element.insert(0, [this.#newText(Y.XmlText)]);
    return element;
  }

  #newText(Text) {
    const word = this.pick(WORDS);
    const text = new Text(word);
    if (this.random() < 0.3) text.format(0, word.length, { bold: true });
    return text;
  }
}

function innerTypes(type) {
  let values;
  if (type instanceof Y.Text) values = type.toDelta().map(({ insert }) => insert);
  else if (type instanceof Y.Map) values = [...type.values()];
  else values = type.toArray();
  return values.filter((value) => value instanceof Y.AbstractType);
}

function everywhere(text) {
  return Array.from({ length: text.length + 1 }, (_, at) => at);
}

/** The places in a text that part no surrogate pair. */
function betweenCharacters(text) {
  const places = [0];
  let at = 0;
  for (const { insert } of text.toDelta()) {
    for (const unit of typeof insert === "string" ? insert : [insert]) {
      at += typeof unit === "string" ? unit.length : 1;
      places.push(at);
    }
  }
  return places;
}
