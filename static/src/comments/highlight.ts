/**
 * Shows in the text which words are talked about, notices the thread at the cursor, and keeps copies of words from copying their
 * anchor. A mark whose thread isn't known looks like nothing.
 */

import { Fragment, type Node, Slice } from "@tiptap/pm/model";
import { type EditorState, Plugin, PluginKey } from "@tiptap/pm/state";
import { Decoration, DecorationSet } from "@tiptap/pm/view";
import { type Places, placesOf, type Range, threadAt } from "./places";

export interface Shown {
  /** Whether a thread's words are shown as such. */
  counts(thread: string): boolean;
  active(): string | null;
  /** The words that somebody is about to comment on here. */
  draft(state: EditorState): Range | null;
}

interface Look {
  readonly places: Places;
  readonly decorations: DecorationSet;
}

const key = new PluginKey<Look>("comments");

/** To be dispatched when threads have changed and the text hasn't. */
export const REDRAW = "comments";

export function highlight(shown: Shown, atCursor: (thread: string | null) => void, changed: (places: Places) => void) {
  const look = (state: EditorState): Look => {
    const places = placesOf(state.doc);
    const decorations: Decoration[] = [];
    for (const [id, ranges] of places) {
      if (!shown.counts(id)) continue;
      const name = id === shown.active() ? "commented active" : "commented";
      for (const { from, to } of ranges) decorations.push(Decoration.inline(from, to, { class: name }));
    }
    const draft = shown.draft(state);
    if (draft !== null) decorations.push(Decoration.inline(draft.from, draft.to, { class: "commented active" }));
    return { places, decorations: DecorationSet.create(state.doc, decorations) };
  };

  return new Plugin<Look>({
    key,
    state: {
      init: (_, state) => look(state),
      apply: (transaction, before, _, state) =>
        transaction.docChanged || transaction.getMeta(REDRAW) !== undefined ? look(state) : before,
    },
    view: (view) => {
      changed(key.getState(view.state)?.places ?? new Map());
      return {
        update: ({ state }, before) => {
          const now = key.getState(state);
          if (now === undefined) return;
          if (now.places !== key.getState(before)?.places) changed(now.places);
          if (!state.selection.eq(before.selection) || state.doc !== before.doc)
            atCursor(threadAt(now.places, state.selection.head, shown.counts));
        },
      };
    },
    props: {
      decorations: (state) => key.getState(state)?.decorations,
      transformPasted: (slice, view) => {
        // Dragged words leave the place where they were, and take their anchor along.
        const moved = (view as { dragging?: { move?: boolean } | null }).dragging?.move === true;
        return moved ? slice : withoutCopies(slice, placesOf(view.state.doc));
      },
    },
  });
}

/** Without the marks of threads that have their words: what was cut keeps its anchor, what was copied has none. */
function withoutCopies(slice: Slice, places: Places): Slice {
  return new Slice(strip(slice.content, places), slice.openStart, slice.openEnd);
}

function strip(fragment: Fragment, places: Places): Fragment {
  const nodes: Node[] = [];
  fragment.forEach((node) => {
    const marks = node.marks.filter(({ type, attrs }) => type.name !== "comment" || !places.has(attrs.id));
    nodes.push(node.isText ? node.mark(marks) : node.copy(strip(node.content, places)).mark(marks));
  });
  return Fragment.from(nodes);
}
