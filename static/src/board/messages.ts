/** The board's messages as they come in from several sides, in one order. Pure. */

import type { Message, Messages } from "../room/model";

/** Messages of both, each once, by id; the later one where both have it. */
export function merged(known: readonly Message[], more: readonly Message[]): readonly Message[] {
  const all = new Map([...known, ...more].map((message) => [message.id, message]));
  return [...all.values()].sort((a, b) => a.id - b.id);
}

/** With this message in the place of what it was. One that isn't known stays unknown: it is older than what is shown. */
export function changed(known: readonly Message[], message: Message): readonly Message[] {
  return known.map((other) => (other.id === message.id ? message : other));
}

export function emptied(known: readonly Message[], id: number): readonly Message[] {
  return known.map((other) => (other.id === id ? { ...other, text: "", mentions: [], deleted: true } : other));
}

/** With these, asked for a moment ago, in the place of what is known of them; a change that came in meanwhile counts for more. */
export function refreshed(known: readonly Message[], asked: readonly Message[]): readonly Message[] {
  const newer = known.filter(({ id, deleted, edited }) => {
    const other = asked.find((message) => message.id === id);
    return other === undefined || deleted || (edited ?? 0) > (other.edited ?? 0);
  });
  return merged(asked, newer);
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

/** What others have said since `read`. What was deleted, and what the room itself noted, isn't something to catch up with. */
export function unread(messages: readonly Message[], read: number | null, you: string | undefined): readonly Message[] {
  if (read === null) return [];
  return messages.filter(({ id, member, deleted, note }) => id > read && member !== you && !deleted && !note);
}

/** The same day where the reader is. */
export function sameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}
