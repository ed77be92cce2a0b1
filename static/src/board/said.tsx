/** One message on the board, with what its author, or who looks after the room, can do with it. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { More } from "../design/icons";
import { sentenceOf } from "../room/api";
import type { Live } from "../room/live";
import type { Message } from "../room/model";
import { Words } from "./words";

const TIME = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });

interface Props {
  readonly live: Live;
  readonly message: Message;
  /** The id of the message that is being changed. */
  readonly changing: Signal<number | null>;
}

export function Said({ live, message, changing }: Props) {
  const { id, member, name, hue, time, note, deleted, edited } = message;
  const you = live.you.value;
  if (note) return <li class="event">{message.text}</li>;
  if (deleted) {
    return (
      <li class="event">
        What {name} said at <Time time={time} /> was deleted.
      </li>
    );
  }
  const own = member === you?.id;
  const toYou = message.mentions.some((mention) => mention.member === you?.id);
  return (
    <li data-hue={hue} class={toYou ? "said to-you" : "said"}>
      <div class="by">
        <b>{name}</b> <Time time={time} />
        {edited !== null && <span class="small">changed</span>}
        {toYou && <span class="small strong">to you</span>}
        {(own || you?.grants.includes("moderate")) && changing.value !== id && (
          <Doing live={live} message={message} own={own} changing={changing} />
        )}
      </div>
      {changing.value === id ? (
        <Change live={live} message={message} changing={changing} />
      ) : (
        <p>
          <Words of={message} />
        </p>
      )}
    </li>
  );
}

function Time({ time }: { readonly time: number }) {
  const date = new Date(time);
  return <time dateTime={date.toISOString()}>{TIME.format(date)}</time>;
}

function Doing({ live, message, own, changing }: Props & { readonly own: boolean }) {
  const open = useSignal(false);
  const mistake = useSignal("");
  const remove = () =>
    live.talk.delete(message.id).catch((error: unknown) => {
      mistake.value = sentenceOf(error);
    });
  const label = own ? "Change or delete what you said" : `Delete what ${message.name} said`;
  return (
    <>
      <button
        type="button"
        class="quiet doing"
        aria-label={label}
        title={label}
        aria-expanded={open.value}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        <More />
      </button>
      {open.value && (
        <div class="buttons">
          {own && live.talk.open.value && (
            <button
              type="button"
              class="quiet"
              onClick={() => {
                changing.value = message.id;
              }}
            >
              Change it
            </button>
          )}
          <button type="button" class="quiet" onClick={remove}>
            Delete it
          </button>
          <span role="alert" class="small">
            {mistake}
          </span>
        </div>
      )}
    </>
  );
}

function Change({ live, message, changing }: Props) {
  const field = useRef<HTMLTextAreaElement>(null);
  const mistake = useSignal("");

  useEffect(() => {
    const end = field.current?.value.length ?? 0;
    field.current?.focus();
    field.current?.setSelectionRange(end, end);
  }, []);

  const done = () => {
    changing.value = null;
    document.getElementById("say")?.focus();
  };
  const keep = async () => {
    const text = field.current?.value.trim() ?? "";
    if (text === "" || text === message.text) {
      done();
      return;
    }
    try {
      await live.talk.edit(message.id, text);
      done();
    } catch (error) {
      mistake.value = sentenceOf(error);
    }
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key === "Escape") done();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void keep();
  };

  return (
    <div class="change">
      <textarea ref={field} rows={2} aria-label="What you said" defaultValue={message.text} onKeyDown={pressed} />
      <div class="buttons">
        <button type="button" class="plain" onClick={keep}>
          Keep the change
        </button>
        <button type="button" class="quiet" onClick={done}>
          Leave it as it was
        </button>
        <span role="alert" class="small">
          {mistake}
        </span>
      </div>
    </div>
  );
}
