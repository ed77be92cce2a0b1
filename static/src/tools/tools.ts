/** What the tools of one page are doing: kept with the page, so that the menu, the keys and the bars speak of the same. */

import { signal } from "@preact/signals";
import { goalOf } from "./goal";

export class Tools {
  /** Which bar is open over the text. */
  readonly finding = signal<"find" | "replace" | null>(null);
  /** Everything but the text is away. */
  readonly focus = signal(false);
  /** How many words this person wants to come to; null for no such thing. */
  readonly goal;

  constructor(room: string, document: string) {
    this.goal = signal(goalOf(room, document));
  }
}
