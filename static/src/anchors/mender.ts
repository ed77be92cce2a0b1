/**
 * Keeps comments and suggestions on their words where people wrote apart.
 *
 * Yjs keeps a mark as two items between letters, and a letter is under it that lies between them. That is right as long as whoever
 * wrote saw what was there. Apart it goes wrong in two ways: who splits, joins or brings back a line writes its letters anew, and
 * whoever put a mark on them meanwhile put it on letters that are gone; and what is written, brought back or moved to the edge of a
 * mark that nobody saw yet may come to lie inside it, so that a click on *reject* would delete somebody's words.
 *
 * So each page answers for the letters that it wrote itself, as it alone knows how: which marks they had when it wrote them, and of
 * which letters they are copies. When others' changes come it puts right what has come wrong, as an ordinary change of marks that
 * all others get. No two pages answer for the same letter, so they don't undo each other's work. What somebody writes under a mark
 * of this page that they couldn't know is plain, too, for who wrote it may not be there any more.
 */

import { ySyncPluginKey } from "y-prosemirror";
import * as Y from "yjs";
import { ledgerOf, type Move, movesIn, type Stretch } from "../trail/ledger";
import { Ids } from "./ids";
import {
  isNew,
  isOnPurpose,
  itemsOf,
  kindOf,
  type Letters,
  lettersOf,
  lettersUnder,
  putMark,
  stretchOf,
  textsOf,
} from "./items";

/** What of the past is known, in moves of letters; what is older is forgotten. */
const MOVES = 4000;

/** Of a mark: what it says, and which letters may rightly have it, those included that are gone. */
interface Anchor {
  readonly says: object;
  readonly ids: Ids;
}

/** From a letter to its copy, or back. */
type Way = Pick<Move, "from" | "to">;

interface Change {
  readonly text: Y.XmlText;
  readonly at: number;
  readonly on: Stretch;
  readonly name: string;
  readonly says: object | null;
}

export class Mender {
  readonly #anchors = new Map<string, Anchor>();
  readonly #moves = new Map<number, Way[]>();
  readonly #copies = new Ids();
  /** Letters that are deleted, as far as others may know it; and those of which only this page knows, with its clock at that time. */
  readonly #gone = new Ids();
  #justGone: { readonly on: Stretch; readonly at: number }[] = [];
  /** The clients under which marks were made here. */
  readonly #made = new Set<number>();
  #count = 0;
  /** Marks that letters should have, by what came with the last transactions. */
  readonly #missing = new Map<string, Ids>();
  /** Letters that have come under a mark and shouldn't be. */
  readonly #astray = new Map<string, Ids>();
  /** Texts in which this page's own letters may have come under a mark. */
  readonly #look = new Set<Y.XmlText>();

