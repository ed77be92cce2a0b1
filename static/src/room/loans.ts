/** The pen and the microphone as they are lent: who has one until when, who asks for it, and the words for it. Pure. */

import type { Grant, Loan, Member, Present } from "./model";

const MINUTE_MS = 60_000;

/** What is handed about, by the grant that it is. */
export type Thing = "write" | "speak";
export const THINGS: Readonly<Record<Thing, string>> = { write: "the pen", speak: "the microphone" };

const GRANTED: Readonly<Record<Thing, readonly Grant[]>> = { write: ["write"], speak: ["speak", "play"] };

/** For how long one is lent, in minutes. The middle one is what is offered at once. */
export const LENT_FOR = [5, 10, 30] as const;
export const LENT_AT_ONCE = 10;

/** The loan of the pen or the microphone; null for who has none, or has it by their role. */
export function onLoan({ loans }: Pick<Member, "loans">, thing: Thing): Loan | null {
  return loans.find(({ grant }) => GRANTED[thing].includes(grant)) ?? null;
}

/** What somebody's hand asks for; null for who asks for nothing, or has it already. */
export function wanted({ hand, wants, grants }: Present): Thing | null {
  if (hand === null || wants === null || grants.includes(wants)) return null;
  return wants === "write" ? "write" : "speak";
}

/** Those who ask for something, the one who has waited longest first. */
export function asking(here: readonly Present[]): readonly Present[] {
  return here.filter((present) => wanted(present) !== null).sort((a, b) => (a.hand ?? 0) - (b.hand ?? 0));
}

/** "10 minutes": rounded to whole ones, and never less than one. */
export function minutes(ms: number): string {
  const whole = Math.max(1, Math.round(ms / MINUTE_MS));
  return whole === 1 ? "1 minute" : `${whole} minutes`;
}

/** "9 min left", "less than a minute left". */
export function timeLeft(ms: number): string {
  return ms < MINUTE_MS ? "less than a minute left" : `${Math.ceil(ms / MINUTE_MS)} min left`;
}
