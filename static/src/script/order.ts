/** What follows what in a screenplay, by Enter and by Tab, as Final Draft, Fade In and Highland have it. Pure: names in, names out. */

/** The elements that Enter and Tab lead between. A paragraph in a script counts as action. */
export const ELEMENTS = [
  "sceneHeading",
  "action",
  "character",
  "parenthetical",
  "dialogue",
  "transition",
  "titleLine",
  "synopsis",
] as const;
export type Element = (typeof ELEMENTS)[number];

export function isElement(name: string): name is Element {
  return ELEMENTS.some((element) => element === name);
}

/** What Enter at the end of a line begins. */
export const AFTER: Readonly<Record<Element, Element>> = {
  sceneHeading: "action",
  action: "action",
  character: "dialogue",
  parenthetical: "dialogue",
  dialogue: "character",
  transition: "sceneHeading",
  titleLine: "titleLine",
  synopsis: "action",
};

/** What Enter makes of a line in which nothing is written. */
export const INSTEAD: Readonly<Record<Element, Element>> = {
  sceneHeading: "action",
  action: "sceneHeading",
  character: "action",
  parenthetical: "dialogue",
  dialogue: "action",
  transition: "action",
  titleLine: "sceneHeading",
  synopsis: "action",
};

/** What Tab begins after a line with words in it. A scene heading goes on with its time of day. */
export const TAB_AFTER: Readonly<Record<Element, Element>> = {
  sceneHeading: "sceneHeading",
  action: "character",
  character: "parenthetical",
  parenthetical: "dialogue",
  dialogue: "parenthetical",
  transition: "sceneHeading",
  titleLine: "titleLine",
  synopsis: "action",
};

const CYCLE: readonly Element[] = ["action", "character", "transition", "sceneHeading"];
/** Within a speech Tab goes to and fro. */
const SPEECH: Readonly<Partial<Record<Element, Element>>> = { dialogue: "parenthetical", parenthetical: "dialogue" };

/** What Tab, or Shift-Tab, makes of a line in which nothing is written. */
export function tabInstead(element: Element, back: boolean): Element {
  const to = SPEECH[element];
  if (to !== undefined) return to;
  const at = CYCLE.indexOf(element);
  if (at < 0) return "action";
  return CYCLE[(at + (back ? CYCLE.length - 1 : 1)) % CYCLE.length] ?? "action";
}

/** The keys of a Fountain title page, in the order in which Enter offers them. */
export const TITLE_KEYS = ["Title", "Credit", "Author", "Source", "Draft date", "Contact"] as const;

export function nextTitleKey(key: string): string {
  const at = TITLE_KEYS.findIndex((known) => known.toLowerCase() === key.toLowerCase());
  return TITLE_KEYS[at + 1] ?? TITLE_KEYS[TITLE_KEYS.length - 1] ?? "";
}
