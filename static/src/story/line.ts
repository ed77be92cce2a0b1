/**
 * What the lines of scripts and songs have in common: a block of text in a line of its own, told apart from a paragraph by its
 * name alone. In HTML it is a paragraph that says which it is, so that it comes back from a clipboard as it was.
 */

import { Node } from "@tiptap/core";

/** `of` reads an attribute from an element of HTML, as `attributes` writes it there. */
interface LineAttribute {
  readonly default: string | boolean | null;
  readonly of: (text: string | undefined) => string | boolean | null;
}

/** `spoken` is what the line is for who listens, where that isn't a paragraph. */
export function line(
  name: string,
  attributes: Readonly<Record<string, LineAttribute>> = {},
  spoken: Readonly<Record<string, string>> = {},
) {
  return Node.create({
    name,
    group: "block",
    content: "inline*",
    defining: true,
    addAttributes: () =>
      Object.fromEntries(
        Object.entries(attributes).map(([key, { default: value, of }]) => [
          key,
          {
            default: value,
            parseHTML: (element: HTMLElement) => of(element.dataset[key]),
            renderHTML: (attrs: Record<string, unknown>) =>
              attrs[key] === value ? {} : { [`data-${key}`]: String(attrs[key]) },
          },
        ]),
      ),
    // Above the paragraph's own rule.
    parseHTML: () => [{ tag: `p[data-node="${name}"]`, priority: 60 }],
    renderHTML: ({ HTMLAttributes }) => ["p", { "data-node": name, ...spoken, ...HTMLAttributes }, 0],
  });
}

export const flag: LineAttribute = { default: false, of: (text) => text === "true" };
