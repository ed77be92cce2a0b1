/** What is known of a document's history, and what of it is shown: the state behind the panel and the page's place. */

import { batch, effect, signal } from "@preact/signals";
import { sentenceOf } from "../room/api";
import type { Live } from "../room/live";
import * as api from "./api";
import { type Authors, type Difference, type Moment, type Moments, momentAt, type Person, when } from "./model";

export type Mode = "changes" | "authors";

/** How long after the last change somewhere the list is asked for again. */
const CALM_MS = 3_000;

export class History {
  readonly moments = signal<Moments>({ moments: [], people: [] });
  readonly arrived = signal(false);
  /** The moment that is looked at; null for none, or for now. */
  readonly shown = signal<Moment | null>(null);
  readonly mode = signal<Mode>("changes");
  /** What the moment is compared with; null for the one before. */
  readonly since = signal<number | null>(null);
  readonly difference = signal<Difference | null>(null);
  readonly authors = signal<Authors | null>(null);
  readonly busy = signal(false);
  readonly mistake = signal("");

  readonly #stop: (() => void)[] = [];
  #asked = 0;
  #later: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly live: Live,
    readonly document: string,
    /** Closes what stands in the page's place. */
    readonly leave: () => void,
  ) {
    this.#stop.push(
      effect(() => {
        if (live.restored.value !== null) void this.refresh();
      }),
      effect(() => void this.#look(this.shown.value, this.mode.value, this.since.value)),
    );
  }

  close(): void {
    clearTimeout(this.#later);
    this.#asked += 1;
    for (const stop of this.#stop) stop();
  }

  async refresh(): Promise<void> {
    await this.#try(async () => {
      const moments = await api.moments(this.#where);
      batch(() => {
        this.moments.value = moments;
        this.arrived.value = true;
        const shown = this.shown.peek();
        if (shown !== null) this.shown.value = moments.moments.find(({ seq }) => seq === shown.seq) ?? shown;
      });
    });
  }

  /** Somebody wrote: the list is asked for when it has become calm. */
  refreshLater(): void {
    clearTimeout(this.#later);
    this.#later = setTimeout(() => void this.refresh(), CALM_MS);
  }

  show(moment: Moment): void {
    batch(() => {
      this.since.value = null;
      this.mode.value = "changes";
      this.shown.value = moment;
    });
  }

  /** Who wrote what, on the page as it is now. */
  showAuthors(): void {
    batch(() => {
      this.shown.value = null;
      this.mode.value = "authors";
    });
  }

  async name(title: string, moment: Moment | null): Promise<void> {
    await this.#try(async () => {
      await api.name(this.#where, title, moment?.seq ?? null);
      await this.refresh();
    });
  }

  async rename(version: string, title: string): Promise<void> {
    await this.#try(async () => {
      await api.rename(this.#where, version, title);
      await this.refresh();
    });
  }

  async forget(version: string): Promise<void> {
    await this.#try(async () => {
      await api.forget(this.#where, version);
      await this.refresh();
    });
  }

  async restore(moment: Moment): Promise<void> {
    this.busy.value = true;
    await this.#try(async () => {
      const { version } = await api.restore(this.#where, moment.seq);
      if (version === null) this.mistake.value = "The page reads like this already.";
      else this.leave();
      await this.refresh();
    });
    this.busy.value = false;
  }

  person(id: string): Person | undefined {
    return this.moments.value.people.find((person) => person.id === id);
  }

  /** What a moment is called: the name that was given to it, else when it was. */
  titleOf(moment: Moment): string {
    const named = moment.versions.findLast(({ restores }) => restores === null);
    return named === undefined ? when(moment.end) : `${named.title}, ${when(moment.end)}`;
  }

  /** "Amara brought back the page of 14:32", where a moment is that. */
  broughtBack(moment: Moment): string | null {
    const version = moment.versions.findLast(({ restores }) => restores !== null);
    if (version === undefined || version.restores === null) return null;
    const old = momentAt(this.moments.value.moments, version.restores);
    const who = this.person(version.member)?.name ?? "Somebody";
    return old === undefined
      ? `${who} brought back an earlier page`
      : `${who} brought back the page of ${when(old.end)}`;
  }

  get #where(): api.Where {
    return { token: this.live.token(), room: this.live.id, document: this.document };
  }

  async #look(moment: Moment | null, mode: Mode, since: number | null): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    if (moment === null && mode === "changes") return;
    this.busy.value = true;
    await this.#try(async () => {
      if (mode === "authors") {
        const authors = await api.authors(this.#where, moment?.seq ?? null);
        if (asked === this.#asked) this.authors.value = authors;
      } else if (moment !== null) {
        const difference = await api.difference(this.#where, moment.seq, since);
        if (asked === this.#asked) this.difference.value = difference;
      }
    });
    if (asked === this.#asked) this.busy.value = false;
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.mistake.value = "";
    try {
      await work();
    } catch (error) {
      this.mistake.value = sentenceOf(error);
    }
  }
}
