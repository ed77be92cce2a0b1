/** The board: the room's messages, and a line to say something. */

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { sentenceOf } from "../room/api";
import type { Live } from "../room/live";
import type { Message } from "../room/model";
import "./board.css";
import { sameDay } from "./messages";

const MESSAGE_CHARS = 4000;
/** How close to the newest message one has to be for it to be followed, in pixels. */
const FOLLOWS_PX = 80;

export function Board({ live }: { readonly live: Live }) {
  const { messages, more } = live.board.value;
  const list = useRef<HTMLDivElement>(null);
  const newest = messages.at(-1)?.id;
  const follows = useRef(true);

  useLayoutEffect(() => {
    if (newest !== undefined && follows.current) list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [newest]);

  return (
    <>
      <h2 class="vh">Board</h2>
      <div
        ref={list}
        class="messages"
        role="log"
        aria-live="polite"
        aria-label="Messages"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          follows.current = scrollHeight - scrollTop - clientHeight < FOLLOWS_PX;
        }}
      >
        <ol>
          {more && (
            <li class="earlier">
              <Earlier live={live} />
            </li>
          )}
          {messages.length === 0 && <li class="event">Nothing has been said here yet.</li>}
          {messages.map((message, index) => (
            <Said key={message.id} message={message} before={messages[index - 1]} />
          ))}
        </ol>
      </div>
      <Say live={live} />
    </>
  );
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

function Said({ message, before }: { readonly message: Message; readonly before: Message | undefined }) {
  const time = new Date(message.time);
  const newDay = before === undefined || !sameDay(before.time, message.time);
  return (
    <>
      {newDay && <li class="day">{sameDay(message.time, Date.now()) ? "Today" : DAY.format(time)}</li>}
      <li data-hue={message.hue} class="said">
        <b>{message.name}</b> <time dateTime={time.toISOString()}>{TIME.format(time)}</time>
        <p>{message.text}</p>
      </li>
    </>
  );
}

function Earlier({ live }: { readonly live: Live }) {
  const mistake = useSignal("");
  const bring = () =>
    live.earlier().catch((error: unknown) => {
      mistake.value = sentenceOf(error);
    });
  return (
    <>
      <button type="button" class="quiet" onClick={bring}>
        Show what was said before
      </button>
      <span role="alert" class="small">
        {mistake}
      </span>
    </>
  );
}

function Say({ live }: { readonly live: Live }) {
  const text = useSignal("");
  const mistake = useSignal("");
  const away = live.phase.value !== "here";

  const say = async (event: Event) => {
    event.preventDefault();
    const said = text.value.trim();
    if (said === "") return;
    mistake.value = "";
    try {
      await live.say(said);
      // Whatever was typed meanwhile stays.
      if (text.value.trim() === said) text.value = "";
    } catch (error) {
      mistake.value = sentenceOf(error);
    }
  };

  return (
    <form class="say" onSubmit={say}>
      <p role="alert" class="small">
        {away ? "The board goes on when you're back." : mistake}
      </p>
      <label class="vh" for="say">
        Say something
      </label>
      <input
        id="say"
        placeholder="Say something"
        autocomplete="off"
        maxLength={MESSAGE_CHARS}
        value={text}
        onInput={({ currentTarget }) => {
          text.value = currentTarget.value;
        }}
      />
      <button type="submit" class="plain" disabled={away}>
        Send
      </button>
    </form>
  );
}
