/** The field at the foot of the board. Enter sends; `@` completes the names of the room's people (the ARIA combobox pattern). */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { members, sentenceOf } from "../room/api";
import type { Live } from "../room/live";
import { type Called, calling, completed, fitting } from "./calling";
import { keepDraft, keptDraft } from "./draft";

const MESSAGE_CHARS = 4000;

interface Props {
  readonly live: Live;
  /** Changes the last message of one's own, where there is one. */
  readonly changeLast: () => void;
}

interface Person {
  readonly id: string;
  readonly name: string;
}

export function Say({ live, changeLast }: Props) {
  const text = useSignal(keptDraft(live.id));
  const mistake = useSignal("");
  const called = useSignal<Called | null>(null);
  const chosen = useSignal(0);
  const everybody = useSignal<readonly Person[] | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const away = live.phase.value !== "here";
  const you = live.you.value?.id;

  useEffect(() => keepDraft(live.id, text.value), [live, text.value]);

  const people = (everybody.value ?? live.here.value).filter(({ id }) => id !== you);
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

  const send = async () => {
    const said = text.value.trim();
    if (said === "" || away) return;
    mistake.value = "";
    called.value = null;
    try {
      await live.talk.say(said);
      // Whatever was typed meanwhile stays.
      if (text.value.trim() === said) text.value = "";
    } catch (error) {
      mistake.value = sentenceOf(error);
    }
  };

  const pressed = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const offer = offered[at];
    if (offer !== undefined && ["ArrowDown", "ArrowUp", "Enter", "Tab", "Escape"].includes(event.key)) {
      event.preventDefault();
      if (event.key === "Escape") called.value = null;
      else if (event.key === "ArrowDown") chosen.value = (at + 1) % offered.length;
      else if (event.key === "ArrowUp") chosen.value = (at + offered.length - 1) % offered.length;
      else take(offer);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void send();
    } else if (event.key === "ArrowUp" && text.value === "") {
      event.preventDefault();
      changeLast();
    }
  };

  return (
    <form
      class="say"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <p role="alert" class="small">
        {away ? "The board goes on when you're back. What you type here is kept." : mistake}
      </p>
      {offered.length > 0 && (
        <div id="called" class="called" role="listbox" aria-label="People">
          {offered.map((person, index) => (
            // The keyboard stays in the field, which moves through these.
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
            // biome-ignore lint/a11y/useFocusableInteractive: as above
            <div
              key={person.id}
              id={`called-${index}`}
              role="option"
              aria-selected={index === at}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => take(person)}
            >
              {person.name}
            </div>
          ))}
        </div>
      )}
      <label class="vh" for="say">
        Say something
      </label>
      <textarea
        id="say"
        ref={field}
        rows={1}
        placeholder="Say something"
        autocomplete="off"
        enterkeyhint="send"
        maxLength={MESSAGE_CHARS}
        aria-autocomplete="list"
        aria-controls={offered.length > 0 ? "called" : undefined}
        aria-activedescendant={offered.length > 0 ? `called-${at}` : undefined}
        value={text}
        onInput={({ currentTarget }) => {
          text.value = currentTarget.value;
          look(currentTarget);
        }}
        onClick={({ currentTarget }) => look(currentTarget)}
        onKeyDown={pressed}
        onBlur={() => {
          called.value = null;
        }}
      />
      <button type="submit" class="plain" disabled={away}>
        Send
      </button>
    </form>
  );
}
