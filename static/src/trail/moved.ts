/**
 * What a transaction of this page moved: text that it deleted and wrote again. y-prosemirror only says how the page should look, so it
 * is found by the text itself, whole lines and the ends of lines first. A word typed over an equal one counts as moved, which does no harm.
 */

import * as Y from "yjs";
import type { Moved, Stretch } from "./ledger";
import { inOrder } from "./order";

/** Less than this, in the middle of a line, may be chance. */
const LEAST = 2;

/** Text that was deleted in one piece. */
class Run {
  text = "";
  readonly #pieces: { readonly at: number; readonly from: Stretch }[] = [];
  #taken: boolean[] = [];

  add({ id, content }: Y.Item & { readonly content: Y.ContentString }): void {
    const { str } = content;
    this.#pieces.push({ at: this.text.length, from: { client: id.client, clock: id.clock, length: str.length } });
    this.text += str;
  }

  isFree(at: number, length: number): boolean {
    return at >= 0 && at + length <= this.text.length && !this.#taken.slice(at, at + length).some(Boolean);
  }

  /** Where a text stands in it that isn't taken yet; a short one only where it is all that lies between others or the ends. */
  find(text: string): number | null {
    for (let at = this.text.indexOf(text); at >= 0; at = this.text.indexOf(text, at + 1)) {
      const isEdge = !this.isFree(at - 1, 1) || !this.isFree(at + text.length, 1);
      if (this.isFree(at, text.length) && (text.length >= LEAST || isEdge)) return at;
    }
    return null;
  }

  take(at: number, length: number, to: number): Moved[] {
    for (let n = at; n < at + length; n++) this.#taken[n] = true;
    return this.#pieces.flatMap(({ at: begin, from }) => {
      const first = Math.max(at, begin);
      const last = Math.min(at + length, begin + from.length);
      if (first >= last) return [];
      const stretch = { client: from.client, clock: from.clock + first - begin, length: last - first };
      return [{ from: stretch, to: to + first - at }];
    });
  }
}

export function movedIn(transaction: Y.Transaction): Moved[] {
  if (transaction.deleteSet.clients.size === 0) return [];
  const written = writtenIn(transaction);
  if (written.length === 0) return [];
  const runs = deletedIn(transaction);
  if (runs.length === 0) return [];

  const moved: Moved[] = [];
  /** Where the last match ended: what follows is most likely what follows. */
  let next = { run: 0, at: 0 };
  const take = (run: number, at: number, length: number, to: number) => {
    moved.push(...(runs[run] as Run).take(at, length, to));
    next = { run, at: at + length };
  };
  // A lone letter is looked for among what is left then.
  const isShort = ({ content }: Written) => content.str.length < LEAST;
  for (const { id, content } of [...written.filter((item) => !isShort(item)), ...written.filter(isShort)]) {
    const { str } = content;
    const whole = wholeIn(runs, str, next);
    if (whole !== null) {
      take(whole.run, whole.at, str.length, id.clock);
      continue;
    }
    // Something new was written before it, after it, or both.
    const end = longest(runs, str, (run) => commonEnd(str, run.text), "end");
    if (end !== null) take(end.run, end.at, end.length, id.clock + str.length - end.length);
    const rest = str.slice(0, str.length - (end?.length ?? 0));
    const begin = longest(runs, rest, (run) => commonBegin(rest, run.text), "begin");
    if (begin !== null) take(begin.run, begin.at, begin.length, id.clock);
    if (end !== null || begin !== null) continue;
    runs.forEach(({ text }, run) => {
      const at = text.length < LEAST ? -1 : str.indexOf(text);
      if (at >= 0 && runs[run]?.isFree(0, text.length)) take(run, 0, text.length, id.clock + at);
    });
  }
  return moved;
}

/** Empty lines that became others, where it is plain which: their texts stand for them. */
export function emptyMovedIn(transaction: Y.Transaction): Moved[] {
  const { doc, beforeState, deleteSet } = transaction;
  if (deleteSet.clients.size === 0) return [];
  const isEmpty = (text: Y.Text) => text.length === 0 && !wasWritten(text, transaction);
  const gone: Y.Text[] = [];
  for (const [client, ranges] of deleteSet.clients) {
    for (const { clock } of ranges) {
      const text = textAt(Y.getItem(doc.store, Y.createID(client, clock)));
      if (text !== null && isEmpty(text)) gone.push(text);
    }
  }
  const structs = doc.store.clients.get(doc.clientID) ?? [];
  const before = beforeState.get(doc.clientID) ?? 0;
  if (gone.length === 0 || Y.getState(doc.store, doc.clientID) <= before) return [];
  const come = structs
    .slice(Y.findIndexSS(structs, before))
    .flatMap((struct) => (struct instanceof Y.Item && !struct.deleted ? [textAt(struct)] : []))
    .filter((text): text is Y.Text => text !== null && text.length === 0);
  if (come.length !== gone.length) return [];
  return inOrder(gone).flatMap(({ _item: from }, n) => {
    const to = come[n]?._item?.id.clock;
    return from === null || to === undefined ? [] : [{ from: { ...from.id, length: 1 }, to }];
  });
}

