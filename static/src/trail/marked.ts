/**
 * What this page made bold, a link or struck out as a proposal in a line that somebody moved who had not seen it: the words go along by
 * the ledger, and the marks are put on them again here. Comments, and what is proposed as new, are kept by `anchors/`.
 */

import * as Y from "yjs";
import { besides } from "./home";
import { wasThere } from "./leaves";
import type { Stretch } from "./ledger";
import { isWords } from "./moved";
import { type DeleteSet, wordsOf } from "./orphans";
import type { Id, Trail } from "./trail";

const OTHERS = /^(comment|insertion)--/;

interface Format extends Id {
  readonly key: string;
  readonly value: unknown;
  /** Whether it was there still, and not taken away here before. */
  readonly wasThere: boolean;
}

/** What stood in a text that is gone, in its order: letters, and where marks began and ended. */
export type Row = readonly (Stretch | Format)[];

export interface Marked {
  readonly on: Stretch;
  readonly key: string;
  readonly value: unknown;
  /** What who moved them took along. */
  readonly known: unknown;
}

/** The texts that went with a transaction and had marks of this page: before Yjs forgets what was in them. */
export function marksGone(transaction: Y.Transaction): Row[] {
  const { doc, deleteSet } = transaction;
  const texts = new Set<Y.Text>();
  const structs = doc.store.clients.get(doc.clientID) ?? [];
  for (const { clock, len } of deleteSet.clients.get(doc.clientID) ?? []) {
    for (let at = Y.findIndexSS(structs, clock); at < structs.length; at++) {
      const struct = structs[at];
      if (struct === undefined || struct.id.clock >= clock + len) break;
      const isMark = struct instanceof Y.Item && struct.content instanceof Y.ContentFormat;
      if (isMark && struct.parent instanceof Y.Text && struct.parent._item?.deleted) texts.add(struct.parent);
    }
  }
  return [...texts].map((text) => rowOf(text, transaction));
}

function rowOf({ _start }: Y.Text, transaction: Y.Transaction): Row {
  const row: (Stretch | Format)[] = [];
  for (let item = _start; item !== null; item = item.right) {
    const { id, length, content } = item;
    const was = wasThere(item, transaction);
    if (content instanceof Y.ContentFormat) row.push({ ...id, key: content.key, value: content.value, wasThere: was });
    else if (was && isWords(item)) row.push({ ...id, length });
  }
  return row;
}

/** Which letters had other marks here than by what who moved them names, so knew. */
export function unseenMarks(row: Row, named: DeleteSet): Marked[] {
  const found: Marked[] = [];
  const said = new Map<string, unknown>();
  const known = new Map<string, unknown>();
  const isKnown = ({ client, clock }: Id) => Y.isDeleted(named, Y.createID(client, clock));
  for (const each of row) {
    if ("key" in each) {
      if (each.wasThere) said.set(each.key, each.value);
      if (isKnown(each)) known.set(each.key, each.value);
      continue;
    }
    for (const key of new Set([...said.keys(), ...known.keys()])) {
      const [value, was] = [said.get(key) ?? null, known.get(key) ?? null];
      if (!isSame(value, was) && !OTHERS.test(key)) found.push({ on: each, key, value, known: was });
    }
  }
  return found;
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Puts it on the letters, wherever they are now, unless somebody has marked them otherwise. To be called in a transaction. */
export function mark({ on, key, value, known }: Marked, trail: Trail): void {
  for (let clock = on.clock; clock < on.clock + on.length; clock++) {
    const now = trail.now({ client: on.client, clock });
    const place = now === null ? null : besides(now, false, trail.doc);
    if (now === null || place === null || !isSame(markAt(place.text, now, key), known)) continue;
    place.text.format(place.index, 1, { [key]: value });
  }
}

function markAt(text: Y.Text, { client, clock }: Id, key: string): unknown {
  for (const { item, attributes } of wordsOf(text))
    if (item.id.client === client && item.id.clock <= clock && clock < item.id.clock + item.length)
      return attributes[key] ?? null;
  return null;
}
