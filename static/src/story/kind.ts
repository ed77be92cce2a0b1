/** What a document is for: it decides which tools come first and which shortcuts are on, and nothing about what it may hold. */

export const KINDS = ["story", "song", "script", "notes"] as const;
export type Kind = (typeof KINDS)[number];

/** A kind as the server says it; one that this page doesn't know is a story. */
export function kindOf(said: string | undefined): Kind {
  return KINDS.find((kind) => kind === said) ?? "story";
}

/** Asked each time, since a document's kind can be changed while it is written. */
export interface Kinded {
  readonly kind: () => Kind;
}
