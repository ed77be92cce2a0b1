/**
 * What comes from others waits while this person composes (an input method, most phones' keyboards), for a change drawn into the
 * words being composed would end them. What is composed goes out as always, and what waited is put in when it is done: a CRDT doesn't
 * mind the order. It waits for a while only, so that nobody is left behind by a composition that is never ended.
 */

/** Browsers tell of a next composition right after the last, and ProseMirror reads its outcome a moment later. */
const AFTER_MS = 60;
const MOST_MS = 30_000;

export class Hold {
  readonly #waiting: (() => void)[] = [];
  #isOn = false;
  #end: ReturnType<typeof setTimeout> | undefined;
  #bound: ReturnType<typeof setTimeout> | undefined;

  /** Runs it, now or when the composition is over. */
  pass(action: () => void): void {
    if (this.#isOn) this.#waiting.push(action);
    else action();
  }

  /** Watches an element in which people write. Returns what stops it. */
  watch(element: HTMLElement): () => void {
    const begin = () => this.#begin();
    const end = () => {
      clearTimeout(this.#end);
      this.#end = setTimeout(() => this.release(), AFTER_MS);
    };
    element.addEventListener("compositionstart", begin);
    element.addEventListener("compositionend", end);
    return () => {
      element.removeEventListener("compositionstart", begin);
      element.removeEventListener("compositionend", end);
      this.release();
    };
  }

  release(): void {
    clearTimeout(this.#end);
    clearTimeout(this.#bound);
    this.#isOn = false;
    for (const action of this.#waiting.splice(0)) action();
  }

  #begin(): void {
    clearTimeout(this.#end);
    if (this.#isOn) return;
    this.#isOn = true;
    this.#bound = setTimeout(() => {
      this.release();
      this.#begin(); // it is still composed, and what comes from now on waits again
    }, MOST_MS);
  }
}
