/** The elements of a screenplay, named as Fountain names them (fountain.io/syntax). The text of each stays as it was typed. */

import { Node } from "@tiptap/core";
import { flag, line } from "../story/line";
import { PART } from "../story/part";

export const SceneHeading = line("sceneHeading", { number: { default: null, of: (text) => text ?? null } }, PART);
export const Action = line("action", { centered: flag });
export const Character = line("character", { dual: flag });
export const Parenthetical = line("parenthetical");
export const Dialogue = line("dialogue");
export const Transition = line("transition");
export const Synopsis = line("synopsis");
/** A line of the title page: its key is Fountain's, as `Title` or `Draft date`. */
export const TitleLine = line("titleLine", { key: { default: "", of: (text) => text ?? "" } });

export const PageBreak = Node.create({
  name: "pageBreak",
  group: "block",
  // Above the divider's own rule.
  parseHTML: () => [{ tag: 'hr[data-node="pageBreak"]', priority: 60 }],
  renderHTML: () => ["hr", { "data-node": "pageBreak" }],
});
