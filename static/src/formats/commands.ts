/** What the menu of the room offers for files. The forms are brought when they are asked for. */

import { sentenceOf } from "../room/api";
import type { Command, Place } from "../room/commands";

export const FORMAT_COMMANDS: readonly Command[] = [
  {
    name: "take",
    label: () => "Take it with you…",
    keys: "",
    can: () => true,
    run: (place) => bring(place, async () => ({ title: "Take it with you", Body: (await import("./take")).Take })),
  },
  {
    name: "bring",
    label: () => "Bring in a file…",
    keys: "",
    can: ({ live }) => live.write.value,
    run: (place) => bring(place, async () => (await import("./bring")).bringIn(null)),
  },
];

function bring(
  { ask, mistake }: Pick<Place, "ask" | "mistake">,
  form: () => Promise<Parameters<Place["ask"]>[0]>,
): void {
  form().then(ask, (error: unknown) => {
    mistake.value = sentenceOf(error);
  });
}
