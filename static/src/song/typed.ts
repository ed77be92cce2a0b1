/**
 * Writing songs: `[Am]` becomes a chord and `[Verse 1]` on its own line a label as they are typed, Enter goes to the next line, and
 * a chord beside the cursor is moved by Alt and an arrow.
 */

import { type Editor, Extension, InputRule } from "@tiptap/core";
import type { Node, ResolvedPos } from "@tiptap/pm/model";
import { TextSelection } from "@tiptap/pm/state";
import type { Kinded } from "../story/kind";
import { isChord } from "./chords";

const BRACKETED = /(?<!\[)\[(?<name>[^[\]]{1,40})\]$/;

export const SongTyping = Extension.create<Kinded>({
  name: "songTyping",
  priority: 190,

  addInputRules() {
    const { editor } = this;
    const isSong = () => this.options.kind() === "song";
    return [
      new InputRule({
        find: (text) => {
          const match = BRACKETED.exec(text);
          const name = match?.groups?.name;
          const { $from } = editor.state.selection;
          if (match === null || name === undefined || !takesChords($from, isSong())) return null;
          const isWhole = match.index === 0 && text.length === match[0].length;
          if (!isChord(name) && !isWhole) return null;
          return { index: match.index, text: match[0], data: { name: name.trim() } };
        },
        handler: ({ state: { tr }, match }) => {
          const { chord, lyric, section } = tr.doc.type.schema.nodes;
          const name: unknown = match.data?.name;
          if (chord === undefined || typeof name !== "string") return;
          const end = tr.selection.from;
          const { $from } = tr.selection;
          const begin = end - match[0].length;
          if (isChord(name)) {
            tr.replaceWith(begin, end, chord.create({ name }));
            if ($from.parent.type.name === "paragraph" && lyric !== undefined) tr.setBlockType(begin, begin, lyric);
          } else if (section !== undefined) {
            tr.insertText(name, begin, end).setBlockType(begin, begin, section);
          }
        },
      }),
    ];
  },

  addKeyboardShortcuts() {
    return {
      Enter: ({ editor }) => nextLine(editor),
      Backspace: ({ editor }) => leaveLine(editor),
      "Alt-ArrowLeft": ({ editor }) => moveChord(editor, -1),
      "Alt-ArrowRight": ({ editor }) => moveChord(editor, 1),
    };
  },
});

function takesChords({ parent, depth }: ResolvedPos, isSong: boolean): boolean {
  return depth === 1 && (parent.type.name === "lyric" || (isSong && parent.type.name === "paragraph"));
}

/** After a label comes a line of the song. */
function nextLine({ state, view }: Editor): boolean {
  const { $from, empty } = state.selection;
  const { lyric } = state.schema.nodes;
  const isAtEnd = $from.parentOffset === $from.parent.content.size;
  const { name } = $from.parent.type;
  if (!empty || !isAtEnd || lyric === undefined || (name !== "section" && name !== "lyric")) return false;
  const tr = state.tr.insert($from.after(), lyric.create());
  view.dispatch(tr.setSelection(TextSelection.create(tr.doc, $from.after() + 1)).scrollIntoView());
  return true;
}

/** At the beginning of a line: back to a paragraph, as with headings. */
function leaveLine({ state, view }: Editor): boolean {
  const { $from, empty } = state.selection;
  const { paragraph } = state.schema.nodes;
  const { name } = $from.parent.type;
  if (!empty || $from.parent.content.size > 0 || paragraph === undefined || $from.depth !== 1) return false;
  const before = $from.index(0) > 0 ? state.doc.child($from.index(0) - 1).type.name : "";
  // An empty line in the middle of a song goes away like any other.
  if ((name !== "section" && name !== "lyric") || before === "lyric" || before === "section") return false;
  view.dispatch(state.tr.setBlockType($from.pos, $from.pos, paragraph));
  return true;
}

/** The chord beside a position, the one before it first. */
export function chordBeside($at: ResolvedPos): { readonly node: Node; readonly at: number } | null {
  const { nodeBefore, nodeAfter, pos } = $at;
  if (nodeBefore?.type.name === "chord") return { node: nodeBefore, at: pos - nodeBefore.nodeSize };
  return nodeAfter?.type.name === "chord" ? { node: nodeAfter, at: pos } : null;
}

/** Moves the chord beside the cursor over one character, and the cursor with it. */
function moveChord({ state, view }: Editor, by: -1 | 1): boolean {
  const { $from, empty } = state.selection;
  const found = empty ? chordBeside($from) : null;
  if (found === null) return false;
  const { node, at } = found;
  const line = $from.parent;
  const to = step(line, at - $from.start(), node.nodeSize, by);
  if (to === null) return true; // it is at the line's end: the key must not make the browser go back a page
  const { tr } = state;
  tr.delete(at, at + node.nodeSize).insert($from.start() + to, node);
  const cursor = $from.start() + to + ($from.pos > at ? node.nodeSize : 0);
  view.dispatch(tr.setSelection(TextSelection.create(tr.doc, cursor)).scrollIntoView());
  return true;
}

/** Where in the line without it the chord goes; never into the middle of a character. */
function step(line: Node, at: number, size: number, by: -1 | 1): number | null {
  const text =
    line.textBetween(0, at, undefined, "\ufffc") + line.textBetween(at + size, line.content.size, undefined, "\ufffc");
  let to = at + by;
  while (to > 0 && to < text.length && /[\udc00-\udfff]|\p{M}/u.test(text.charAt(to))) to += by;
  return to < 0 || to > text.length ? null : to;
}
