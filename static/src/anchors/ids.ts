/** Sets of letters by the ids of their items: which client wrote them, and at which of its clocks. Pure. */

import type { Stretch } from "../trail/ledger";

export class Ids {
  /** For each client the ranges, `[from, to)`, in order and apart from each other. */
  readonly #ranges = new Map<number, (readonly [number, number])[]>();

  add({ client, clock, length }: Stretch): void {
    const ranges = this.#ranges.get(client) ?? [];
    let [from, to] = [clock, clock + length];
    const [last] = ranges.slice(-1);
    // Most come in the order in which they are written.
    if (last !== undefined && last[0] <= from && to <= last[1]) return;
    const apart = ranges.filter(([a, b]) => {
      if (b < from || a > to) return true;
      [from, to] = [Math.min(a, from), Math.max(b, to)];
      return false;
    });
    apart.push([from, to]);
    this.#ranges.set(
      client,
      apart.sort(([a], [b]) => a - b),
    );
  }

  *all(): Generator<Stretch> {
    for (const [client, ranges] of this.#ranges)
      for (const [from, to] of ranges) yield { client, clock: from, length: to - from };
  }

  /** What of a stretch is in the set. */
  within({ client, clock, length }: Stretch): readonly Stretch[] {
    return (this.#ranges.get(client) ?? []).flatMap(([a, b]) => {
      const [from, to] = [Math.max(a, clock), Math.min(b, clock + length)];
      return from < to ? [{ client, clock: from, length: to - from }] : [];
    });
  }

  /** What of a stretch is not. */
  without(stretch: Stretch): readonly Stretch[] {
    const { client, clock, length } = stretch;
    const left: Stretch[] = [];
    let at = clock;
    for (const inside of this.within(stretch)) {
      if (inside.clock > at) left.push({ client, clock: at, length: inside.clock - at });
      at = inside.clock + inside.length;
    }
    if (at < clock + length) left.push({ client, clock: at, length: clock + length - at });
    return left;
  }
}
