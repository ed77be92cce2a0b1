/** The step over the threshold: what is remembered of it, and the way into the room. */

import type { Admission } from "../room/api";
import { inviteId, membershipOf, memberships, remember } from "../room/membership";

/** By what somebody came in: an invite, or a link that leads back in. */
interface By {
  readonly invite?: string;
  /** The way back in, to be shown once. */
  readonly recovery?: string;
}

/** Remembers the room with its token, and goes in. */
export function enter({ room, title, token, member }: Admission, { invite, recovery = "" }: By): void {
  const invites = new Set(membershipOf(room)?.invites);
  if (invite !== undefined) invites.add(inviteId(invite));
  const now = Date.now();
  remember({ room, title, token, name: member.name, renewed: now, entered: now, invites: [...invites], recovery });
  // Going back should not lead to the door again.
  location.replace(`/room/${room}`);
}

/** What this browser's person called themselves last. */
export function lastName(): string {
  return memberships()[0]?.name ?? "";
}
