/**
 * This browser's own copy of a document (y-indexeddb), and whether it can be relied on.
 *
 * y-indexeddb neither says that it can't open its database nor that a write failed. The first is tried out beforehand, the
 * second is heard from the database, to which the events of failed requests rise.
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import { IndexeddbPersistence } from "y-indexeddb";
import type * as Y from "yjs";
import { copyOf } from "../offline/copies";

export interface Copy {
  /** Whether what is written now is kept here too. */
  readonly keeps: ReadonlySignal<boolean>;
  /** Resolves when what was kept here has been read into the document; at once where nothing can be kept. */
  readonly read: Promise<void>;
  /** Whether the whole document, as the server had it, has once been in here. Less than that must not be shown as the page. */
  whole(): Promise<boolean>;
  /** Says so, of what the document holds now. */
  markWhole(): Promise<void>;
  /** How far each client of this browser had been committed that wrote something; 0 for one that never was. */
  written(): Promise<Written>;
  noteWritten(change: (written: Written) => Written): Promise<void>;
  /** Forgets what is kept here. */
  clear(): Promise<void>;
  close(): void;
}

type Written = ReadonlyMap<number, number>;

const UPDATES = "updates";
const FACTS = "custom";
const WHOLE = "whole";
const WRITTEN = "written";

const TRIAL = "tutti: can anything be kept here?";

export function keepCopy(room: string, document: string, doc: Y.Doc): Copy {
  const keeps = signal(false);
  let persistence: IndexeddbPersistence | null = null;
  let closed = false;

  const read = canOpen().then(async (can) => {
    if (!can || closed) return;
    persistence = new IndexeddbPersistence(copyOf(room, document), doc);
    await persistence.whenSynced;
    keeps.value = true;
    for (const end of ["error", "abort", "close", "versionchange"]) persistence.db?.addEventListener(end, giveUp);
  });

  /** A copy with a gap is no copy. `versionchange` means that another tab is deleting it. */
  function giveUp(): void {
    keeps.value = false;
    void persistence?.destroy();
  }

  return {
    keeps,
    read,
    whole: async () => {
      await read;
      return persistence !== null && keeps.value && (await persistence.get(WHOLE)) === 1;
    },
    markWhole: async () => {
      await read;
      if (closed || !keeps.value) return;
      // In a transaction that takes in the updates, so that it comes after all that were stored before.
      persistence?.db?.transaction([UPDATES, FACTS], "readwrite").objectStore(FACTS).put(1, WHOLE);
    },
    written: async () => {
      await read;
      return new Map(keeps.value ? ((await persistence?.get(WRITTEN)) ?? []) : []);
    },
    noteWritten: async (change) => {
      await read;
      if (closed || !keeps.value) return;
      // Other tabs note theirs in the same place.
      const facts = persistence?.db?.transaction([FACTS], "readwrite").objectStore(FACTS);
      const asked = facts?.get(WRITTEN);
      asked?.addEventListener("success", () => facts?.put([...change(new Map(asked.result ?? []))], WRITTEN));
    },
    clear: async () => {
      keeps.value = false;
      await persistence?.clearData();
    },
    close: () => {
      closed = true;
      giveUp();
    },
  };
}

/** Whether this browser lets the page open a database: some don't in private windows, or with storage blocked. */
function canOpen(): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.open(TRIAL);
      request.onsuccess = () => {
        request.result.close();
        resolve(true);
      };
      request.onerror = () => resolve(false);
      request.onblocked = () => resolve(false);
    } catch {
      resolve(false);
    }
  });
}
