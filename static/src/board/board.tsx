/** The board: the room's messages, what is new of them, and a line to say something. */

import { useSignal } from "@preact/signals";
import { Fragment } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { sentenceOf } from "../room/api";
import type { Live } from "../room/live";
import "./board.css";
import { sameDay } from "./messages";
import { Said } from "./said";
import { Say } from "./say";

/** How close to the newest message one has to be for it to be followed, in pixels. */
const FOLLOWS_PX = 80;
/** How long somebody looks before it counts as read. */
const LOOK_MS = 1_000;

const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

export function Board({ live }: { readonly live: Live }) {
  const { talk } = live;
  const { messages, more } = talk.messages.value;
  const list = useRef<HTMLDivElement>(null);
  const follows = useSignal(true);
  /** How far it was from the end of the list to what is seen, before older messages came in above it. */
  const below = useRef<number | null>(null);
  /** The first message that is new since this member last looked: it stays marked while they go on looking. */
  const firstNew = useSignal<number | null>(null);
  const looking = useSignal(false);
  const changing = useSignal<number | null>(null);
  /** While older messages come in: they aren't said aloud. */
  const lookingBack = useSignal(false);
  const newest = messages.at(-1);
  const oldest = messages[0]?.id;
  const you = live.you.value?.id;

  useLayoutEffect(() => {
    if (newest?.id !== undefined && follows.peek()) toTheEnd(list.current);
  }, [newest?.id, follows]);

  // When the oldest changes, older ones have come in.
  useLayoutEffect(() => {
    if (list.current !== null && below.current !== null) {
      list.current.scrollTop = list.current.scrollHeight - below.current;
      below.current = null;
    }
  }, [oldest]);

  // Looked at: shown, in a tab that is in front. On a phone the board is behind the page at first.
  useEffect(() => {
    let shown = false;
    const look = () => {
      const now = shown && !document.hidden;
      if (now && !looking.peek()) {
        firstNew.value = talk.unread.peek()[0]?.id ?? null;
        if (follows.peek()) toTheEnd(list.current);
      }
      looking.value = now;
    };
    const observer = new IntersectionObserver((entries) => {
      shown = entries.at(-1)?.isIntersecting ?? false;
      look();
    });
    if (list.current !== null) observer.observe(list.current);
    document.addEventListener("visibilitychange", look);
    return () => {
      observer.disconnect();
      document.removeEventListener("visibilitychange", look);
    };
  }, [talk, looking, follows, firstNew]);

  // Read is what stands at the end of a board that is looked at.
  const isRead = looking.value && follows.value;
  useEffect(() => {
    if (newest?.id === undefined || !isRead) return;
    const later = setTimeout(() => talk.seen(), LOOK_MS);
    return () => clearTimeout(later);
  }, [talk, newest?.id, isRead]);

  // Whoever says something has caught up.
  const last = useRef(newest?.id ?? 0);
  useEffect(() => {
    if (newest === undefined || newest.id <= last.current) return;
    last.current = newest.id;
    if (newest.member === you) firstNew.value = null;
  }, [newest, you, firstNew]);

  const changeLast = () => {
    const last = messages.findLast(({ member, deleted, note }) => member === you && !deleted && !note);
    if (last !== undefined) changing.value = last.id;
  };

  return (
    <>
      <h2 class="vh">Board</h2>
      <div
        ref={list}
        class="messages"
        role="log"
        aria-live={lookingBack.value ? "off" : "polite"}
        aria-relevant="additions"
        aria-label="Messages"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          follows.value = scrollHeight - scrollTop - clientHeight < FOLLOWS_PX;
        }}
      >
        <ol>
          {more && (
            <li class="earlier">
              <Earlier
                bring={async () => {
                  if (list.current !== null) below.current = list.current.scrollHeight - list.current.scrollTop;
                  lookingBack.value = true;
                  try {
                    await talk.earlier();
                  } finally {
                    setTimeout(() => {
                      lookingBack.value = false;
                    }, LOOK_MS);
                  }
                }}
              />
            </li>
          )}
          {messages.length === 0 && <li class="event">Nothing has been said here yet.</li>}
          {messages.map((message, index) => {
            const before = messages[index - 1];
            return (
              <Fragment key={message.id}>
                {(before === undefined || !sameDay(before.time, message.time)) && <Day time={message.time} />}
                {message.id === firstNew.value && <li class="new">New since you looked</li>}
                <Said live={live} message={message} changing={changing} />
              </Fragment>
            );
          })}
        </ol>
      </div>
      {!follows.value && talk.unread.value.length > 0 && (
        <button type="button" class="quiet below" onClick={() => toTheEnd(list.current)}>
          There is more below
        </button>
      )}
      {talk.open.value ? (
        <Say live={live} changeLast={changeLast} />
      ) : (
        <p class="say small">Only who writes the text talks on the board just now. You can read along.</p>
      )}
    </>
  );
}

function toTheEnd(list: HTMLElement | null): void {
  list?.scrollTo({ top: list.scrollHeight });
}

function Day({ time }: { readonly time: number }) {
  return <li class="day">{sameDay(time, Date.now()) ? "Today" : DAY.format(new Date(time))}</li>;
}

function Earlier({ bring }: { readonly bring: () => Promise<void> }) {
  const mistake = useSignal("");
  const busy = useSignal(false);
  const ask = async () => {
    busy.value = true;
    mistake.value = "";
    try {
      await bring();
    } catch (error) {
      mistake.value = sentenceOf(error);
    }
    busy.value = false;
  };
  return (
    <>
      <button type="button" class="quiet" disabled={busy.value} onClick={ask}>
        {busy.value ? "Bringing it…" : "Show what was said before"}
      </button>
      <span role="alert" class="small">
        {mistake}
      </span>
    </>
  );
}
