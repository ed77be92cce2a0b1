/**
 * A document to read and not to edit: the server's HTML, rebuilt from an allow-list. Whatever else it may hold comes out as its
 * text, or not at all.
 */

import { safeHref } from "./href";

const SHOWN: ReadonlySet<string> = new Set([
  "p",
  "h1",
  "h2",
  "h3",
  "blockquote",
  "ul",
  "ol",
  "li",
  "pre",
  "code",
  "hr",
  "br",
  "strong",
  "em",
  "s",
  "u",
  "a",
]);
const LEFT_OUT: ReadonlySet<string> = new Set([
  "head",
  "script",
  "style",
  "template",
  "title",
  "iframe",
  "object",
  "svg",
  "math",
]);

export function readable(html: string): DocumentFragment {
  const result = document.createDocumentFragment();
  append(result, new DOMParser().parseFromString(html, "text/html").body);
  return result;
}

function append(target: Node, source: Node): void {
  for (const node of source.childNodes) {
    if (node instanceof Text) target.appendChild(document.createTextNode(node.data));
    if (!(node instanceof Element) || LEFT_OUT.has(node.localName)) continue;
    if (!SHOWN.has(node.localName)) {
      append(target, node);
      continue;
    }
    const copy = document.createElement(node.localName);
    if (copy instanceof HTMLAnchorElement) {
      const href = safeHref(node.getAttribute("href"));
      if (href !== null) Object.assign(copy, { href, target: "_blank", rel: "noopener noreferrer" });
    }
    if (copy instanceof HTMLOListElement && node instanceof HTMLOListElement) copy.start = node.start;
    target.appendChild(copy);
    append(copy, node);
  }
}
