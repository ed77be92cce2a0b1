/** A goal of words for one document: this person's, in this browser, and nobody else's to see. */

const key = (room: string, document: string) => `tutti.goal.${room}.${document}`;

export function goalOf(room: string, document: string): number | null {
  try {
    const kept = Number(localStorage.getItem(key(room, document)));
    return Number.isSafeInteger(kept) && kept > 0 ? kept : null;
  } catch {
    return null;
  }
}

export function setGoal(room: string, document: string, words: number | null): void {
  try {
    if (words === null) localStorage.removeItem(key(room, document));
    else localStorage.setItem(key(room, document), String(words));
  } catch {
    // Storage is blocked or full: there is no goal then.
  }
}
