/**
 * The last welcome of each room, kept on this device: who and where one is when the studio can't be reached. Without it there is
 * a page and no name on it.
 */

import schema from "../../../rooms/schema.json";
import type { Member, Welcome } from "../room/model";
import { writes } from "../room/presence";
import { clearCopies } from "./copies";

const key = (room: string): string => `tutti.welcome.${room}`;

/** Keeps what is new in it beside what is known. */
export function keepWelcome(room: string, news: Partial<Welcome>): void {
  try {
    const known: unknown = JSON.parse(localStorage.getItem(key(room)) ?? "{}");
    localStorage.setItem(key(room), JSON.stringify({ ...(known as object), ...news, saving: { ok: true } }));
  } catch {
    // Storage is blocked or full: then the room opens with a network only.
  }
}

/** The room doesn't open from this device any more. What its reader never may change goes, too; a writer's words stay. */
export async function forgetWelcome(room: string): Promise<void> {
  const kept = read(room);
  try {
    localStorage.removeItem(key(room));
  } catch {
    // Nothing could be kept there either.
  }
  if (kept !== null && !writes(kept.you)) await clearCopies(room);
}

/**
 * The last welcome, if one may begin with it: not where the studio spoke another schema than this page, for the copies of documents
 * here may hold what this page doesn't know, and would delete.
 */
export function lastWelcome(room: string): Welcome | null {
  const kept = read(room);
  if (kept === null || kept.schema !== schema.version) return null;
  const you = withoutPastLoans(kept.you);
  return { ...kept, you, here: [{ ...you, looks: null, hand: null, wants: null }] };
}

function withoutPastLoans(you: Member): Member {
  const past = you.loans.filter(({ until }) => until <= Date.now()).map(({ grant }) => grant);
  return { ...you, grants: you.grants.filter((grant) => !past.includes(grant)) };
}

function read(room: string): Welcome | null {
  try {
    const kept = JSON.parse(localStorage.getItem(key(room)) ?? "null") as Partial<Welcome> | null;
    const whole = kept?.you !== undefined && kept.room !== undefined && kept.documents !== undefined;
    return whole && kept.board !== undefined ? (kept as Welcome) : null;
  } catch {
    return null;
  }
}
