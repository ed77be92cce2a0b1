/** Puts proposals in the place of what somebody does who is suggesting, before anything else sees it. */

import { Extension } from "@tiptap/core";
import { AddMarkStep, RemoveMarkStep, type Step } from "@tiptap/pm/transform";
import { ySyncPluginKey } from "y-prosemirror";
import { isSuggestion } from "./pieces";
import { plainly, propose } from "./propose";

/** Says of a transaction that it is about suggestions itself, and not to be made one. */
export const DECIDED = "suggestions";

/** `who` is the member that is suggesting now, or null; `draw` names a suggestion. */
export const proposing = (who: () => string | null, draw: () => string = newId): Extension =>
  Extension.create({
    name: "proposing",
    // Before others look at a transaction, so that they see what becomes of it.
    priority: 1100,
    dispatchTransaction({ transaction, next }) {
      const others = transaction.getMeta(ySyncPluginKey) !== undefined;
      if (!transaction.docChanged || others || transaction.getMeta(DECIDED) !== undefined) {
        next(transaction);
        return;
      }
      if (transaction.steps.some(isMisread)) return;
      const member = who();
      const instead =
        member === null ? (plainly(transaction) ?? transaction) : propose(transaction, this.editor.state, member, draw);
      if (instead !== null) next(instead);
    },
  });

/** A browser that puts words into another element changes no suggestion: only deciding does. */
function isMisread(step: Step): boolean {
  return (step instanceof AddMarkStep || step instanceof RemoveMarkStep) && isSuggestion(step.mark);
}

export function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(6))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
