/**
 * Which part of a long page is on the screen or near it. Others' cursors elsewhere aren't drawn: each that moves would make the
 * browser lay out and paint again, and tell the keyboard of a phone the whole text, at every frame.
 */

import type { EditorView } from "@tiptap/pm/view";

/** So many blocks make a page long. In a shorter one everything is near. */
const LONG = 200;
/** How long what was measured counts, and how far around the screen it reaches. */
const FRESH_MS = 250;
const AROUND_PX = 600;

export class Near {
  #from = 0;
  #to = Number.POSITIVE_INFINITY;
  #measured = Number.NEGATIVE_INFINITY;

  /** `moved` is called when another part has come near. */
  constructor(
    readonly view: EditorView,
    moved: () => void,
  ) {
    let waiting = false;
    const scrolled = () => {
      if (waiting || view.state.doc.childCount <= LONG) return;
      waiting = true;
      setTimeout(() => {
        waiting = false;
        if (!view.isDestroyed) moved();
      }, FRESH_MS);
    };
    // Scrolling doesn't rise, but it can be caught on its way down.
    addEventListener("scroll", scrolled, { capture: true, passive: true });
    this.destroy = () => removeEventListener("scroll", scrolled, { capture: true });
  }

  readonly destroy: () => void;

  holds(position: number): boolean {
    if (this.view.state.doc.childCount <= LONG) return true;
    if (performance.now() - this.#measured > FRESH_MS) this.#measure();
    return position >= this.#from && position <= this.#to;
  }

  #measure(): void {
    this.#measured = performance.now();
    const { view } = this;
    const first = this.#firstBelow(-AROUND_PX);
    const last = this.#firstBelow(innerHeight + AROUND_PX);
    this.#from = first === undefined ? 0 : view.posAtDOM(first, 0) - 1;
    this.#to = last === undefined ? Number.POSITIVE_INFINITY : view.posAtDOM(last, 0);
  }

  /** The first block that ends below a line of the screen. */
  #firstBelow(y: number): Element | undefined {
    const blocks = this.view.dom.children;
    let low = 0;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((blocks[middle]?.getBoundingClientRect().bottom ?? 0) < y) low = middle + 1;
      else high = middle;
    }
    return blocks[low];
  }
}
