/** The sprint of the room as this page knows it, and the clock it is shown by. */

import { batch, signal } from "@preact/signals";
import type { Live } from "../room/live";
import type { Sprint } from "../room/model";
import { ServerClock } from "./clock";
import { type Phase, phase } from "./phase";

const TICK_MS = 250;
/** How long a page says that it is over, unless somebody says that they have seen it. */
const OVER_MS = 60_000;
/** The offset is measured again after so long: clocks drift, and machines sleep. */
const MEASURE_MS = 5 * 60_000;

export class Sprints {
  /** The one that is under way, about to begin, or just over. */
  readonly sprint = signal<Sprint | null>(null);
  /** Where it stands; null while there is none, or the server's time isn't known yet. */
  readonly phase = signal<Phase | null>(null);
  readonly clock: ServerClock;
  readonly #live: Live;
  #ticking: ReturnType<typeof setInterval> | undefined;
  #measured = Number.NEGATIVE_INFINITY;

  constructor(live: Live) {
    this.#live = live;
    this.clock = new ServerClock(async () => (await live.ask("time", {})).time);
  }

  /** What the server says. Null is the end: by the clock, or because somebody stopped it. */
  tell(sprint: Sprint | null, isWelcome = false): void {
    if (isWelcome) this.#measured = Number.NEGATIVE_INFINITY;
    const current = this.sprint.value;
    if (sprint === null && current !== null && (this.phase.value === null || this.phase.value.name === "waiting")) {
      this.dismiss(); // it never began
      return;
    }
    if (sprint !== null) this.sprint.value = sprint;
    else if (current !== null && this.phase.value?.name === "writing") {
      this.sprint.value = { ...current, end: this.clock.now() ?? current.end };
    }
    if (this.sprint.value !== null && this.#ticking === undefined) this.#ticking = setInterval(this.#tick, TICK_MS);
    this.#tick();
  }

  /** Somebody has seen that it is over. */
  dismiss(): void {
    clearInterval(this.#ticking);
    this.#ticking = undefined;
    batch(() => {
      this.sprint.value = null;
      this.phase.value = null;
    });
  }

  /** To be named when it is over. */
  async join(): Promise<void> {
    this.tell((await this.#live.ask("join_sprint", {})).sprint);
  }

  readonly #tick = (): void => {
    const sprint = this.sprint.value;
    if (sprint === null) return;
    if (performance.now() - this.#measured > MEASURE_MS) {
      this.#measured = performance.now();
      void this.clock.measure();
    }
    const now = this.clock.now();
    if (now === null) return;
    const next = phase(sprint, now);
    const before = this.phase.value;
    if (before?.name !== next.name || before.seconds !== next.seconds) this.phase.value = next;
    if (now > sprint.end + OVER_MS) this.dismiss();
  };
}
