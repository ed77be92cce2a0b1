/**
 * The threads of one document as this page has them: brought when the page comes and whenever it comes back, then told. Holds no
 * words of its own: where a thread is anchored is read from the text.
 */

import { batch, computed, effect, signal } from "@preact/signals";
import { type Editor, Extension } from "@tiptap/core";
import type { EditorState } from "@tiptap/pm/state";
import { absolutePositionToRelativePosition, relativePositionToAbsolutePosition, ySyncPluginKey } from "y-prosemirror";
import type * as Y from "yjs";
import {
  beginThread,
  deleteComment,
  editComment,
  replyInThread,
  resolveThread,
  StudioError,
  sentenceOf,
  threadsOf,
} from "../room/api";
import type { Thread } from "../room/model";
import { goToPlace } from "../story/goto";
import type { Story } from "../story/story";
import { highlight, REDRAW } from "./highlight";
import { markUpdate, newThreadId } from "./mark";
import { type Places, type Range, wordsOf } from "./places";

/** Words can be on their way while what is said about them is at the server already. */
const AGAIN_MS = 400;
const ATTEMPTS = 12;

interface Draft {
  readonly id: string;
  readonly quote: string;
  readonly from: Y.RelativePosition;
  readonly to: Y.RelativePosition;
}

export class Conversation {
  readonly #threads = signal<ReadonlyMap<string, Thread>>(new Map());
  readonly places = signal<Places>(new Map());
  /** The thread at the cursor, or the one that was chosen beside the page. */
  readonly active = signal<string | null>(null);
  readonly draft = signal<Draft | null>(null);
  /** Whether all of them are known. */
  readonly here = signal(false);
  readonly mistake = signal("");
  readonly showResolved = signal(false);

