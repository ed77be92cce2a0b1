/**
 * Enters in the ledger what this page moves: by its editor, in the same transaction, and by undo, in the next one. And it sees to it that
 * a line is born with the text that goes in it: two people who begin in an empty line would each make one, and y-prosemirror makes
 * two texts side by side into one on several pages at once.
 */

import type { Node, Schema } from "@tiptap/pm/model";
import * as Y from "yjs";
import { type Drawn, writeLetters } from "./exact";
import { KEEPER } from "./keeper";
import { isLeaf, knownTo, leavesMovedIn, renewLeaves } from "./leaves";
import { enter, type Moved } from "./ledger";
import { alongside, emptyMovedIn, isWords, movedIn, wordsSince } from "./moved";

/** What is used of y-prosemirror's binding: it is told the page after each change. */
interface Told extends Drawn {
  readonly mapping: Map<unknown, unknown>;
  _prosemirrorChanged(page: Node): void;
}

/** `origin` is the binding's own, so that undo takes a move back as one. Returns what ends it. */
export function recordMoves(
  { binding, origin, undo }: { readonly binding: Told; readonly origin: unknown; readonly undo: Y.UndoManager },
  doc: Y.Doc,
  schema: Schema,
): () => void {
  const write = binding._prosemirrorChanged;
  binding._prosemirrorChanged = (page) => {
    doc.transact((transaction) => {
      writeLetters(binding, page);
      write.call(binding, page);
      renewLeaves(transaction, binding.mapping);
      giveTexts(transaction, schema);
      const moved = [...movedIn(transaction), ...emptyMovedIn(transaction), ...leavesMovedIn(transaction)];
      enter(doc, [...moved, ...knownTo(doc, moved)]);
    }, origin);
  };
  const undone = (transaction: Y.Transaction) => {
    if (transaction.origin !== undo) return;
    const moved = broughtBack(transaction, undo);
    if (moved.length > 0) doc.transact(() => enter(doc, moved), RECORD);
  };
  const join = (transaction: Y.Transaction) => {
    if (!transaction.local || transaction.origin === KEEPER) joinTexts(transaction);
  };
  doc.on("afterTransaction", undone);
  doc.on("beforeObserverCalls", join);
  return () => {
    binding._prosemirrorChanged = write;
    doc.off("afterTransaction", undone);
    doc.off("beforeObserverCalls", join);
  };
}

const RECORD = "record";

function giveTexts({ doc, beforeState }: Y.Transaction, schema: Schema): void {
  const before = beforeState.get(doc.clientID) ?? 0;
  const structs = doc.store.clients.get(doc.clientID) ?? [];
  if (Y.getState(doc.store, doc.clientID) <= before) return;
  for (const struct of structs.slice(Y.findIndexSS(structs, before))) {
    if (!(struct instanceof Y.Item) || struct.deleted || !(struct.content instanceof Y.ContentType)) continue;
    const { type } = struct.content;
    if (type instanceof Y.XmlElement && type.length === 0 && schema.nodes[type.nodeName]?.isTextblock)
      type.insert(0, [new Y.XmlText()]);
  }
}

/** What undo or redo wrote again of what had been deleted. */
function broughtBack({ doc, beforeState }: Y.Transaction, { currStackItem }: Y.UndoManager): Moved[] {
  if (currStackItem === null) return [];
  const moved: Moved[] = [];
  const before = beforeState.get(doc.clientID) ?? 0;
  for (const [client, ranges] of currStackItem.deletions.clients) {
    const structs = doc.store.clients.get(client) ?? [];
    for (const { clock, len } of ranges) {
      for (let at = Y.findIndexSS(structs, clock); at < structs.length; at++) {
        const struct = structs[at];
        if (struct === undefined || struct.id.clock >= clock + len) break;
        if (!(isWords(struct) || isLeaf(struct)) || struct.redone === null) continue;
        const { redone, id, length } = struct;
        if (redone.client === doc.clientID && redone.clock >= before)
          moved.push({ from: { ...id, length }, to: redone.clock });
      }
    }
  }
  return moved;
}

/** Two texts side by side become one, before anybody draws them: by the page that made the second one. */
function joinTexts({ changed, doc }: Y.Transaction): void {
  for (const [type, keys] of changed) {
    if (!(type instanceof Y.XmlElement) || !keys.has(null)) continue;
    for (let at = 1; at < type.length; at++) {
      const [left, right] = type.slice(at - 1, at + 1);
      if (!(left instanceof Y.XmlText) || !(right instanceof Y.XmlText)) continue;
      if (right._item?.id.client !== doc.clientID) continue;
      doc.transact(() => {
        const since = Y.getState(doc.store, doc.clientID);
        left.applyDelta([{ retain: left.length }, ...right.toDelta()]);
        const words: { client: number; clock: number; length: number }[] = [];
        for (let item = right._start; item !== null; item = item.right)
          if (isWords(item) && !item.deleted) words.push({ ...item.id, length: item.length });
        enter(doc, alongside(words, wordsSince(doc, since)));
        type.delete(at, 1);
      }, RECORD);
      at--;
    }
  }
}
