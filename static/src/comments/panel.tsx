/** The threads beside the page, in the order of the text; those that are resolved, behind a switch. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useCallField } from "../board/callfield";
import { Words } from "../board/words";
import { keyTip } from "../design/keys";
import { sentenceOf } from "../room/api";
import type { Live } from "../room/live";
import type { Comment, Thread } from "../room/model";
import type { PanelProps } from "../room/panels";
import { initial } from "../room/presence";
import type { Story } from "../story/story";
import "./comments.css";
import type { Conversation } from "./conversation";

const COMMENT_CHARS = 4000;
/** How long somebody looks before it counts as read. */
const LOOK_MS = 1_000;
const TIME = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });

export default function Comments({ live, story, show }: PanelProps) {
  const opened = story.value;
  return (
    <>
      <h2 class="vh">Comments</h2>
      <Waiting live={live} story={opened} show={show} />
      {opened === null ? <p class="threads small">The comments come with the page.</p> : <Threads story={opened} />}
    </>
  );
}

/** Who wrote to this member, and wasn't heard yet: here or on other pages of the room. */
function Waiting({ live, story, show }: Pick<PanelProps, "live" | "show"> & { readonly story: Story | null }) {
  const calls = live.calls.waiting.value;
  const pages = live.documents.value;
  if (calls.length === 0) return null;
  return (
    <ul class="waiting-calls">
      {calls.map(({ thread, comment }) => {
        const here = thread.document === story?.id;
        const page = pages.find(({ id }) => id === thread.document);
        if (page === undefined) return null;
        return (
          <li key={thread.id}>
            <button
              type="button"
              class="quiet waiting-call"
              onClick={() => {
                if (here) story.conversation.goTo(thread.id);
                else show(page.id);
              }}
            >
              <span>
                <b>{comment.name}</b> wrote to you {here ? `about “${thread.quote}”` : `on ${page.title}`}
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function Threads({ story }: { readonly story: Story }) {
  const { conversation } = story;
  const { threads, draft, here, mistake, showResolved, mayComment } = conversation;
  const open = threads.value.filter(({ resolved }) => resolved === null);
  const resolved = threads.value.filter((thread) => thread.resolved !== null);
  const begun = draft.value;

  return (
    <div class="threads">
      <p role="alert" class="small">
        {mistake}
      </p>
      {begun !== null && (
        <article class="thread active" aria-label="A new comment">
          <blockquote>{begun.quote}</blockquote>
          <Write
            key={begun.id}
            live={story.live}
            label="Your comment"
            done="Comment"
            eager
            send={(text) => conversation.begin(text)}
            leave={() => {
              draft.value = null;
              story.editor.value?.commands.focus();
            }}
          />
        </article>
      )}
      {here.value && threads.value.length === 0 && begun === null && (
        <p class="small">
          Nothing has been said about this page yet.
          {mayComment.value && ` Select some words and press ${keyTip("Mod-Alt-m")}, or choose Comment.`}
        </p>
      )}
      {open.map((thread) => (
        <Card key={thread.id} thread={thread} conversation={conversation} />
      ))}
      {resolved.length > 0 && (
        <label class="resolved-switch small">
          <input
            type="checkbox"
            checked={showResolved.value}
            onChange={({ currentTarget }) => {
              showResolved.value = currentTarget.checked;
            }}
          />
          Show what is resolved
        </label>
      )}
      {showResolved.value &&
        resolved.map((thread) => <Card key={thread.id} thread={thread} conversation={conversation} />)}
    </div>
  );
}

interface CardProps {
  readonly thread: Thread;
  readonly conversation: Conversation;
}

function Card({ thread, conversation }: CardProps) {
  const { active, places, here, mayComment, story } = conversation;
  const mistake = useSignal("");
  const card = useRef<HTMLElement>(null);
  const isActive = active.value === thread.id;
  const gone = here.value && story.arrived.value && !places.value.has(thread.id);
  const who = story.live.here.value.find(({ id }) => id === thread.resolved_by)?.name;

  useEffect(() => {
    if (card.current === null) return;
    return whileSeen(card.current, () => story.live.calls.look(thread.id));
  }, [story, thread]);

  useEffect(() => {
    if (isActive) card.current?.scrollIntoView({ block: "nearest" });
  }, [isActive]);

  const attempt = (change: Promise<void>) =>
    change.then(
      () => {
        mistake.value = "";
      },
      (error: unknown) => {
        mistake.value = sentenceOf(error);
      },
    );

  return (
    <article
      ref={card}
      class={isActive ? "thread active" : "thread"}
      aria-label={`About “${thread.quote}”`}
      data-thread={thread.id}
      aria-current={isActive}
    >
      <blockquote>
        <button type="button" class="to-words" onClick={() => conversation.goTo(thread.id)} disabled={gone}>
          {thread.quote}
        </button>
      </blockquote>
      {gone && <p class="small">The words are gone.</p>}
      {thread.resolved !== null && <p class="small">Resolved{who !== undefined && ` by ${who}`}.</p>}
      <ol>
        {thread.comments.map((comment) => (
          <Said key={comment.id} comment={comment} thread={thread} conversation={conversation} attempt={attempt} />
        ))}
      </ol>
      <p role="alert" class="small">
        {mistake}
      </p>
      {mayComment.value &&
        (thread.resolved === null ? (
          <Write
            live={story.live}
            label="Reply"
            done="Reply"
            send={(text) => conversation.reply(thread.id, text)}
            beside={
              <button type="button" class="quiet" onClick={() => attempt(conversation.resolve(thread.id, true))}>
                Resolve
              </button>
            }
          />
        ) : (
          <button type="button" class="quiet" onClick={() => attempt(conversation.resolve(thread.id, false))}>
            Open it again
          </button>
        ))}
    </article>
  );
}

interface SaidProps extends CardProps {
  readonly comment: Comment;
  readonly attempt: (change: Promise<void>) => void;
}

function Said({ comment, thread, conversation, attempt }: SaidProps) {
  const editing = useSignal(false);
  const you = conversation.story.live.you.value;
  const own = comment.member === you?.id && conversation.mayComment.value;
  const mayDelete = own || you?.grants.includes("moderate") === true;
  const time = new Date(comment.time);
  const toYou = comment.mentions.some(({ member }) => member === you?.id);

  if (editing.value) {
    return (
      <li>
        <Write
          live={conversation.story.live}
          label="Your comment"
          done="Save"
          start={comment.text}
          eager
          send={async (text) => {
            await conversation.edit(thread.id, comment.id, text);
            editing.value = false;
          }}
          leave={() => {
            editing.value = false;
          }}
        />
      </li>
    );
  }
  return (
    <li data-hue={comment.hue} class={toYou ? "to-you" : undefined}>
      <p class="by">
        <span class="face" aria-hidden="true">
          {initial(comment.name)}
        </span>
        <b>{comment.name}</b>{" "}
        <time class="small" dateTime={time.toISOString()}>
          {TIME.format(time)}
          {comment.edited !== null && ", edited"}
        </time>
        {toYou && <span class="small strong">to you</span>}
      </p>
      <p class="text">
        <Words of={comment} />
      </p>
      {(own || mayDelete) && (
        <p class="own">
          {own && (
            <button
              type="button"
              class="quiet"
              onClick={() => {
                editing.value = true;
              }}
            >
              Edit
            </button>
          )}
          {mayDelete && (
            <button
              type="button"
              class="quiet"
              onClick={() => attempt(conversation.delete(thread.id, comment.id))}
              aria-label={`Delete what ${comment.name} said`}
            >
              Delete
            </button>
          )}
        </p>
      )}
    </li>
  );
}

interface WriteProps {
  readonly live: Live;
  readonly label: string;
  readonly done: string;
  readonly start?: string;
  /** Whether the cursor goes there at once. */
  readonly eager?: boolean;
  readonly send: (text: string) => Promise<void>;
  readonly leave?: () => void;
  readonly beside?: ComponentChildren;
}

/** A few lines to write in. `@` completes names, Mod-Enter sends, Escape leaves. */
function Write({ live, label, done, start = "", eager = false, send, leave, beside }: WriteProps) {
  const text = useSignal(start);
  const mistake = useSignal("");
  const busy = useSignal(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const calls = useCallField(live, text, field);

  useEffect(() => {
    if (eager) field.current?.focus();
  }, [eager]);

  const submit = async (event: Event) => {
    event.preventDefault();
    const said = text.value.trim();
    if (said === "" || busy.value) return;
    busy.value = true;
    mistake.value = "";
    try {
      await send(said);
      if (text.value.trim() === said) text.value = "";
    } catch (error) {
      mistake.value = sentenceOf(error);
    } finally {
      busy.value = false;
    }
  };

  return (
    <form class="write" onSubmit={submit}>
      <textarea
        ref={field}
        aria-label={label}
        placeholder={label}
        rows={eager ? 3 : 1}
        maxLength={COMMENT_CHARS}
        {...calls.aria}
        value={text}
        onInput={({ currentTarget }) => {
          text.value = currentTarget.value;
          calls.look(currentTarget);
        }}
        onClick={({ currentTarget }) => calls.look(currentTarget)}
        onBlur={calls.leave}
        onKeyDown={(event) => {
          if (event.isComposing || calls.pressed(event)) return;
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit(event);
          if (event.key === "Escape" && leave !== undefined) leave();
        }}
      />
      {calls.list}
      <p role="alert" class="small">
        {mistake}
      </p>
      <div class="buttons">
        {(text.value.trim() !== "" || eager) && (
          <button type="submit" class="plain" disabled={busy.value}>
            {busy.value ? "Sending…" : done}
          </button>
        )}
        {leave !== undefined && (
          <button type="button" class="quiet" onClick={leave}>
            Not now
          </button>
        )}
        {beside}
      </div>
    </form>
  );
}

/** Calls it once the element has been looked at for a while: in sight, in a tab that is in front. */
function whileSeen(element: HTMLElement, seen: () => void): () => void {
  let looking: ReturnType<typeof setTimeout> | undefined;
  let inSight = false;
  const look = () => {
    clearTimeout(looking);
    if (inSight && !document.hidden) looking = setTimeout(seen, LOOK_MS);
  };
  const observer = new IntersectionObserver((entries) => {
    inSight = entries.at(-1)?.isIntersecting === true;
    look();
  });
  observer.observe(element);
  document.addEventListener("visibilitychange", look);
  return () => {
    clearTimeout(looking);
    observer.disconnect();
    document.removeEventListener("visibilitychange", look);
  };
}
