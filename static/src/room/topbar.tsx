/** The top bar: where you are, what there is, whether it is saved, who is here. */

import { type ReadonlySignal, type Signal, useComputed, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Dialog } from "../design/dialog";
import { addDocument, retitle, sentenceOf } from "./api";
import type { Live } from "./live";
import type { DocumentInfo, RoomInfo } from "./model";
import { initial, readAlong, writersAndReaders } from "./presence";

interface Props {
  readonly live: Live;
  readonly room: RoomInfo;
  /** The id of the document that is shown. */
  readonly document: string;
  /** How it stands with saving, in a word. */
  readonly saved: ReadonlySignal<string>;
  readonly mistake: Signal<string>;
  readonly show: (document: string) => void;
  readonly onPeople: () => void;
  readonly onInvite: () => void;
  /** The menu. */
  readonly children: ComponentChildren;
}

export function TopBar({ live, room, document, saved, mistake, show, onPeople, onInvite, children }: Props) {
  const you = live.you.value;
  return (
    <header class="top">
      <a class="mark" href="/" aria-label="tutti: your rooms">
        tutti
      </a>
      <Title live={live} room={room} mistake={mistake} />
      <Documents live={live} room={room} current={document} mistake={mistake} show={show} />
      <Saved word={saved} />
      <Here live={live} onPeople={onPeople} />
      {you?.grants.includes("invite") && (
        <button type="button" class="plain invite" onClick={onInvite}>
          Invite
        </button>
      )}
      {children}
    </header>
  );
}

function Title({ live, room, mistake }: Pick<Props, "live" | "room" | "mistake">) {
  const role = live.you.value?.role;
  if (role !== "lead" && role !== "co-lead") return <h1 class="title">{room.title}</h1>;

  const set = async (field: HTMLInputElement) => {
    const title = field.value.trim();
    if (title === "" || title === room.title) {
      field.value = room.title;
      return;
    }
    try {
      await retitle(live.token(), room.room, title);
    } catch (error) {
      field.value = room.title;
      mistake.value = sentenceOf(error);
    }
  };

  return (
    <h1 class="title">
      <input
        aria-label="Title of the room"
        maxLength={200}
        spellcheck={false}
        value={room.title}
        onChange={({ currentTarget }) => set(currentTarget)}
        onKeyDown={({ key, currentTarget }) => {
          if (key === "Escape") currentTarget.value = room.title;
          if (key === "Escape" || key === "Enter") currentTarget.blur();
        }}
      />
    </h1>
  );
}

interface DocumentsProps extends Pick<Props, "live" | "room" | "mistake" | "show"> {
  readonly current: string;
}

function Documents({ live, room, current, mistake, show }: DocumentsProps) {
  const adding = useSignal(false);
  const documents = live.documents.value;

  const open = (event: MouseEvent, { id }: DocumentInfo) => {
    // A new tab or window is the browser's to open.
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    show(id);
  };

  const add = async (event: SubmitEvent) => {
    event.preventDefault();
    const title = String(new FormData(event.currentTarget as HTMLFormElement).get("title")).trim();
    if (title === "") return;
    adding.value = false;
    try {
      const made = await addDocument(live.token(), room.room, title);
      show(made.id);
    } catch (error) {
      mistake.value = sentenceOf(error);
    }
  };

  return (
    <nav class="documents" aria-label="Pages of this room">
      {documents.map((document) => (
        <a
          key={document.id}
          href={`/room/${room.room}/${document.id}`}
          aria-current={document.id === current ? "page" : undefined}
          onClick={(event) => open(event, document)}
        >
          {document.title}
        </a>
      ))}
      {live.write.value && (
        <button
          type="button"
          class="quiet"
          aria-label="Add a page"
          title="Add a page"
          onClick={() => {
            adding.value = true;
          }}
        >
          +
        </button>
      )}
      <Dialog open={adding} title="Add a page">
        <form onSubmit={add}>
          <label for="page-title">What it is called</label>
          <input id="page-title" name="title" maxLength={200} autocomplete="off" required />
          <div class="buttons">
            <button type="submit" class="plain">
              Add it
            </button>
          </div>
        </form>
      </Dialog>
    </nav>
  );
}

/** *Saved* may come a moment late, never early: so the word doesn't flicker while somebody types. */
const CALM_MS = 500;

function Saved({ word: now }: { readonly word: ReadonlySignal<string> }) {
  const word = now.value;
  const shown = useSignal(word);

  useEffect(() => {
    const later = setTimeout(
      () => {
        shown.value = word;
      },
      word === "Saved" ? CALM_MS : 0,
    );
    return () => clearTimeout(later);
  }, [word, shown]);

  return <p class="saved">{word === "Saved" ? shown : word}</p>;
}

const FACES = 6;

function Here({ live, onPeople }: { readonly live: Live; readonly onPeople: () => void }) {
  const sorted = useComputed(() => writersAndReaders(live.here.value, live.you.value?.id ?? ""));
  const [writers, readers] = sorted.value;
  const along = readAlong(readers);
  return (
    <button type="button" class="here" aria-haspopup="dialog" onClick={onPeople}>
      <span class="vh">Here now:</span>
      <span class="faces">
        {writers.slice(-FACES).map(({ id, name, hue }) => (
          <span key={id} class="face" data-hue={hue} title={name}>
            <span aria-hidden="true">{initial(name)}</span>
            <span class="vh">{name},</span>
          </span>
        ))}
      </span>
      {writers.length > FACES && <span class="along">and others</span>}
      {along !== "" && <span class="along">{along}</span>}
      {writers.length === 0 && along === "" && <span class="along">Who is here</span>}
    </button>
  );
}
