/**
 * The link mark. Written here rather than taken from Tiptap's own, because an address comes from others: what is shown as a link
 * leads to http, https or mailto and takes nothing else (class, target) from the document.
 */

import { InputRule, Mark, markPasteRule } from "@tiptap/core";
import { safeHref, typedHref } from "./href";

/** An address, what may end the sentence it is in, and the space that was just typed. */
const TYPED = /(?:^|[\s(])(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}'])[.,;:!?)\]}'"]* $/u;
/** Markdown's way: the words in brackets, then where they lead. */
const MARKDOWN = /(?<!!)\[([^[\]]+)\]\(([^\s()]+(?:\([^\s()]*\))?[^\s()]*)\)$/u;
const PASTED = /(?<![^\s(])https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}']/gu;

export const Link = Mark.create({
  name: "link",
  priority: 1000,
  inclusive: false,
  keepOnSplit: false,

  addAttributes() {
    return {
      href: { default: null },
      target: { default: null },
      rel: { default: null },
      class: { default: null },
      title: { default: null },
    };
  },

  parseHTML() {
    return [
      {
        tag: "a[href]",
        getAttrs: (element) => {
          const href = safeHref(element.getAttribute("href"));
          return href === null ? false : { href, target: null, rel: null, class: null };
        },
      },
    ];
  },

  renderHTML({ mark }) {
    const { href, title }: { href?: unknown; title?: unknown } = mark.attrs;
    const safe = safeHref(href);
    if (safe === null) return ["a", 0];
    const shown = typeof title === "string" ? { title } : {};
    return ["a", { href: safe, target: "_blank", rel: "noopener noreferrer", ...shown }, 0];
  },

  addInputRules() {
    return [
      new InputRule({
        find: MARKDOWN,
        handler: ({ state: { tr }, range, match: [whole, words = "", address = ""] }) => {
          const href = typedHref(address);
          if (href === null) return;
          const from = range.from + 1;
          const to = from + words.length;
          // From the end, so that the positions before it stay.
          tr.delete(to, range.from + whole.length).delete(range.from, from);
          tr.addMark(range.from, range.from + words.length, this.type.create({ href })).removeStoredMark(this.type);
        },
      }),
      new InputRule({
        find: TYPED,
        // What was typed is in the document by now.
        handler: ({ state: { tr }, range, match: [whole, address = ""] }) => {
          const start = range.from + whole.indexOf(address);
          tr.addMark(start, start + address.length, this.type.create({ href: address })).removeStoredMark(this.type);
        },
      }),
    ];
  },

  addPasteRules() {
    return [markPasteRule({ find: PASTED, type: this.type, getAttributes: ([href]) => ({ href }) })];
  },
});
