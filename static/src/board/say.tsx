/** The field at the foot of the board. Enter sends; `@` completes the names of the room's people (the ARIA combobox pattern). */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { sentenceOf } from "../room/api";
import type { Live } from "../room/live";
import { useCallField } from "./callfield";
import { keepDraft, keptDraft } from "./draft";

const MESSAGE_CHARS = 4000;

interface Props {
  readonly live: Live;
  /** Changes the last message of one's own, where there is one. */
  readonly changeLast: () => void;
}

export function Say({ live, changeLast }: Props) {
  const text = useSignal(keptDraft(live.id));
  const mistake = useSignal("");
  const field = useRef<HTMLTextAreaElement>(null);
  const away = live.phase.value !== "here";
  const calls = useCallField(live, text, field);

  useEffect(() => keepDraft(live.id, text.value), [live, text.value]);

  const send = async () => {
    const said = text.value.trim();
    if (said === "" || away) return;
    mistake.value = "";
    calls.leave();
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
    if (calls.pressed(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
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
      {calls.list}
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
        {...calls.aria}
        value={text}
        onInput={({ currentTarget }) => {
          text.value = currentTarget.value;
          calls.look(currentTarget);
        }}
        onClick={({ currentTarget }) => calls.look(currentTarget)}
        onKeyDown={pressed}
        onBlur={calls.leave}
      />
      <button type="submit" class="plain" disabled={away}>
        Send
      </button>
    </form>
  );
}
