/**
 * The stage as this page takes part in it: as a player, who is heard and hears, or as a listener. It is brought when somebody first
 * presses a button of it, and comes back by itself after whatever broke, until somebody leaves.
 */

import { batch, effect, signal } from "@preact/signals";
import { StudioError, sentenceOf } from "../room/api";
import type { Live } from "../room/live";
import { Capture } from "./capture";
import { type Choice, keepChoice } from "./devices";
import { Link, NO_WAY } from "./link";
import { shown } from "./meter";
import { Mix } from "./mix";
import { Mixer } from "./mixer";
import type { Wish } from "./sdp";

/** off: not taking part. opening: on the way. on: there. returning: something broke, and it is tried again. */
export type State = "off" | "opening" | "on" | "returning";
export type Part = "player" | "listener";

const LOOK_MS = 100;
const RETURN_MS = [0, 250, 500, 1_000, 2_000, 4_000] as const;
const SAMPLES_PER_S = 48_000;
/** What trying again doesn't change. */
const FINAL: ReadonlySet<string> = new Set([
  "not_granted",
  "door_closed",
  "unknown_person",
  "not_found",
  "offer_refused",
  "full",
  NO_WAY,
]);
/** Held by the one tab of this browser that is on stage. */
const LOCK = "tutti.on-stage";

export class Stage {
  readonly state = signal<State>("off");
  readonly part = signal<Part>("listener");
  /** What went wrong, in a sentence; empty for nothing. */
  readonly trouble = signal("");
  /** How loud everybody is, by their number, 0 to 1. */
  readonly levels = signal<ReadonlyMap<number, number>>(new Map());
  /** Whether this member's own microphone is off. */
  readonly quiet = signal(false);
  readonly mix: Mix;
  readonly #live: Live;
  #context: AudioContext | null = null;
  #mixer: Mixer | null = null;
  #link: Link | null = null;
  #capture: Capture | null = null;
  #looking: ReturnType<typeof setInterval> | undefined;
  #returning: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;
  /** Counts what was begun, so that an attempt which took longer than somebody's patience ends itself. */
  #turn = 0;
  /** Whether the room has told that this link's player is on stage. */
  #told = false;
  #release: () => void = () => {};
  readonly #stop: () => void;

