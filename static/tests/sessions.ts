/**
 * Seeded sessions of four editors, or of four bare Yjs clients, on one page, for `tests/fuzz/test_lineage.py`: what the server's log would hold of them, and who
 * typed each character. No character is ever typed twice, so the test knows.
 *
 * The editors are the page's own. They type, delete, press Enter and Backspace, set marks, make headings and lists and paste;
 * and in wild sessions drag blocks, undo and redo, and go offline for a while.
 */

import { redoCommand, undoCommand } from "y-prosemirror";
import * as Y from "yjs";
import { dice, docOf, type Pick } from "./chance";
import { drag, type Side, side, type } from "./two";

const EDITORS = 4;
const STEPS = 45;
const FIRST = 0x4e00;

export interface Session {
  /** The updates as a server would log them, in its order. */
  readonly rows: readonly string[];
  /** Character to the CRDT client that typed it. */
  readonly typed: Readonly<Record<string, number>>;
  /** The page's text at the end, a line for each block. */
  readonly text: string;
}

/** Four bare Yjs clients in one text, who write and delete anywhere, also while they are not connected. */
export function plain(seed: number): Session {
  const pick = dice(seed);
  const docs = Array.from({ length: EDITORS }, (_, number) => docOf(seed, number));
  const rows: Uint8Array[] = [];
  const typed: Record<string, number> = {};
  let next = FIRST;
  for (const doc of docs) {
    doc.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin !== "server") rows.push(update);
    });
  }
  const textOf = (doc: Y.Doc) => {
    const fragment = doc.getXmlFragment("default");
    return fragment.length > 0 ? ((fragment.get(0) as Y.XmlElement).get(0) as Y.XmlText) : null;
  };
  const first = docs[0] as Y.Doc;
  first.transact(() => {
    const paragraph = new Y.XmlElement("paragraph");
    first.getXmlFragment("default").insert(0, [paragraph]);
    paragraph.insert(0, [new Y.XmlText()]);
  });
  for (let step = 0; step < STEPS * 3; step++) {
    const doc = docs[pick(EDITORS)] as Y.Doc;
    if (pick(3) === 0) Y.applyUpdate(doc, Y.mergeUpdates(rows), "server");
    const text = textOf(doc);
    if (text === null) continue;
    const at = pick(text.length + 1);
    if (pick(4) === 0 && at < text.length) text.delete(at, Math.min(text.length - at, 1 + pick(4)));
    else {
      const words = Array.from({ length: 1 + pick(5) }, () => String.fromCodePoint(next++)).join("");
      for (const character of words) typed[character] = doc.clientID;
      text.insert(at, words);
    }
  }
  Y.applyUpdate(first, Y.mergeUpdates(rows), "server");
  return { rows: rows.map(encoded), typed, text: textOf(first)?.toString() ?? "" };
}

function encoded(row: Uint8Array): string {
  return Buffer.from(row).toString("base64");
}

/** `wild` ones go offline, undo, redo and drag. */
export function session(seed: number, wild: boolean): Session {
  const pick = dice(seed);
  const sides = Array.from({ length: EDITORS }, (_, number) => side(docOf(seed, number)));
  const rows: Uint8Array[] = [];
  const typed: Record<string, number> = {};
  const waiting = new Map<Side, Uint8Array[]>();
  const unseen = new Map<Side, Uint8Array[]>();
  let next = FIRST;

  for (const each of sides) {
    waiting.set(each, []);
    unseen.set(each, []);
    each.doc.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin !== "server") waiting.get(each)?.push(update);
    });
  }
  const words = (count: number, { doc }: Side): string => {
    let text = "";
    for (let n = 0; n < count; n++) {
      const character = String.fromCodePoint(next++);
      typed[character] = doc.clientID;
      text += character;
    }
    return text;
  };
  /** What this one wrote reaches the server, a row for each step or merged as a pulse is, and everybody else who is online. */
  const deliver = (each: Side, online: readonly Side[]) => {
    const updates = waiting.get(each) ?? [];
    waiting.set(each, []);
    const sent = wild && updates.length > 1 ? [Y.mergeUpdates(updates)] : updates;
    rows.push(...sent);
    for (const other of sides) if (other !== each) unseen.get(other)?.push(...sent);
    for (const other of online) {
      const news = unseen.get(other) ?? [];
      unseen.set(other, []);
      if (news.length > 0) Y.applyUpdate(other.doc, Y.mergeUpdates(news), "server");
    }
  };

  (sides[0] as Side).editor.commands.setContent(
    [5, 9, 1, 12].map((count) => ({
      type: "paragraph",
      content: [{ type: "text", text: words(count, sides[0] as Side) }],
    })),
  );
  deliver(sides[0] as Side, sides);

  const away = new Set<Side>();
  for (let step = 0; step < STEPS; step++) {
    const each = sides[pick(EDITORS)] as Side;
    act(each, pick, words, wild);
    if (wild && pick(12) === 0 && away.size < 2) away.add(each);
    if (away.has(each) && pick(6) > 0) continue;
    away.delete(each);
    if (pick(3) > 0) {
      deliver(
        each,
        sides.filter((other) => !away.has(other)),
      );
    }
  }
  for (let round = 0; round < 2; round++) for (const each of sides) deliver(each, sides);
  const text = sides.map(({ editor }) => editor.getText({ blockSeparator: "\n" }));
  if (new Set(text).size !== 1) throw new Error(`session ${seed}: the editors disagree`);
  for (const { editor } of sides) editor.destroy();
  document.body.replaceChildren();
  return { rows: rows.map(encoded), typed, text: text[0] as string };
}

function act(each: Side, pick: Pick, words: (count: number, by: Side) => string, wild: boolean): void {
  const { editor } = each;
  const size = () => editor.state.doc.content.size;
  const inText = () => {
    for (let tries = 0; tries < 20; tries++) {
      const at = pick(size() + 1);
      if (editor.state.doc.resolve(at).parent.inlineContent) return at;
    }
    return 1;
  };
  const at = inText();
  switch (pick(wild ? 14 : 12)) {
    case 0:
    case 1:
    case 2:
      type(each, words(1 + pick(4), each), at);
      break;
    case 3:
    case 4:
      editor.chain().setTextSelection(at).splitBlock().run();
      break;
    case 5: {
      const start = editor.state.doc.resolve(at).start();
      editor.chain().setTextSelection(start).joinBackward().run();
      break;
    }
    case 6: {
      const to = Math.min(inText(), at + 8);
      if (to > at) editor.chain().setTextSelection({ from: at, to }).deleteSelection().run();
      break;
    }
    case 7: {
      const to = Math.min(editor.state.doc.resolve(at).end(), at + 6);
      if (to > at) editor.chain().setTextSelection({ from: at, to }).toggleBold().run();
      break;
    }
    case 8:
      editor.commands.insertContentAt(at, [
        { type: "paragraph", content: [{ type: "text", text: words(3, each) }] },
        { type: "paragraph", content: [{ type: "text", text: words(2, each) }] },
      ]);
      break;
    case 9:
      editor.chain().setTextSelection(at).toggleHeading({ level: 2 }).run();
      break;
    case 10:
      editor.chain().setTextSelection(at).toggleBulletList().run();
      break;
    case 11: {
      const to = Math.min(editor.state.doc.resolve(at).end(), at + 3);
      type(each, words(2, each), at, to);
      break;
    }
    case 12:
      (pick(2) === 0 ? undoCommand : redoCommand)(editor.state, editor.view.dispatch);
      break;
    default:
      drag(each, pick);
  }
}
