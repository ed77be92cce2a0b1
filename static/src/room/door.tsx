/** The room's door: what stands in the place of the page while it is closed, the marks in the top bar, and what opens and closes it. */

import { Door } from "../design/icons";
import { changeRoom, sentenceOf } from "./api";
import type { Command, Place } from "./commands";
import "./door.css";
import { Ending, Kept } from "./ending";
import type { Live } from "./live";
import type { Settings } from "./model";
import { named, writersAndReaders } from "./presence";

interface ClosedProps {
  readonly live: Live;
  /** This person's own, which nobody else has. */
  readonly lastWords: string;
}

export function ClosedDoor({ live, lastWords }: ClosedProps) {
  const [inside] = writersAndReaders(live.here.value, live.you.value?.id ?? "");
  return (
    <Ending title="The door is closed while they draft.">
      <Door />
      <p>
        It opens when they say so, and the page comes by itself.
        {inside.length > 0 && ` ${named(inside)} ${inside.length === 1 ? "is" : "are"} inside.`}
      </p>
      <Kept text={lastWords} />
    </Ending>
  );
}

/** What those inside should know of the doors, in a word each. */
export function DoorMarks({ live }: { readonly live: Live }) {
  const settings = live.room.value?.settings;
  const invites = live.you.value?.grants.includes("invite");
  return (
    <p class="door-marks" role="status">
      {settings?.closed && live.write.value && (
        <span title="Who only reads sees nothing of what is written.">Door closed</span>
      )}
      {settings?.locked && invites && <span title="Nobody new comes in, by whatever link.">Locked</span>}
    </p>
  );
}

const leads = ({ live }: Place): boolean => {
  const role = live.you.value?.role;
  return role === "lead" || role === "co-lead";
};

/** A command that turns a setting over. */
function turning(
  name: keyof Settings,
  next: (settings: Settings) => Partial<Settings>,
  label: (settings: Settings) => string,
): Command {
  return {
    name: `room-${name}`,
    keys: "",
    label: ({ live }) => (live.room.value === null ? "" : label(live.room.value.settings)),
    can: (place) => leads(place) && place.live.room.value !== null,
    run: ({ live, mistake }) => {
      const settings = live.room.value?.settings;
      if (settings === undefined) return;
      changeRoom(live.token(), live.id, next(settings)).catch((error: unknown) => {
        mistake.value = sentenceOf(error);
      });
    },
  };
}

export const DOOR_COMMANDS: readonly Command[] = [
  turning(
    "closed",
    ({ closed }) => ({ closed: !closed }),
    ({ closed }) => (closed ? "Open the door to who reads" : "Close the door while you draft"),
  ),
  turning(
    "locked",
    ({ locked }) => ({ locked: !locked }),
    ({ locked }) => (locked ? "Let new people in again" : "Let nobody new in"),
  ),
  turning(
    "talk",
    ({ talk }) => ({ talk: talk === "writers" ? "everyone" : "writers" }),
    ({ talk }) => (talk === "writers" ? "Let everyone talk on the board" : "Only writers talk on the board"),
  ),
];
