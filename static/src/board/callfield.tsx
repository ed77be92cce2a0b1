/**
 * A field in which `@` completes the names of the room's people (the ARIA combobox pattern): on the board and in comments. The
 * field keeps the keyboard; what is offered stands beside it.
 */

import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChild, RefObject } from "preact";
import { useId } from "preact/hooks";
import { members } from "../room/api";
import type { Live } from "../room/live";
import { type Called, calling, completed, fitting } from "./calling";

interface Person {
  readonly id: string;
  readonly name: string;
}

interface CallField {
  /** To be told of each change of the text, and of each click. */
  look(field: HTMLTextAreaElement): void;
  /** True where the key was for what is offered. */
  pressed(event: KeyboardEvent): boolean;
  leave(): void;
  /** What the field says of the list to who can't see it. */
  readonly aria: {
    readonly "aria-autocomplete": "list";
    readonly "aria-controls": string | undefined;
    readonly "aria-activedescendant": string | undefined;
  };
  readonly list: ComponentChild;
}

const KEYS: ReadonlySet<string> = new Set(["ArrowDown", "ArrowUp", "Enter", "Tab", "Escape"]);

export function useCallField(
  live: Live,
  text: Signal<string>,
  field: RefObject<HTMLTextAreaElement | null>,
): CallField {
  const called = useSignal<Called | null>(null);
  const chosen = useSignal(0);
  const everybody = useSignal<readonly Person[] | null>(null);
  const id = useId();
  const you = live.you.value?.id;
  const people = (everybody.value ?? live.here.value).filter((person) => person.id !== you);
  const offered = called.value === null ? [] : fitting(people, called.value.begun);
  const at = Math.min(chosen.value, offered.length - 1);

  const look = ({ value, selectionStart }: HTMLTextAreaElement) => {
    called.value = calling(value, selectionStart);
    chosen.value = 0;
    if (called.value === null || everybody.value !== null) return;
    everybody.value = live.here.value;
    // Those who are here are offered in any case.
    members(live.token(), live.id).then(
      (all) => {
        everybody.value = all;
      },
      () => {
        everybody.value = null;
      },
    );
  };

  const take = ({ name }: Person) => {
    const element = field.current;
    if (element === null || called.value === null) return;
    const after = completed(text.value, called.value, name);
    text.value = after.text;
    called.value = null;
    element.value = after.text;
    element.focus();
    element.setSelectionRange(after.caret, after.caret);
  };

  const pressed = (event: KeyboardEvent): boolean => {
    const offer = offered[at];
    if (offer === undefined || !KEYS.has(event.key) || event.ctrlKey || event.metaKey) return false;
    event.preventDefault();
    if (event.key === "Escape") called.value = null;
    else if (event.key === "ArrowDown") chosen.value = (at + 1) % offered.length;
    else if (event.key === "ArrowUp") chosen.value = (at + offered.length - 1) % offered.length;
    else take(offer);
    return true;
  };

  const list = offered.length > 0 && (
    <div id={id} class="called" role="listbox" aria-label="People">
      {offered.map((person, index) => (
        // The keyboard stays in the field, which moves through these.
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
        // biome-ignore lint/a11y/useFocusableInteractive: as above
        <div
          key={person.id}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === at}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => take(person)}
        >
          {person.name}
        </div>
      ))}
    </div>
  );

  return {
    look,
    pressed,
    leave: () => {
      called.value = null;
    },
    aria: {
      "aria-autocomplete": "list",
      "aria-controls": offered.length > 0 ? id : undefined,
      "aria-activedescendant": offered.length > 0 ? `${id}-${at}` : undefined,
    },
    list,
  };
}
