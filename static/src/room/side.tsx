/** The side of the room: the panels beside the page, as tabs (the ARIA tabs pattern: one tab stop, arrow keys between them). */

import type { Signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { PANELS, type PanelProps } from "./panels";

interface Props extends PanelProps {
  /** The name of the panel that is shown. */
  readonly panel: Signal<string>;
}

export function Side({ panel, ...props }: Props) {
  const bar = useRef<HTMLDivElement>(null);
  const panels = PANELS.filter(({ can }) => can(props.live));
  const shown = panels.find(({ name }) => name === panel.value) ?? panels[0];
  if (shown === undefined) return null;
  const at = panels.indexOf(shown);

  const walk = (event: KeyboardEvent) => {
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: panels.length - 1 }[event.key];
    const next = to === undefined ? undefined : panels[(to + panels.length) % panels.length];
    if (next === undefined) return;
    event.preventDefault();
    panel.value = next.name;
    bar.current?.querySelector<HTMLElement>(`#tab-${next.name}`)?.focus();
  };

  return (
    <section class="side" aria-label="Beside the page">
      <div class="tabs" role="tablist" ref={bar} onKeyDown={walk}>
        {panels.map(({ name, label, fresh, Icon }) => {
          const news = name === shown.name ? null : (fresh?.(props.live) ?? null);
          return (
            <button
              key={name}
              id={`tab-${name}`}
              type="button"
              role="tab"
              class="quiet tab"
              aria-selected={name === shown.name}
              aria-controls="side-panel"
              title={label}
              tabIndex={name === shown.name ? 0 : -1}
              onClick={() => {
                panel.value = name;
              }}
            >
              <Icon />
              <span class={name === shown.name || news !== null ? undefined : "vh"}>{news ?? label}</span>
            </button>
          );
        })}
      </div>
      <div id="side-panel" class="panel" role="tabpanel" aria-labelledby={`tab-${shown.name}`} data-panel={shown.name}>
        <shown.Body {...props} />
      </div>
    </section>
  );
}
