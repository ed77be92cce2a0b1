/** Who is here and what they do; your own name; and, for those who may, the pen to give and take. */

import { type Signal, useSignal } from "@preact/signals";
import { letIn, members, membersOut, sentenceOf } from "./api";
import type { Following } from "./following";
import type { Live } from "./live";
import type { Member } from "./model";
import "./people.css";
import { Person } from "./person";
import { initial, listed } from "./presence";

const YOU: Readonly<Record<Member["role"], string>> = {
  lead: "you lead",
  "co-lead": "you lead too",
  contributor: "you write",
  spectator: "you read along",
};

/** From here on there is a field to find somebody by name, and as many are shown at once. */
const MANY = 12;
const SHOWN = 100;

interface Props {
  readonly live: Live;
  readonly following: Following;
  readonly onInvite: () => void;
}

export function People({ live, following, onInvite }: Props) {
  const you = live.you.value;
  const mistake = useSignal("");
  const sought = useSignal("");
  if (you === null) return null;
  const others = listed(live.here.value, you.id);
  const isSought = ({ name }: Member) => name.toLocaleLowerCase().includes(sought.value.trim().toLocaleLowerCase());
  const found = others.filter(isSought);

  return (
    <>
      <YourName live={live} you={you} mistake={mistake} />
      {others.length === 0 && <p>Nobody else is here just now.</p>}
      {(others.length > MANY || sought.value !== "") && (
        <p class="find-somebody">
          <label for="find-somebody">Find somebody</label>
          <input
            id="find-somebody"
            type="search"
            autocomplete="off"
            value={sought}
            onInput={({ currentTarget }) => {
              sought.value = currentTarget.value;
            }}
          />
        </p>
      )}
      <p role="alert" class="small">
        {mistake}
      </p>
      {others.length > 0 && found.length === 0 && <p role="status">Nobody here is called that.</p>}
      {found.length > 0 && (
        <ul class="people">
          {found.slice(0, SHOWN).map((present) => (
            <Person key={present.id} live={live} you={you} present={present} following={following} mistake={mistake} />
          ))}
        </ul>
      )}
      {found.length > SHOWN && <p class="small">And others: find them by their names.</p>}
      {you.grants.includes("moderate") && (
        <>
          <Away live={live} you={you} following={following} mistake={mistake} isSought={isSought} />
          <PutOut live={live} you={you} mistake={mistake} />
        </>
      )}
      {you.grants.includes("invite") && (
        <button type="button" class="plain" onClick={onInvite}>
          Invite
        </button>
      )}
    </>
  );
}

interface AwayProps extends NameProps {
  readonly following: Following;
  readonly isSought: (member: Member) => boolean;
}

/** Who belongs to the room and isn't here just now: for those who may change what they do, or put them out. */
function Away({ live, you, following, mistake, isSought }: AwayProps) {
  const everybody = useSignal<readonly Member[] | null>(null);
  const here = new Set(live.here.value.map(({ id }) => id));

  const bring = async () => {
    try {
      everybody.value = await members(live.token(), live.id);
    } catch (error) {
      mistake.value = sentenceOf(error);
    }
  };

  const away = everybody.value?.filter((member) => isSought(member) && !here.has(member.id)) ?? [];
  return (
    <details
      class="away"
      onToggle={({ currentTarget }) => {
        if (currentTarget.open) void bring();
      }}
    >
      <summary>Not here just now</summary>
      {everybody.value !== null && away.length === 0 && <p class="small">Nobody else belongs to this room.</p>}
      <ul class="people">
        {away.slice(0, SHOWN).map((member) => (
          <Person
            key={member.id}
            live={live}
            you={you}
            present={{ ...member, looks: null, hand: null, wants: null }}
            following={following}
            mistake={mistake}
            onChanged={bring}
          />
        ))}
      </ul>
      {away.length > SHOWN && <p class="small">And others: find them by their names.</p>}
    </details>
  );
}

/** Who was put out, for those who may let them in again. */
function PutOut({ live, you, mistake }: NameProps) {
  const out = useSignal<readonly Member[] | null>(null);
  const said = useSignal("");

  const bring = async () => {
    try {
      out.value = await membersOut(live.token(), live.id);
    } catch (error) {
      mistake.value = sentenceOf(error);
    }
  };

  const readmit = async ({ id, name }: Member) => {
    try {
      await letIn(live.token(), live.id, id);
      mistake.value = "";
      said.value = `${name} may come in again: from the browser they were here with, by this room's address.`;
    } catch (error) {
      mistake.value = sentenceOf(error);
    }
    await bring();
  };

  return (
    <details
      class="away"
      onToggle={({ currentTarget }) => {
        if (currentTarget.open) void bring();
      }}
    >
      <summary>Put out</summary>
      <p role="status" class="small">
        {said.value || (out.value?.length === 0 && "Nobody was put out of this room.")}
      </p>
      <ul class="people">
        {out.value?.map((member) => (
          <li key={member.id} class="person-row">
            <span class="face" data-hue={member.hue} aria-hidden="true">
              {initial(member.name)}
            </span>
            <span class="who">
              <b>{member.name}</b>
            </span>
            {(member.role !== "lead" || you.role === "lead") && (
              <span class="doings">
                <button
                  type="button"
                  class="quiet"
                  aria-label={`Let in again: ${member.name}`}
                  onClick={() => readmit(member)}
                >
                  Let in again
                </button>
              </span>
            )}
          </li>
        ))}
      </ul>
    </details>
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
