/**
 * Songs as text, read and written: ChordPro (`[Am]word`, `{start_of_verse: Verse 1}`), labels in brackets on a line of their own, and
 * chords on the line above the words. Pure: text in, nodes as JSON out.
 */

import type { JSONContent } from "@tiptap/core";
import { isChord, isChordLine } from "./chords";

const LABEL = /^\[(?<label>[^[\]]{2,40})\]:?$/;
const INLINE = /\[(?<name>[^[\]]{1,16})\]/g;
const DIRECTIVE = /^\{(?<name>[a-z_]+)(?:[:\s]\s*(?<value>.*?))?\s*\}$/i;
const PARTS: Readonly<Record<string, string>> = {
  start_of_verse: "Verse",
  sov: "Verse",
  start_of_chorus: "Chorus",
  soc: "Chorus",
  start_of_bridge: "Bridge",
  sob: "Bridge",
  chorus: "Chorus",
};

/** Whether a text is a song by its signs: two lines with chords in brackets, a directive, or chords above words. */
export function looksLikeSong(text: string): boolean {
  const lines = text.split("\n");
  const bracketed = lines.filter((line) => [...line.matchAll(INLINE)].some(([, name = ""]) => isChord(name))).length;
  const above = lines.some((line, at) => isChordLine(line) && isWords(lines[at + 1]));
  const directive = lines.some((line) =>
    /^\{(?:title|t|start_of_\w+|so[cvb]|comment|c|artist|key)\b/i.test(line.trim()),
  );
  return directive || above || bracketed >= 2 || (bracketed === 1 && lines.length <= 2);
}

function isWords(line: string | undefined): boolean {
  return line !== undefined && line.trim() !== "" && !isChordLine(line) && !LABEL.test(line.trim());
}

export function songFrom(text: string): JSONContent[] {
  const lines = text.replaceAll("\t", "    ").split("\n");
  const blocks: JSONContent[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const next = lines[at + 1];
    if (isChordLine(line) && isWords(next)) {
      blocks.push(lyric(merged(line, next ?? "")));
      at++;
    } else if (isChordLine(line)) {
      blocks.push(lyric(line.trim().replace(/\S+/g, (word) => (isChord(word) ? `[${word}]` : word))));
    } else {
      const block = fromLine(line.trimEnd());
      if (block !== null) blocks.push(block);
    }
  }
  // A blank line before a label is how the text parts what the label parts already.
  return blocks.filter(
    (block, at) =>
      !(
        isBlank(block) &&
        (at === 0 || at === blocks.length - 1 || blocks[at + 1]?.type !== "lyric" || isBlank(blocks[at - 1]))
      ),
  );
}

function isBlank(block: JSONContent | undefined): boolean {
  return block?.type === "lyric" && block.content === undefined;
}

function fromLine(line: string): JSONContent | null {
  const directive = DIRECTIVE.exec(line.trim());
  if (directive !== null)
    return fromDirective(directive.groups?.name?.toLowerCase() ?? "", directive.groups?.value ?? "");
  if (line.startsWith("#")) return null; // ChordPro's remark to its reader
  const label = LABEL.exec(line.trim())?.groups?.label;
  if (label !== undefined && !isChord(label)) return block("section", label);
  return lyric(line);
}

function fromDirective(name: string, value: string): JSONContent | null {
  const part = PARTS[name];
  if (part !== undefined) return block("section", value.replace(/^label="(.*)"$/, "$1") || part);
  if (name === "title" || name === "t") return { ...block("heading", value), attrs: { level: 1 } };
  if (["subtitle", "st", "artist", "comment", "c", "comment_italic", "ci", "key", "capo", "tempo"].includes(name)) {
    const said = ["key", "capo", "tempo"].includes(name)
      ? `${name[0]?.toUpperCase()}${name.slice(1)}: ${value}`
      : value;
    return block("paragraph", said);
  }
  return null;
}

function block(type: string, text: string): JSONContent {
  return text === "" ? { type } : { type, content: [{ type: "text", text }] };
}

function lyric(line: string): JSONContent {
  const content: JSONContent[] = [];
  let from = 0;
  const words = (to: number) => {
    if (to > from) content.push({ type: "text", text: line.slice(from, to) });
  };
  for (const match of line.matchAll(INLINE)) {
    words(match.index);
    content.push({ type: "chord", attrs: { name: match.groups?.name ?? "" } });
    from = match.index + match[0].length;
  }
  words(line.length);
  return content.length === 0 ? { type: "lyric" } : { type: "lyric", content };
}

/** A line of chords put into the line of words below it, each where it stands. */
function merged(chords: string, words: string): string {
  let line = "";
  let from = 0;
  for (const { 0: name, index } of chords.matchAll(/\S+/g)) {
    if (!isChord(name)) continue;
    line += `${words.slice(from, index).padEnd(index - from)}[${name}]`;
    from = index;
  }
  return line + words.slice(from);
}
