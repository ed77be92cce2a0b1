/**
 * Seeded sessions of four editors on one page who write, put chords and pictures in, delete, split, join, wrap, change what lines are,
 * drag, undo, go offline and come back, for `tests/fuzz/test_moves.py`. The editors are the page's own, with its keeper. No character,
 * chord or picture is ever there twice, so it is known of each whether it is there, and whether somebody who saw it deleted it.
 *
 * The server is a log of updates, as the real one is: it builds no document. What is sent is on its way for a while.
 */

import type { Node } from "@tiptap/pm/model";
import { redoCommand, undoCommand } from "y-prosemirror";
import * as Y from "yjs";
import { dice, type Pick } from "./chance";
import { drag, press, receive, type Side, side, type } from "./two";

const PEOPLE = 4;
const STEPS = 80;
const ROUNDS = 40;
const FIRST = 0x4e00;

export interface Outcome {
  /** The document as an update, and as the editors have it. */
  readonly update: string;
  readonly text: string;
  /** How many characters were typed, and how many of those nobody deleted. */
  readonly typed: number;
  readonly kept: number;
  /** Characters that nobody deleted and that are gone; that are there twice; that were deleted and are there again. */
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly again: readonly string[];
  readonly faults: readonly string[];
}

/** What all share: the log, and what is done later. */
class Studio {
  readonly rows: Uint8Array[] = [];
  #later: { readonly at: number; readonly action: () => void }[] = [];
  #now = 0;

  readonly later = (ms: number, action: () => void): (() => void) => {
    const one = { at: this.#now + ms, action };
    this.#later.push(one);
    return () => {
      this.#later = this.#later.filter((other) => other !== one);
    };
  };

  pass(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const [next] = this.#later.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#later = this.#later.filter((one) => one !== next);
      this.#now = next.at;
      next.action();
    }
    this.#now = until;
  }
}

class Person {
  page: Side;
  online = true;
  /** How many rows of the log have come. */
  seen = 0;
  readonly sending: Uint8Array[] = [];

  constructor(
    readonly studio: Studio,
    readonly people: readonly Person[],
    client: number,
  ) {
    this.page = this.#open(client);
  }

  #open(client: number): Side {
    const doc = new Y.Doc();
    doc.clientID = client;
    const here = () => this.people.filter(({ online }) => online).map(({ page }) => page.doc.clientID);
    const opened = side(doc, "script", [], { here, later: this.studio.later });
    doc.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin !== "server" && this.online) this.sending.push(update);
    });
    return opened;
  }

  get doc(): Node {
    return this.page.editor.state.doc;
  }

  send(): void {
    const sent = this.sending.splice(0);
    if (this.online && sent.length > 0) this.studio.rows.push(Y.mergeUpdates(sent));
  }

  hear(most = Number.POSITIVE_INFINITY): void {
    if (!this.online) return;
    const news = this.studio.rows.slice(this.seen, this.seen + most);
    this.seen += news.length;
    if (news.length > 0) receive(this.page, Y.mergeUpdates(news), "server");
  }

  leave(): void {
    this.online = false;
    this.sending.length = 0;
  }

  /** As y-websocket does: each is asked for what the other lacks, and all deletions go along. */
  comeBack(): void {
    const { doc } = this.page;
    const all = Y.mergeUpdates(this.studio.rows);
    this.online = true;
    const own = Y.encodeStateAsUpdate(doc, Y.encodeStateVectorFromUpdate(all));
    receive(this.page, Y.diffUpdate(all, Y.encodeStateVector(doc)), "server");
    this.studio.rows.push(own);
    this.seen = this.studio.rows.length;
  }

  /** Closes the page and opens it again from what the browser kept, as another client. */
  reopen(client: number): void {
    const { doc } = this.page;
    close(this.page);
    const kept = Y.encodeStateAsUpdate(doc);
    this.page = this.#open(client);
    Y.applyUpdate(this.page.doc, kept, "server");
  }
}

function close({ editor, keeper }: Side): void {
  keeper.close();
  editor.destroy();
}

export function moves(seed: number): Outcome {
  const pick = dice(seed);
  const studio = new Studio();
  const people: Person[] = [];
  let clients = 0;
  const client = () => 1 + ((seed * 7919 + ++clients * 104_729) % 1_000_003);
  for (let n = 0; n < PEOPLE; n++) people.push(new Person(studio, people, client()));
  const typed = new Set<string>();
  const deleted = new Set<string>();
  let next = FIRST;
  const words = (count: number): string => {
    let text = "";
    for (let n = 0; n < count; n++) {
      const character = String.fromCodePoint(next++);
      typed.add(character);
      text += character;
    }
    return text;
  };
  const syncAll = () => {
    for (const person of people) person.send();
    for (const person of people) person.hear();
  };

  const [first] = people as [Person];
  first.page.editor.commands.setContent(
    [7, 5, 0, 9, 3].map((count) => ({
      type: "paragraph",
      content: count > 0 ? [{ type: "text", text: words(count) }] : [],
    })),
  );
  syncAll();
  for (let step = 0; step < STEPS; step++) {
    const person = people[pick(PEOPLE)] as Person;
    const before = new Set(thingsIn(person.doc));
    const what = act(person, pick, words);
    const now = new Set(thingsIn(person.doc));
    for (const character of before) {
      if (now.has(character) || !typed.has(character)) continue;
      if (what === "move") throw new Error(`session ${seed}: a move loses ${character} by itself`);
      deleted.add(character);
    }
    if (pick(14) === 0) {
      if (person.online) {
        person.leave();
        if (pick(3) === 0) person.reopen(client());
      } else person.comeBack();
    }
    if (pick(2) === 0) person.send();
    if (pick(2) === 0) (people[pick(PEOPLE)] as Person).hear(1 + pick(3));
    if (pick(3) === 0) studio.pass(pick(700));
  }
  for (const person of people) if (!person.online) person.comeBack();
  const faults: string[] = [];
  let rounds = 0;
  for (; rounds < ROUNDS; rounds++) {
    const rows = studio.rows.length;
    syncAll();
    studio.pass(3_000);
    if (studio.rows.length === rows && rounds > 10) break;
  }
  if (rounds === ROUNDS) faults.push("the editors never come to rest");
  const json = people.map(({ page }) => JSON.stringify(page.editor.getJSON(), plainChords));
  if (new Set(json).size !== 1) faults.push("the editors disagree");
  const count = new Map<string, number>();
  for (const character of thingsIn(first.doc)) count.set(character, (count.get(character) ?? 0) + 1);
  const text = first.doc.textBetween(0, first.doc.content.size, "\n", "");
  for (const { page } of people) close(page);
  document.body.replaceChildren();
  return {
    update: Buffer.from(Y.mergeUpdates(studio.rows)).toString("base64"),
    text,
    typed: typed.size,
    kept: typed.size - deleted.size,
    lost: [...typed].filter((character) => !deleted.has(character) && !count.has(character)),
    doubled: [...typed].filter((character) => (count.get(character) ?? 0) > 1),
    again: [...deleted].filter((character) => count.has(character)),
    faults,
  };
}

