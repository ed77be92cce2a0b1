/** A script as text, read by Fountain's rules (fountain.io/syntax). Pure: text in, nodes as JSON out. */

import type { JSONContent } from "@tiptap/core";
import { INTRO } from "./speakers";

const TITLE =
  /^(?<key>Title|Credit|Authors?|Source|Draft date|Date|Contact|Copyright|Revision|Notes)\s*:\s*(?<value>.*)$/i;

/** Whether a text is a script by its signs: a scene heading with nothing before it and something after. */
export function looksLikeFountain(text: string): boolean {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.some(
    (line, at) => INTRO.test(line) && line === line.toUpperCase() && !lines[at - 1] && line.length < 80,
  );
}

export function fountainFrom(text: string): JSONContent[] {
  const lines = text.replace(/\/\*[\s\S]*?\*\//g, "").split("\n");
  const blocks: JSONContent[] = [];
  let at = titlePage(lines, blocks);
  while (at < lines.length) {
    const line = (lines[at] ?? "").trim();
    at += 1;
    if (line === "") continue;
    const isAlone = (lines[at - 2] ?? "").trim() === "";
    const single = ofOneLine(line, isAlone);
    if (single !== null) {
      blocks.push(single);
    } else if (isAlone && isSpeaker(line) && (lines[at] ?? "").trim() !== "") {
      blocks.push(speaker(line));
      at = speech(lines, at, blocks);
    } else {
      const more = [line.replace(/^!/, "")];
      while ((lines[at] ?? "").trim() !== "" && ofOneLine((lines[at] ?? "").trim(), false) === null) {
        more.push((lines[at] ?? "").trimEnd());
        at += 1;
      }
      blocks.push(block("action", more));
    }
  }
  return blocks;
}

/** The lines of the title page, up to the first blank one. Returns where the script begins. */
function titlePage(lines: readonly string[], blocks: JSONContent[]): number {
  let at = 0;
  let key = "";
  if (!TITLE.test(lines[0] ?? "")) return 0;
  for (; at < lines.length && (lines[at] ?? "").trim() !== ""; at++) {
    const line = lines[at] ?? "";
    const groups = TITLE.exec(line)?.groups;
    key = groups?.key ?? key;
    const value = (groups?.value ?? line).trim();
    if (value !== "") blocks.push({ ...block("titleLine", [value]), attrs: { key } });
  }
  return at;
}

/** What a line is by itself; null for action and speech. */
function ofOneLine(line: string, isAlone: boolean): JSONContent | null {
  if (/^={3,}$/.test(line)) return { type: "pageBreak" };
  if (/^=\s/.test(line)) return block("synopsis", [line.slice(1).trim()]);
  const heading = /^(?<signs>#{1,6})\s*(?<words>.+)$/.exec(line)?.groups;
  if (heading !== undefined) {
    const level = Math.min(heading.signs?.length ?? 1, 3);
    return { ...block("heading", [heading.words ?? ""]), attrs: { level } };
  }
  if (line.startsWith("~")) return block("lyric", [line.slice(1).trim()]);
  if (/^>.*<$/.test(line)) return { ...block("action", [line.slice(1, -1).trim()]), attrs: { centered: true } };
  if (line.startsWith(">")) return block("transition", [line.slice(1).trim()]);
  if (/^\.[^.]/.test(line)) return scene(line.slice(1));
  if (isAlone && INTRO.test(line)) return scene(line);
  return isAlone && /^[^a-z]*\bTO:$/.test(line) ? block("transition", [line]) : null;
}

function scene(line: string): JSONContent {
  const groups = /^(?<words>.*?)\s*#(?<number>[^#]+)#$/.exec(line)?.groups;
  return { ...block("sceneHeading", [groups?.words ?? line]), attrs: { number: groups?.number ?? null } };
}

function isSpeaker(line: string): boolean {
  const name = line.replace(/\(.*?\)|\^$/g, "").trim();
  return line.startsWith("@") || (/\p{L}/u.test(name) && name === name.toUpperCase() && !line.startsWith("!"));
}

function speaker(line: string): JSONContent {
  const name = line.replace(/^@/, "");
  return { ...block("character", [name.replace(/\s*\^$/, "")]), attrs: { dual: name.endsWith("^") } };
}

/** What is said, up to the next blank line. Returns where that is. */
function speech(lines: readonly string[], from: number, blocks: JSONContent[]): number {
  let at = from;
  let said: string[] = [];
  const end = () => {
    if (said.length > 0) blocks.push(block("dialogue", said));
    said = [];
  };
  for (; at < lines.length && (lines[at] ?? "") !== ""; at++) {
    const line = (lines[at] ?? "").trim();
    if (!/^\(.*\)$/.test(line)) {
      said.push(line);
      continue;
    }
    end();
    blocks.push(block("parenthetical", [line]));
  }
  end();
  return at;
}

function block(type: string, lines: readonly string[]): JSONContent {
  const content = lines.flatMap((line, at) => [...(at > 0 ? [{ type: "hardBreak" }] : []), ...inline(line, [])]);
  return content.length > 0 ? { type, content } : { type };
}

const MARKED =
  /\*\*(?<bold>\S(?:.*?\S)?)\*\*|\*(?<italic>[^\s*](?:.*?\S)?)\*|\b_(?<underline>\S(?:.*?\S)?)_\b|\[\[(?<note>.+?)\]\]/;

/** Emphasis and notes, which may be in each other. */
function inline(text: string, marks: readonly string[]): JSONContent[] {
  const match = MARKED.exec(text);
  if (match === null) {
    if (text === "") return [];
    const words = text.replace(/\\([*_])/g, "$1");
    return [{ type: "text", text: words, ...(marks.length > 0 ? { marks: marks.map((type) => ({ type })) } : {}) }];
  }
  const [mark = "", inner = ""] = Object.entries(match.groups ?? {}).find(([, words]) => words !== undefined) ?? [];
  return [
    ...inline(text.slice(0, match.index), marks),
    ...inline(inner, [...marks, mark]),
    ...inline(text.slice(match.index + match[0].length), marks),
  ];
}
