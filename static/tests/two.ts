/** Two editors on one page, joined by hand: what one does reaches the other when `exchange` is called. */

import type { Editor, Extensions } from "@tiptap/core";
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { Pictures } from "../src/images/store";
import { makeEditor } from "../src/story/editor";
import type { Kind } from "../src/story/kind";
import { noteCaret } from "../src/trail/caret";
import { Keeper, type Surroundings } from "../src/trail/keeper";
import type { Pick } from "./chance";

export interface Side {
  readonly doc: Y.Doc;
  readonly fragment: Y.XmlFragment;
  readonly awareness: Awareness;
  readonly editor: Editor;
  readonly keeper: Keeper;
}

const pictures = new Pictures("room", () => "token");

export function side(
  doc = new Y.Doc(),
  kind: Kind = "story",
  more: Extensions = [],
  around: Partial<Surroundings> = {},
): Side {
  const fragment = doc.getXmlFragment("default");
  const awareness = new Awareness(doc);
  const element = document.createElement("div");
  document.body.append(element);
  const editor = makeEditor({
    element,
    label: "Story",
    editable: true,
    kind: () => kind,
    pictures,
    fragment,
    awareness,
    more,
  });
  const keeper = new Keeper(fragment, {
    here: () => awareness.getStates().keys(),
    writes: () => true,
    caret: () => noteCaret(editor.view),
    ...around,
  });
  return { doc, fragment, awareness, editor, keeper };
}

/** Puts in what somebody else wrote. */
export function receive({ doc, keeper }: Side, update: Uint8Array, origin?: unknown): void {
  keeper.receive(update, () => Y.applyUpdate(doc, update, origin));
}

export function exchange(a: Side, b: Side): void {
  const forB = Y.encodeStateAsUpdate(a.doc, Y.encodeStateVector(b.doc));
  const forA = Y.encodeStateAsUpdate(b.doc, Y.encodeStateVector(a.doc));
  receive(b, forB);
  receive(a, forA);
}

/** Two sides with the same text, a paragraph for each line. */
export function twoWith(...lines: readonly string[]): [Side, Side] {
  const a = side();
  a.editor.commands.setContent(
    lines.map((line) => ({ type: "paragraph", content: line ? [{ type: "text", text: line }] : [] })),
  );
  const b = side();
  exchange(a, b);
  return [a, b];
}

/** Types at a position, as the browser would have it typed: over `to`, through the editor's own rules. */
export function type({ editor: { view } }: Side, text: string, from: number, to = from): void {
  for (const plugin of view.state.plugins) {
    if (
      plugin.props.handleTextInput?.call(plugin, view, from, to, text, () => view.state.tr.insertText(text, from, to))
    )
      return;
  }
  view.dispatch(view.state.tr.insertText(text, from, to));
}

export const textOf = ({ editor }: Side): string => editor.getText({ blockSeparator: "\n" });

/** Presses a key, as far as the editor's own rules are concerned. Whether one of them knew it. */
export function press({ editor: { view } }: Side, key: string, more: KeyboardEventInit = {}): boolean {
  const event = new KeyboardEvent("keydown", { key, ...more });
  return view.someProp("handleKeyDown", (handle) => handle(view, event)) ?? false;
}

/** Moves a block to another place in one step, as dropping it does. */
export function drag({ editor: { state, view } }: Side, pick: Pick): void {
  const { doc } = state;
  if (doc.childCount < 2) return;
  const which = pick(doc.childCount);
  const block = doc.child(which);
  let from = 0;
  for (let n = 0; n < which; n++) from += doc.child(n).nodeSize;
  const transaction = state.tr.delete(from, from + block.nodeSize);
  let to = 0;
  for (let n = pick(transaction.doc.childCount + 1); n > 0; n--) to += transaction.doc.child(n - 1).nodeSize;
  view.dispatch(transaction.insert(to, block));
}
