/**
 * Who calls this member by `@` in the room's comments, on whatever page: what they have not yet looked at. What was looked at is
 * kept on this device; answering is looking, too.
 */

import { computed, signal } from "@preact/signals";
import { threadsCalling } from "../room/api";
import type { Live } from "../room/live";
import type { Comment, Thread } from "../room/model";

interface Call {
  readonly thread: Thread;
  readonly comment: Comment;
}

/** Thread id → the newest comment in it that was looked at. */
type Seen = Readonly<Record<string, number>>;

export class Calls {
  readonly #live: Live;
  readonly #threads = signal<ReadonlyMap<string, Thread>>(new Map());
  readonly #seen = signal<Seen>({});

  /** The newest call of each thread that waits to be looked at; the newest first. */
  readonly waiting = computed<readonly Call[]>(() => {
    const you = this.#live.you.value?.id;
    if (you === undefined || this.#live.shut.value) return [];
    return [...this.#threads.value.values()]
      .map((thread) => ({ thread, comment: waitingIn(thread, you, this.#seen.value[thread.id] ?? 0) }))
      .filter((call): call is Call => call.comment !== null)
      .sort((a, b) => b.comment.id - a.comment.id);
  });
  /** The same in a few words, for who looks elsewhere; null where nobody calls. */
  readonly fresh = computed(() => {
    const newest = this.waiting.value[0];
    return newest === undefined ? null : `${newest.comment.name} wrote to you`;
  });

  constructor(live: Live) {
    this.#live = live;
    this.#seen.value = keptSeen(live.id);
  }

  /** Asks for all of them. Unanswered, it is asked again after the next welcome. */
  async bring(): Promise<void> {
    try {
      const threads = await threadsCalling(this.#live.token(), this.#live.id);
      this.#threads.value = new Map(threads.map((thread) => [thread.id, thread]));
    } catch {
      // What is known stays.
    }
  }

  /** A thread changed. */
  told(thread: Thread): void {
    this.#threads.value = new Map(this.#threads.value).set(thread.id, thread);
  }

  /** This thread was looked at. */
  look(id: string): void {
    const newest = this.#threads.value.get(id)?.comments.at(-1)?.id;
    if (newest === undefined || newest <= (this.#seen.value[id] ?? 0)) return;
    this.#seen.value = { ...this.#seen.value, [id]: newest };
    keepSeen(this.#live.id, this.#seen.value, new Set(this.#threads.value.keys()));
  }
}

/** The newest comment that calls somebody, after the one they saw last and the last one of their own. */
export function waitingIn({ comments, resolved }: Thread, you: string, seen: number): Comment | null {
  if (resolved !== null) return null;
  const since = comments.slice(comments.findLastIndex(({ member, id }) => member === you || id <= seen) + 1);
  return since.findLast(({ mentions }) => mentions.some(({ member }) => member === you)) ?? null;
}

const key = (room: string) => `tutti.called.${room}`;

function keptSeen(room: string): Seen {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key(room)) ?? "{}");
    if (typeof kept !== "object" || kept === null) return {};
    return Object.fromEntries(Object.entries(kept).filter(([, id]) => typeof id === "number"));
  } catch {
    return {};
  }
}

/** Of the threads that are known: others call nobody any more. */
function keepSeen(room: string, seen: Seen, known: ReadonlySet<string>): void {
  try {
    localStorage.setItem(
      key(room),
      JSON.stringify(Object.fromEntries(Object.entries(seen).filter(([id]) => known.has(id)))),
    );
  } catch {
    // Storage is blocked or full: it is said again after a reload.
  }
}
