/**
 * A document to read and not to edit: the server's HTML, rebuilt from an allow-list. Whatever else it may hold comes out as its
 * text, or not at all. The lines of scripts and songs are marked as the editor marks them, and so look and read like what they are.
 */

import { ELEMENTS } from "../script/order";
import { Reach } from "../song/chords";
import { safeHref } from "./href";
import { PART } from "./part";

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

/** Lines of scripts and songs, and what may be said of one. */
const LINES: ReadonlySet<string> = new Set(["section", "lyric", ...ELEMENTS]);
const SAID = ["number", "centered", "dual", "key"] as const;

export function readable(html: string): DocumentFragment {
  const result = document.createDocumentFragment();
  append(result, new DOMParser().parseFromString(html, "text/html").body);
  return result;
}

function append(target: Node, source: Node): void {
  for (const node of source.childNodes) {
    if (node instanceof Text) target.appendChild(document.createTextNode(node.data));
    if (!(node instanceof HTMLElement) || LEFT_OUT.has(node.localName)) continue;
    const own = special(node);
    if (own !== null) {
      target.appendChild(own);
      continue;
    }
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
    if (node.dataset.node === "pageBreak") copy.dataset.node = "pageBreak";
    target.appendChild(copy);
    append(copy, node);
    if (LINES.has(node.dataset.node ?? "")) asLine(copy, node.dataset);
  }
}

/** What the page has beside text, and HTML has no element for; null for anything else. */
function special(node: HTMLElement): HTMLElement | null {
  if (node instanceof HTMLImageElement && node.dataset.image !== undefined) {
    return made("p", { className: "small" }, node.alt === "" ? "A picture" : `Picture: ${node.alt}`);
  }
  if (!(node instanceof HTMLSpanElement)) return null;
  if (node.dataset.node === "chord") {
    const chord = made("span", {});
    chord.dataset.node = "chord";
    chord.append(made("span", { className: "chord-name" }, node.dataset.name ?? ""));
    return chord;
  }
  if (node.dataset.mark !== "note") return null;
  const note = made("span", {});
  note.dataset.mark = "note";
  append(note, node);
  return note;
}

function asLine(line: HTMLElement, { node, ...said }: DOMStringMap): void {
  line.dataset.node = node;
  for (const name of SAID) if (said[name] !== undefined) line.dataset[name] = said[name];
  if (node === "sceneHeading" || node === "section") {
    for (const [name, value] of Object.entries(PART)) line.setAttribute(name, value);
  }
  const reach = new Reach();
  for (const piece of line.childNodes) {
    if (piece instanceof HTMLElement && piece.dataset.node === "chord") {
      line.className = "chorded";
      const gap = reach.chord(piece.textContent);
      if (gap > 0) piece.dataset.gap = String(gap);
    } else {
      reach.words(piece.textContent ?? "");
    }
  }
}

function made(name: "p" | "span", look: { readonly className?: string }, words = ""): HTMLElement {
  const element = Object.assign(document.createElement(name), look);
  element.textContent = words;
  return element;
}
