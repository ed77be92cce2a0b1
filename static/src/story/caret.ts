/**
 * Other people's cursors: how one looks, and which one counts. The server sets the name and hue, the rest of an awareness entry
 * is whatever its client sent, and a cursor that can't be read would throw in the middle of somebody else's edit.
 *
 * A hue is an attribute that the stylesheet knows: no inline style, as the content security policy demands. Nothing in it is text of
 * the document, its name least of all: a browser would put one's own cursor there, behind a line's end, and what is typed would be
 * lost until ProseMirror looks.
 */

import type { DecorationAttrs } from "@tiptap/pm/view";
import schema from "../../../rooms/schema.json";

interface Person {
  readonly name: string;
  readonly hue: string;
}

const NAME_CHARS = 40;
const HUES = 8;

export function person(user: unknown): Person {
  const { name, hue }: { name?: unknown; hue?: unknown } = typeof user === "object" && user !== null ? user : {};
  const known = typeof hue === "number" && Number.isInteger(hue) && hue >= 1 && hue <= HUES;
  return {
    name: typeof name === "string" && name.trim() !== "" ? [...name].slice(0, NAME_CHARS).join("") : "Somebody",
    hue: known ? String(hue) : "7",
  };
}

export function caret(user: unknown, client: number): HTMLElement {
  const { name, hue } = person(user);
  const element = document.createElement("span");
  element.className = "caret";
  element.ariaHidden = "true";
  element.dataset.client = String(client);
  element.dataset.hue = hue;
  const label = document.createElement("span");
  label.className = "caret-name";
  label.dataset.name = name;
  element.append(label);
  return element;
}

/** Shows the names at these clients' cursors again for a while: they fade (in page.css), so that they don't cover what is read. */
export function showNames(page: Element, clients: ReadonlySet<number>): void {
  for (const caret of page.querySelectorAll<HTMLElement>(".caret")) {
    if (!clients.has(Number(caret.dataset.client))) continue;
    for (const fading of caret.lastElementChild?.getAnimations() ?? []) fading.currentTime = 0;
  }
}

export function selection(user: unknown): DecorationAttrs {
  return { class: "selected", "data-hue": person(user).hue };
}

/** Whether an entry is somebody else's and its cursor can be looked up, if it has one. */
export function counts(own: number, client: number, entry: unknown): boolean {
  if (client === own || typeof entry !== "object" || entry === null) return false;
  const { cursor }: { cursor?: unknown } = entry;
  if (cursor === undefined || cursor === null) return true;
  if (typeof cursor !== "object") return false;
  const { anchor, head }: { anchor?: unknown; head?: unknown } = cursor;
  return isPosition(anchor) && isPosition(head);
}

/** A Y.RelativePosition as JSON: a place in a type, or beside an item. A root type's name can't be made up: Yjs would make it. */
function isPosition(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { type, tname, item, assoc }: { type?: unknown; tname?: unknown; item?: unknown; assoc?: unknown } = value;
  const said = [type, tname, item].filter((part) => part !== undefined && part !== null);
  return (
    said.length > 0 &&
    said.every((part) => (part === tname ? part === schema.fragment : isId(part))) &&
    (assoc === undefined || assoc === null || Number.isInteger(assoc))
  );
}

function isId(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { client, clock }: { client?: unknown; clock?: unknown } = value;
  return [client, clock].every((part) => Number.isSafeInteger(part) && Number(part) >= 0);
}
