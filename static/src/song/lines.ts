/** The lines of a song: labels of its parts, lyrics, and chords that stand above the syllable that follows them. */

import { Node } from "@tiptap/core";
import { line } from "../story/line";
import { PART } from "../story/part";

/** A song part's label, as "Verse 1". */
export const Section = line("section", {}, PART);
export const Lyric = line("lyric");

export const Chord = Node.create({
  name: "chord",
  group: "inline",
  inline: true,
  atom: true,
  addAttributes: () => ({
    name: {
      default: "",
      parseHTML: (element) => element.dataset.name ?? element.textContent,
      rendered: false,
    },
  }),
  parseHTML: () => [{ tag: 'span[data-node="chord"]' }],
  renderHTML: ({ node }) => {
    const name = String(node.attrs.name);
    return ["span", { "data-node": "chord", "data-name": name }, ["span", { class: "chord-name" }, name]];
  },
  renderText: ({ node }) => `[${node.attrs.name}]`,
});
