/** Where a page goes in the list. Pure. */

import type { DocumentInfo } from "../room/model";

/** One place to the left (-1) or right (1); null where it is at that end already. */
export function beside(documents: readonly DocumentInfo[], id: string, by: -1 | 1): number | null {
  const at = documents.findIndex((document) => document.id === id);
  const to = at + by;
  return at === -1 || to < 0 || to >= documents.length ? null : to;
}

/** The place of a page that is dropped on another one: there, whichever side it came from. */
export function dropped(documents: readonly DocumentInfo[], id: string, on: string): number | null {
  const to = documents.findIndex((document) => document.id === on);
  return to === -1 || id === on ? null : to;
}
