/**
 * Seeded sessions of four editors who write, comment and suggest on one page, for `tests/fuzz/test_reviews.py`. The editors are the
 * page's own, with its filter for proposals. No character is ever typed twice, so that it is known of each who wrote it, and how.
 *
 * Those who are apart go offline for a while, undo, redo and drag.
 */

import type { Extensions, JSONContent } from "@tiptap/core";
import type { Node } from "@tiptap/pm/model";
import { redoCommand, undoCommand, yUndoPluginKey } from "y-prosemirror";
import * as Y from "yjs";
import { Mender } from "../src/anchors/mender";
import { highlight } from "../src/comments/highlight";
import { markUpdate } from "../src/comments/mark";
import { placesOf } from "../src/comments/places";
import { decide, withoutSuggestions } from "../src/suggestions/decide";
import { piecesOf } from "../src/suggestions/pieces";
import { DECIDED, proposing } from "../src/suggestions/proposing";
import { dice, docOf, type Pick } from "./chance";
import { receive, type Side, side, type } from "./two";

const EDITORS = 4;
const STEPS = 70;
const ROUNDS = 20;
const FIRST = 0x4e00;

/** What is told of a session: the document as an update, and as the editors have it. */
export interface Review {
  readonly update: string;
  readonly json: unknown;
  /** The text without any suggestion, and with all of them accepted, a line for each block. */
  readonly plain: string;
  readonly accepted: string;
  readonly faults: readonly string[];
  /** Letters of threads, after sessions apart: those that lie under a thread which wasn't put on them, and those that lost theirs. */
  readonly astray: readonly string[];
  readonly lost: readonly string[];
  /** How many threads were begun, and how many have words at the end; how many pieces are still proposed. */
  readonly threads: readonly [number, number];
  readonly pieces: number;
}

/** Merges and keeps what it is given, as the server does: it builds no document, and forgets nothing that was deleted. */
class Server {
  all: Uint8Array = Y.encodeStateAsUpdate(new Y.Doc());

  get vector(): Uint8Array {
    return Y.encodeStateVectorFromUpdate(this.all);
  }

  /** Whether there was anything new in it. */
  take(update: Uint8Array): boolean {
    const before = this.all;
    this.all = Y.mergeUpdates([before, update]);
    return before.length !== this.all.length || before.some((byte, at) => byte !== this.all[at]);
  }

  since(vector: Uint8Array): Uint8Array {
    return Y.diffUpdate(this.all, vector);
  }

  clockOf(client: number): number {
    return Y.decodeStateVector(this.vector).get(client) ?? 0;
  }
}

class Person {
  readonly id: string;
  readonly page: Side;
  readonly mender: Mender;
  suggests = false;
  away = false;
  /** How much had happened when it last exchanged what is new. */
  seen = -1;
  /** Up to which clock of its own the server has what it wrote. */
  known = 0;
  readonly highlight = highlight(
    { counts: () => true, active: () => null, draft: () => null },
    () => {},
    () => {},
  );

  constructor(seed: number, number: number) {
    this.id = `member${number}`;
    let drawn = 0;
    const doc = docOf(seed, number);
    this.mender = new Mender(
      doc,
      () => true,
      () => this.known,
    );
    const extensions: Extensions = [
      proposing(
        () => (this.suggests ? this.id : null),
        () => `${number}.${++drawn}`,
      ),
    ];
    this.page = side(doc, "story", extensions);
  }

  get doc(): Node {
    return this.page.editor.state.doc;
  }

  /** What comes next is another step to undo, as it is for people, who take more than half a second for it. */
  pause(): void {
    yUndoPluginKey.getState(this.page.editor.state)?.undoManager.stopCapturing();
  }
}

