/** The lobby: what this is, the rooms this browser has been in, and a way to open one where the studio lets people. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ACCEPTED, BUNDLE, incoming, isBundle } from "../formats/formats";
import { type Admission, type Opened, openBundle, openRoom, StudioError, sentenceOf, writeDocument } from "../room/api";
import { forget, memberships } from "../room/membership";
import { enter, lastName } from "./entry";
import "./lobby.css";

export function Lobby() {
  return (
    <main class="lobby">
      <header>
        <p class="mark">tutti</p>
        <h1>A studio with a link for a door: people open it and write together.</h1>
      </header>
      <Rooms />
      <OpenRoom />
    </main>
  );
}

function Rooms() {
  const rooms = useSignal(memberships());
  if (rooms.value.length === 0) return null;
  return (
    <section aria-labelledby="rooms">
      <h2 id="rooms">Rooms you have been in</h2>
      <ul class="rooms">
        {rooms.value.map(({ room, title, name }) => (
          <li key={room}>
            <a href={`/room/${room}`}>
              <b>{title}</b> <span class="small">as {name}</span>
            </a>
            <button
              type="button"
              class="quiet"
              aria-label={`Forget ${title}`}
              title="Take it off this list. To come back you need a link again."
              onClick={() => {
                forget(room);
                rooms.value = memberships();
              }}
            >
              Forget
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function OpenRoom() {
  const said = useSignal("");
  const closed = useSignal(false);
  const busy = useSignal(false);
  /** The room that was opened without its file. */
  const opened = useSignal<Opened | null>(null);
  /** Whether a whole room is in the file. */
  const moving = useSignal(false);
  const file = useRef<HTMLInputElement>(null);
  const look = () => {
    moving.value = isBundle(file.current?.files?.[0]?.name ?? "");
  };

  useEffect(() => {
    const over = (event: DragEvent) => event.preventDefault();
    const dropped = (event: DragEvent) => {
      event.preventDefault();
      const files = event.dataTransfer?.files;
      if (file.current !== null && files !== undefined && files.length === 1) {
        file.current.files = files;
        look();
      }
    };
    addEventListener("dragover", over);
    addEventListener("drop", dropped);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("drop", dropped);
    };
  }, []);

  const open = async (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    busy.value = true;
    said.value = "Opening the room…";
    try {
      const name = String(fields.get("name")).trim();
      const brought = fields.get("file");
      if (brought instanceof File && isBundle(brought.name)) {
        const moved = await openBundle(new Blob([brought], { type: BUNDLE }), name);
        enter(moved, moved);
        return;
      }
      const admission = await openRoom(String(fields.get("title")).trim(), name);
      said.value = await begin(admission, brought);
      if (said.value === "") enter(admission, admission);
      else opened.value = admission;
    } catch (error) {
      busy.value = false;
      closed.value = error instanceof StudioError && (error.code === "not_granted" || error.code === "unknown_person");
      said.value = closed.value ? "" : sentenceOf(error);
    }
  };

  if (opened.value !== null) {
    const admission = opened.value;
    return (
      <section aria-labelledby="open" role="alert">
        <h2 id="open">The room is open, without the file</h2>
        <p>{said}</p>
        <div class="buttons">
          <button type="button" class="plain" onClick={() => enter(admission, admission)}>
            Go in
          </button>
        </div>
      </section>
    );
  }
  if (closed.value) {
    return (
      <section aria-labelledby="open" role="alert">
        <h2 id="open">Rooms are opened by whoever runs this studio</h2>
        <p>Ask them, or somebody who is in a room, for a link: it is all you need to come in.</p>
      </section>
    );
  }
  return (
    <section aria-labelledby="open">
      <h2 id="open">Open a room</h2>
      <form class="card" onSubmit={open}>
        <label for="title">What will you make?</label>
        <input
          id="title"
          name="title"
          maxLength={200}
          required={!moving.value}
          disabled={moving.value}
          autocomplete="off"
          placeholder={moving.value ? "The room in the file has its title" : "The lighthouse song"}
        />
        <label for="name">Your name</label>
        <input id="name" name="name" maxLength={80} required autocomplete="nickname" defaultValue={lastName()} />
        <label for="file">A file to begin with, if you have one</label>
        <input id="file" name="file" type="file" accept={`${ACCEPTED},.tutti`} ref={file} onChange={look} />
        <p class="small">A text, or a whole room that was taken along as a .tutti file.</p>
        <button type="submit" class="plain" disabled={busy.value}>
          Open it
        </button>
        <p role="status" class="small">
          {said}
        </p>
      </form>
      <p class="small">Were you sent a link? Open that instead: it leads straight in.</p>
    </section>
  );
}

/** Puts a file into the new room's page. Returns why that couldn't be, or nothing. */
async function begin({ token, room }: Admission, file: FormDataEntryValue | null): Promise<string> {
  if (!(file instanceof File) || file.size === 0) return "";
  const known = incoming(file.name);
  if (known === null)
    return "This kind of file can't be read here. Word, Markdown, Fountain, ChordPro, HTML and text can.";
  try {
    await writeDocument(token, room, "main", new Blob([file], { type: known.type }));
  } catch (error) {
    return sentenceOf(error);
  }
  return "";
}
