/** The pen as it is lent: who has it until when, who asks for it, and the words for the time. Pure. */

import type { Loan, Member, Present } from "./model";
import { writes } from "./presence";

const MINUTE_MS = 60_000;

/** For how long a pen is lent, in minutes. The middle one is what is offered at once. */
export const LENT_FOR = [5, 10, 30] as const;
export const LENT_AT_ONCE = 10;

/** The loan of the pen; null for who has none, or has the pen by their role. */
export function penOnLoan({ loans }: Pick<Member, "loans">): Loan | null {
  return loans.find(({ grant }) => grant === "write") ?? null;
}

/** Those who ask for the pen, the one who has waited longest first. */
export function asking(here: readonly Present[]): readonly Present[] {
  return here
    .filter((present) => present.hand !== null && !writes(present))
    .sort((a, b) => (a.hand ?? 0) - (b.hand ?? 0));
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