export function review(seed: number, apart: boolean): Review {
  const pick = dice(seed);
  const people = Array.from({ length: EDITORS }, (_, number) => new Person(seed, number));
  const server = new Server();
  const faults: string[] = [];
  const astray: string[] = [];
  const lost: string[] = [];
  /** Who typed a character, and whether as a proposal; those that were copied are nobody's. */
  const typed = new Map<string, { readonly by: string; readonly proposed: boolean }>();
  const copied = new Set<string>();
  /** For each thread: the words it was put on, and those that its author could see and left out. */
  const anchored = new Map<string, { readonly on: Set<string>; readonly off: Set<string> }>();
  let next = FIRST;

  const words = (count: number, by: Person): string => {
    let text = "";
    for (let n = 0; n < count; n++) {
      const character = String.fromCodePoint(next++);
      typed.set(character, { by: by.id, proposed: by.suggests });
      text += character;
    }
    return text;
  };
  /** How often anything was written anywhere: who has seen all of it needs no exchange. */
  let news = 0;
  const hear = (doc: Y.Doc) =>
    doc.on("update", (_: Uint8Array, origin: unknown) => {
      if (origin !== "server") news++;
    });
  for (const { page } of people) hear(page.doc);
  const knowsAll = (person: Person) => person.away || person.seen === news;
  const sync = (person: Person) => {
    if (knowsAll(person)) return;
    const { doc } = person.page;
    person.mender.mend();
    if (server.take(Y.encodeStateAsUpdate(doc, server.vector))) news++;
    person.seen = news;
    receive(person.page, server.since(Y.encodeStateVector(doc)), "server");
    person.known = server.clockOf(doc.clientID);
  };
  /** Until nobody has anything to say: an editor that gets two texts side by side makes them one, and that is news again. */
  const syncAll = () => {
    for (let round = 0; round < ROUNDS; round++) {
      if (people.every(knowsAll)) return;
      for (const person of people) sync(person);
    }
    faults.push("the editors never come to rest");
  };
  const comment = (person: Person, from: number, to: number) => {
    const thread = `thread${anchored.size}`;
    const update = markUpdate(person.page.doc, person.page.editor.schema, { from, to }, thread);
    if (update === null || person.away) return;
    const on = new Set(person.doc.textBetween(from, to, "", ""));
    anchored.set(thread, { on, off: new Set([...person.doc.textContent].filter((character) => !on.has(character))) });
    // The server takes a mark on words that it has: a page asks again until they have come.
    if (server.take(Y.encodeStateAsUpdate(person.page.doc, server.vector))) news++;
    person.mender.made(update);
    if (server.take(update)) news++;
  };

  const [first] = people as [Person];
  first.page.editor.commands.setContent(
    [12, 7, 20, 3].map((count) => ({ type: "paragraph", content: [{ type: "text", text: words(count, first) }] })),
  );
  syncAll();
  first.pause();
  for (let step = 0; step < STEPS; step++) {
    const person = people[pick(EDITORS)] as Person;
    if (apart && pick(15) === 0) person.away = !person.away;
    if (pick(6) === 0) person.suggests = !person.suggests;
    act(person, pick, words, comment, copied, apart);
    person.pause();
    if (!apart) syncAll();
    else if (pick(2) === 0) sync(person);
  }
  for (const person of people) person.away = false;
  syncAll();

  const json = people.map(({ page }) => JSON.stringify(plainly(page.editor.getJSON())));
  if (new Set(json).size !== 1) faults.push("the editors disagree");
  const { doc } = first;
  const places = placesOf(doc);
  doc.descendants((node) => {
    for (const { type: kind, attrs } of node.marks) {
      if (kind.name === "insertion" || kind.name === "deletion") {
        if (attrs.id === null || attrs.member === null) faults.push(`half a suggestion on ${node.text}`);
      }
      if (kind.name !== "insertion") continue;
      for (const character of node.text ?? "") {
        const how = typed.get(character);
        if (how !== undefined && !copied.has(character) && !(how.proposed && how.by === attrs.member))
          faults.push(`${character} is proposed by ${attrs.member}, who didn't`);
      }
    }
  });
  const count = new Map<string, number>();
  for (const character of doc.textContent) count.set(character, (count.get(character) ?? 0) + 1);
  for (const [thread, { on, off }] of anchored) {
    const now = new Set((places.get(thread) ?? []).flatMap(({ from, to }) => [...doc.textBetween(from, to, "", "")]));
    for (const character of now)
      if (off.has(character) && !copied.has(character))
        (apart ? astray : faults).push(`${thread} lies on ${character}, where it was not put`);
    for (const character of on) {
      if (count.has(character) && !copied.has(character) && !now.has(character))
        (apart ? lost : faults).push(`${thread} has lost ${character}, which is still there`);
    }
  }
  const lines = (node: Node) => node.textBetween(0, node.content.size, "\n", "");
  const accepted = first.page.editor.state.tr;
  decide(accepted, true, () => true);
  const plain = withoutSuggestions(doc);
  for (const each of [accepted.doc, plain]) {
    if (piecesOf(each).length > 0) faults.push("something is undecided when all is decided");
    each.check();
  }
  for (const character of doc.textContent) {
    const how = typed.get(character);
    if (how?.proposed === false && !copied.has(character) && !plain.textContent.includes(character))
      faults.push(`${character} was written plainly, and goes when all is rejected`);
  }
  // Deciding in the editor reaches the others, too.
  const before = lines(accepted.doc);
  first.page.editor.view.dispatch(accepted.setMeta(DECIDED, true));
  const update = Buffer.from(server.all).toString("base64");
  syncAll();
  if (people.some(({ doc: theirs }) => lines(theirs) !== before))
    faults.push("what was accepted is not what others have");
  for (const { page } of people) page.editor.destroy();
  document.body.replaceChildren();
  return {
    update,
    json: JSON.parse(json[0] ?? "null"),
    plain: lines(plain),
    accepted: before,
    faults,
    astray,
    lost,
    threads: [anchored.size, [...anchored.keys()].filter((thread) => places.has(thread)).length],
    pieces: piecesOf(doc).length,
  };
}

