/** Where the page begins: looks at the address and brings the lobby, the door or the room. */

import { type ComponentType, render } from "preact";
import "./design/fonts.css";
import "./design/tokens.css";
import "./design/base.css";
import "./design/dialog.css";

async function place(): Promise<ComponentType> {
  const [, first = "", room = "", document = null] = location.pathname.split("/");
  if (first === "join") return (await import("./lobby/join")).Join;
  if (first === "room" && room !== "") {
    const { Room } = await import("./room/room");
    return () => <Room room={room} document={document === "" ? null : document} />;
  }
  return (await import("./lobby/lobby")).Lobby;
}

function Broken() {
  return (
    <main class="alone">
      <h1>Tutti</h1>
      <p role="alert">This page couldn't be loaded. Nothing of yours was lost; try again in a moment.</p>
      <button type="button" class="plain" onClick={() => location.reload()}>
        Try again
      </button>
    </main>
  );
}

const studio = document.getElementById("studio");
if (studio !== null) {
  place().then(
    (Place) => render(<Place />, studio),
    () => render(<Broken />, studio),
  );
}
