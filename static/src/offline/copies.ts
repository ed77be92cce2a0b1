/** The databases in which this browser keeps its copies of documents (`story/copy.ts`): how they are called, and their end. */

/** How the names of a room's begin. */
const ofRoom = (room: string): string => `tutti/${room}/`;

export const copyOf = (room: string, document: string): string => `${ofRoom(room)}${document}`;

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
