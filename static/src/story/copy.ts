/**
 * This browser's own copy of a document (y-indexeddb), and whether it can be relied on.
 *
 * y-indexeddb neither says that it can't open its database nor that a write failed. The first is tried out beforehand, the
 * second is heard from the database, to which the events of failed requests rise.
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import { IndexeddbPersistence } from "y-indexeddb";
import type * as Y from "yjs";

export interface Copy {
  /** Whether what is written now is kept here too. */
  readonly keeps: ReadonlySignal<boolean>;
  /** Resolves when what was kept here has been read into the document; at once where nothing can be kept. */
  readonly read: Promise<void>;
  /** Forgets what is kept here. */
  clear(): Promise<void>;
  close(): void;
}

/** How the names of a room's databases begin. */
const ofRoom = (room: string): string => `tutti/${room}/`;

const TRIAL = "tutti: can anything be kept here?";

export function keepCopy(room: string, document: string, doc: Y.Doc): Copy {
  const keeps = signal(false);
  let persistence: IndexeddbPersistence | null = null;
  let closed = false;

  const read = canOpen().then(async (can) => {
    if (!can || closed) return;
    persistence = new IndexeddbPersistence(`${ofRoom(room)}${document}`, doc);
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

/** Forgets what this browser keeps of any document of the room; a page that has one open lets go of it. */
export async function clearCopies(room: string): Promise<void> {
  try {
    const kept = await indexedDB.databases();
    const names = kept.flatMap(({ name }) => (name?.startsWith(ofRoom(room)) ? [name] : []));
    await Promise.all(names.map(deleteDatabase));
  } catch {
    // Where no database can be opened, nothing is kept.
  }
}

function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => resolve();
  });
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
