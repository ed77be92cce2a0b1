/** Every key that does something, from the same tables as the menu and the toolbar. */

import { keyTip } from "../design/keys";
import { COMMANDS, type Place } from "../room/commands";
import type { Form } from "../room/form";
import { toolsFor } from "../story/tools";
import "./keys.css";

interface Shortcut {
  readonly label: string;
  readonly keys: string;
}

/** What isn't in a table, since it is the editor's or one field's own. */
const ELSEWHERE: readonly { readonly place: string; readonly keys: readonly Shortcut[] }[] = [
  {
    place: "On the board",
    keys: [
      { label: "Send", keys: "Enter" },
      { label: "A new line", keys: "Shift-Enter" },
      { label: "Call somebody by name", keys: "@" },
      { label: "Change what you said last (in the empty field)", keys: "↑" },
    ],
  },
  {
    place: "On the row of pages",
    keys: [
      { label: "Move a page left", keys: "Shift-←" },
      { label: "Move a page right", keys: "Shift-→" },
    ],
  },
];

export function keysForm(place: Place): Form {
  const commands = COMMANDS.filter(({ keys }) => keys !== "").map((command) => ({
    label: command.label(place),
    keys: command.keys,
  }));
  const kind = place.live.documents.value.find(({ id }) => id === place.story?.id)?.kind ?? "story";
  const tools = toolsFor(kind).filter(({ keys }) => keys !== "");
  return {
    title: "Keys",
    Body: () => (
      <>
        <Keys place="In the room" keys={commands} />
        <Keys place="In the text" keys={tools} />
        {ELSEWHERE.map((other) => (
          <Keys key={other.place} {...other} />
        ))}
      </>
    ),
  };
}

function Keys({ place, keys }: { readonly place: string; readonly keys: readonly Shortcut[] }) {
  return (
    <section class="keys">
      <h3>{place}</h3>
      <dl>
        {keys.map(({ label, keys }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <kbd>{keyTip(keys)}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
