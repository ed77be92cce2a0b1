/** The files that a page can become and be made of: how each is named, ends, and what it is for. */

import type { DocumentInfo } from "../room/model";

export interface Outgoing {
  /** As the server names it. */
  readonly format: "docx" | "epub" | "fountain" | "chordpro" | "markdown" | "html" | "text";
  readonly title: string;
  readonly means: string;
  /** The kinds of pages it is there for; all of them where nothing is said. */
  readonly kinds?: readonly DocumentInfo["kind"][];
}

export const OUTGOING: readonly Outgoing[] = [
  { format: "docx", title: "Word", means: "For editors, publishers and everybody with a word processor." },
  { format: "epub", title: "EPUB", means: "A book for e-readers and phones, with a chapter for each first heading." },
  {
    format: "fountain",
    title: "Fountain",
    means: "For screenwriters' programs: plain text that they all read.",
    kinds: ["script", "notes"],
  },
  {
    format: "chordpro",
    title: "ChordPro",
    means: "For songbooks and stages: the words with their chords, ready to transpose.",
    kinds: ["song"],
  },
  { format: "markdown", title: "Markdown", means: "Plain text with signs, for any editor, now and in thirty years." },
  { format: "html", title: "Web page", means: "One file that opens in any browser, and prints from there." },
  { format: "text", title: "Text", means: "The words alone." },
];

interface Incoming {
  readonly ending: string;
  readonly type: string;
  readonly kind: DocumentInfo["kind"];
}

const WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

export const INCOMING: readonly Incoming[] = [
  { ending: "docx", type: WORD, kind: "story" },
  { ending: "md", type: "text/markdown", kind: "story" },
  { ending: "markdown", type: "text/markdown", kind: "story" },
  { ending: "fountain", type: "text/vnd.fountain", kind: "script" },
  { ending: "spmd", type: "text/vnd.fountain", kind: "script" },
  { ending: "cho", type: "text/vnd.chordpro", kind: "song" },
  { ending: "crd", type: "text/vnd.chordpro", kind: "song" },
  { ending: "chopro", type: "text/vnd.chordpro", kind: "song" },
  { ending: "html", type: "text/html", kind: "story" },
  { ending: "htm", type: "text/html", kind: "story" },
  { ending: "txt", type: "text/plain", kind: "story" },
];

export const ACCEPTED = INCOMING.map(({ ending }) => `.${ending}`).join();

/** What a file is, by its name: browsers know few of these types, and systems call them different things. */
export function incoming(name: string): Incoming | null {
  const ending = name.split(".").at(-1)?.toLowerCase();
  return INCOMING.find((known) => known.ending === ending) ?? null;
}

/** A whole room in a file. */
export const isBundle = (name: string): boolean => name.toLowerCase().endsWith(".tutti");
export const BUNDLE = "application/zip";

/** A title for the page that a file becomes: its name, without its ending. */
export const titleOf = (name: string): string => name.replace(/\.[^.]*$/, "").slice(0, 200) || "A page";

/** The file's name in a `Content-Disposition` (RFC 6266), which the server always writes as RFC 8187 has it. */
export function fileName(disposition: string | null): string {
  const found = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? "")?.[1];
  return found === undefined ? "page" : decodeURIComponent(found);
}
