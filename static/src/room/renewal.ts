/** Keeps the token of an open room from running out: a new one once a day, or at half of its life where that is shorter. */

import { renew } from "./api";
import { membershipOf, remember } from "./membership";

const DAY_MS = 24 * 60 * 60 * 1000;
const LOOK_MS = { most: 10 * 60 * 1000, least: 10 * 1000 };

/** How long after it was made a token is renewed, in milliseconds. Reads what the token says of itself, and believes nothing else of it. */
export function renewedAfter(token: string): number {
  try {
    const [, payload = ""] = token.split(".");
    const { iat, exp }: { iat?: unknown; exp?: unknown } = JSON.parse(
      atob(payload.replaceAll("-", "+").replaceAll("_", "/")),
    );
    if (typeof iat === "number" && typeof exp === "number") return Math.min(DAY_MS, ((exp - iat) * 1000) / 2);
  } catch {
    // Not a token that can be read here: the server knows.
  }
  return DAY_MS;
}

/** Returns what stops it. Timers sleep with the machine, so the clock is looked at often and the token renewed rarely. */
export function keepRenewed(room: string): () => void {
  const look = async () => {
    const membership = membershipOf(room);
    if (membership === null || Date.now() - membership.renewed < renewedAfter(membership.token)) return;
    try {
      const { token } = await renew(membership.token);
      remember({ room, token, renewed: Date.now() });
    } catch {
      // Offline, or not valid any more: the doors say so. It is tried again at the next look.
    }
  };
  void look();
  const often = renewedAfter(membershipOf(room)?.token ?? "") / 4;
  const timer = setInterval(look, Math.min(LOOK_MS.most, Math.max(LOOK_MS.least, often)));
  return () => clearInterval(timer);
}
