/** What is being typed to the board, kept in this tab over a reload. Where nothing can be kept, it lasts as long as the page. */

const key = (room: string) => `tutti.saying.${room}`;

export function keptDraft(room: string): string {
  try {
    return sessionStorage.getItem(key(room)) ?? "";
  } catch {
    return "";
  }
}

export function keepDraft(room: string, text: string): void {
  try {
    if (text === "") sessionStorage.removeItem(key(room));
    else sessionStorage.setItem(key(room), text);
  } catch {
    // Storage is blocked or full: the field still has it.
  }
}