/** Only words have marks in the document: what the editor that made a chord bold shows of it is nobody else's. */
const plainChords = (_: string, value: unknown): unknown =>
  value instanceof Object && "type" in value && value.type === "chord" ? { ...value, marks: undefined } : value;

/** The characters of a page, its chords and its pictures. */
function thingsIn(doc: Node): string[] {
  const found: string[] = [];
  doc.descendants(({ text, type, attrs }) => {
    if (text !== undefined) found.push(...text);
    else if (type.name === "chord" || type.name === "image") found.push(String(attrs.name ?? attrs.id));
  });
  return found;
}

/** Whether what was done moves words at most, or may delete some. */
function act({ page, doc }: Person, pick: Pick, words: (count: number) => string): "move" | "delete" {
  const { editor } = page;
  const inText = () => {
    for (let tries = 0; tries < 20; tries++) {
      const at = pick(doc.content.size + 1);
      if (doc.resolve(at).parent.inlineContent) return at;
    }
    return doc.content.size - 1;
  };
  const at = inText();
  const some = () => {
    const to = inText();
    return { from: Math.min(at, to), to: Math.max(at, to) };
  };
  const chain = () => editor.chain().setTextSelection(pick(3) > 0 ? at : some());
  switch (pick(27)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
      for (const character of words(1 + pick(4))) type(page, character, editor.state.selection.head);
      return "move";
    case 6:
    case 7:
      type(page, words(1 + pick(3)), at);
      editor.commands.setTextSelection(Math.min(at + 1, editor.state.doc.content.size - 1));
      return "move";
    case 8:
      editor.chain().setTextSelection(at).splitBlock().run();
      return "move";
    case 9:
      editor.chain().setTextSelection(at).splitListItem("listItem").run();
      return "move";
    case 10:
      // What it takes away where a picture is before it.
      editor.chain().setTextSelection(doc.resolve(at).start()).joinBackward().run();
      return "delete";
    case 11:
      chain().toggleHeading({ level: 2 }).run();
      return "move";
    case 12:
      chain().toggleBulletList().run();
      return "move";
    case 13:
      chain().toggleOrderedList().run();
      return "move";
    case 14:
      chain().toggleBlockquote().run();
      return "move";
    case 15: {
      const line = ["dialogue", "sceneHeading", "character", "lyric", "paragraph"][pick(5)] as string;
      chain().setNode(line).run();
      return "move";
    }
    case 16:
      editor.commands.setTextSelection(doc.resolve(at).end());
      press(page, pick(2) === 0 ? "Tab" : "Enter");
      return "move";
    case 17:
      editor.commands.setTextSelection(at);
      if (pick(2) === 0) editor.commands.sinkListItem("listItem");
      else editor.commands.liftListItem("listItem");
      return "move";
    case 18: {
      const to = Math.min(doc.resolve(at).end(), at + 5);
      editor.chain().setTextSelection({ from: at, to }).toggleBold().run();
      return "move";
    }
    case 19:
      editor.commands.insertContentAt(at, [
        { type: "paragraph", content: [{ type: "text", text: words(3) }] },
        { type: "paragraph", content: [{ type: "text", text: words(2) }] },
      ]);
      return "move";
    case 20:
      drag(page, pick);
      return "move";
    case 21: {
      const { from, to } = some();
      editor
        .chain()
        .setTextSelection({ from, to: Math.min(to, from + 6) })
        .deleteSelection()
        .run();
      return "delete";
    }
    case 22: {
      const to = Math.min(doc.resolve(at).end(), at + 2);
      type(page, words(2), at, to);
      return "delete";
    }
    case 23:
    case 24:
      editor.view.dispatch(editor.state.tr.insert(at, editor.schema.node("chord", { name: words(1) })));
      return "move";
    case 25: {
      const picture = editor.schema.node("image", { id: words(1) });
      editor.view.dispatch(editor.state.tr.insert(doc.resolve(at).before(), picture));
      return "move";
    }
    default:
      (pick(3) > 0 ? undoCommand : redoCommand)(editor.state, editor.view.dispatch);
      return "delete";
  }
}
