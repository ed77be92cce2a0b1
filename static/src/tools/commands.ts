/** What the tools offer in the menu of the room, and by keys. */

import type { Command, Place } from "../room/commands";
import { MeasureForm } from "./measure";

const hasPage = ({ story }: Place): boolean => story?.editor.value != null;

const notLoaded =
  ({ mistake }: Place) =>
  () => {
    mistake.value = "This couldn't be loaded. Try again in a moment.";
  };

export const TOOL_COMMANDS: readonly Command[] = [
  {
    name: "find",
    label: () => "Find",
    keys: "Mod-f",
    can: hasPage,
    run: ({ story }) => {
      if (story !== null) story.tools.finding.value = "find";
    },
  },
  {
    name: "replace",
    label: () => "Find and replace",
    keys: "Mod-h",
    can: (place) => hasPage(place) && place.live.write.value,
    run: ({ story }) => {
      if (story !== null) story.tools.finding.value = "replace";
    },
  },
  {
    name: "focus",
    label: () => "Only the text",
    keys: "Mod-Alt-f",
    can: hasPage,
    run: ({ story }) => {
      if (story !== null) story.tools.focus.value = true;
    },
  },
  {
    name: "measure",
    label: () => "Words, and a goal…",
    keys: "",
    can: hasPage,
    run: ({ ask }) => ask({ title: "How much is written", Body: MeasureForm }),
  },
  {
    name: "print",
    label: () => "Print this page",
    keys: "Mod-p",
    can: hasPage,
    run: () => print(),
  },
  {
    name: "keys",
    label: () => "Keys…",
    keys: "Mod-/",
    can: () => true,
    run: (place) => {
      import("./keys").then(({ keysForm }) => place.ask(keysForm(place)), notLoaded(place));
    },
  },
];
