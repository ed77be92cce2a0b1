/** The menu of the room (the ARIA menu button pattern), and the keys of what is in it. */

import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { More } from "../design/icons";
import { keyTip, matches } from "../design/keys";
import { COMMANDS, type Command, type Place } from "./commands";

export function Menu(place: Place) {
  const open = useSignal(false);
  const list = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const now = useRef(place);
  now.current = place;
  const commands = COMMANDS.filter(({ can }) => can(place));

  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const command = COMMANDS.find(({ keys, can }) => keys !== "" && matches(event, keys) && can(now.current));
      if (command === undefined) return;
      event.preventDefault();
      command.run(now.current);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);

  // Before the next key is heard.
  useLayoutEffect(() => {
    if (!open.value) return;
    list.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
    const elsewhere = ({ target }: Event) => {
      if (target instanceof Node && !list.current?.contains(target) && !button.current?.contains(target)) {
        open.value = false;
      }
    };
    addEventListener("pointerdown", elsewhere);
    return () => removeEventListener("pointerdown", elsewhere);
  }, [open.value, open]);

  if (commands.length === 0) return null;

  const close = () => {
    open.value = false;
    button.current?.focus();
  };
  const walk = (event: KeyboardEvent) => {
    const items = [...(list.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items[(to + items.length) % items.length]?.focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      close();
    }
  };
  const run = (command: Command) => () => {
    close();
    command.run(place);
  };

  return (
    <div class="menu">
      <button
        ref={button}
        type="button"
        class="quiet"
        aria-haspopup="menu"
        aria-expanded={open.value}
        aria-label="More"
        title="More"
        onClick={() => {
          open.value = !open.value;
        }}
      >
        <More />
      </button>
      {open.value && (
        <div class="menu-list" role="menu" aria-label="More" ref={list} onKeyDown={walk}>
          {commands.map((command) => (
            <button
              key={command.name}
              type="button"
              role="menuitem"
              class="quiet"
              tabIndex={-1}
              data-command={command.name}
              onClick={run(command)}
            >
              <span>{command.label(place)}</span>
              {command.keys !== "" && <kbd>{keyTip(command.keys)}</kbd>}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
