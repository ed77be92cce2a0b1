/**
 * The server's time as this page knows it. The browser's own clock may be wrong by hours and may be set while the page is open,
 * so nothing here asks for it: time is counted from `performance.now()`, and the offset is measured by asking the server, as NTP
 * does: of several answers the quickest is believed, half way of its round trip.
 */

import { signal } from "@preact/signals";

export interface Sample {
  /** When it was asked and when the answer was there, by `performance.now()`. */
  readonly asked: number;
  readonly answered: number;
  /** What the server said, in ms since 1970. */
  readonly time: number;
}

const SAMPLES = 4;
const BETWEEN_MS = 250;

/** What has to be added to `performance.now()` for the server's time; null where nothing was measured. */
export function offset(samples: readonly Sample[]): number | null {
  const quickest = [...samples].sort((a, b) => a.answered - a.asked - (b.answered - b.asked))[0];
  return quickest === undefined ? null : quickest.time - (quickest.asked + quickest.answered) / 2;
}

export class ServerClock {
  readonly #offset = signal<number | null>(null);

  /** `ask` brings the server's time in ms since 1970. */
  constructor(readonly ask: () => Promise<number>) {}

  /** In ms since 1970; null until it has been measured. */
  now(): number | null {
    return this.#offset.value === null ? null : performance.now() + this.#offset.value;
  }

  /** Measures anew. What was measured before stands until the first answer. */
  async measure(): Promise<void> {
    const samples: Sample[] = [];
    for (let turn = 0; turn < SAMPLES; turn++) {
      if (turn > 0) await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
      const asked = performance.now();
      try {
        const time = await this.ask();
        samples.push({ asked, answered: performance.now(), time });
      } catch {
        continue; // offline: measured again with the next welcome
      }
      this.#offset.value = offset(samples);
    }
  }
}
