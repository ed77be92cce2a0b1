/**
 * What can be said of a passage beside its looks: Fountain's notes, comments, and suggestions to insert or delete. Comments and
 * suggestions name theirs by an id, and several may lie on one passage.
 */

import { Mark, markInputRule } from "@tiptap/core";

export const Note = Mark.create({
  name: "note",
  parseHTML: () => [{ tag: 'span[data-mark="note"]' }],
  renderHTML: () => ["span", { "data-mark": "note" }, 0],
  addInputRules() {
    return [markInputRule({ find: /\[\[([^[\]]+)\]\]$/, type: this.type })];
  },
});

/** `y-prosemirror` names each by a hash (`comment--…`), for a mark that may be there twice. */
function several(name: string, tag: string, attributes: readonly string[]) {
  return Mark.create({
    name,
    excludes: "",
    inclusive: false,
    addAttributes: () =>
      Object.fromEntries(
        attributes.map((key) => [
          key,
          {
            default: null,
            parseHTML: (element: HTMLElement) => element.dataset[key] ?? null,
            renderHTML: (attrs: Record<string, unknown>) =>
              attrs[key] === null ? {} : { [`data-${key}`]: String(attrs[key]) },
          },
        ]),
      ),
    parseHTML: () => [{ tag: `${tag}[data-mark="${name}"]`, priority: 60 }],
    renderHTML: ({ HTMLAttributes }) => [tag, { "data-mark": name, ...HTMLAttributes }, 0],
  });
}

export const Comment = several("comment", "span", ["id"]);
export const Insertion = several("insertion", "ins", ["id", "member"]);
export const Deletion = several("deletion", "del", ["id", "member"]);
