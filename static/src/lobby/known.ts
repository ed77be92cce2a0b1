/** Whether this browser has been in the room that an invite leads into: then it is somebody there already, and needs no second self. */

import { lookAtInvite } from "../room/api";
import { type Membership, membershipByInvite, memberships } from "../room/membership";

/** With how many rooms' tokens the server is asked, the last rooms first. */
const ASKED = 8;

/** What is known of the room; null where this browser hasn't been in it, or is no longer a member. */
export async function knownBy(invite: string): Promise<Membership | null> {
  const known = membershipByInvite(invite);
  if (known !== null) return known;
  const looks = memberships()
    .slice(0, ASKED)
    .map(async (membership) => {
      const { room } = await lookAtInvite(invite, membership.token);
      return room === membership.room ? membership : null;
    });
  for (const look of await Promise.allSettled(looks)) {
    if (look.status === "fulfilled" && look.value !== null) return look.value;
  }
  return null;
}
