/** The ways in that there are: what each leads to, who came by it, and closing it. */

import { type Signal, useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { CopyButton } from "../design/copybutton";
import { type Invite, revokeInvite, sentenceOf, waysIn } from "./api";
import type { Live } from "./live";
import type { Member, Role } from "./model";
import { named } from "./presence";

export type WayIn = Invite & { readonly came: readonly Member[] };

const LEADS_TO: Readonly<Record<Role, string>> = {
  lead: "To lead",
  "co-lead": "To lead with you",
  contributor: "To write along",
  spectator: "To read along",
};

const WHEN = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "numeric",
  minute: "2-digit",
});

/** Brings the ways in that still lead in, and those by which somebody came who is still a member; the newest first. */
export async function bringWays(
  live: Live,
  ways: Signal<readonly WayIn[] | null>,
  mistake: Signal<string>,
): Promise<void> {
  try {
    const all = await waysIn(live.token(), live.id);
    ways.value = all.filter((way) => whyNot(way) === null || way.came.length > 0).reverse();
  } catch (error) {
    mistake.value = sentenceOf(error);
  }
}

/** Why it leads in no more; null while it does. */
function whyNot({ expires, uses, used, revoked }: Invite): string | null {
  if (revoked) return "closed";
  if (expires !== null && expires <= Date.now()) return "has run out";
  if (uses !== null && used >= uses) return "used up";
  return null;
}

function stands(way: Invite): string {
  const over = whyNot(way);
  if (over !== null) return over;
  const until = way.expires === null ? "until you close it" : `until ${WHEN.format(way.expires)}`;
  const left = way.uses === null ? null : way.uses - way.used;
  return left === null ? until : `${until}, for ${left === 1 ? "one more person" : `${left} more people`}`;
}

interface Props {
  readonly live: Live;
  readonly ways: Signal<readonly WayIn[] | null>;
  readonly mistake: Signal<string>;
}

export function WaysIn({ live, ways, mistake }: Props) {
  if (ways.value === null) return <p role="status">Looking which ways in there are…</p>;
  if (ways.value.length === 0) return null;
  return (
    <section class="ways-in" aria-labelledby="ways-in">
      <h3 id="ways-in">Ways in</h3>
      <ul>
        {ways.value.map((way) => (
          <Way key={way.id} way={way} live={live} ways={ways} mistake={mistake} />
        ))}
      </ul>
    </section>
  );
}

function Way({ way, live, ways, mistake }: Props & { readonly way: WayIn }) {
  const closing = useSignal(false);
  const panel = useId();
  const { id, role, url, came } = way;
  const you = live.you.value;
  const open = whyNot(way) === null;
  const others = came.filter((member) => member.id !== you?.id);

  const revoke = async (members: boolean) => {
    closing.value = false;
    try {
      await revokeInvite(live.token(), live.id, id, members);
      mistake.value = "";
    } catch (error) {
      mistake.value = sentenceOf(error);
    }
    await bringWays(live, ways, mistake);
  };

  return (
    <li class="way">
      <p>
        <b>{LEADS_TO[role]}</b> <span class="small">{stands(way)}</span>
        <br />
        <span class="small">{came.length === 0 ? "Nobody came by it yet." : `${named(came)} came by it.`}</span>
      </p>
      <span class="doings">
        {open && (
          <CopyButton text={url} quiet>
            Copy
          </CopyButton>
        )}
        {(open || others.length > 0) && (
          <button
            type="button"
            class="quiet"
            aria-label={`Close it: ${LEADS_TO[role].toLowerCase()}`}
            aria-expanded={closing.value}
            aria-controls={panel}
            onClick={() => {
              closing.value = !closing.value;
            }}
          >
            Close it
          </button>
        )}
      </span>
      <div id={panel} class="step" hidden={!closing.value}>
        {closing.value && (
          <>
            <p class="small">Nobody else comes in by it. What was written stays.</p>
            {open && (
              <button type="button" class="plain" onClick={() => revoke(false)}>
                Close this way in
              </button>
            )}
            {others.length > 0 && (
              <button type="button" class="edged" onClick={() => revoke(true)}>
                Close it and put out {named(others)}
              </button>
            )}
          </>
        )}
      </div>
    </li>
  );
}
