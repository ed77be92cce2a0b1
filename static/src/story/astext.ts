/**
 * What is copied, as plain text for programs that take nothing else: songs as ChordPro, scripts as Fountain reads them, the rest as
 * its words.
 */

import { Extension } from "@tiptap/core";
import type { Fragment, Node } from "@tiptap/pm/model";
import { Plugin } from "@tiptap/pm/state";

export const AsText = Extension.create({
  name: "asText",
  // Before Tiptap's own.
  priority: 200,
  addProseMirrorPlugins: () => [
    new Plugin({ props: { clipboardTextSerializer: ({ content }) => fragmentAsText(content) } }),
  ],
});

const SPEECH = ["character", "parenthetical", "dialogue"];
const CAPITALS = ["sceneHeading", "character", "transition"];
/** ChordPro has words of its own for these parts of a song. */
const PARTS = ["verse", "chorus", "bridge"];

export function fragmentAsText(content: Fragment): string {
  let text = "";
  let before: Node | null = null;
  let part = "";
  content.forEach((node) => {
    const isPart = node.type.name === "section";
    if (part !== "" && node.type.name !== "lyric") {
      text += `\n{end_of_${part}}`;
      part = "";
    }
    text += before === null ? "" : separator(before, node);
    if (isPart) {
      part = PARTS.find((name) => node.textContent.toLowerCase().startsWith(name)) ?? "";
      text += part === "" ? `{comment: ${node.textContent}}` : `{start_of_${part}: ${node.textContent}}`;
    } else {
      text += asText(node);
    }
    before = node;
  });
  return part === "" ? text : `${text}\n{end_of_${part}}`;
}

function separator(before: Node, { type: { name } }: Node): string {
  const last = before.type.name;
  if (name === "lyric" && (last === "lyric" || last === "section")) return "\n";
  if (name !== "character" && SPEECH.includes(name) && SPEECH.includes(last)) return "\n";
  return (name === "titleLine" && last === "titleLine") || name === "listItem" ? "\n" : "\n\n";
}

function asText(node: Node): string {
  if (node.isText) return node.text ?? "";
  if (!node.isTextblock) return node.isLeaf ? leafAsText(node) : fragmentAsText(node.content);
  const words = node.textBetween(0, node.content.size, "", leafAsText);
  if (CAPITALS.includes(node.type.name)) return words.toUpperCase();
  return node.type.name === "titleLine" ? `${node.attrs.key}: ${words}` : words;
}

function leafAsText({ type: { name }, attrs }: Node): string {
  switch (name) {
    case "hardBreak":
      return "\n";
    case "chord":
      return `[${attrs.name}]`;
    case "pageBreak":
      return "===";
    case "horizontalRule":
      return "---";
    case "image":
      return String(attrs.alt);
    default:
      return "";
  }
}
