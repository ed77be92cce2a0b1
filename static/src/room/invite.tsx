/** Makes links that lead into the room, one for each way of being in it, and shows the ways in that there are. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { CopyButton } from "../design/copybutton";
import { type Invite as Made, makeInvite, sentenceOf } from "./api";
import "./invite.css";
import type { Live } from "./live";
import { inviteId, membershipOf, remember } from "./membership";
import type { Role } from "./model";
import { bringWays, type WayIn, WaysIn } from "./waysin";

const WAYS: readonly { readonly role: Role; readonly label: string; readonly means: string }[] = [
  { role: "contributor", label: "write along", means: "Whoever has this link writes with you." },
  {
    role: "spectator",
    label: "read along",
    means: "Whoever has this link reads as it is written, and may ask for the pen.",
  },
  {
    role: "co-lead",
    label: "lead with you",
    means: "Whoever has this link may do what you may: invite, give and take the pen.",
  },
];

const HOUR_S = 60 * 60;

/** How long a link leads in; 0 where there is no end. */
const LASTS: readonly (readonly [seconds: number, label: string])[] = [
  [HOUR_S, "for an hour"],
  [24 * HOUR_S, "for a day"],
  [7 * 24 * HOUR_S, "for a week"],
  [30 * 24 * HOUR_S, "for a month"],
  [0, "until you close it"],
];

/** For how many; 0 where there is no end. */
const FOR: readonly (readonly [uses: number, label: string])[] = [
  [1, "one person"],
  [5, "five people"],
  [20, "twenty people"],
  [0, "whoever has it"],
];

export function Invite({ live }: { readonly live: Live }) {
  const ways = useSignal<readonly WayIn[] | null>(null);
  const mistake = useSignal("");

  useEffect(() => {
    void bringWays(live, ways, mistake);
  }, [live, ways, mistake]);

  return (
    <>
      {live.room.value?.settings.locked && (
        <p>Nobody new comes in just now. These links lead in again when you let new people in, from the menu.</p>
      )}
      <MakeLink live={live} ways={ways} mistake={mistake} />
      <p role="alert" class="small">
        {mistake}
      </p>
      <WaysIn live={live} ways={ways} mistake={mistake} />
    </>
  );
}

interface Props {
  readonly live: Live;
  readonly ways: Signal<readonly WayIn[] | null>;
  readonly mistake: Signal<string>;
}

function MakeLink({ live, ways, mistake }: Props) {
  const role = useSignal<Role>("contributor");
  const lasts = useSignal(0);
  const uses = useSignal(0);
  const made = useSignal<Made | null>(null);
  const means = WAYS.find((way) => way.role === role.value)?.means;

  const make = async (event: SubmitEvent) => {
    event.preventDefault();
    try {
      const bounds = {
        role: role.value,
        ...(lasts.value > 0 && { expires_in: lasts.value }),
        ...(uses.value > 0 && { uses: uses.value }),
      };
      const invite = await makeInvite(live.token(), live.id, bounds);
      // This browser is in the room already: the link should say so here.
      remember({ room: live.id, invites: [...(membershipOf(live.id)?.invites ?? []), inviteId(invite.invite)] });
      made.value = invite;
      mistake.value = "";
      await bringWays(live, ways, mistake);
    } catch (error) {
      mistake.value = sentenceOf(error);
    }
  };

  return (
    <>
      <form class="make-link" onSubmit={make}>
        <fieldset>
          <legend>A link to</legend>
          {WAYS.map((way) => (
            <label key={way.role} class="choice">
              <input
                type="radio"
                name="role"
                value={way.role}
                checked={role.value === way.role}
                onChange={() => {
                  role.value = way.role;
                  made.value = null;
                }}
              />
              {way.label}
            </label>
          ))}
        </fieldset>
        <p class="small">{means}</p>
        <div class="bounds">
          <Choice label="It leads in" chosen={lasts} choices={LASTS} />
          <Choice label="For" chosen={uses} choices={FOR} />
        </div>
        <button type="submit" class="plain">
          Make a link
        </button>
      </form>
      {made.value !== null && (
        <div class="buttons">
          <input
            class="link"
            readOnly
            aria-label="The link"
            value={made.value.url}
            onFocus={({ currentTarget }) => currentTarget.select()}
          />
          <CopyButton key={made.value.id} text={made.value.url}>
            Copy it
          </CopyButton>
        </div>
      )}
    </>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly chosen: Signal<number>;
  readonly choices: readonly (readonly [value: number, label: string])[];
}

function Choice({ label, chosen, choices }: ChoiceProps) {
  const field = useId();
  return (
    <span class="bound">
      <label for={field}>{label}</label>
      <select
        id={field}
        value={chosen}
        onChange={({ currentTarget }) => {
          chosen.value = Number(currentTarget.value);
        }}
      >
        {choices.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </span>
  );
}