  /** `mayWrite`: who has no pen puts nothing right. `known`: below which of this page's clocks others may know what it wrote. */
  constructor(
    readonly doc: Y.Doc,
    readonly mayWrite: () => boolean,
    readonly known: () => number,
  ) {
    doc.on("afterTransaction", (transaction: Y.Transaction) => this.#follow(transaction));
    doc.on("afterAllTransactions", (_: Y.Doc, transactions: readonly Y.Transaction[]) => {
      // The editor doesn't look at the document while it writes to it.
      if (transactions.some(({ origin }) => origin === ySyncPluginKey)) queueMicrotask(() => this.mend());
      else this.mend();
    });
  }

  /** Notes a mark that was made of what this page holds, and comes back from the server. */
  made(mark: Uint8Array): void {
    for (const client of Y.parseUpdateMeta(mark).from.keys()) this.#made.add(client);
  }

  /** Puts right what has come wrong, as far as it is known. */
  mend(): void {
    if (this.#missing.size + this.#astray.size + this.#look.size === 0) return;
    const changes = this.mayWrite() ? [...this.#changes()] : [];
    for (const looked of [this.#missing, this.#astray, this.#look]) looked.clear();
    if (changes.length === 0) return;
    this.doc.transact((transaction) => {
      for (const { text, at, on, name, says } of changes) {
        if (says === null) text.format(at, on.length, { [name]: null });
        else putMark(transaction, on, name, says);
      }
    }, this);
  }

  #follow(transaction: Y.Transaction): void {
    const { origin, local } = transaction;
    if (origin === this) return;
    const isUndo = origin instanceof Y.UndoManager;
    // Of what was before this page came it answers for nothing.
    if (transaction.beforeState.size > 0) {
      for (const move of this.#movesIn(transaction)) this.#moved(move);
      if (!local) this.#arrived(transaction);
    }
    this.#deleted(transaction);
    // Yjs tidies up marks in transactions of its own: what is drawn then was not looked at yet.
    if (local && !isUndo && origin !== ySyncPluginKey) return;
    for (const text of textsOf(transaction)) {
      if (text._item?.deleted === true) continue;
      for (const letters of lettersOf(text)) this.#seen(letters, transaction);
      if (!local || isUndo) this.#look.add(text);
    }
  }

  *#movesIn(transaction: Y.Transaction): Generator<Move> {
    const ledger = ledgerOf(this.doc);
    for (const { parent, content, id } of itemsOf(transaction))
      if (parent === ledger && content instanceof Y.ContentAny)
        for (const row of content.arr) yield* movesIn(row, id.client);
  }

  #moved(move: Move): void {
    if (this.#count === MOVES) {
      this.#moves.clear();
      this.#count = 0;
    }
    this.#count += 1;
    this.#copies.add(move.to);
    // Who moved the same letters has another copy of them, of which one stays: so a mark on either is on both.
    for (const way of [move, { from: move.to, to: move.from }]) {
      const ways = this.#moves.get(way.from.client);
      if (ways === undefined) this.#moves.set(way.from.client, [way]);
      else ways.push(way);
    }
    for (const [name, { ids }] of this.#anchors)
      for (const on of ids.within(move.from)) this.#go(name, on, move, kindOf(name) === "comment");
  }

  /** A mark goes along with letters that were moved. `asks`: whether it should be on them. */
  #go(name: string, on: Stretch, { from, to }: Way, asks: boolean): void {
    const [start, end] = [Math.max(on.clock, from.clock), Math.min(on.clock + on.length, from.clock + from.length)];
    if (start >= end) return;
    const copy = { client: to.client, clock: to.clock + start - from.clock, length: end - start };
    // Who wrote the copy doesn't know of the mark, and answers for it.
    if (asks && this.#isOwn(copy)) into(this.#missing, name).add(copy);
    this.#belongs(name, copy, asks);
  }

  /** Notes that letters may have a mark, and their copies too. */
  #belongs(name: string, on: Stretch, asks: boolean): void {
    const ids = this.#anchors.get(name)?.ids;
    if (ids === undefined) return;
    for (const added of ids.without(on)) {
      ids.add(added);
      for (const move of this.#moves.get(added.client) ?? []) this.#go(name, added, move, asks);
    }
  }

  /** Marks that others put on letters, as they saw them. */
  #arrived(transaction: Y.Transaction): void {
    for (const item of itemsOf(transaction)) {
      const { content } = item;
      if (!(content instanceof Y.ContentFormat) || content.value === null) continue;
      const kind = kindOf(content.key);
      if (kind === null) continue;
      this.#note(content);
      // Yjs also takes away a mark that lies on nothing; a comment's is taken away by nobody else.
      if (kind === "insertion" || (kind === "deletion" && item.deleted)) continue;
      if (kind === "comment" && !isOnPurpose(item)) continue;
      const sees = this.#made.has(item.id.client);
      for (const on of this.#lived(lettersUnder(item))) {
        if (sees || !this.#isUnknown(on)) this.#belongs(content.key, on, true);
        else if (kind === "comment")
          for (const each of this.#copies.without(on)) this.#belongs(content.key, each, true);
      }
    }
  }

  /**
   * Of the letters between the ends of a mark those that may have been there for who put it. What lies at an end certainly was;
   * what was gone before everybody's eyes, and was moved elsewhere, is not meant.
   */
  *#lived(letters: readonly Y.Item[]): Generator<Stretch> {
    const first = letters.findIndex(({ deleted }) => !deleted);
    const last = letters.findLastIndex(({ deleted }) => !deleted);
    for (const [index, item] of letters.entries()) {
      if (first < 0 || index < first || index > last || !item.deleted) yield stretchOf(item);
      else yield* this.#gone.without(stretchOf(item));
    }
  }

  /** Notes which letters a transaction deleted: from when on others may know of it. */
  #deleted(transaction: Y.Transaction): void {
    const since = this.known();
    for (const { on } of this.#justGone.filter(({ at }) => at < since)) this.#gone.add(on);
    this.#justGone = this.#justGone.filter(({ at }) => at >= since);
    const at = transaction.beforeState.get(this.doc.clientID) ?? 0;
    Y.iterateDeletedStructs(transaction, transaction.deleteSet, (item) => {
      if (!(item instanceof Y.Item) || !(item.content instanceof Y.ContentString)) return;
      if (transaction.local) this.#justGone.push({ on: stretchOf(item), at });
      else this.#gone.add(stretchOf(item));
    });
  }

  #note({ key, value }: Y.ContentFormat): void {
    if (!this.#anchors.has(key)) this.#anchors.set(key, { says: value as object, ids: new Ids() });
  }

  /** Looks at letters as they are after a transaction, and learns which marks they have rightly. */
  #seen({ marks, item, client, clock, length }: Letters, transaction: Y.Transaction): void {
    for (const [name, start] of marks) {
      const kind = kindOf(name);
      this.#note(start.content as Y.ContentFormat);
      const on = { client, clock, length };
      if (this.#isOwn(on)) {
        if (transaction.origin === ySyncPluginKey) this.#belongs(name, on, false);
      } else if (
        !transaction.local &&
        isNew(item, transaction) &&
        kind !== "comment" &&
        this.#coversUnknown(start, item, kind)
      ) {
        into(this.#astray, name).add(on);
      } else {
        // Whoever wrote it answers for it, and may still put it right: so nothing follows from it yet.
        const stems = kind === "insertion" ? this.#stemming(on) : new Ids();
        for (const each of stems.without(on)) this.#anchors.get(name)?.ids.add(each);
      }
    }
  }

  /** Whether a mark of this page's own is over what somebody wrote who can't have known it. */
  #coversUnknown(start: Y.Item, item: Y.Item, kind: "insertion" | "deletion" | null): boolean {
    if (!this.#isOwn(stretchOf(start)) || this.#isOwn(stretchOf(item))) return false;
    if (kind === "deletion") return this.#isUnknown(stretchOf(start));
    // Who brings back what they deleted puts it right before that.
    const { rightOrigin } = item;
    if (rightOrigin === null) return true;
    const next = Y.getItem(this.doc.store, rightOrigin);
    const name = (start.content as Y.ContentFormat).key;
    return this.#anchors.get(name)?.ids.within({ ...rightOrigin, length: 1 }).length === 0 || !next.deleted;
  }

  /**
   * What of others' letters is a copy of this page's, however often moved. Words are proposed when they are written, or never: so this
   * page knows of a proposal over the copies, too, whether it is right. Who moved them may have taken a mark along that was astray.
   */
  #stemming({ client, clock, length }: Stretch): Ids {
    const found = new Ids();
    if (this.#moves.size === 0) return found;
    for (let n = clock; n < clock + length; n++)
      if (this.#stems({ client, clock: n, length: 1 })) found.add({ client, clock: n, length: 1 });
    return found;
  }

  #stems(letter: Stretch): boolean {
    const known = new Ids();
    const todo = [letter];
    for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
      if (this.#isOwn(at)) return true;
      known.add(at);
      for (const { from, to } of this.#moves.get(at.client) ?? []) {
        if (at.clock < from.clock || at.clock >= from.clock + from.length) continue;
        const next = { client: to.client, clock: to.clock + at.clock - from.clock, length: 1 };
        if (known.within(next).length === 0) todo.push(next);
      }
    }
    return false;
  }

  #isOwn({ client }: Stretch): boolean {
    return client === this.doc.clientID;
  }

  #isUnknown(on: Stretch): boolean {
    return this.#isOwn(on) && on.clock >= this.known();
  }

  *#changes(): Generator<Change> {
    const texts = new Set(this.#look);
    for (const ids of [...this.#missing.values(), ...this.#astray.values()])
      for (const on of ids.all()) for (const text of this.#textsWith(on)) texts.add(text);
    for (const text of texts) {
      if (text._item?.deleted === true) continue;
      for (const letters of lettersOf(text)) yield* this.#changesOf(text, letters);
    }
  }

  *#textsWith({ client, clock, length }: Stretch): Generator<Y.XmlText> {
    for (let at = clock; at < clock + length; ) {
      const item = Y.getItem(this.doc.store, Y.createID(client, at));
      if (item instanceof Y.Item && !item.deleted && item.parent instanceof Y.XmlText) yield item.parent;
      at = item.id.clock + item.length;
    }
  }

  *#changesOf(text: Y.XmlText, letters: Letters): Generator<Change> {
    const { clock, marks } = letters;
    const change = (name: string, on: Stretch, says: object | null): Change => ({
      text,
      at: letters.at + on.clock - clock,
      on,
      name,
      says,
    });
    for (const [name, ids] of this.#missing) {
      const says = this.#anchors.get(name)?.says;
      if (marks.has(name) || says === undefined) continue;
      for (const each of ids.within(letters)) yield change(name, each, says);
    }
    for (const [name, ids] of this.#astray)
      if (marks.has(name)) for (const each of ids.within(letters)) yield change(name, each, null);
    const isOwn = this.#isOwn(letters);
    for (const name of marks.keys()) {
      if (!isOwn && kindOf(name) !== "insertion") continue;
      const ids = this.#anchors.get(name)?.ids;
      for (const each of ids?.without(letters) ?? [])
        if (isOwn) yield change(name, each, null);
        else for (const copy of this.#stemming(each).all()) yield change(name, copy, null);
    }
  }
}

function into(all: Map<string, Ids>, name: string): Ids {
  const ids = all.get(name) ?? new Ids();
  all.set(name, ids);
  return ids;
}
