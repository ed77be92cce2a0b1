/** What a message's text is made of: words, addresses that can be opened, people that are called. Pure. */

import type { Message } from "../room/model";

export type Part =
  | { readonly kind: "words"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string }
  | { readonly kind: "mention"; readonly text: string; readonly member: string };

const ADDRESS = /https?:\/\/[^\s<>"]+/giu;
/** What stands after an address in a sentence, and isn't of it. */
const AFTER = /[.,;:!?'’”»…]+$/u;

export function parts({ text, mentions }: Pick<Message, "text" | "mentions">): readonly Part[] {
  const found: Part[] = [];
  let from = 0;
  const words = (to: number) => found.push(...withMentions(text.slice(from, to), mentions));
  for (const match of text.matchAll(ADDRESS)) {
    const shown = trimmed(match[0]);
    const href = webAddress(shown);
    if (href === null) continue;
    words(match.index);
    found.push({ kind: "link", text: shown, href });
    from = match.index + shown.length;
  }
  words(text.length);
  return found;
}

/** The address as it is, if it is one of the web; else null. */
function webAddress(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { protocol, hostname } = new URL(text);
  return (protocol === "http:" || protocol === "https:") && hostname !== "" ? text : null;
}

/** Without the full stop after it, and without a bracket that was opened before it. */
function trimmed(address: string): string {
  let text = address;
  for (;;) {
    const shorter = text.replace(AFTER, "");
    const closed = /[)\]}]$/.exec(shorter)?.[0];
    const opening = closed === undefined ? "" : { ")": "(", "]": "[", "}": "{" }[closed];
    const isOpened = opening !== undefined && opening !== "" && shorter.includes(opening);
    text = closed !== undefined && !isOpened ? shorter.slice(0, -1) : shorter;
    if (text === shorter) return text;
  }
}

/** A longer name goes before a shorter one that it begins with. */
function* withMentions(text: string, mentions: Message["mentions"]): Generator<Part> {
  const byLength = [...mentions].sort((a, b) => b.name.length - a.name.length);
  let from = 0;
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    const called = byLength.find(({ name }) => text.startsWith(name, at + 1));
    if (called === undefined) continue;
    if (at > from) yield { kind: "words", text: text.slice(from, at) };
    from = at + 1 + called.name.length;
    yield { kind: "mention", text: text.slice(at, from), member: called.member };
  }
  if (from < text.length) yield { kind: "words", text: text.slice(from) };
}
