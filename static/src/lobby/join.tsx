/**
 * The door: /join#INVITE shows where the link leads and asks for a name, nothing else; /join#r.RECOVERY lets its holder back in
 * as who they were. What is behind # reaches no log.
 */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { join, lookAtInvite, recover, StudioError, sentenceOf } from "../room/api";
import type { Membership } from "../room/membership";
import type { Role } from "../room/model";
import { enter, lastName } from "./entry";
import { knownBy } from "./known";
import "./lobby.css";

const MEANS: Readonly<Record<Role, string>> = {
  lead: "You are asked to lead this room.",
  "co-lead": "You are asked to lead this room together with others.",
  contributor: "You are asked to write along.",
  spectator: "You are asked to read along, and to talk on the board.",
};

/** How a recovery link is told from an invite. */
const RECOVERY = "r.";

interface Found {
  readonly title: string;
  readonly role: Role;
}

/** Why a link leads nowhere just now. */
interface Refused {
  readonly sentence: string;
  /** Whether the same link may lead in later. */
  readonly passing: boolean;
}

const PASSING: ReadonlySet<string> = new Set(["locked", "full", "too_fast", "unreachable", "error"]);
const INCOMPLETE = "This link is not complete. Open it again as it was sent to you, with everything after the #.";

function refused(error: unknown): Refused {
  return { sentence: sentenceOf(error), passing: error instanceof StudioError && PASSING.has(error.code) };
}

export function Join() {
  const link = useSignal(linkInAddress());

  useEffect(() => {
    const another = () => {
      link.value = linkInAddress();
    };
    addEventListener("hashchange", another);
    return () => removeEventListener("hashchange", another);
  }, [link]);

  const shown = link.value;
  return (
    <main class="lobby">
      {shown.startsWith(RECOVERY) ? <BackIn key={shown} recovery={shown} /> : <Invited key={shown} invite={shown} />}
    </main>
  );
}

function Invited({ invite }: { readonly invite: string }) {
  const found = useSignal<Found | null>(null);
  const refusal = useSignal<Refused | null>(invite === "" ? { sentence: INCOMPLETE, passing: false } : null);
  const who = useSignal<Membership | null>(null);
  const known = who.value;

  useEffect(() => {
    if (invite === "") return;
    const look = async () => {
      who.value = await knownBy(invite);
      try {
        const room = await lookAtInvite(invite);
        found.value = room;
        document.title = `${room.title} · Tutti`;
      } catch (error) {
        refusal.value = refused(error);
      }
    };
    void look();
  }, [invite, found, refusal, who]);

  return (
    <>
      <header>
        <p class="mark">tutti</p>
        <h1>{found.value?.title ?? known?.title ?? "You were sent a link"}</h1>
      </header>
      {found.value !== null && (
        <section>
          <p>{MEANS[found.value.role]}</p>
          {known !== null && <Known known={known} />}
          <Name invite={invite} anew={known !== null} />
        </section>
      )}
      {found.value === null && refusal.value === null && <p role="status">Looking where this link leads…</p>}
      {refusal.value !== null && (
        <section role="alert">
          <p>{refusal.value.sentence}</p>
          {/* Who is a member needs no link any more. */}
          {known !== null ? <Known known={known} /> : <WayOn passing={refusal.value.passing} />}
        </section>
      )}
    </>
  );
}

function WayOn({ passing }: { readonly passing: boolean }) {
  return (
    <>
      <p>{passing ? "The same link may lead in later." : "Ask whoever sent it to you for a new one."}</p>
      <p class="buttons">
        {passing && (
          <button type="button" class="plain" onClick={() => location.reload()}>
            Try again
          </button>
        )}
        <a class="button edged" href="/">
          To your rooms
        </a>
      </p>
    </>
  );
}

function Known({ known }: { readonly known: Membership }) {
  return (
    <p class="known">
      <span>You have been in this room, as {known.name}.</span>
      <a class="button plain" href={`/room/${known.room}`}>
        Go in
      </a>
    </p>
  );
}

function BackIn({ recovery }: { readonly recovery: string }) {
  const said = useSignal("");
  const busy = useSignal(false);
  const refusal = useSignal<Refused | null>(null);

  const go = async () => {
    busy.value = true;
    said.value = "Coming in…";
    try {
      enter(await recover(recovery), {});
    } catch (error) {
      busy.value = false;
      said.value = "";
      refusal.value = refused(error);
    }
  };

  return (
    <>
      <header>
        <p class="mark">tutti</p>
        <h1>Your way back in</h1>
      </header>
      <section>
        <p>This link lets you back into your room, as who you were there. Nobody else should have it.</p>
        <p class="buttons">
          <button type="button" class="plain" disabled={busy.value} onClick={go}>
            Go in
          </button>
          <span role="status" class="small">
            {said}
          </span>
        </p>
      </section>
      {refusal.value !== null && (
        <section role="alert">
          <p>{refusal.value.sentence}</p>
          <p>
            {refusal.value.passing
              ? "The same link may lead in later."
              : "Somebody who leads the room can let you in by a new link."}
          </p>
          <p>
            <a class="button edged" href="/">
              To your rooms
            </a>
          </p>
        </section>
      )}
    </>
  );
}

function Name({ invite, anew }: { readonly invite: string; readonly anew: boolean }) {
  const said = useSignal("");
  const busy = useSignal(false);

  const come = async (event: SubmitEvent) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget as HTMLFormElement).get("name")).trim();
    busy.value = true;
    said.value = "Coming in…";
    try {
      const admission = await join(invite, name);
      enter(admission, { invite, recovery: admission.recovery ?? "" });
    } catch (error) {
      busy.value = false;
      said.value = sentenceOf(error);
    }
  };

  return (
    <form class="card" onSubmit={come}>
      <label for="name">{anew ? "Or come in anew, as somebody else" : "Your name"}</label>
      <input
        id="name"
        name="name"
        maxLength={80}
        required
        autocomplete="nickname"
        defaultValue={anew ? "" : lastName()}
      />
      <button type="submit" class={anew ? "quiet" : "plain"} disabled={busy.value}>
        Come in
      </button>
      <p role="status" class="small">
        {said}
      </p>
    </form>
  );
}

function linkInAddress(): string {
  return decodeURIComponent(location.hash.slice(1));
}