function textAt(item: unknown): Y.Text | null {
  const isText = item instanceof Y.Item && item.content instanceof Y.ContentType && item.content.type instanceof Y.Text;
  return isText ? ((item.content as Y.ContentType).type as Y.Text) : null;
}

/** Whether a text had words until now. */
function wasWritten(text: Y.Text, { deleteSet }: Y.Transaction): boolean {
  for (let item = text._start; item !== null; item = item.right) {
    const { client, clock } = item.id;
    if (
      isWords(item) &&
      deleteSet.clients.get(client)?.some((range) => range.clock <= clock && clock < range.clock + range.len)
    )
      return true;
  }
  return false;
}

type Written = Y.Item & { readonly content: Y.ContentString };

export function isWords(item: unknown): item is Written {
  return item instanceof Y.Item && item.content instanceof Y.ContentString;
}

/** The words this client wrote from a clock on that are still there. */
export function wordsSince(doc: Y.Doc, clock: number): Written[] {
  const { store, clientID } = doc;
  const structs = store.clients.get(clientID) ?? [];
  if (Y.getState(store, clientID) <= clock) return [];
  return structs
    .slice(Y.findIndexSS(structs, clock))
    .filter(isWords)
    .filter(({ deleted }) => !deleted);
}

function writtenIn({ doc, beforeState }: Y.Transaction): Written[] {
  return wordsSince(doc, beforeState.get(doc.clientID) ?? 0);
}

/** What was deleted, in the order of the page. */
function deletedIn(transaction: Y.Transaction): Run[] {
  const deleted = Y.mergeDeleteSets([transaction.deleteSet]);
  const texts = new Set<Y.Text>();
  for (const [client, ranges] of deleted.clients) {
    const structs = transaction.doc.store.clients.get(client) ?? [];
    for (const { clock, len } of ranges) {
      for (let at = Y.findIndexSS(structs, clock); at < structs.length; at++) {
        const struct = structs[at];
        if (struct === undefined || struct.id.clock >= clock + len) break;
        if (isWords(struct) && struct.parent instanceof Y.Text) texts.add(struct.parent);
      }
    }
  }
  return inOrder([...texts]).flatMap((text) => {
    const runs: Run[] = [];
    let run: Run | null = null;
    for (let item = text._start; item !== null; item = item.right) {
      if (!isWords(item)) continue;
      if (Y.isDeleted(deleted, item.id)) {
        if (run === null) {
          run = new Run();
          runs.push(run);
        }
        run.add(item);
      } else if (!item.deleted) run = null;
    }
    return runs;
  });
}

interface Found {
  readonly run: number;
  readonly at: number;
}

function wholeIn(runs: readonly Run[], text: string, next: Found): Found | null {
  const following = runs[next.run];
  if (following?.text.startsWith(text, next.at) && following.isFree(next.at, text.length)) return next;
  for (const isGood of [(run: Run) => run.text === text, ({ text: { length } }: Run) => length > text.length]) {
    // What comes after the last match first.
    for (let n = 0; n < runs.length; n++) {
      const run = (next.run + n) % runs.length;
      const one = runs[run] as Run;
      const at = isGood(one) ? one.find(text) : null;
      if (at !== null) return { run, at };
    }
  }
  return null;
}

/** The run that shares most with a text at their ends or beginnings; less than `LEAST` only where that is all of it. */
function longest(
  runs: readonly Run[],
  text: string,
  common: (run: Run) => number,
  where: "begin" | "end",
): (Found & { readonly length: number }) | null {
  let best: (Found & { readonly length: number }) | null = null;
  if (text === "") return best;
  runs.forEach((one, run) => {
    const length = common(one);
    const at = where === "end" ? one.text.length - length : 0;
    const isEnough = length >= LEAST || (length > 0 && length === one.text.length);
    if (isEnough && length > (best?.length ?? 0) && one.isFree(at, length)) best = { run, at, length };
  });
  return best;
}

function commonBegin(a: string, b: string): number {
  let n = 0;
  while (n < a.length && n < b.length && a[n] === b[n]) n++;
  return n;
}

function commonEnd(a: string, b: string): number {
  let n = 0;
  while (n < a.length && n < b.length && a[a.length - 1 - n] === b[b.length - 1 - n]) n++;
  return n;
}

/** The same text in two rows of stretches, which needn't be cut in the same places. */
export function alongside(from: readonly Stretch[], to: readonly Y.Item[]): Moved[] {
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
