/** Keeps the token of an open room from running out: a new one once a day. */

import { renew } from "./api";
import { membershipOf, remember } from "./membership";

const DAY_MS = 24 * 60 * 60 * 1000;
const LOOK_MS = 10 * 60 * 1000;

/** Returns what stops it. Timers sleep with the machine, so the clock is looked at often and the token renewed rarely. */
export function keepRenewed(room: string): () => void {
  const look = async () => {
    const membership = membershipOf(room);
    if (membership === null || Date.now() - membership.renewed < DAY_MS) return;
    try {
      const { token } = await renew(membership.token);
      remember({ room, token, renewed: Date.now() });
    } catch {
      // Offline, or not valid any more: the doors say so. It is tried again at the next look.
    }
  };
  void look();
  const timer = setInterval(look, LOOK_MS);
  return () => clearInterval(timer);
}
