/**
 * The list of choices at the cursor, by the ARIA pattern of a text box with a list: the focus stays in the text, arrows choose,
 * Enter or Tab take, Escape puts it away. Drawn by hand, since it belongs to the cursor and not to the page around.
 */

import { Extension } from "@tiptap/core";
import { Plugin, type PluginView } from "@tiptap/pm/state";
import type { EditorView } from "@tiptap/pm/view";
import { type Choices, choicesFor } from "./choices";

let lists = 0;

export const Suggest = Extension.create({
  name: "suggest",
  // Before everything that knows Enter and Tab.
  priority: 300,
  addProseMirrorPlugins() {
    let list: List | null = null;
    return [
      new Plugin({
        view: (view) => {
          list = new List(view);
          return list;
        },
        props: {
          handleKeyDown: (_view, event) => list?.key(event) ?? false,
          handleDOMEvents: {
            blur: () => {
              list?.hide();
              return false;
            },
          },
        },
      }),
    ];
  },
});

class List implements PluginView {
  readonly #element = document.createElement("ul");
  #choices: Choices | null = null;
  #chosen = -1;
  readonly #away = () => this.hide();
  /** The line for which it was put away. */
  #dismissed = "";

  constructor(readonly view: EditorView) {
    lists += 1;
    this.#element.id = `choices-${lists}`;
    this.#element.className = "choices";
    this.#element.role = "listbox";
    this.#element.ariaLabel = "Go on with";
    this.#element.hidden = true;
    // A press must not take the cursor out of the text.
    this.#element.addEventListener("mousedown", (event) => event.preventDefault());
    this.#element.addEventListener("click", ({ target }) => {
      const option = target instanceof Element ? target.closest("li") : null;
      if (option !== null) this.#take([...this.#element.children].indexOf(option));
    });
    view.dom.parentElement?.append(this.#element);
    addEventListener("resize", this.#away);
  }

  update(view: EditorView, before: { readonly doc: unknown; readonly selection: unknown }): void {
    const { state } = view;
    if (state.doc === before.doc && state.selection === before.selection) return;
    const { $from, empty } = state.selection;
    const atEnd = empty && $from.parentOffset === $from.parent.content.size;
    const text = atEnd && view.hasFocus() && view.editable && !view.composing ? $from.parent.textContent : null;
    const name = $from.parent.type.name;
    const choices = text === null || `${name} ${text}` === this.#dismissed ? null : choicesFor(name, text, state.doc);
    if (choices === null) this.hide();
    else this.#show(choices, $from.pos);
  }

  destroy(): void {
    removeEventListener("resize", this.#away);
    this.hide();
    this.#element.remove();
  }

  hide(): void {
    this.#choices = null;
    this.#element.hidden = true;
    for (const name of ["aria-controls", "aria-activedescendant", "aria-haspopup"]) this.view.dom.removeAttribute(name);
  }

  key(event: KeyboardEvent): boolean {
    if (this.#choices === null || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return false;
    const count = this.#choices.options.length;
    switch (event.key) {
      case "ArrowDown":
        this.#choose((this.#chosen + 1) % count);
        return true;
      case "ArrowUp":
        this.#choose(this.#chosen <= 0 ? count - 1 : this.#chosen - 1);
        return true;
      case "Enter":
        return this.#take(this.#chosen);
      case "Tab":
        return !event.shiftKey && this.#take(this.#chosen);
      case "Escape": {
        const { parent } = this.view.state.selection.$from;
        this.#dismissed = `${parent.type.name} ${parent.textContent}`;
        this.hide();
        return true;
      }
      default:
        return false;
    }
  }

  #show(choices: Choices, at: number): void {
    const same = this.#choices?.options.join("\n") === choices.options.join("\n");
    this.#choices = choices;
    if (!same) {
      this.#element.replaceChildren(
        ...choices.options.map((text, index) => {
          const option = document.createElement("li");
          option.role = "option";
          option.id = `${this.#element.id}-${index}`;
          option.textContent = text;
          return option;
        }),
      );
      // Where nothing is typed yet, Enter and Tab mean what they always mean.
      this.#choose(choices.typed > 0 ? 0 : -1);
    }
    this.#element.hidden = false;
    this.view.dom.setAttribute("aria-controls", this.#element.id);
    this.view.dom.setAttribute("aria-haspopup", "listbox");
    this.#place(at - choices.typed);
  }

  #place(at: number): void {
    const { left, bottom } = this.view.coordsAtPos(at);
    const origin = this.#element.offsetParent?.getBoundingClientRect();
    const scrolled = this.#element.offsetParent;
    if (origin === undefined || scrolled === null) return;
    const room = scrolled.clientWidth - this.#element.offsetWidth;
    this.#element.style.left = `${Math.max(0, Math.min(left - origin.left, room))}px`;
    this.#element.style.top = `${bottom - origin.top + scrolled.scrollTop}px`;
  }

  #choose(index: number): void {
    this.#chosen = index;
    [...this.#element.children].forEach((option, at) => {
      option.ariaSelected = String(at === index);
      if (at === index) option.scrollIntoView({ block: "nearest" });
    });
    if (index < 0) this.view.dom.removeAttribute("aria-activedescendant");
    else this.view.dom.setAttribute("aria-activedescendant", `${this.#element.id}-${index}`);
  }

  #take(index: number): boolean {
    const option = this.#choices?.options[index];
    if (option === undefined || this.#choices === null) return false;
    const { state } = this.view;
    const end = state.selection.from;
    const { typed } = this.#choices;
    const line = state.selection.$from.parent.type.name;
    const text = state.doc.textBetween(state.selection.$from.start(), end);
    this.#dismissed = `${line} ${text.slice(0, text.length - typed)}${option}`;
    this.view.dispatch(state.tr.insertText(option, end - typed, end).scrollIntoView());
    this.hide();
    return true;
  }
}
