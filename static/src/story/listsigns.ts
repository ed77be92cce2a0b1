/**
 * A list's own sign, typed in one of its items: who writes Markdown puts `- ` before every line, and the item is there already.
 * Without this it would become a list within the item.
 */

import { Extension, InputRule } from "@tiptap/core";

export const ListSigns = Extension.create({
  name: "listSigns",
  // Before the lists' own rules.
  priority: 200,

  addInputRules: () => [
    new InputRule({
      find: /^(?:[-+*]|\d{1,9}\.)\s$/,
      handler: ({ state, range, match }) => {
        const { $from } = state.selection;
        const list = $from.node(-2)?.type.name;
        const wanted = /\d/.test(match[0]) ? "orderedList" : "bulletList";
        if ($from.node(-1)?.type.name !== "listItem" || $from.index(-1) > 0 || list !== wanted) return null;
        state.tr.delete(range.from, range.to);
        return undefined;
      },
    }),
  ],
});
