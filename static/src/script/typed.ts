/**
 * Fountain's signs (fountain.io/syntax), which turn a line into its element as they are typed. Only in scripts, and in lines that
 * belong to one, since `@` and `=` mean nothing in a story. The signs go, the words stay as they were typed.
 */

import { Extension, InputRule } from "@tiptap/core";
import type { Attrs, ResolvedPos } from "@tiptap/pm/model";
import { TextSelection, type Transaction } from "@tiptap/pm/state";
import type { Kinded } from "../story/kind";
import { type Element, isElement } from "./order";

interface Sign {
  /** Matched against the line up to the cursor. What stays of it is the group `words`. */
  readonly find: RegExp;
  readonly to: Element | "lyric" | "pageBreak";
  /** Where it counts; in every element where nothing is said. */
  readonly in?: readonly Element[];
  readonly attrs?: (groups: Readonly<Record<string, string>>) => Attrs;
}

// After a speech Enter offers the next one, and after an empty line a scene: the first words may say that the line is something
// else. Such lines show capitals, however they are typed.
const SIGNS: readonly Sign[] = [
  {
    find: /^(?<words>(?:int\.?\/ext|int|ext|est|i\/e)[. ])$/i,
    to: "sceneHeading",
    in: ["action", "character", "transition"],
  },
  { find: /^\.(?<words>[^\s.])$/, to: "sceneHeading" },
  { find: /^@(?<words>\S)$/, to: "character" },
  { find: /^!(?<words>\S)$/, to: "action" },
  { find: /^~\s?(?<words>\S)$/, to: "lyric" },
  { find: /^=\s$/, to: "synopsis" },
  { find: /^===$/, to: "pageBreak" },
  { find: /^>(?:\s|(?<words>\S))$/, to: "transition" },
  { find: /^(?<words>[A-Z][A-Z ]* TO:)$/, to: "transition", in: ["action"] },
  { find: /^(?<words>FADE OUT\.|FADE TO BLACK\.)$/, to: "transition", in: ["action"] },
  {
    find: /^(?<words>[a-z][a-z ]* to:|fade out\.|fade to black\.)$/i,
    to: "transition",
    in: ["sceneHeading", "character"],
  },
  { find: /^(?<words>.*\S)\s*<$/, to: "action", in: ["transition"], attrs: () => ({ centered: true }) },
  { find: /^\($/, to: "parenthetical", in: ["dialogue", "character"] },
  { find: /^(?<words>.*\S)\s*\^$/, to: "character", in: ["character"], attrs: () => ({ dual: true }) },
  {
    find: /^(?<words>.*\S)\s*#(?<number>[^#\s]+)#$/,
    to: "sceneHeading",
    in: ["sceneHeading"],
    attrs: ({ number }) => ({ number }),
  },
  {
    find: /^(?<key>Title|Credit|Authors?|Source|Draft date|Contact|Copyright|Revision|Notes):\s$/i,
    to: "titleLine",
    in: ["action", "titleLine"],
    attrs: ({ key }) => ({ key }),
  },
];

export const ScriptSigns = Extension.create<Kinded>({
  name: "scriptSigns",
  // Before the quote's own `>`.
  priority: 200,

  addInputRules() {
    const { editor } = this;
    return SIGNS.map(
      (sign) =>
        new InputRule({
          find: (text) => {
            if (!counts(sign, editor.state.selection.$from, this.options.kind() === "script")) return null;
            const match = sign.find.exec(text);
            return match === null ? null : { index: 0, text, data: { groups: match.groups ?? {} } };
          },
          handler: ({ state: { tr }, match }) => turnByType(tr, sign, match[0], match.data?.groups ?? {}),
        }),
    );
  },
});

/** Whether a sign counts in this line. Below an element of a script it counts in any document. */
function counts(sign: Sign, $from: ResolvedPos, inScript: boolean): boolean {
  if ($from.depth !== 1) return false;
  const { name } = $from.parent.type;
  const before = $from.index(0) > 0 ? $from.doc.child($from.index(0) - 1).type.name : "";
  const element = name === "paragraph" && (inScript || isElement(before)) ? "action" : name;
  if (!isElement(element)) return false;
  // A title page comes before everything else.
  if (sign.to === "titleLine" && before !== "" && before !== "titleLine") return false;
  return sign.in === undefined || sign.in.includes(element);
}

/** What was typed is in the transaction's document by now, up to the cursor. */
function turnByType(tr: Transaction, sign: Sign, typed: string, groups: Readonly<Record<string, string>>): void {
  const { nodes } = tr.doc.type.schema;
  const type = nodes[sign.to];
  if (type === undefined) return;
  const { $from } = tr.selection;
  const { words = "" } = groups;
  const begin = $from.pos - typed.length;
  const wordsBegin = begin + typed.indexOf(words);
  tr.delete(wordsBegin + words.length, $from.pos).delete(begin, wordsBegin);
  if (sign.to === "pageBreak") {
    tr.insert($from.before(), type.create());
    return;
  }
  tr.setBlockType(begin, begin, type, sign.attrs?.(groups) ?? null);
  if (sign.to === "parenthetical") {
    tr.insertText("()", begin).setSelection(TextSelection.create(tr.doc, begin + 1));
  }
}
