/** The top bar: where you are, what there is, whether it is saved, who is here. */

import { type ReadonlySignal, type Signal, useComputed, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Dialog } from "../design/dialog";
import { addDocument, changeRoom, sentenceOf } from "./api";
import { DoorMarks } from "./door";
import type { Following } from "./following";
import type { Live } from "./live";
import type { DocumentInfo, Present, RoomInfo } from "./model";
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
  readonly following: Following;
  readonly onPeople: () => void;
  readonly onInvite: () => void;
  /** The menu. */
  readonly children: ComponentChildren;
}

export function TopBar({ live, room, document, saved, mistake, show, following, onPeople, onInvite, children }: Props) {
  const you = live.you.value;
  return (
    <header class="top">
      <a class="mark" href="/" aria-label="tutti: your rooms">
        tutti
      </a>
      <Title live={live} room={room} mistake={mistake} />
      <Documents live={live} room={room} current={document} mistake={mistake} show={show} />
      <DoorMarks live={live} />
      <Saved word={saved} />
      <Here live={live} following={following} onPeople={onPeople} />
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
      await changeRoom(live.token(), room.room, { title });
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

interface HereProps extends Pick<Props, "live" | "following" | "onPeople"> {}

/** The faces of those with the pen, each a way to their cursor; beside them, who reads along. */
function Here({ live, following, onPeople }: HereProps) {
  const sorted = useComputed(() => writersAndReaders(live.here.value, live.you.value?.id ?? ""));
  const [writers, readers] = sorted.value;
  const shown = writers.slice(-FACES);
  const along = [writers.length > FACES ? "and others" : "", readAlong(readers)].filter((words) => words !== "");
  return (
    <div class="here">
      <ul class="faces" aria-label="With the pen">
        {shown.map((writer) => (
          <li key={writer.id}>
            <Face writer={writer} yours={writer.id === live.you.value?.id} following={following} onPeople={onPeople} />
          </li>
        ))}
      </ul>
      <button type="button" aria-haspopup="dialog" onClick={onPeople}>
        <span class="vh">Who is here: </span>
        <span class="faces" aria-hidden="true">
          {shown.map(({ id, name, hue }) => (
            <span key={id} class="face" data-hue={hue}>
              {initial(name)}
            </span>
          ))}
        </span>
        <span class="along">{along.length === 0 ? "Who is here" : along.join(" · ")}</span>
      </button>
    </div>
  );
}

interface FaceProps extends Pick<Props, "following" | "onPeople"> {
  readonly writer: Present;
  readonly yours: boolean;
}

function Face({ writer, yours, following, onPeople }: FaceProps) {
  const followed = following.whom.value?.id === writer.id;
  const face = <span aria-hidden="true">{initial(writer.name)}</span>;
  if (yours) {
    return (
      <button type="button" class="face" data-hue={writer.hue} title={`${writer.name}: you`} onClick={onPeople}>
        {face}
        <span class="vh">{writer.name}: you</span>
      </button>
    );
  }
  const does = followed ? `Stop following ${writer.name}` : `Follow ${writer.name}`;
  return (
    <button
      type="button"
      class="face"
      data-hue={writer.hue}
      data-followed={followed || undefined}
      aria-label={does}
      title={does}
      onClick={() => (followed ? following.stop() : following.follow(writer))}
    >
      {face}
    </button>
  );
}
