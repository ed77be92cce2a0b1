/** Suggesting from the toolbar and the menu of the room: the mode, and what is decided at the cursor. */

import type { Command, Place } from "../room/commands";
import type { Story } from "../story/story";
import type { Tool } from "../story/tools";

export const SUGGEST_KEYS = "Mod-Alt-s";
export const ACCEPT_KEYS = "Mod-Alt-Enter";
export const REJECT_KEYS = "Mod-Alt-Backspace";

const toggle = ({ suggesting }: Story): void => {
  suggesting.on.value = !suggesting.on.value;
};

export const suggestTool = (story: Story): Tool => ({
  name: "suggest",
  label: "Suggest instead of writing",
  keys: SUGGEST_KEYS,
  isOn: () => story.suggesting.on.value,
  can: () => story.live.write.value,
  run: (editor) => {
    toggle(story);
    editor.commands.focus();
  },
});

const atCursor = ({ live, story }: Place): boolean => live.write.value && story?.suggesting.active.value != null;

const decideHere =
  (accept: boolean) =>
  ({ story }: Place) => {
    const suggestion = story?.suggesting.active.value;
    if (suggestion != null) story?.suggesting.decideOne(accept, suggestion);
  };

export const SUGGESTION_COMMANDS: readonly Command[] = [
  {
    name: "suggest",
    label: ({ story }) => (story?.suggesting.on.value === true ? "Write, not suggest" : "Suggest instead of writing"),
    keys: SUGGEST_KEYS,
    can: ({ live, story }) => live.write.value && story?.editor.value != null,
    run: ({ story }) => {
      if (story !== null) toggle(story);
    },
  },
  {
    name: "accept",
    label: () => "Accept this suggestion",
    keys: ACCEPT_KEYS,
    can: atCursor,
    run: decideHere(true),
  },
  {
    name: "reject",
    label: () => "Reject this suggestion",
    keys: REJECT_KEYS,
    can: atCursor,
    run: decideHere(false),
  },
];
