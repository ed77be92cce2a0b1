/** What the menu of the room offers: a line for each. What needs a form opens a dialog of its own. */

import type { Signal } from "@preact/signals";
import { COMMENT_KEYS, comment, mayComment } from "../comments/tool";
import { FORMAT_COMMANDS } from "../formats/commands";
import { SPRINT } from "../sprint/command";
import type { Story } from "../story/story";
import { SUGGESTION_COMMANDS } from "../suggestions/tool";
import { TOOL_COMMANDS } from "../tools/commands";
import { DOOR_COMMANDS } from "./door";
import type { Form } from "./form";
import type { Live } from "./live";

export interface Place {
  readonly live: Live;
  /** The document that is shown, once it is open. */
  readonly story: Story | null;
  /** The name of the panel beside the page. Showing one on a phone takes the page's place. */
  readonly panel: Signal<string>;
  /** A sentence about what went wrong, shown to the person. */
  readonly mistake: Signal<string>;
  /** Opens a form. What is rarely needed imports it only then. */
  readonly ask: (form: Form) => void;
}

export interface Command {
  readonly name: string;
  /** What happens, in words. */
  label(place: Place): string;
  /** The keys, as ProseMirror writes them; they work wherever the focus is in the room. Empty where there are none. */
  readonly keys: string;
  can(place: Place): boolean;
  run(place: Place): void;
}

export const COMMANDS: readonly Command[] = [
  { name: "comment", label: () => "Comment on these words", keys: COMMENT_KEYS, can: mayComment, run: comment },
  ...SUGGESTION_COMMANDS,
  ...DOOR_COMMANDS,
  SPRINT,
  ...FORMAT_COMMANDS,
  ...TOOL_COMMANDS,
];
