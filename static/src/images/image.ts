/** A picture in the text: an id that the room's store knows, and words for who can't see it. Knows no address. */

import { Node } from "@tiptap/core";

export const Image = Node.create({
  name: "image",
  group: "block",
  atom: true,
  draggable: true,
  addAttributes: () => ({
    id: { default: null, parseHTML: ({ dataset }) => dataset.image ?? null, rendered: false },
    alt: { default: "", parseHTML: (element) => element.getAttribute("alt") ?? "", rendered: false },
    width: { default: null, parseHTML: (element) => pixels(element.getAttribute("width")) },
    height: { default: null, parseHTML: (element) => pixels(element.getAttribute("height")) },
  }),
  // One without an id of ours is somewhere else on the web, and asking for it would tell whose page this is.
  parseHTML: () => [{ tag: "img[data-image]" }],
  renderHTML: ({ node: { attrs }, HTMLAttributes }) => [
    "img",
    { "data-image": String(attrs.id ?? ""), alt: String(attrs.alt), ...HTMLAttributes },
  ],
});

function pixels(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,4}$/.test(text) ? Number(text) : null;
}
