/**
 * Putting pictures in: by the toolbar, from the clipboard, or dropped. While one is on its way its place says how far it is, to this
 * person alone; the picture itself is in the text when the room has it. Where that fails the place says why, and offers a way on.
 */

import { type Editor, Extension } from "@tiptap/core";
import { Plugin, PluginKey } from "@tiptap/pm/state";
import { Decoration, DecorationSet, type EditorView } from "@tiptap/pm/view";
import { sentenceOf } from "../room/api";
import type { Pictures } from "./store";
import { TYPES } from "./store";
import { PictureView } from "./view";

interface Options {
  readonly pictures: Pictures;
}

interface Change {
  readonly add?: { readonly sending: Sending; readonly at: number };
  readonly remove?: Sending;
}

const KEY = new PluginKey<DecorationSet>("pictures");

export const PuttingPictures = Extension.create<Options>({
  name: "puttingPictures",
  addProseMirrorPlugins() {
    const { pictures } = this.options;
    return [
      new Plugin<DecorationSet>({
        key: KEY,
        state: {
          init: () => DecorationSet.empty,
          apply: (tr, places) => {
            const { add, remove }: Change = tr.getMeta(KEY) ?? {};
            const moved = places.map(tr.mapping, tr.doc);
            if (remove !== undefined)
              return moved.remove(moved.find(undefined, undefined, (spec) => spec.sending === remove));
            if (add === undefined) return moved;
            const { sending, at } = add;
            return moved.add(tr.doc, [
              Decoration.widget(at, sending.dom, {
                key: sending.key,
                sending,
                side: -1,
                ignoreSelection: true,
                stopEvent: () => true,
              }),
            ]);
          },
        },
        props: {
          decorations: (state) => KEY.getState(state),
          nodeViews: { image: (node, view, at) => new PictureView(node, view, at, pictures) },
          handlePaste: (view, event) => {
            const { files, types } = event.clipboardData ?? {};
            // A copied passage of a word processor comes with a picture of itself.
            if (types?.includes("text/html") || types?.includes("text/plain")) return false;
            return put(view, pictures, [...(files ?? [])], view.state.selection.from);
          },
          handleDrop: (view, event) => {
            const files = [...(event.dataTransfer?.files ?? [])];
            const at = view.posAtCoords({ left: event.clientX, top: event.clientY })?.pos;
            return put(view, pictures, files, at ?? view.state.selection.from);
          },
        },
      }),
    ];
  },
});

/** Asks for a file and puts it in at the cursor. */
export function askForPicture({ view }: Editor, pictures: Pictures): void {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = TYPES.join();
  input.multiple = true;
  input.addEventListener("change", () => put(view, pictures, [...(input.files ?? [])], view.state.selection.from));
  input.click();
}

function put(view: EditorView, pictures: Pictures, files: readonly File[], at: number): boolean {
  const images = files.filter(({ type }) => type.startsWith("image/"));
  if (!view.editable || images.length === 0) return false;
  const $at = view.state.doc.resolve(at);
  // Between blocks: before the one the cursor is in if nothing stands before it there, else after it.
  const place = $at.depth === 0 ? at : $at.parentOffset === 0 && $at.depth === 1 ? $at.before(1) : $at.after(1);
  for (const file of images) new Sending(view, pictures, file).begin(place);
  return true;
}

let sent = 0;

class Sending {
  readonly key = `picture-${sent++}`;
  readonly dom = document.createElement("div");
  readonly #said = document.createElement("p");
  readonly #progress = document.createElement("progress");
  readonly #again = button("Try again", () => void this.#send());
  readonly #away = button("Leave it out", () => this.#end());
  readonly #stop = new AbortController();

  constructor(
    readonly view: EditorView,
    readonly pictures: Pictures,
    readonly file: File,
  ) {
    this.dom.className = "sending";
    this.dom.contentEditable = "false";
    this.#said.role = "status";
    this.#progress.ariaLabel = "How much of the picture is there";
    this.dom.append(this.#said, this.#progress, this.#again, this.#away);
  }

  begin(at: number): void {
    this.#change({ add: { sending: this, at } });
    void this.#send();
  }

  async #send(): Promise<void> {
    this.#said.textContent = `${this.file.name || "The picture"} is on its way…`;
    this.#progress.hidden = false;
    this.#progress.value = 0;
    this.#again.hidden = true;
    try {
      if (!TYPES.includes(this.file.type)) {
        this.#fail(
          "This kind of picture can't be shown to everybody. Save it as PNG, JPEG or WebP and put that in.",
          false,
        );
        return;
      }
      const { id, width, height } = await this.pictures.add(
        this.file,
        (part) => {
          this.#progress.value = part;
        },
        this.#stop.signal,
      );
      this.#insert({ id, width, height });
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#fail(sentenceOf(error), true);
    }
  }

  #fail(sentence: string, again: boolean): void {
    this.#said.textContent = sentence;
    this.#progress.hidden = true;
    this.#again.hidden = !again;
  }

  #insert(attrs: { readonly id: string; readonly width: number; readonly height: number }): void {
    if (this.view.isDestroyed) return;
    const { state } = this.view;
    const [place] = KEY.getState(state)?.find(undefined, undefined, (spec) => spec.sending === this) ?? [];
    const image = state.schema.nodes.image?.create(attrs);
    if (place === undefined || image === undefined) return;
    const tr = state.tr.insert(place.from, image);
    // There is always a line to go on in.
    const paragraph = place.from === state.doc.content.size ? state.schema.nodes.paragraph?.create() : undefined;
    if (paragraph !== undefined) tr.insert(tr.doc.content.size, paragraph);
    this.view.dispatch(tr.setMeta(KEY, { remove: this } satisfies Change));
  }

  #end(): void {
    this.#stop.abort();
    this.#change({ remove: this });
    this.view.focus();
  }

  #change(change: Change): void {
    if (!this.view.isDestroyed) this.view.dispatch(this.view.state.tr.setMeta(KEY, change));
  }
}

function button(label: string, run: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "quiet";
  made.textContent = label;
  made.addEventListener("click", run);
  return made;
}