/** With marks in one order, whatever came first, and no text parted that is marked alike. */
function plainly({ content, marks, ...node }: JSONContent): JSONContent {
  const inside: JSONContent[] = [];
  for (const child of (content ?? []).map(plainly)) {
    const before = inside.at(-1);
    if (before?.text !== undefined && child.text !== undefined && sameMarks(before, child))
      inside[inside.length - 1] = { ...before, text: before.text + child.text };
    else inside.push(child);
  }
  const sorted = marks?.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return { ...node, ...(content && { content: inside }), ...(sorted && { marks: sorted }) };
}

const sameMarks = (a: JSONContent, b: JSONContent): boolean => JSON.stringify(a.marks) === JSON.stringify(b.marks);

function act(
  person: Person,
  pick: Pick,
  words: (count: number, by: Person) => string,
  comment: (person: Person, from: number, to: number) => void,
  copied: Set<string>,
  apart: boolean,
): void {
  const { page, doc } = person;
  const { editor } = page;
  const inText = () => {
    for (let tries = 0; tries < 20; tries++) {
      const at = pick(doc.content.size + 1);
      if (doc.resolve(at).parent.inlineContent) return at;
    }
    return 1;
  };
  const at = inText();
  const near = (most: number) => Math.min(doc.resolve(at).end(), at + 1 + pick(most));
  const far = Math.max(at, Math.min(inText(), at + 15));
  switch (pick(apart ? 17 : 15)) {
    case 0:
    case 1:
    case 2:
      for (const character of words(1 + pick(4), person)) {
        const { head } = editor.state.selection;
        type(page, character, pick(4) === 0 ? at : head);
      }
      break;
    case 3:
      editor.chain().setTextSelection(at).splitBlock().run();
      break;
    case 4:
      editor.chain().setTextSelection(doc.resolve(at).start()).joinBackward().run();
      break;
    case 5:
    case 6:
      if (far > at) editor.chain().setTextSelection({ from: at, to: far }).deleteSelection().run();
      break;
    case 7: {
      const to = near(4);
      if (to > at) type(page, words(2, person), at, to);
      break;
    }
    case 8: {
      const to = near(6);
      if (to > at) editor.chain().setTextSelection({ from: at, to }).toggleBold().run();
      break;
    }
    case 9: {
      const from = inText();
      const slice = doc.slice(from, Math.min(doc.resolve(from).end(), from + 4));
      for (const character of slice.content.textBetween(0, slice.content.size, "", "")) copied.add(character);
      const { highlight: plugin } = person;
      const pasted = plugin.props.transformPasted?.call(plugin, slice, editor.view, false) ?? slice;
      editor.view.dispatch(editor.state.tr.replace(at, at, pasted).setMeta("paste", true));
      break;
    }
    case 10:
    case 11:
      if (far > at) comment(person, at, far);
      break;
    case 12:
    case 13: {
      const pieces = piecesOf(doc);
      const piece = pieces[pick(Math.max(1, pieces.length))];
      if (piece === undefined) break;
      const { tr } = editor.state;
      const all = pick(6) === 0;
      decide(tr, pick(2) === 0, ({ id, member }) => all || (id === piece.id && member === piece.member));
      if (tr.docChanged) editor.view.dispatch(tr.setMeta(DECIDED, true));
      break;
    }
    case 14:
      editor.commands.setTextSelection(at);
      break;
    case 15:
      (pick(3) > 0 ? undoCommand : redoCommand)(editor.state, editor.view.dispatch);
      break;
    default:
      editor.chain().setTextSelection(at).toggleHeading({ level: 2 }).run();
  }
}
