/** Who is here: the list as `here` events change it, and the words for it. Pure. */

import type { HereChange, Member, Present } from "./model";

export function withChange(here: readonly Present[], { came, changed, left }: HereChange): readonly Present[] {
  const next = new Map(here.map((present) => [present.id, present]));
  for (const id of left) next.delete(id);
  for (const present of [...came, ...changed]) next.set(present.id, present);
  return [...next.values()];
}

/** Those with the pen, in the order they came, you last; and those who read along. */
export function writersAndReaders(here: readonly Present[], you: string): [readonly Present[], readonly Present[]] {
  const others = here.filter(({ id }) => id !== you);
  const self = here.filter(({ id }) => id === you);
  return [[...others, ...self].filter(writes), others.filter((present) => !writes(present))];
}

/** Everybody but you: who asks for the pen first, then who has it, then who reads along. */
export function listed(here: readonly Present[], you: string): readonly Present[] {
  const rank = (present: Present) => (writes(present) ? 1 : present.hand !== null ? 0 : 2);
  return here.filter(({ id }) => id !== you).sort((a, b) => rank(a) - rank(b));
}

export function writes({ grants }: Pick<Member, "grants">): boolean {
  return grants.includes("write");
}

/** "Tomás, Ida and others read along": people are named, nobody is counted. Empty where nobody does. */
export function readAlong(readers: readonly Pick<Member, "name">[]): string {
  const names = named(readers);
  return names === "" ? "" : `${names} ${readers.length === 1 ? "reads" : "read"} along`;
}

/** "Tomás, Ida and others", by the same rule. */
export function named(people: readonly Pick<Member, "name">[]): string {
  const [first, second, third] = people.map(({ name }) => name);
  if (first === undefined) return "";
  if (second === undefined) return first;
  return third === undefined ? `${first} and ${second}` : `${first}, ${second} and others`;
}

/** The first letter of a name, as people write it: whole, whatever script it is in. */
export function initial(name: string): string {
  const [first] = new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(name.trim());
  return first?.segment.toLocaleUpperCase() ?? "·";
}
