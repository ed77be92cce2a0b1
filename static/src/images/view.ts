/** A picture on the page: fetched when it comes near, with a field for its words, and a sentence where it can't be had. */

import type { Node } from "@tiptap/pm/model";
import type { EditorView, NodeView } from "@tiptap/pm/view";
import { sentenceOf } from "../room/api";
import type { Pictures } from "./store";

/** How far below or above the screen a picture is fetched already. */
const NEAR = "800px";

export class PictureView implements NodeView {
  readonly dom = document.createElement("figure");
  readonly #image = document.createElement("img");
  readonly #said = document.createElement("p");
  readonly #again = document.createElement("button");
  readonly #alt = document.createElement("input");
  readonly #near: IntersectionObserver;
  #shown: string | null = null;

  constructor(
    private node: Node,
    readonly view: EditorView,
    readonly at: () => number | undefined,
    readonly pictures: Pictures,
  ) {
    this.dom.dataset.node = "image";
    this.#said.className = "small";
    this.#said.role = "status";
    this.#again.type = "button";
    this.#again.className = "quiet";
    this.#again.textContent = "Try again";
    this.#again.hidden = true;
    this.#again.addEventListener("click", () => void this.#show());
    this.#alt.placeholder = "What it shows, for who can't see it";
    this.#alt.ariaLabel = "What the picture shows, for who can't see it";
    this.#alt.addEventListener("change", () => this.#describe());
    this.#alt.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      this.#describe();
      this.view.focus();
    });
    const tools = document.createElement("figcaption");
    const away = document.createElement("button");
    away.type = "button";
    away.className = "quiet";
    away.textContent = "Take the picture out";
    away.addEventListener("click", () => this.#remove());
    tools.append(this.#alt, away);
    this.dom.append(this.#image, this.#said, this.#again, tools);
    this.#draw();
    this.#near = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        this.#near.disconnect();
        void this.#show();
      },
      { rootMargin: NEAR },
    );
    this.#near.observe(this.dom);
  }

  update(node: Node): boolean {
    if (node.type !== this.node.type || node.attrs.id !== this.node.attrs.id) return false;
    this.node = node;
    this.#draw();
    return true;
  }

  /** The field and the buttons are the page's, not the text's. */
  stopEvent({ target }: Event): boolean {
    return target instanceof HTMLInputElement || target instanceof HTMLButtonElement;
  }

  ignoreMutation(): boolean {
    return true;
  }

  destroy(): void {
    this.#near.disconnect();
    if (this.#shown !== null) this.pictures.leave(this.#shown);
  }

  #draw(): void {
    const { alt, width, height } = this.node.attrs;
    this.#image.alt = String(alt);
    if (typeof width === "number" && typeof height === "number") {
      this.#image.width = width;
      this.#image.height = height;
    }
    if (document.activeElement !== this.#alt) this.#alt.value = String(alt);
  }

  async #show(): Promise<void> {
    const { id } = this.node.attrs;
    this.#again.hidden = true;
    if (typeof id !== "string" || id === "") {
      this.#said.textContent = "This picture isn't in this room.";
      return;
    }
    this.#said.textContent = "Fetching the picture…";
    const url = this.pictures.show(id);
    try {
      this.#shown = id;
      this.#image.src = await url;
      this.#said.textContent = "";
    } catch (error) {
      this.#shown = null;
      this.#said.textContent = sentenceOf(error);
      this.#again.hidden = false;
    }
  }

  #describe(): void {
    const at = this.at();
    const alt = this.#alt.value.trim();
    if (at === undefined || alt === this.node.attrs.alt) return;
    this.view.dispatch(this.view.state.tr.setNodeAttribute(at, "alt", alt));
  }

  #remove(): void {
    const at = this.at();
    if (at === undefined) return;
    this.view.dispatch(this.view.state.tr.delete(at, at + this.node.nodeSize));
    this.view.focus();
  }
}
