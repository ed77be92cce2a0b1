/** The top bar: where you are, what there is, whether it is saved, who is here. */

import { type ReadonlySignal, type Signal, useComputed, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Documents } from "../documents/documents";
import { changeRoom, sentenceOf } from "./api";
import { DoorMarks } from "./door";
import type { Following } from "./following";
import type { Form } from "./form";
import type { Live } from "./live";
import type { Present, RoomInfo } from "./model";
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
  readonly ask: (form: Form) => void;
  readonly following: Following;
  readonly onPeople: () => void;
  readonly onInvite: () => void;
  /** The menu. */
  readonly children: ComponentChildren;
}

export function TopBar({
  live,
  room,
  document,
  saved,
  mistake,
  show,
  ask,
  following,
  onPeople,
  onInvite,
  children,
}: Props) {
  const you = live.you.value;
  return (
    <header class="top">
      <a class="mark" href="/" aria-label="tutti: your rooms">
        tutti
      </a>
      <Title live={live} room={room} mistake={mistake} />
      <Documents live={live} room={room} current={document} mistake={mistake} show={show} ask={ask} />
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
