/** Makes links that lead into the room, one for each way of being in it. */

import { useSignal } from "@preact/signals";
import { CopyButton } from "../design/copybutton";
import { makeInvite, sentenceOf } from "./api";
import type { Live } from "./live";
import { inviteId, membershipOf, remember } from "./membership";
import type { Role } from "./model";

const WAYS: readonly { readonly role: Role; readonly title: string; readonly means: string }[] = [
  { role: "contributor", title: "To write along", means: "Whoever has this link writes with you." },
  {
    role: "spectator",
    title: "To read along",
    means: "Whoever has this link reads as it is written, and talks on the board.",
  },
  {
    role: "co-lead",
    title: "To lead with you",
    means: "Whoever has this link may do what you may: invite, give and take the pen.",
  },
];

export function Invite({ live }: { readonly live: Live }) {
  return (
    <ul class="ways">
      {WAYS.map((way) => (
        <li key={way.role}>
          <h3>{way.title}</h3>
          <p class="small">{way.means}</p>
          <Way live={live} role={way.role} title={way.title} />
        </li>
      ))}
    </ul>
  );
}

function Way({ live, role, title }: { readonly live: Live; readonly role: Role; readonly title: string }) {
  const url = useSignal("");
  const mistake = useSignal("");

  const make = async () => {
    try {
      const made = await makeInvite(live.token(), live.id, role);
      // This browser is in the room already: the link should say so here.
      remember({ room: live.id, invites: [...(membershipOf(live.id)?.invites ?? []), inviteId(made.invite)] });
      url.value = made.url;
      mistake.value = "";
    } catch (error) {
      mistake.value = sentenceOf(error);
    }
  };

  if (url.value === "") {
    return (
      <div class="buttons">
        <button type="button" class="plain" aria-label={`Make a link ${title.toLowerCase()}`} onClick={make}>
          Make a link
        </button>
        <span role="alert" class="small">
          {mistake}
        </span>
      </div>
    );
  }
  return (
    <div class="buttons">
      <input
        class="link"
        readOnly
        aria-label={`Link: ${title}`}
        value={url}
        onFocus={({ currentTarget }) => currentTarget.select()}
      />
      <CopyButton text={url.value}>Copy</CopyButton>
    </div>
  );
}
