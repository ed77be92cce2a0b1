/** The shapes of a document's history, as `docs/protocol.md` names them, and how its list is put in order. */

/** Somebody who wrote, also when they have left for good. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly hue: number;
  readonly removed: boolean;
}

/** A name for a moment. */
export interface Version {
  readonly id: string;
  readonly seq: number;
  readonly title: string;
  readonly member: string;
  readonly time: number;
  /** The moment that was brought back here. */
  readonly restores: number | null;
}

/** A stretch of writing, named by the last row of the log that belongs to it. */
export interface Moment {
  readonly seq: number;
  readonly first: number;
  readonly start: number;
  readonly end: number;
  readonly members: readonly string[];
  readonly versions: readonly Version[];
}

export interface Moments {
  /** Newest first. */
  readonly moments: readonly Moment[];
  readonly people: readonly Person[];
}

export interface Run {
  readonly text: string;
  readonly member?: string;
  readonly marks?: readonly string[];
  readonly change?: "added" | "removed";
}

export interface Block {
  readonly kind: string;
  readonly level?: number;
  readonly depth?: number;
  readonly quote?: boolean;
  readonly marker?: "bullet" | "number";
  readonly number?: number;
  readonly runs?: readonly Run[];
}

export interface Entry {
  readonly change: "same" | "changed" | "added" | "removed";
  readonly before?: readonly Block[];
  /** One block where nothing changed. */
  readonly after?: readonly Block[];
  /** The words of before and after in one line. */
  readonly both?: readonly Block[];
}

export interface Difference {
  readonly seq: number;
  readonly since: number;
  readonly entries: readonly Entry[];
  readonly people: readonly Person[];
}

export interface Authors {
  readonly seq: number;
  readonly blocks: readonly Block[];
  readonly people: readonly Person[];
}

export interface Day {
  /** The time of its newest moment. */
  readonly time: number;
  readonly moments: readonly Moment[];
}

/** Moments by the day on which they ended, newest first as they come. */
export function byDay(moments: readonly Moment[]): readonly Day[] {
  const days: { time: number; moments: Moment[] }[] = [];
  for (const moment of moments) {
    const day = days.at(-1);
    if (day !== undefined && new Date(day.time).toDateString() === new Date(moment.end).toDateString()) {
      day.moments.push(moment);
    } else {
      days.push({ time: moment.end, moments: [moment] });
    }
  }
  return days;
}

/** The moment to which a row of the log belongs. */
export function momentAt(moments: readonly Moment[], seq: number): Moment | undefined {
  return moments.find(({ first, seq: last }) => first <= seq && seq <= last);
}

/** Names as a sentence has them: "Amara", "Amara and Ben", "Amara, Ben and Cy". */
export function together(names: readonly string[]): string {
  const last = names.at(-1);
  if (last === undefined) return "Nobody";
  return names.length === 1 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}

/** Who is in these passages, each once, in the order of the people. */
export function writersOf(blocks: readonly Block[], people: readonly Person[]): readonly Person[] {
  const ids = new Set(blocks.flatMap(({ runs }) => runs ?? []).map(({ member }) => member));
  return people.filter(({ id }) => ids.has(id));
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

export const timeOf = (time: number): string => TIME.format(new Date(time));

export function dayOf(time: number, now = Date.now()): string {
  const day = new Date(time).toDateString();
  if (day === new Date(now).toDateString()) return "Today";
  return day === new Date(now - 86_400_000).toDateString() ? "Yesterday" : DAY.format(new Date(time));
}

/** When it was, as a sentence says it: "14:32", "14:32 yesterday", "14:32 on Monday, …". */
export function when(time: number, now = Date.now()): string {
  const day = dayOf(time, now);
  if (day === "Today") return timeOf(time);
  return day === "Yesterday" ? `${timeOf(time)} yesterday` : `${timeOf(time)} on ${day}`;
}
