/** Where characters stand now that were moved, perhaps often, perhaps by several people at once. Reads the ledger; changes nothing. */

import * as Y from "yjs";
import { ledgerOf, type Move, movesIn, type Stretch, unseenIn } from "./ledger";

export interface Id {
  readonly client: number;
  readonly clock: number;
}

/** So far a trail is followed: a ledger that somebody made up may lead in circles. */
const MOST_STEPS = 10_000;

export class Trail {
  readonly #onwards = new Index("from");
  readonly #back = new Index("to");
  readonly #unseen = new Map<number, Stretch[]>();
  readonly #read = new Set<string>();
  /** The moves of what somebody had moved before. */
  readonly #several: Move[] = [];
  #fresh: Move[] = [];
  readonly #ledger;

  constructor(readonly doc: Y.Doc) {
    this.#ledger = ledgerOf(doc);
    this.#ledger.observe(this.#hear);
    for (let item = this.#ledger._start; item !== null; item = item.right) this.#enter(item);
  }

  close(): void {
    this.#ledger.unobserve(this.#hear);
  }

  /** The moves that were heard of since they were taken last. */
  get fresh(): readonly Move[] {
    return this.#fresh;
  }

  takeFresh(): readonly Move[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  /** Where a character stands now: it, or what it was or will be elsewhere; null where all of that is deleted. */
  now(id: Id): Id | null {
    return this.#living(this.#root(id), true)[0] ?? null;
  }

  /**
   * Of the characters that were moved, what stands there twice since somebody else moved them, too, now or before, and has to give
   * way. Of many moves, as when a page is opened, all that was ever moved by several is looked at instead: that is less.
   */
  doubles(moves: readonly Move[]): { readonly id: Id; readonly by: Move }[] {
    const found: { id: Id; by: Move }[] = [];
    const [several, climb] = this.#several.length < moves.length ? [this.#several, false] : [moves, true];
    for (const { from } of several) {
      for (let clock = from.clock; clock < from.clock + from.length; clock++) {
        const id = { client: from.client, clock };
        for (const at of climb ? this.#before(id) : [id]) found.push(...this.#doublesOf(at));
      }
    }
    return found;
  }

  #doublesOf(id: Id): { readonly id: Id; readonly by: Move }[] {
    const branches = this.#branches(id);
    if (branches.length < 2) return [];
    const found: { id: Id; by: Move }[] = [];
    let isKept = false;
    for (const by of branches) {
      const living = this.#living(towards(by, id.clock), !isKept);
      if (isKept) found.push(...living.map((id) => ({ id, by })));
      else isKept = living.length > 0;
    }
    return found;
  }

  /** Whether somebody found that it went with its line unseen. */
  wentUnseen({ client, clock }: Id): boolean {
    return (
      this.#unseen.get(client)?.some((stretch) => stretch.clock <= clock && clock < stretch.clock + stretch.length) ??
      false
    );
  }

  isLiving({ client, clock }: Id): boolean {
    const { store } = this.doc;
    if (Y.getState(store, client) <= clock) return false;
    const item: unknown = Y.getItem(store, Y.createID(client, clock));
    return item instanceof Y.Item && !item.deleted;
  }

  readonly #hear = ({ changes }: Y.YArrayEvent<unknown>) => {
    for (const item of changes.added) this.#enter(item);
  };

  #enter({ id, content }: Y.Item): void {
    if (!(content instanceof Y.ContentAny)) return;
    content.arr.forEach((row: unknown, at: number) => {
      const name = `${id.client} ${id.clock + at}`;
      if (this.#read.has(name)) return;
      this.#read.add(name);
      for (const move of movesIn(row, id.client)) {
        const { client, clock, length } = move.from;
        if (this.#onwards.of(client, clock, length).length > 0) this.#several.push(move);
        this.#onwards.add(move);
        this.#back.add(move);
        this.#fresh.push(move);
      }
      for (const stretch of unseenIn(row))
        this.#unseen.set(stretch.client, [...(this.#unseen.get(stretch.client) ?? []), stretch]);
    });
  }

  #root(id: Id): Id {
    return this.#before(id).at(-1) ?? id;
  }

  /** A character and what it was before, the last first. */
  #before(id: Id): Id[] {
    const found = [id];
    let at = id;
    while (found.length < MOST_STEPS) {
      const [move] = this.#back.of(at.client, at.clock);
      if (move === undefined) break;
      at = { client: move.from.client, clock: move.from.clock + at.clock - move.to.clock };
      found.push(at);
    }
    return found;
  }

  /** A character and what it became, as far as it lives: the first in the order of branches, or all. */
  #living(id: Id, first: boolean): Id[] {
    const found: Id[] = [];
    const todo = [id];
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      const at = todo.pop();
      if (at === undefined) break;
      if (this.isLiving(at)) {
        found.push(at);
        if (first) break;
      }
      todo.push(
        ...this.#branches(at)
          .reverse()
          .map((move) => towards(move, at.clock)),
      );
    }
    return found;
  }

  /**
   * Where a character was moved to; of several at once, first where it stays. Who moved more at a time comes first, so that a line
   * isn't torn. That never changes, so all pages agree whatever they have heard of since.
   */
  #branches({ client, clock }: Id): Move[] {
    return this.#onwards
      .of(client, clock)
      .sort((a, b) => b.weight - a.weight || a.to.client - b.to.client || a.to.clock - b.to.clock);
  }
}

function towards({ from, to }: Move, clock: number): Id {
  return { client: to.client, clock: to.clock + clock - from.clock };
}

/** Moves by the stretch at one of their ends. */
class Index {
  readonly #rows = new Map<number, { moves: Move[]; longest: number }>();

  constructor(readonly end: "from" | "to") {}

  add(move: Move): void {
    const { client, clock, length } = move[this.end];
    let row = this.#rows.get(client);
    if (row === undefined) {
      row = { moves: [], longest: 0 };
      this.#rows.set(client, row);
    }
    row.moves.splice(this.#after(row.moves, clock), 0, move);
    row.longest = Math.max(row.longest, length);
  }

  /** Those whose stretch has a character of this one. */
  of(client: number, clock: number, length = 1): Move[] {
    const row = this.#rows.get(client);
    if (row === undefined) return [];
    const found: Move[] = [];
    for (let at = this.#after(row.moves, clock + length - 1) - 1; at >= 0; at--) {
      const move = row.moves[at] as Move;
      const stretch: Stretch = move[this.end];
      if (stretch.clock + row.longest <= clock) break;
      if (stretch.clock + stretch.length > clock) found.push(move);
    }
    return found;
  }

  /** The first place after all that begin at a clock or before it. */
  #after(moves: readonly Move[], clock: number): number {
    let low = 0;
    let high = moves.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((moves[middle] as Move)[this.end].clock <= clock) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
