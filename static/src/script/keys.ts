/** Enter and Tab in a screenplay. The rules are in `order.ts`; Escape before Tab lets Tab leave the page, for who has only keys. */

import { type Editor, Extension } from "@tiptap/core";
import type { Attrs, NodeType, ResolvedPos } from "@tiptap/pm/model";
import { TextSelection, type Transaction } from "@tiptap/pm/state";
import type { Kinded } from "../story/kind";
import { AFTER, type Element, INSTEAD, isElement, nextTitleKey, TAB_AFTER, tabInstead } from "./order";
import { speakers } from "./speakers";

/** Between a place and its time of day. */
const DASH = " - ";

export const ScriptKeys = Extension.create<Kinded, { leaving: boolean }>({
  name: "scriptKeys",
  // Before lists, which have Tab and Enter too.
  priority: 200,
  addStorage: () => ({ leaving: false }),

  addKeyboardShortcuts() {
    const { storage } = this;
    const tab = (editor: Editor, back: boolean): boolean => {
      if (storage.leaving) return false;
      const here = elementHere(editor, this.options.kind() === "script");
      return here !== null && goByTab(editor, here, back);
    };
    return {
      Enter: ({ editor }) => {
        const here = elementHere(editor, this.options.kind() === "script");
        return here !== null && goByEnter(editor, here);
      },
      Tab: ({ editor }) => tab(editor, false),
      "Shift-Tab": ({ editor }) => tab(editor, true),
      Escape: () => {
        storage.leaving = true;
        return false;
      },
    };
  },

  onTransaction() {
    this.storage.leaving = false;
  },
});

interface Here {
  readonly element: Element;
  readonly $from: ResolvedPos;
  readonly isEmpty: boolean;
  /** Whether nothing but a parenthetical's closing sign stands after the cursor. */
  readonly isAtEnd: boolean;
}

/** Where the cursor is, if it is in an element; null with words selected. A paragraph in a script is action. */
function elementHere({ state }: Editor, inScript: boolean): Here | null {
  const { $from, empty } = state.selection;
  const { name } = $from.parent.type;
  const element = inScript && name === "paragraph" && $from.depth === 1 ? "action" : name;
  if (!empty || !isElement(element)) return null;
  const rest = $from.parent.textBetween($from.parentOffset, $from.parent.content.size, undefined, "\ufffc");
  const isEmpty = $from.parent.content.size === 0 || (element === "parenthetical" && $from.parent.textContent === "()");
  return { element, $from, isEmpty, isAtEnd: rest === "" || (element === "parenthetical" && rest === ")") };
}

function goByEnter(editor: Editor, { element, $from, isEmpty, isAtEnd }: Here): boolean {
  if (isEmpty) return turn(editor, $from, INSTEAD[element]);
  if (!isAtEnd) return false;
  const { doc } = editor.state;
  if (element === "action" && speakers(doc).has(nameOf($from.parent.textContent))) {
    // A line that is somebody's name is who speaks next.
    return turn(editor, $from, "character") && begin(editor, "dialogue");
  }
  return begin(editor, AFTER[element]);
}

function goByTab(editor: Editor, { element, $from, isEmpty, isAtEnd }: Here, back: boolean): boolean {
  if (isEmpty) return turn(editor, $from, tabInstead(element, back));
  if (back || !isAtEnd) return true; // A Tab in the middle of words has nothing to do here, and mustn't leave by accident.
  if (element === "sceneHeading") {
    if ($from.parent.textContent.includes(DASH)) return begin(editor, "action");
    editor.view.dispatch(editor.state.tr.insertText(DASH));
    return true;
  }
  return begin(editor, TAB_AFTER[element]);
}

/** A name as it is compared: without what is in brackets after it, and its case. */
export function nameOf(text: string): string {
  const name = text.replace(/\(.*$/, "").trim();
  return name === name.toUpperCase() ? name : "";
}

function typeOf(editor: Editor, element: Element): NodeType | undefined {
  return editor.schema.nodes[element];
}

function attrsOf(element: Element, $from: ResolvedPos): Attrs | null {
  return element === "titleLine" ? { key: nextTitleKey(String($from.parent.attrs.key ?? "")) } : null;
}

/** Makes the line at the cursor another element, with nothing in it but what that element always has. */
export function turn(editor: Editor, $from: ResolvedPos, element: Element): boolean {
  const type = typeOf(editor, element);
  if (type === undefined) return false;
  const { tr } = editor.state;
  if ($from.parent.textContent === "()") tr.delete($from.start(), $from.end());
  tr.setBlockType($from.start(), $from.start(), type, attrsOf(element, $from));
  editor.view.dispatch(withBrackets(tr, element).scrollIntoView());
  return true;
}

/** Begins a new line below the one at the cursor. */
function begin(editor: Editor, element: Element): boolean {
  const type = typeOf(editor, element);
  const { $from } = editor.state.selection;
  if (type === undefined) return false;
  const { tr } = editor.state;
  const at = $from.after();
  tr.insert(at, type.create(attrsOf(element, $from)));
  tr.setSelection(TextSelection.create(tr.doc, at + 1));
  editor.view.dispatch(withBrackets(tr, element).scrollIntoView());
  return true;
}

/** A new parenthetical has its signs, with the cursor between them. */
function withBrackets(tr: Transaction, element: Element): Transaction {
  const { $from } = tr.selection;
  if (element !== "parenthetical" || $from.parent.content.size > 0) return tr;
  const at = $from.pos;
  return tr.insertText("()", at).setSelection(TextSelection.create(tr.doc, at + 1));
}
