/** The lobby: what this is, the rooms this browser has been in, and a way to open one where the studio lets people. */

import { useSignal } from "@preact/signals";
import { openRoom, StudioError, sentenceOf } from "../room/api";
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

  const open = async (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    busy.value = true;
    said.value = "Opening the room…";
    try {
      const admission = await openRoom(String(fields.get("title")).trim(), String(fields.get("name")).trim());
      enter(admission, admission);
    } catch (error) {
      busy.value = false;
      closed.value = error instanceof StudioError && (error.code === "not_granted" || error.code === "unknown_person");
      said.value = closed.value ? "" : sentenceOf(error);
    }
  };

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
        <input id="title" name="title" maxLength={200} required autocomplete="off" placeholder="The lighthouse song" />
        <label for="name">Your name</label>
        <input id="name" name="name" maxLength={80} required autocomplete="nickname" defaultValue={lastName()} />
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
