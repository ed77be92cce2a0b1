/**
 * Suggesting in one document: whether this person proposes instead of writing, what is proposed by whom, and what they decide about
 * it. The mode is this tab's alone; proposals lie in the text, as marks.
 */

import { batch, computed, effect, signal } from "@preact/signals";
import { Extension, type Extensions } from "@tiptap/core";
import { type EditorState, Plugin, PluginKey, TextSelection } from "@tiptap/pm/state";
import { Decoration, DecorationSet } from "@tiptap/pm/view";
import { members as membersOf } from "../room/api";
import { goToPlace } from "../story/goto";
import type { Story } from "../story/story";
import { decide } from "./decide";
import { type Piece, type Suggestion, suggestionAt, suggestionsOf } from "./pieces";
import { DECIDED, newId, proposing } from "./proposing";

const key = new PluginKey<DecorationSet>("suggestions");

export interface Author {
  readonly name: string;
  readonly hue: number;
}

export class Suggesting {
  readonly on = signal(false);
  readonly all = signal<readonly Suggestion[]>([]);
  /** The one at the cursor. */
  readonly active = signal<Suggestion | null>(null);
  /** Where the cursor was when that was last looked at: it may have moved within one. */
  readonly cursor = signal(0);
  /** Whether the text is shown as it would be without them. */
  readonly hidden = signal(false);
  readonly mayDecide = computed(() => this.story.live.write.value);

  /** Whoever was ever here, as far as anybody asked. */
  readonly #members = signal<ReadonlyMap<string, Author>>(new Map());
  readonly #authors = computed(() => {
    const authors = new Map(this.#members.value);
    const { here, you } = this.story.live;
    for (const { id, name, hue } of here.value) authors.set(id, { name, hue });
    if (you.value !== null) authors.set(you.value.id, you.value);
    return authors;
  });
  #asking = false;

  constructor(readonly story: Story) {}

  author(member: string): Author {
    return this.#authors.value.get(member) ?? { name: "Somebody", hue: 7 };
  }

  /** Follows the room, until what it returns is called. */
  follow(): () => void {
    const { live, editor } = this.story;
    const stops = [
      effect(() => {
        if (!live.write.value) this.on.value = false;
      }),
      effect(() => {
        if (this.all.value.some(({ member }) => !this.#authors.value.has(member))) void this.#bringMembers();
      }),
      effect(() => {
        // Read, so that the text is drawn anew when somebody has another name.
        this.#authors.value;
        this.on.value;
        const shown = editor.value;
        if (shown === null) return;
        queueMicrotask(() => {
          if (shown.isDestroyed) return;
          shown.view.dispatch(shown.state.tr.setMeta(DECIDED, true));
        });
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  extensions(): Extensions {
    const plugin = () => this.#plugin();
    return [
      proposing(() => (this.on.peek() ? (this.story.live.you.peek()?.id ?? null) : null)),
      Extension.create({ name: "suggestions", addProseMirrorPlugins: () => [plugin()] }),
    ];
  }

  #plugin(): Plugin<DecorationSet> {
    return new Plugin<DecorationSet>({
      key,
      state: {
        init: (_, { doc }) => this.#draw(doc),
        apply: (transaction, before, _, { doc }) =>
          transaction.docChanged || transaction.getMeta(DECIDED) !== undefined ? this.#draw(doc) : before,
      },
      view: (view) => {
        this.#look(view.state);
        return {
          update: ({ state }, before) => {
            if (state.doc !== before.doc || !state.selection.eq(before.selection)) this.#look(state);
          },
        };
      },
      props: {
        decorations: (state) => key.getState(state),
        handleDOMEvents: {
          // What is composed is written into the mark from the beginning: wrapping it afterwards would end the composition.
          compositionstart: (view) => {
            const you = this.story.live.you.peek();
            const { selection, schema } = view.state;
            if (this.on.peek() && you !== null && selection instanceof TextSelection && selection.empty) {
              const own = (marks = selection.$from.marks()) =>
                marks.find(({ type, attrs }) => type.name === "insertion" && attrs.member === you.id);
              const before = selection.$from.nodeBefore?.marks;
              const mark =
                own() ?? own([...(before ?? [])]) ?? schema.mark("insertion", { id: newId(), member: you.id });
              const others = selection.$from.marks().filter(({ type }) => !/^(insertion|deletion)$/.test(type.name));
              view.dispatch(view.state.tr.setStoredMarks([...others, mark]));
            }
            return false;
          },
        },
      },
    });
  }

  #draw(doc: EditorState["doc"]): DecorationSet {
    const decorations = suggestionsOf(doc).flatMap(({ member, pieces }) => {
      const { name, hue } = this.#authors.peek().get(member) ?? { name: "Somebody", hue: 7 };
      return pieces.map(({ from, to, kind }) =>
        Decoration.inline(from, to, {
          class: kind === "insertion" ? "inserted" : "deleted",
          "data-hue": String(hue),
          title: kind === "insertion" ? `${name} suggests to add this` : `${name} suggests to delete this`,
        }),
      );
    });
    return DecorationSet.create(doc, decorations);
  }

  #look({ doc, selection }: EditorState): void {
    const all = suggestionsOf(doc);
    batch(() => {
      this.all.value = all;
      this.active.value = suggestionAt(all, selection.head);
      this.cursor.value = selection.head;
    });
  }

  /** Accepts or rejects what this concerns. */
  decide(accept: boolean, concerns: (piece: Piece) => boolean): void {
    const editor = this.story.editor.peek();
    if (editor === null || !this.mayDecide.peek()) return;
    const { tr } = editor.state;
    decide(tr, accept, concerns);
    if (tr.docChanged) editor.view.dispatch(tr.setMeta(DECIDED, true));
  }

  decideOne(accept: boolean, { id, member }: Suggestion): void {
    this.decide(accept, (piece) => piece.id === id && piece.member === member);
  }

  goTo({ pieces: [first] }: Suggestion): void {
    const editor = this.story.editor.peek();
    if (editor !== null && first !== undefined) goToPlace(editor, first.to);
  }

  async #bringMembers(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const { live } = this.story;
    const unknown = this.all.peek().map(({ member }) => [member, { name: "Somebody", hue: 7 }] as const);
    try {
      const members = await membersOf(live.token(), live.id);
      const known = members.map(({ id, name, hue }) => [id, { name, hue }] as const);
      // Whoever was removed isn't in that list, and isn't asked for again.
      this.#members.value = new Map([...unknown, ...this.#members.peek(), ...known]);
    } catch {
      // Asked for again with the next change of somebody unknown.
    } finally {
      this.#asking = false;
    }
  }
}