  constructor(live: Live) {
    this.#live = live;
    this.mix = new Mix(live.id);
    const stops = [effect(() => this.#follow()), effect(() => this.#setMix())];
    const leave = () => this.leave();
    addEventListener("pagehide", leave);
    this.#stop = () => {
      removeEventListener("pagehide", leave);
      for (const stop of stops) stop();
    };
  }

  /** The audio context, running. Call it in the course of a press. */
  context(): AudioContext {
    this.#context ??= new AudioContext({ latencyHint: 0, sampleRate: SAMPLES_PER_S });
    void this.#context.resume();
    return this.#context;
  }

  async listen(): Promise<void> {
    this.context();
    this.part.value = "listener";
    await this.#begin();
  }

  /** Opens a microphone for a look at it, before or while one is on stage. Raises StudioError. */
  tryOut(choice: Choice): Promise<Capture> {
    return Capture.open(this.context(), choice, () => this.#unplugged());
  }

  /** Steps on stage with this sound, which is the stage's to close from now on; on stage it takes the place of the one before. */
  async step(capture: Capture): Promise<void> {
    if (!(await this.#hold())) {
      capture.close();
      this.trouble.value = "Another tab of this browser is on stage already. Leave it there first.";
      return;
    }
    this.#capture?.close();
    this.#capture = capture;
    capture.hearYourself(false);
    capture.quiet = this.quiet.value;
    keepChoice(capture.choice);
    this.part.value = "player";
    await this.#begin();
  }

  setQuiet(quiet: boolean): void {
    this.quiet.value = quiet;
    if (this.#capture !== null) this.#capture.quiet = quiet;
  }

  leave(): void {
    this.#turn++;
    clearTimeout(this.#returning);
    clearInterval(this.#looking);
    this.#link?.close();
    this.#capture?.close();
    this.#mixer?.hear([]);
    this.#link = this.#capture = null;
    this.#release();
    batch(() => {
      this.state.value = "off";
      this.trouble.value = "";
      this.quiet.value = false;
      this.levels.value = new Map();
    });
    void this.#context?.suspend();
  }

  close(): void {
    this.#stop();
    this.leave();
    void this.#context?.close();
  }

  async #begin(): Promise<void> {
    this.#tries = 0;
    batch(() => {
      this.state.value = "opening";
      this.trouble.value = "";
    });
    await this.#open();
  }

  async #open(): Promise<void> {
    const turn = ++this.#turn;
    clearTimeout(this.#returning);
    this.#link?.close();
    this.#link = null;
    this.#told = false;
    try {
      const { choice, stereo = false, track = null } = this.#capture ?? {};
      const wish: Wish = { stereo, speech: choice?.speech ?? false };
      this.#mixer ??= await Mixer.open(this.context());
      const link = await Link.open(this.#live.id, this.#live.token, track, wish, () => this.#return());
      if (turn !== this.#turn) {
        link.close();
        return;
      }
      this.#link = link;
      this.#tries = 0;
      this.#mixer.hear(link.places);
      clearInterval(this.#looking);
      this.#looking = setInterval(() => this.#look(), LOOK_MS);
      batch(() => {
        this.state.value = "on";
        this.trouble.value = "";
      });
    } catch (error) {
      if (turn !== this.#turn) return;
      if (error instanceof StudioError && !FINAL.has(error.code)) this.#return();
      else this.#fail(sentenceOf(error));
    }
  }

  /** Something broke: once more, at once first, then with patience. */
  #return(): void {
    if (this.state.value === "off") return;
    const wait = RETURN_MS[Math.min(this.#tries++, RETURN_MS.length - 1)] ?? 0;
    this.state.value = "returning";
    clearTimeout(this.#returning);
    this.#returning = setTimeout(() => void this.#open(), wait * (1 + Math.random()));
  }

  #fail(sentence: string): void {
    this.leave();
    this.trouble.value = sentence;
  }

  #unplugged(): void {
    if (this.state.value === "off") {
      this.trouble.value = "The microphone was unplugged.";
      return;
    }
    this.#fail("The microphone was unplugged, so you left the stage. Plug it in, and step on stage again.");
  }

  /** Compares what the room tells with what this page thinks: a session that the relay lost needs no time-out to be missed. */
  #follow(): void {
    const on = this.#live.stage.value;
    const you = this.#live.you.value;
    if (this.#live.phase.value !== "here" || this.state.value !== "on" || you === null) return;
    if (this.part.value === "player") {
      const isThere = on.some(({ member }) => member === you.id);
      if (this.#told && !isThere) queueMicrotask(() => this.#return());
      this.#told ||= isThere;
    } else {
      // When all have gone at once, the relay may have; then a listener's session is gone, too.
      if (this.#told && on.length === 0) void this.#inquire();
      this.#told = on.length > 0;
    }
  }

  async #inquire(): Promise<void> {
    const link = this.#link;
    if (link !== null && !(await link.isKnown()) && this.#link === link) this.#return();
  }

  #setMix(): void {
    void this.mix.settings.value;
    this.#apply(new Map(this.#live.stage.value.map(({ number, member }) => [number, member])));
  }

  #apply(memberOf: ReadonlyMap<number, string>): void {
    this.#mixer?.set(this.mix, memberOf);
  }

  #look(): void {
    const on = this.#live.stage.peek();
    const levels = new Map<number, number>();
    for (const channel of this.#mixer?.channels ?? []) {
      channel.look();
      if (channel.number !== 0) levels.set(channel.number, shown(channel.meter.peak()));
    }
    const own = on.find(({ member }) => member === this.#live.you.peek()?.id);
    if (own !== undefined && this.#capture !== null) {
      levels.set(own.number, this.quiet.peek() ? 0 : shown(this.#capture.meter.peak()));
    }
    this.#apply(new Map(on.map(({ number, member }) => [number, member])));
    this.levels.value = levels;
  }

  /** Whether this is the one tab of the browser that is on stage. */
  #hold(): Promise<boolean> {
    if (this.part.value === "player" && this.#capture !== null) return Promise.resolve(true);
    if (navigator.locks === undefined) return Promise.resolve(true);
    return new Promise((resolve) => {
      void navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        if (lock === null) return;
        return new Promise<void>((release) => {
          this.#release = release;
        });
      });
    });
  }
}
