/** What a session leaves to chance: the same for the same seed (mulberry32). */

import * as Y from "yjs";

export type Pick = (below: number) => number;

export function dice(seed: number): Pick {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/**
 * The document of one of a session's people. Its client id is the seed's, too, and in another order in each session: of two who write
 * in one place at once it decides who comes first.
 */
export function docOf(seed: number, number: number): Y.Doc {
  const doc = new Y.Doc();
  doc.clientID = 1 + ((seed * 7919 + number * 104_729) % 1_000_003);
  return doc;
}
