/** What takes the place of the page where it can't be shown: always a sentence, always a way on. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { CopyButton } from "../design/copybutton";
import { readable } from "../story/reading";
import type { Story } from "../story/story";
import { documentAsHtml, StudioError, sendCopy, sentenceOf } from "./api";
import type { Live } from "./live";

interface Props {
  readonly title: string;
  /** Whether it takes the place of the whole room. */
  readonly alone?: boolean;
  readonly children: ComponentChildren;
}

export function Ending({ title, alone = false, children }: Props) {
  return (
    <div class="ending" role="alert">
      {alone ? <h1>{title}</h1> : <h2>{title}</h2>}
      {children}
    </div>
  );
}

export const ToTheLobby = () => (
  <a class="button plain" href="/">
    To your rooms
  </a>
);

/** The connection to a document was closed for good; `code` is a close code from 4400 on. */
export function StoryEnding({ story, code }: { readonly story: Story; readonly code: number }) {
  switch (code) {
    case 4410:
      return <Unreadable live={story.live} document={story.id} held={story.held} />;
    case 4400:
      return (
        <Ending title="This page has stopped">
          <p>
            This page holds something the studio can't take. Nothing was changed there, and your words are kept here, in
            this browser.
          </p>
          <Kept text={story.uncommittedText()} />
          <Reload />
        </Ending>
      );
    case 4401:
      return (
        <Ending title="Who are you?">
          <p>
            The studio doesn't know this browser any more. What you wrote is kept here; ask whoever leads the room for a
            new link.
          </p>
          <Kept text={story.uncommittedText()} />
          <ToTheLobby />
        </Ending>
      );
    default:
      return (
        <Ending title="You are not in this room">
          <p>You are not allowed in here now. What you wrote is kept in this browser; ask whoever leads the room.</p>
          <Kept text={story.uncommittedText()} />
          <ToTheLobby />
        </Ending>
      );
  }
}

/** The last words that no one else has, with a way to take them along. */
export function Kept({ text }: { readonly text: string }) {
  if (text === "") return null;
  return (
    <>
      <p>Your last words:</p>
      <blockquote class="unsent">{text}</blockquote>
      <div class="buttons">
        <CopyButton text={text}>Copy them</CopyButton>
      </div>
    </>
  );
}

export const Reload = ({ quiet = false }: { readonly quiet?: boolean }) => (
  <button type="button" class={quiet ? "quiet" : "plain"} onClick={() => location.reload()}>
    Reload
  </button>
);

interface UnreadableProps {
  readonly live: Live;
  readonly document: string;
  /** What this browser holds of the document. */
  readonly held: () => Promise<Uint8Array | null>;
}

/** The server can't read what it keeps. Whatever this browser holds may be the way back, so it can be sent in. */
export function Unreadable({ live, document, held }: UnreadableProps) {
  const copy = useSignal<Uint8Array | null>(null);
  const said = useSignal("");

  useEffect(() => {
    void held().then((update) => {
      copy.value = update;
    });
  }, [copy, held]);

  const send = async (update: Uint8Array) => {
    said.value = "Sending…";
    try {
      await sendCopy(live.token(), live.id, document, update);
      said.value = "It was sent in and is kept. Whoever runs this studio can put the page together from it.";
      copy.value = null;
    } catch (error) {
      said.value = sentenceOf(error);
    }
  };

  const update = copy.value;
  return (
    <Ending title="This page can't be opened. Nothing was changed.">
      {update !== null && (
        <>
          <p>This browser holds a copy of it. Sent in, it may help to bring the page back.</p>
          <button type="button" class="plain" onClick={() => send(update)}>
            Send in this browser's copy
          </button>
        </>
      )}
      <p role="status">{said}</p>
      <Reload quiet />
    </Ending>
  );
}

const holdsNothing = async () => null;

/** This page and the server speak different schemas: the text is shown as the server writes it, and nothing is bound. A notice says why. */
export function Stale({ live, document }: { readonly live: Live; readonly document: string }) {
  const sheet = useRef<HTMLElement>(null);
  const failed = useSignal<unknown>(null);

  useEffect(() => {
    documentAsHtml(live.token(), live.id, document).then(
      (html) => sheet.current?.replaceChildren(readable(html)),
      (error: unknown) => {
        failed.value = error;
      },
    );
  }, [live, document, failed]);

  const kind = live.documents.value.find(({ id }) => id === document)?.kind;
  const error = failed.value;
  if (error instanceof StudioError && error.code === "unreadable") {
    return <Unreadable live={live} document={document} held={holdsNothing} />;
  }
  return (
    <div class="sheet">
      {error !== null && <p role="alert">{sentenceOf(error)}</p>}
      <article class="page" ref={sheet} data-kind={kind} />
    </div>
  );
}
