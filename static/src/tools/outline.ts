/** The parts of a document: its headings, its scenes, the parts of its song. Pure. */

import type { Node } from "@tiptap/pm/model";
import { PART_LEVEL } from "../story/part";

export interface Part {
  /** Where its block begins. */
  readonly at: number;
  readonly text: string;
  /** 1 to 3: how deep it lies. */
  readonly level: number;
}

const LEVELS: Readonly<Record<string, number>> = { sceneHeading: PART_LEVEL, section: PART_LEVEL };

/** In the order of the text. One that is empty is left out: there is nothing to call it by. */
export function outline(doc: Node): readonly Part[] {
  const parts: Part[] = [];
  doc.forEach((node, at) => {
    const level = node.type.name === "heading" ? Number(node.attrs.level) : LEVELS[node.type.name];
    const text = node.textContent.trim();
    if (level !== undefined && text !== "") parts.push({ at, text, level });
  });
  return parts;
}

/** The part that a place lies in: the last that begins before it; -1 above the first. */
export const partAt = (parts: readonly Part[], place: number): number => parts.findLastIndex(({ at }) => at < place);

export function sameParts(a: readonly Part[], b: readonly Part[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ at, text, level }, index) => {
      const other = b[index];
      return other !== undefined && other.at === at && other.text === text && other.level === level;
    })
  );
}
