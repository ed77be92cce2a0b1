/** What a line of a script may go on with: names that speak already, places, times of day, transitions. Pure. */

import type { Node } from "@tiptap/pm/model";
import { INTRO, places, speakers } from "./speakers";

export interface Choices {
  /** How many characters before the cursor the chosen one takes the place of. */
  readonly typed: number;
  readonly options: readonly string[];
}

const INTROS = ["INT. ", "EXT. ", "INT./EXT. "];
const TIMES = [
  "DAY",
  "NIGHT",
  "MORNING",
  "EVENING",
  "DAWN",
  "DUSK",
  "LATER",
  "MOMENTS LATER",
  "CONTINUOUS",
  "THE SAME",
];
const TRANSITIONS = ["CUT TO:", "DISSOLVE TO:", "SMASH CUT TO:", "MATCH CUT TO:", "FADE OUT.", "FADE TO BLACK."];
const MOST = 8;

/** For a line of type `name` with this text before the cursor, which stands at its end. Null where there is nothing to choose. */
export function choicesFor(name: string, text: string, doc: Node): Choices | null {
  switch (name) {
    case "character":
      return beginningWith(text, speakersFor(text, doc));
    case "sceneHeading":
      return forHeading(text, doc);
    case "transition":
      return beginningWith(text, TRANSITIONS);
    default:
      return null;
  }
}

/** Whoever spoke last but one comes first: in most scenes two people take turns. */
function speakersFor(text: string, doc: Node): string[] {
  const [last, ...others] = [...speakers(doc)]
    .filter(([key]) => key !== text.trim().toUpperCase())
    .map(([, name]) => name);
  if (last === undefined) return others;
  return text === "" ? [...others.slice(0, 1), last, ...others.slice(1)] : [last, ...others];
}

function forHeading(text: string, doc: Node): Choices | null {
  const intro = INTRO.exec(text)?.[0];
  if (intro === undefined) return beginningWith(text, INTROS);
  const dash = /\s[-–—]\s+(?<time>\S*(?: \S*)?)$/.exec(text);
  if (dash !== null) return beginningWith(dash.groups?.time ?? "", TIMES);
  const place = text.slice(intro.length);
  return beginningWith(
    place,
    [...places(doc)].filter(([key]) => key !== place.trim().toUpperCase()).map(([, name]) => name),
  );
}

function beginningWith(typed: string, all: readonly string[]): Choices | null {
  const start = typed.toUpperCase();
  const options = all
    .filter((option) => option.toUpperCase().startsWith(start) && option.toUpperCase() !== start)
    .slice(0, MOST);
  return options.length === 0 ? null : { typed: typed.length, options };
}
