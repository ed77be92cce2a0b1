/** The step over the threshold: what is remembered of it, and the way into the room. */

import type { Admission } from "../room/api";
import { inviteId, membershipOf, memberships, remember } from "../room/membership";

/** Remembers the room with its token, and goes in. `invite` is one that leads into the same room. */
export function enter({ room, title, token, member }: Admission, invite: string): void {
  const invites = new Set([...(membershipOf(room)?.invites ?? []), inviteId(invite)]);
  const now = Date.now();
  remember({ room, title, token, name: member.name, renewed: now, entered: now, invites: [...invites] });
  // Going back should not lead to the door again.
  location.replace(`/room/${room}`);
}

/** What this browser's person called themselves last. */
export function lastName(): string {
  return memberships()[0]?.name ?? "";
}
