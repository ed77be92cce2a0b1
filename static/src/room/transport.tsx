/** The bar at the bottom. Its middle is where recording begins one day: until then that place stays empty. */

import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { Live } from "./live";

interface Props {
  readonly live: Live;
  readonly children: ComponentChildren;
}

export function Transport({ live, children }: Props) {
  return (
    <footer class="transport">
      {children}
      <p class="hint">
        {live.write.value && !live.stale.value
          ? "Everybody with the pen writes on the same page."
          : "You can read along."}
      </p>
    </footer>
  );
}

interface SurfacesProps {
  readonly live: Live;
  readonly surface: Signal<"page" | "board">;
}

/** On a phone the surfaces are shown one at a time. */
export function Surfaces({ live, surface }: SurfacesProps) {
  const seen = useSignal(0);
  const newest = live.board.value.messages.at(-1)?.id ?? 0;
  const on = surface.value;

  useEffect(() => {
    if (on === "board" || seen.value === 0) seen.value = newest;
  }, [on, newest, seen]);

  const fresh = on === "page" && newest > seen.value;
  const show = (which: "page" | "board") => () => {
    surface.value = which;
  };
  return (
    <>
      <button type="button" class="quiet surface" aria-pressed={on === "page"} onClick={show("page")}>
        Page
      </button>
      <span class="red-button-place" />
      <button type="button" class="quiet surface" aria-pressed={on === "board"} onClick={show("board")}>
        {fresh ? <b>Board: something new</b> : "Board"}
      </button>
    </>
  );
}
