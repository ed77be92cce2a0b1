/** What the toolbar offers, as data: a name that the editor knows, a label, the keys, and what it does. */

import type { Editor } from "@tiptap/core";
import { redoCommand, undoCommand } from "y-prosemirror";
import { askForChord } from "../song/chordfield";
import type { Kind } from "./kind";

export interface Tool {
  readonly name: string;
  /** Holds what its face shows, for who says it aloud. */
  readonly label: string;
  /** As ProseMirror writes them, for the tip; empty where there are none. */
  readonly keys: string;
  /** Whether it is on where the cursor is; null for what happens once. */
  isOn(editor: Editor): boolean | null;
  can(editor: Editor): boolean;
  /** What the toolbar itself asks more about first, by its name. */
  readonly run: ((editor: Editor) => void) | "link" | "picture";
}

function toggle(name: string, label: string, keys: string, run: Tool["run"]): Tool {
  return { name, label, keys, isOn: (editor) => editor.isActive(name), can: () => true, run };
}

function heading(level: 1 | 2 | 3, label: string): Tool {
  return {
    name: `heading${level}`,
    label,
    keys: `Mod-Alt-${level}`,
    isOn: (editor) => editor.isActive("heading", { level }),
    can: () => true,
    run: (editor) => editor.chain().focus().toggleHeading({ level }).run(),
  };
}

/** Makes the lines at the cursor such lines, or paragraphs again. */
function lines(name: string, label: string): Tool {
  return toggle(name, label, "", (editor) => editor.chain().focus().toggleNode(name, "paragraph").run());
}

const SCRIPT: readonly Tool[] = [
  lines("sceneHeading", "Scene heading"),
  lines("action", "Action"),
  lines("character", "Character"),
  lines("parenthetical", "Parenthetical"),
  lines("dialogue", "Dialogue"),
  lines("transition", "Transition"),
  lines("synopsis", "Synopsis"),
];

const SONG: readonly Tool[] = [
  lines("section", "Part of the song"),
  lines("lyric", "Lyrics"),
  {
    name: "chord",
    label: "Chord",
    keys: "Alt-Enter",
    isOn: () => null,
    can: (editor) => editor.state.selection.$from.parent.inlineContent && !editor.isActive("codeBlock"),
    run: (editor) => askForChord(editor, null),
  },
];

const TEXT: readonly Tool[] = [
  heading(1, "H1 title"),
  heading(2, "H2 heading"),
  heading(3, "H3 small heading"),
  toggle("bold", "Bold", "Mod-b", (editor) => editor.chain().focus().toggleBold().run()),
  toggle("italic", "Italic", "Mod-i", (editor) => editor.chain().focus().toggleItalic().run()),
  toggle("underline", "Underlined", "Mod-u", (editor) => editor.chain().focus().toggleUnderline().run()),
  toggle("strike", "Struck through", "Mod-Shift-s", (editor) => editor.chain().focus().toggleStrike().run()),
  toggle("code", "Code", "Mod-e", (editor) => editor.chain().focus().toggleCode().run()),
  toggle("link", "Link", "", "link"),
  toggle("bulletList", "List", "Mod-Shift-8", (editor) => editor.chain().focus().toggleBulletList().run()),
  toggle("orderedList", "Numbered list", "Mod-Shift-7", (editor) => editor.chain().focus().toggleOrderedList().run()),
  toggle("blockquote", "Quote", "Mod-Shift-b", (editor) => editor.chain().focus().toggleBlockquote().run()),
  toggle("codeBlock", "Block of code", "Mod-Alt-c", (editor) => editor.chain().focus().toggleCodeBlock().run()),
  { name: "picture", label: "Picture", keys: "", isOn: () => null, can: () => true, run: "picture" },
  {
    name: "horizontalRule",
    label: "Divider",
    keys: "",
    isOn: () => null,
    can: () => true,
    run: (editor) => editor.chain().focus().setHorizontalRule().run(),
  },
];

const AGAIN: readonly Tool[] = [
  {
    name: "undo",
    label: "Undo what you did",
    keys: "Mod-z",
    isOn: () => null,
    can: (editor) => undoCommand(editor.state) === true,
    run: (editor) => {
      undoCommand(editor.state, editor.view.dispatch);
      editor.commands.focus();
    },
  },
  {
    name: "redo",
    label: "Redo what you did",
    keys: "Mod-Shift-z",
    isOn: () => null,
    can: (editor) => redoCommand(editor.state) === true,
    run: (editor) => {
      redoCommand(editor.state, editor.view.dispatch);
      editor.commands.focus();
    },
  },
];

const OWN: Readonly<Record<Kind, readonly Tool[]>> = {
  story: [...TEXT, ...AGAIN],
  notes: [...TEXT, ...AGAIN],
  song: [...SONG, ...AGAIN, ...TEXT],
  script: [...SCRIPT, ...AGAIN, ...TEXT],
};

const OTHERS: Readonly<Record<Kind, readonly Tool[]>> = {
  story: [...SONG, ...SCRIPT],
  notes: [...SONG, ...SCRIPT],
  song: SCRIPT,
  script: SONG,
};

/** What such a document needs, what it needs most first. */
export function ownTools(kind: Kind): readonly Tool[] {
  return OWN[kind];
}

/** All of them, its own first. */
export function toolsFor(kind: Kind): readonly Tool[] {
  return [...OWN[kind], ...OTHERS[kind]];
}
