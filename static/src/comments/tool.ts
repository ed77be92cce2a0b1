/** How a comment is begun: from the toolbar, the menu of the room, or by its keys. */

import type { Signal } from "@preact/signals";
import type { Place } from "../room/commands";
import type { Story } from "../story/story";
import type { Tool } from "../story/tools";

export const COMMENT_KEYS = "Mod-Alt-m";

export const mayComment = ({ live, story }: Pick<Place, "live" | "story">): boolean =>
  story?.editor.value != null && live.you.value?.grants.includes("comment") === true;

/** Shows the comments with the new one in them, or says what is missing. */
export function comment({ story, panel, mistake }: Pick<Place, "story" | "panel" | "mistake">): void {
  if (story?.conversation.start() === true) panel.value = "comments";
  else mistake.value = "Select the words that the comment is about.";
}

export const commentTool = (story: Story, panel: Signal<string>): Tool => ({
  name: "comment",
  label: "Comment on these words",
  keys: COMMENT_KEYS,
  isOn: () => null,
  can: () => story.conversation.mayComment.value,
  run: () => {
    if (story.conversation.start()) panel.value = "comments";
  },
});
