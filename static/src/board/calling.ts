/** Completing `@` to the name of somebody in the room: what is being called, who fits, and the text afterwards. Pure. */

export interface Called {
  /** Where the sign stands. */
  readonly at: number;
  /** What follows it, up to the caret. */
  readonly begun: string;
}

const LONGEST = 40;
const MOST = 6;

/** What is being called where the caret is; null for nothing. */
export function calling(text: string, caret: number): Called | null {
  const at = text.lastIndexOf("@", caret - 1);
  if (at === -1 || caret - at > LONGEST || /[\p{L}\p{N}_]$/u.test(text.slice(0, at))) return null;
  const begun = text.slice(at + 1, caret);
  return /[\n@]|^\s/.test(begun) ? null : { at, begun };
}

/** Those whose name, or a word of it, begins so. */
export function fitting<Person extends { readonly name: string }>(
  people: readonly Person[],
  begun: string,
): readonly Person[] {
  const wanted = begun.toLocaleLowerCase();
  return people
    .filter(({ name }) => {
      const lower = name.toLocaleLowerCase();
      return lower !== wanted && (lower.startsWith(wanted) || lower.includes(` ${wanted}`));
    })
    .slice(0, MOST);
}

/** The text with the whole name, and where the caret goes. */
export function completed(text: string, { at, begun }: Called, name: string): { text: string; caret: number } {
  const after = text.slice(at + 1 + begun.length);
  const before = `${text.slice(0, at)}@${name}${after.startsWith(" ") ? "" : " "}`;
  return { text: before + after, caret: before.length + (after.startsWith(" ") ? 1 : 0) };
}
