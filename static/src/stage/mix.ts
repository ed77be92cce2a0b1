/** Each listener's own mix: level, place and silence of everybody on stage, kept on this device by room and member. Pure but for that. */

import { signal } from "@preact/signals";

export interface Setting {
  /** 0 to 1.5; 1 is as it comes. */
  readonly level: number;
  /** -1 left to 1 right. */
  readonly pan: number;
  readonly muted: boolean;
  readonly solo: boolean;
}

export const PLAIN: Setting = { level: 1, pan: 0, muted: false, solo: false };
export const LOUDEST = 1.5;

const key = (room: string): string => `tutti.mix.${room}`;

export class Mix {
  readonly settings: ReturnType<typeof signal<ReadonlyMap<string, Setting>>>;
  readonly #room: string;

  constructor(room: string) {
    this.#room = room;
    this.settings = signal(read(room));
  }

  of(member: string): Setting {
    return this.settings.value?.get(member) ?? PLAIN;
  }

  set(member: string, change: Partial<Setting>): void {
    const next = new Map(this.settings.peek());
    next.set(member, { ...(next.get(member) ?? PLAIN), ...change });
    this.settings.value = next;
    try {
      localStorage.setItem(key(this.#room), JSON.stringify([...next]));
    } catch {
      // Storage is blocked or full: the mix lasts as long as the page.
    }
  }
}

/** How loud somebody is, where `soloed` says whether one of those on stage is heard alone. */
export function gainOf({ level, muted, solo }: Setting, soloed: boolean): number {
  return muted || (soloed && !solo) ? 0 : level;
}

function read(room: string): ReadonlyMap<string, Setting> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key(room)) ?? "[]");
    return new Map(Array.isArray(kept) ? kept.filter(isEntry) : []);
  } catch {
    return new Map();
  }
}

function isEntry(entry: unknown): entry is [string, Setting] {
  if (!Array.isArray(entry) || typeof entry[0] !== "string" || typeof entry[1] !== "object" || entry[1] === null)
    return false;
  const { level, pan, muted, solo } = entry[1] as Record<keyof Setting, unknown>;
  return isWithin(level, 0, LOUDEST) && isWithin(pan, -1, 1) && typeof muted === "boolean" && typeof solo === "boolean";
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === "number" && value >= least && value <= most;
}
