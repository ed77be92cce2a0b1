/** The door: /join#INVITE. Shows where the link leads, asks for a name and nothing else. What is behind # reaches no log. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { join, lookAtInvite, sentenceOf } from "../room/api";
import { membershipByInvite } from "../room/membership";
import type { Role } from "../room/model";
import { enter, lastName } from "./entry";
import "./lobby.css";

const MEANS: Readonly<Record<Role, string>> = {
  lead: "You are asked to lead this room.",
  "co-lead": "You are asked to lead this room together with others.",
  contributor: "You are asked to write along.",
  spectator: "You are asked to read along, and to talk on the board.",
};

interface Found {
  readonly title: string;
  readonly role: Role;
}

export function Join() {
  const invite = useSignal(inviteInAddress());
  const found = useSignal<Found | null>(null);
  const mistake = useSignal("");

  useEffect(() => {
    const another = () => {
      invite.value = inviteInAddress();
    };
    addEventListener("hashchange", another);
    return () => removeEventListener("hashchange", another);
  }, [invite]);

  const shown = invite.value;
  useEffect(() => {
    found.value = null;
    mistake.value =
      shown === ""
        ? "This link is not complete. Open it again as it was sent to you, with everything after the #."
        : "";
    if (shown === "") return;
    lookAtInvite(shown).then(
      (room) => {
        found.value = room;
        document.title = `${room.title} · Tutti`;
      },
      (error: unknown) => {
        mistake.value = sentenceOf(error);
      },
    );
  }, [shown, found, mistake]);

  return (
    <main class="lobby">
      <header>
        <p class="mark">tutti</p>
        <h1>{found.value?.title ?? "You were sent a link"}</h1>
      </header>
      {found.value !== null && <Door invite={shown} role={found.value.role} />}
      {found.value === null && mistake.value === "" && <p role="status">Looking where this link leads…</p>}
      {mistake.value !== "" && (
        <section role="alert">
          <p>{mistake}</p>
          <p>Ask whoever sent it to you for a new one.</p>
          <a class="button quiet" href="/">
            To your rooms
          </a>
        </section>
      )}
    </main>
  );
}

function Door({ invite, role }: { readonly invite: string; readonly role: Role }) {
  const known = membershipByInvite(invite);
  const said = useSignal("");
  const busy = useSignal(false);

  const come = async (event: SubmitEvent) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget as HTMLFormElement).get("name")).trim();
    busy.value = true;
    said.value = "Coming in…";
    try {
      enter(await join(invite, name), invite);
    } catch (error) {
      busy.value = false;
      said.value = sentenceOf(error);
    }
  };

  return (
    <section>
      <p>{MEANS[role]}</p>
      {known !== null && (
        <p class="known">
          <span>You have been in this room, as {known.name}.</span>
          <a class="button plain" href={`/room/${known.room}`}>
            Go in
          </a>
        </p>
      )}
      <form class="card" onSubmit={come}>
        <label for="name">{known === null ? "Your name" : "Or come in anew, as somebody else"}</label>
        <input
          id="name"
          name="name"
          maxLength={80}
          required
          autocomplete="nickname"
          defaultValue={known === null ? lastName() : ""}
        />
        <button type="submit" class={known === null ? "plain" : "quiet"} disabled={busy.value}>
          Come in
        </button>
        <p role="status" class="small">
          {said}
        </p>
      </form>
    </section>
  );
}

function inviteInAddress(): string {
  return decodeURIComponent(location.hash.slice(1));
}
