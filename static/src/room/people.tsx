/** Who is here and what they look at; your own name; and, for those who may, the pen to give and take. */

import { type Signal, useSignal } from "@preact/signals";
import { removeMember, sentenceOf, setRole } from "./api";
import type { Live } from "./live";
import type { Member, Present } from "./model";
import { initial, writes } from "./presence";

const ROLES: Readonly<Record<Member["role"], string>> = {
  lead: "leads",
  "co-lead": "leads too",
  contributor: "writes",
  spectator: "reads along",
};

const YOU: Readonly<Record<Member["role"], string>> = {
  lead: "you lead",
  "co-lead": "you lead too",
  contributor: "you write",
  spectator: "you read along",
};

interface Props {
  readonly live: Live;
  readonly onInvite: () => void;
}

export function People({ live, onInvite }: Props) {
  const you = live.you.value;
  const mistake = useSignal("");
  if (you === null) return null;
  const others = live.here.value.filter(({ id }) => id !== you.id);

  return (
    <>
      <YourName live={live} you={you} mistake={mistake} />
      {others.length === 0 ? (
        <p>Nobody else is here just now.</p>
      ) : (
        <ul class="people">
          {others.map((present) => (
            <Person key={present.id} live={live} you={you} present={present} mistake={mistake} />
          ))}
        </ul>
      )}
      <p role="alert" class="small">
        {mistake}
      </p>
      {you.grants.includes("invite") && (
        <button type="button" class="plain" onClick={onInvite}>
          Invite
        </button>
      )}
    </>
  );
}

interface NameProps {
  readonly live: Live;
  readonly you: Member;
  readonly mistake: Signal<string>;
}

function YourName({ live, you, mistake }: NameProps) {
  const changing = useSignal(false);

  const set = async (event: SubmitEvent) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget as HTMLFormElement).get("name")).trim();
    changing.value = false;
    if (name === "" || name === you.name) return;
    try {
      await live.rename(name);
      mistake.value = "";
    } catch (error) {
      mistake.value = sentenceOf(error);
    }
  };

  if (!changing.value) {
    return (
      <p class="you">
        <span class="face" data-hue={you.hue} aria-hidden="true">
          {initial(you.name)}
        </span>
        <span class="who">
          <b>{you.name}</b> <span class="small">{YOU[you.role]}</span>
        </span>
        <button
          type="button"
          class="quiet"
          onClick={() => {
            changing.value = true;
          }}
        >
          Change your name
        </button>
      </p>
    );
  }
  return (
    <form onSubmit={set}>
      <label for="your-name">Your name here</label>
      <div class="buttons">
        <input id="your-name" name="name" maxLength={80} autocomplete="nickname" required defaultValue={you.name} />
        <button type="submit" class="plain">
          Change it
        </button>
      </div>
    </form>
  );
}

interface PersonProps extends NameProps {
  readonly present: Present;
}

function Person({ live, you, present, mistake }: PersonProps) {
  const leaving = useSignal(false);
  const { id, name, hue, role, looks } = present;
  const page = live.documents.value.find((document) => document.id === looks);
  const mayChange = you.grants.includes("moderate") && (role === "contributor" || role === "spectator");

  const change = async (doing: Promise<unknown>) => {
    try {
      await doing;
      mistake.value = "";
    } catch (error) {
      mistake.value = sentenceOf(error);
    }
  };

  return (
    <li>
      <span class="face" data-hue={hue} aria-hidden="true">
        {initial(name)}
      </span>
      <span class="who">
        <b>{name}</b>{" "}
        <span class="small">
          {ROLES[role]}
          {page !== undefined && `, looks at ${page.title}`}
        </span>
      </span>
      {mayChange && !leaving.value && (
        <>
          <button
            type="button"
            class="quiet"
            onClick={() => change(setRole(live.token(), live.id, id, writes(present) ? "spectator" : "contributor"))}
          >
            {writes(present) ? "Take the pen" : "Give the pen"}
          </button>
          <button
            type="button"
            class="quiet"
            onClick={() => {
              leaving.value = true;
            }}
          >
            Remove
          </button>
        </>
      )}
      {leaving.value && (
        <>
          <button type="button" class="plain" onClick={() => change(removeMember(live.token(), live.id, id))}>
            Out of this room
          </button>
          <button
            type="button"
            class="quiet"
            onClick={() => {
              leaving.value = false;
            }}
          >
            Not now
          </button>
        </>
      )}
    </li>
  );
}
