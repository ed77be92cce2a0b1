/** The board's messages as they come in from several sides, in one order. Pure. */

import type { Message, Messages } from "../room/model";

/** Messages of both, each once, by id. */
export function merged(known: readonly Message[], more: readonly Message[]): readonly Message[] {
  const all = new Map([...known, ...more].map((message) => [message.id, message]));
  return [...all.values()].sort((a, b) => a.id - b.id);
}

/**
 * The board after a reconnection. Where the newest page of messages doesn't reach back to what is known, what lies between is
 * unknown, so the older ones are let go and can be asked for again.
 */
export function afterWelcome(known: Messages, welcome: Messages): Messages {
  const last = known.messages.at(-1);
  const first = welcome.messages[0];
  const gap = welcome.more && last !== undefined && first !== undefined && first.id > last.id;
  if (gap || last === undefined) return welcome;
  return { messages: merged(known.messages, welcome.messages), more: known.more };
}

/** The same day where the reader is. */
export function sameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}
