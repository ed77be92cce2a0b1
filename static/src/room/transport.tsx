/** The bar at the bottom. Its middle is where recording begins one day: until then that place stays empty. */

import type { ReadonlySignal, Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Story } from "../story/story";
import { Measure, MeasureForm } from "../tools/measure";
import type { Form } from "./form";
import type { Live } from "./live";
import { PANELS } from "./panels";

interface Props {
  readonly live: Live;
  readonly story: ReadonlySignal<Story | null>;
  readonly ask: (form: Form) => void;
  readonly children: ComponentChildren;
}

export function Transport({ live, story, ask, children }: Props) {
  return (
    <footer class="transport">
      {children}
      <Measure story={story} onAsk={() => ask({ title: "How much is written", Body: MeasureForm })} />
      <p class="hint">{live.write.value && !live.stale.value && "Everybody with the pen writes on the same page."}</p>
    </footer>
  );
}

interface SurfacesProps {
  readonly live: Live;
  readonly surface: Signal<"page" | "side">;
  readonly panel: Signal<string>;
}

/** On a phone the surfaces are shown one at a time: the page, and what stands beside it on a wide screen. */
export function Surfaces({ live, surface, panel }: SurfacesProps) {
  const on = surface.value;
  const beside = PANELS.find(({ name }) => name === panel.value);
  const news = PANELS.find((each) => each.fresh?.(live) != null);
  const show = (which: "page" | "side") => () => {
    if (which === "side" && on === "page" && news !== undefined) panel.value = news.name;
    surface.value = which;
  };
  return (
    <>
      <button type="button" class="quiet surface" aria-pressed={on === "page"} onClick={show("page")}>
        Page
      </button>
      <span class="red-button-place" />
      <button type="button" class="quiet surface" aria-pressed={on === "side"} onClick={show("side")}>
        {on === "page" && news !== undefined ? <b>{news.fresh?.(live)}</b> : beside?.label}
      </button>
    </>
  );
}
