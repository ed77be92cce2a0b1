/** Where a sprint stands at a moment, and how that is said. Pure. */

import type { Sprint } from "../room/model";

export interface Phase {
  readonly name: "waiting" | "writing" | "over";
  /** Whole seconds until it begins, or until it ends. */
  readonly seconds: number;
}

export function phase({ start, end }: Pick<Sprint, "start" | "end">, now: number): Phase {
  if (now < start) return { name: "waiting", seconds: Math.ceil((start - now) / 1000) };
  if (now < end) return { name: "writing", seconds: Math.ceil((end - now) / 1000) };
  return { name: "over", seconds: 0 };
}

/** `9:05`, or `1:09:05`. */
export function shown(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  const rest = two(seconds % 60);
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${rest}`;
}

export const minutesOf = ({ start, end }: Pick<Sprint, "start" | "end">): number =>
  Math.max(1, Math.round((end - start) / 60_000));

/**
 * What is said aloud when a sprint comes from one phase into another: at its start, when a minute is left, and at its end; else
 * nothing, for a clock that talks is no help to who writes.
 */
export function aloud(before: Phase | null, now: Phase, minutes: number): string | null {
  if (now.name === "waiting") return before === null ? "A sprint is about to begin." : null;
  if (now.name === "over") return before !== null && before.name !== "over" ? "The sprint is over." : null;
  if (before?.name !== "writing") return `The sprint has begun: ${minutes} min.`;
  return before.seconds > 60 && now.seconds <= 60 ? "One minute left." : null;
}
