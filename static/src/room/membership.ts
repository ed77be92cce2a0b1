/**
 * The rooms this browser has been in: one token a room, kept in localStorage. Where nothing can be kept there, the rooms last as
 * long as the tab does.
 */

export interface Membership {
  readonly room: string;
  readonly title: string;
  readonly token: string;
  readonly name: string;
  /** When the token was last made or renewed, and when the room was last entered; ms since 1970. */
  readonly renewed: number;
  readonly entered: number;
  /** Ids of invites known to lead into this room. */
  readonly invites: readonly string[];
  /** The link back in as the room's lead, until its lead has seen it; empty, or not there, else. */
  readonly recovery?: string;
}

const KEY = "tutti.rooms";

/** Set from the first time that localStorage failed: from then on this is the list. */
let inThisTab: readonly Membership[] | null = null;

/** The rooms this browser has been in, the last one first. */
export function memberships(): readonly Membership[] {
  return [...read()].sort((a, b) => b.entered - a.entered);
}

export function membershipOf(room: string): Membership | null {
  return read().find((membership) => membership.room === room) ?? null;
}

/** The room that an invite leads into, where this browser has been in it. */
export function membershipByInvite(invite: string): Membership | null {
  return read().find(({ invites }) => invites.includes(inviteId(invite))) ?? null;
}

/** Keeps what is new about a room beside what is known of it. */
export function remember(news: Pick<Membership, "room"> & Partial<Membership>): void {
  const now = Date.now();
  const known = membershipOf(news.room) ?? { title: "", token: "", name: "", renewed: now, entered: now, invites: [] };
  const others = read().filter(({ room }) => room !== news.room);
  write([...others, { ...known, ...news }]);
}

/** Takes the room off the list; its token is gone with it. */
export function forget(room: string): void {
  write(read().filter((membership) => membership.room !== room));
}

/** The id, which is not secret, of an invite (`ID.SIGNATURE`) or of its link (`…/join#ID.SIGNATURE`). */
export function inviteId(invite: string): string {
  return invite.replace(/^.*#/, "").split(".", 1)[0] ?? "";
}

function read(): readonly Membership[] {
  if (inThisTab !== null) return inThisTab;
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isMembership) : [];
  } catch {
    return [];
  }
}

function write(all: readonly Membership[]): void {
  if (inThisTab === null) {
    try {
      localStorage.setItem(KEY, JSON.stringify(all));
      return;
    } catch {
      // Storage is blocked or full.
    }
  }
  inThisTab = all;
}

function isMembership(value: unknown): value is Membership {
  if (typeof value !== "object" || value === null) return false;
  const { room, title, token, name, renewed, entered, invites } = value as Record<keyof Membership, unknown>;
  return (
    [room, title, token, name].every((text) => typeof text === "string") &&
    [renewed, entered].every((time) => typeof time === "number") &&
    Array.isArray(invites)
  );
}