  /** In the order of the text; those whose words are gone come last, the oldest first. */
  readonly threads = computed(() => {
    const order = [...this.places.value.keys()];
    const place = ({ id }: Thread) => (order.includes(id) ? order.indexOf(id) : order.length);
    return [...this.#threads.value.values()].sort((a, b) => place(a) - place(b) || a.time - b.time);
  });

  readonly mayComment = computed(() => this.story.live.you.value?.grants.includes("comment") === true);

  /** What was told while all of them were being brought: it is newer. */
  #told: Thread[] | null = null;

  constructor(readonly story: Story) {}

  /** Shows in the editor what is talked about. */
  extension(): Extension {
    const plugin = () =>
      highlight(
        {
          counts: (id) => this.#isOpen(id),
          active: () => this.active.peek(),
          draft: (state) => this.#draftRange(state),
        },
        (id) => {
          this.active.value = id;
        },
        (places) => {
          this.places.value = places;
        },
      );
    return Extension.create({ name: "comments", addProseMirrorPlugins: () => [plugin()] });
  }

  /** Follows the room, until what it returns is called. */
  follow(): () => void {
    const { live, editor } = this.story;
    const told = (thread: Thread) => {
      if (thread.document !== this.story.id) return;
      this.#told?.push(thread);
      this.#take([thread]);
    };
    live.threadTold.add(told);
    const stops = [
      () => live.threadTold.delete(told),
      effect(() => {
        if (live.phase.value === "here") void this.bring();
      }),
      effect(() => {
        // Read, so that the text is drawn anew when one of them is another.
        this.#threads.value;
        this.active.value;
        this.draft.value;
        this.showResolved.value;
        const shown = editor.value;
        if (shown === null) return;
        // Not at once: this may be heard in the middle of a transaction.
        queueMicrotask(() => {
          if (shown.isDestroyed) return;
          shown.view.dispatch(shown.state.tr.setMeta(REDRAW, true));
        });
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  async bring(): Promise<void> {
    const { live, id } = this.story;
    this.#told = [];
    try {
      const threads = await threadsOf(live.token(), live.id, id);
      const told: readonly Thread[] = this.#told ?? [];
      batch(() => {
        this.#threads.value = new Map(threads.map((thread) => [thread.id, thread]));
        this.#take(told);
        this.here.value = true;
        this.mistake.value = "";
      });
    } catch (error) {
      this.mistake.value = sentenceOf(error);
    } finally {
      this.#told = null;
    }
  }

  /** Begins a comment on the words that are selected, or on the word at the cursor. False where there is none. */
  start(): boolean {
    const editor = this.story.editor.peek();
    if (editor === null || !this.mayComment.peek()) return false;
    const range = wordsAt(editor);
    const quote = wordsOf(editor.state.doc, range);
    if (quote === "") return false;
    const { type, binding } = ySyncPluginKey.getState(editor.state);
    const at = (pos: number): Y.RelativePosition => absolutePositionToRelativePosition(pos, type, binding.mapping);
    this.draft.value = { id: newThreadId(), quote, from: at(range.from), to: at(range.to) };
    return true;
  }

  /** Where the words are now that a comment is being written on. */
  #draftRange(state: EditorState): Range | null {
    const draft = this.draft.peek();
    if (draft === null) return null;
    const { doc, type, binding } = ySyncPluginKey.getState(state);
    const at = (place: Y.RelativePosition): number | null =>
      relativePositionToAbsolutePosition(doc, type, place, binding.mapping);
    const [from, to] = [at(draft.from), at(draft.to)];
    return from === null || to === null || from >= to || to > state.doc.content.size ? null : { from, to };
  }

  /** Sends the comment; its words are marked when the server has it. */
  async begin(text: string): Promise<void> {
    const { live, doc, id } = this.story;
    const editor = this.story.editor.peek();
    const draft = this.draft.peek();
    if (editor === null || draft === null) return;
    const range = this.#draftRange(editor.state);
    const mark = range === null ? null : markUpdate(doc, editor.schema, range, draft.id);
    if (mark === null) throw new StudioError("gone", "These words have changed meanwhile. Select some again.");
    this.story.mender.made(mark);
    for (let attempt = 1; ; attempt++) {
      try {
        const thread = await beginThread(live.token(), live.id, id, { id: draft.id, text, quote: draft.quote, mark });
        batch(() => {
          this.#take([thread]);
          this.active.value = thread.id;
          if (this.draft.value === draft) this.draft.value = null;
        });
        return;
      } catch (error) {
        const onItsWay = error instanceof StudioError && error.code === "not_here_yet";
        if (!onItsWay || attempt === ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  async reply(thread: string, text: string): Promise<void> {
    const { live } = this.story;
    this.#take([await replyInThread(live.token(), live.id, thread, text)]);
  }

  async edit(thread: string, comment: number, text: string): Promise<void> {
    const { live } = this.story;
    this.#take([await editComment(live.token(), live.id, thread, comment, text)]);
  }

  async delete(thread: string, comment: number): Promise<void> {
    const { live } = this.story;
    await deleteComment(live.token(), live.id, thread, comment);
  }

  async resolve(thread: string, resolved: boolean): Promise<void> {
    const { live } = this.story;
    this.#take([await resolveThread(live.token(), live.id, thread, resolved)]);
  }

  /** Goes to the words of a thread. */
  goTo(thread: string): void {
    this.active.value = thread;
    const editor = this.story.editor.peek();
    const first = this.places.peek().get(thread)?.[0];
    if (editor === null || first === undefined) return;
    goToPlace(editor, first.from);
    this.active.value = thread;
  }

  #isOpen(id: string): boolean {
    const thread = this.#threads.peek().get(id);
    return thread !== undefined && (thread.resolved === null || this.showResolved.peek() || id === this.active.peek());
  }

  /** Takes what is newer; a thread without a comment left is gone. */
  #take(threads: readonly Thread[]): void {
    if (threads.length === 0) return;
    const next = new Map(this.#threads.value);
    for (const thread of threads) {
      if (thread.comments.length === 0) next.delete(thread.id);
      else next.set(thread.id, thread);
    }
    this.#threads.value = next;
  }
}

/** What is selected; with nothing selected, the word at the cursor. */
function wordsAt({ state: { doc, selection } }: Editor): Range {
  const { from, to, empty, $from } = selection;
  if (!empty) return { from, to };
  const { parent } = $from;
  if (!parent.isTextblock) return { from, to };
  const start = $from.start();
  const text = parent.textBetween(0, parent.content.size, "\n", "\ufffc");
  const words = new Intl.Segmenter(undefined, { granularity: "word" }).segment(text);
  const offset = from - start;
  const word = words.containing(Math.min(offset, Math.max(0, text.length - 1)));
  const before = offset > 0 ? words.containing(offset - 1) : undefined;
  const found = word?.isWordLike === true ? word : before?.isWordLike === true ? before : null;
  if (found === null) return { from, to };
  const end = start + found.index + found.segment.length;
  return { from: start + found.index, to: Math.min(end, doc.content.size) };
}
