/**
 * Enters in the ledger what this page moves: by its editor, in the same transaction, and by undo, in the next one. And it sees to it that
 * a line is born with the text that goes in it: two people who begin in an empty line would each make one, and y-prosemirror makes
 * two texts side by side into one on several pages at once.
 */

import type { Node, Schema } from "@tiptap/pm/model";
import * as Y from "yjs";
import { type Drawn, writeLetters } from "./exact";
import { enter, KNOWN, type Moved } from "./ledger";
import { emptyMovedIn, isWords, movedIn, wordsSince } from "./moved";

/** What is used of y-prosemirror's binding: it is told the page after each change. */
interface Told extends Drawn {
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
      giveTexts(transaction, schema);
      const moved = [...movedIn(transaction), ...emptyMovedIn(transaction)];
      enter(doc, [...moved, ...knownTo(doc, moved)]);
    }, origin);
  };
  const undone = (transaction: Y.Transaction) => {
    if (transaction.origin !== undo) return;
    const moved = broughtBack(transaction, undo);
    if (moved.length > 0) doc.transact(() => enter(doc, moved), RECORD);
  };
  const join = (transaction: Y.Transaction) => {
    if (!transaction.local) joinTexts(transaction);
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

/** How far this page has seen what others wrote in the texts from which it moved something. */
function knownTo({ store, clientID }: Y.Doc, moved: readonly Moved[]): Moved[] {
  const texts = new Set<Y.Text>();
  for (const { from } of moved) {
    const item: unknown = Y.getItem(store, Y.createID(from.client, from.clock));
    if (isWords(item) && item.parent instanceof Y.Text && item.parent._item?.deleted === false) texts.add(item.parent);
  }
  const clients = new Set<number>();
  for (const text of texts)
    for (let item = text._start; item !== null; item = item.right) if (isWords(item)) clients.add(item.id.client);
  if (texts.size > 0) clients.add(clientID); // so that it is known that nobody else was
  return [...clients].map((client) => ({
    from: { client, clock: Y.getState(store, client), length: 1 },
    to: KNOWN,
  }));
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
        if (!isWords(struct) || struct.redone === null) continue;
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

/** The same text in two rows of stretches, which needn't be cut in the same places. */
function alongside(
  from: readonly { readonly client: number; readonly clock: number; readonly length: number }[],
  to: readonly Y.Item[],
): Moved[] {
  const clocks = to.flatMap(({ id, length }) => Array.from({ length }, (_, n) => id.clock + n));
  const moved: Moved[] = [];
  let at = 0;
  for (const { client, clock, length } of from) {
    for (let n = 0; n < length; n++, at++) {
      const target = clocks[at];
      const last = moved.at(-1);
      if (target === undefined) return moved;
      if (
        last !== undefined &&
        last.from.client === client &&
        last.from.clock + last.from.length === clock + n &&
        last.to + last.from.length === target
      )
        moved.splice(-1, 1, { from: { ...last.from, length: last.from.length + 1 }, to: last.to });
      else moved.push({ from: { client, clock: clock + n, length: 1 }, to: target });
    }
  }
  return moved;
}
