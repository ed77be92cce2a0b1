/** The time as it goes by, for what is shown of it. */

import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

const TICK_MS = 1_000;

/** The time now in milliseconds since 1970, once a second while it is used. */
export function useNow(): ReadonlySignal<number> {
  const now = useSignal(Date.now());
  useEffect(() => {
    const ticking = setInterval(() => {
      now.value = Date.now();
    }, TICK_MS);
    return () => clearInterval(ticking);
  }, [now]);
  return now;
}
