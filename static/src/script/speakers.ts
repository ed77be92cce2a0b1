/** Who and where: the names and places that a script has so far, read from its lines. */

import type { Node } from "@tiptap/pm/model";

/** `INT.`, `EXT.`, `I/E` and the like, at the beginning of a scene heading. */
export const INTRO = /^(?:int\.?\/ext|int|ext|est|i\/e)[. ]\s*/i;

/** The names of a document's speakers, in capitals, the one who spoke last first; each with how it was first written. */
export function speakers(doc: Node): Map<string, string> {
  return lastFirst(doc, "character", (text) => text.replace(/\(.*$|\^\s*$/g, "").trim());
}

/** The places of a document's scenes, in the same way. */
export function places(doc: Node): Map<string, string> {
  return lastFirst(doc, "sceneHeading", (text) => (text.replace(INTRO, "").split(/\s+[-–—]\s+/)[0] ?? "").trim());
}

function lastFirst(doc: Node, type: string, of: (text: string) => string): Map<string, string> {
  const found = new Map<string, string>();
  doc.forEach((block) => {
    if (block.type.name !== type) return;
    const name = of(block.textContent);
    if (name === "") return;
    const key = name.toUpperCase();
    const first = found.get(key) ?? name;
    found.delete(key);
    found.set(key, first);
  });
  return new Map([...found].reverse());
}
