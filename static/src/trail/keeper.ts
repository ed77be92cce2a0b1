/**
 * Keeps that nobody's words are lost, or doubled, when several people change one place at once. It hears every update that comes, and
 *
 * - writes words again that went with a line whose mover had not seen them (`orphans.ts`, `home.ts`): at once where they are this
 *   page's own; others' only after a while, where the page that wrote them is gone, and one page after the other;
 * - takes out what stands there twice since two people moved it (`trail.ts`). All pages do that, for deleting twice is deleting once.
 *
 * Should two pages write the same words again, the second rule takes out one of them.
 */

import * as Y from "yjs";
import { aloneOf } from "./alone";
import type { Follow } from "./caret";
import { besides, bringHome, hasPlace, isElsewhere, ownLine } from "./home";
import { isLeaf, type LeafItem } from "./leaves";
import { enter, trim, UNSEEN } from "./ledger";
import { mark, marksGone, type Row, unseenMarks } from "./marked";
import { byLine, type DeleteSet, latecomersIn, type Orphan, orphansOf, read, without } from "./orphans";
import { straysOf } from "./strays";
import { type Id, Trail } from "./trail";

/** Where this page's own words belong may be told a moment later. */
const OWN_MS = 400;
/** Others' words wait for the page that wrote them: shorter where they were on this page, longer while that page is here. */
const HERE_MS = 1_500;
const ELSEWHERE_MS = 4_000;
const PRESENT_MS = 15_000;
/** And for those before this page. */
const TURN_MS = 1_500;
const MOST_ALONE = 100;

/** The origin of its transactions, which no undo takes back. */
export const KEEPER = "keeper";

/** Whether they went to where their line is now, or stand in one of their own since theirs is gone. */
export type BroughtHome = "along" | "alone";

export interface Surroundings {
  /** The clients of the writers who are here. */
  readonly here: () => Iterable<number>;
  /** Whether this page may write. */
  readonly writes: () => boolean;
  /** Told when words of this page were written again. */
  readonly broughtHome?: (how: BroughtHome) => void;
  /** Notes where the cursor is. */
  readonly caret?: () => Follow | null;
  /** Does something later, if it isn't ended before; by the clock where nothing else is said. */
  readonly later?: (ms: number, action: () => void) => () => void;
}

export class Keeper {
  readonly #trail: Trail;
  /** What is to be written again later, by what ends the waiting. */
  readonly #waiting = new Map<() => void, readonly Orphan[]>();
  #named: DeleteSet | null = null;
  #follow: Follow | null = null;
  #isLoading = false;
  #isApplying = false;
  #found: Orphan[] = [];
  #strays: Orphan[] = [];
  #marks: Row[] = [];
  /** What this page wrote in lines of their own since theirs were gone, which may come back. */
  #alone: Orphan[] = [];

  constructor(
    readonly fragment: Y.XmlFragment,
    readonly around: Surroundings,
  ) {
    this.#trail = new Trail(this.#doc);
    this.#doc.on("afterTransaction", this.#look);
  }

  close(): void {
    this.hurry();
    this.#doc.off("afterTransaction", this.#look);
    this.#trail.close();
    for (const end of this.#waiting.keys()) end();
  }

  /** Writes this page's own words again that still wait: with the page they would be gone. */
  hurry(): void {
    const own = this.#doc.clientID;
    for (const [end, orphans] of this.#waiting) {
      const mine = orphans.filter(({ client }) => client === own);
      if (mine.length === 0) continue;
      end();
      this.#waiting.delete(end);
      this.#bringHome(mine);
    }
  }

  /** The server sends all of it, perhaps in several updates: what one deletes another may name. */
  begin(): void {
    this.#isLoading = true;
  }

  /** All of it is there. */
  end(): void {
    this.#isLoading = false;
    this.#settle();
  }

  /** `apply` puts an update in that somebody else wrote. */
  receive(update: Uint8Array, apply: () => void): void {
    const came = read(update, this.#doc);
    this.#named = this.#named === null ? came.named : Y.mergeDeleteSets([this.#named, came.named]);
    this.#follow ??= this.around.caret?.() ?? null;
    this.#isApplying = true;
    try {
      apply();
      this.#found.push(...latecomersIn(came, this.#doc));
    } finally {
      this.#isApplying = false;
      if (!this.#isLoading) this.#settle();
    }
  }

  get #doc(): Y.Doc {
    const { doc } = this.fragment;
    if (doc === null) throw new Error("a page has a document");
    return doc;
  }

  readonly #look = (transaction: Y.Transaction): void => {
    if (!this.#isApplying || transaction.local) return;
    this.#found.push(...orphansOf(transaction));
    this.#strays.push(...straysOf(transaction, this.#trail.fresh));
    this.#marks.push(...marksGone(transaction));
  };

  #settle(): void {
    const named = this.#named;
    const found = this.#found;
    this.#named = null;
    this.#found = [];
    if (named !== null) {
      const orphans = found.flatMap((each) =>
        without(each, (id) => Y.isDeleted(named, Y.createID(id.client, id.clock)) && !this.#trail.wentUnseen(id)),
      );
      this.#tend(orphans);
    }
    this.#fetch();
    this.#rejoin();
    this.#once();
    if (named !== null) this.#mark(named);
    this.#follow?.(this.#trail);
    this.#follow = null;
    if (this.around.writes()) trim(this.#doc, KEEPER);
  }

  #tend(orphans: readonly Orphan[]): void {
    if (orphans.length === 0) return;
    const own = this.#doc.clientID;
    const isOwn = ({ client }: Orphan) => client === own;
    const isCertain = (orphan: Orphan) => isOwn(orphan) && hasPlace(orphan, this.#trail);
    const [now, later] = [orphans.filter(isCertain), orphans.filter((orphan) => !isCertain(orphan))];
    this.#note(later);
    this.#bringHome(now);
    this.#later(OWN_MS, later.filter(isOwn));
    const here = [...new Set([...this.around.here(), own])].sort((a, b) => a - b);
    const turn = here.indexOf(own) * TURN_MS;
    const waits = new Map<number, Orphan[]>();
    for (const orphan of later) {
      if (isOwn(orphan)) continue;
      const first = orphan.wereHere ? HERE_MS : ELSEWHERE_MS;
      const wait = here.includes(orphan.client) ? PRESENT_MS : first;
      waits.set(wait, [...(waits.get(wait) ?? []), orphan]);
    }
    for (const [wait, some] of waits) this.#later(wait + turn, some);
  }

  /** That they went unseen, before this page names them, too: it may be gone before they are written again. */
  #note(orphans: readonly Orphan[]): void {
    if (!this.around.writes()) return;
    const unseen = orphans
      .flatMap(({ pieces }) => pieces)
      .filter((piece) => !this.#trail.wentUnseen(piece))
      .map(({ client, clock, length }) => ({ from: { client, clock, length }, to: UNSEEN }));
    if (unseen.length > 0) this.#doc.transact(() => enter(this.#doc, unseen), KEEPER);
  }

  #later(ms: number, orphans: readonly Orphan[]): void {
    if (orphans.length === 0) return;
    const end = (this.around.later ?? byTheClock)(ms, () => {
      this.#waiting.delete(end);
      this.#bringHome(orphans);
    });
    this.#waiting.set(end, orphans);
  }

  #bringHome(orphans: readonly Orphan[]): void {
    if (orphans.length === 0 || !this.around.writes()) return;
    const lost = orphans.flatMap((orphan) => without(orphan, (id) => this.#trail.now(id) !== null));
    if (lost.length === 0) return;
    const placed = lost.filter((orphan) => hasPlace(orphan, this.#trail));
    const lines = byLine(lost.filter((orphan) => !placed.includes(orphan)));
    this.#doc.transact(() => {
      for (const orphan of placed.toReversed()) bringHome(orphan, this.#trail);
      for (const orphan of lines.toReversed()) ownLine(orphan, this.#trail, this.fragment);
    }, KEEPER);
    const own = ({ client }: Orphan) => client === this.#doc.clientID;
    this.#alone = [...this.#alone, ...lines.filter(own)].slice(-MOST_ALONE);
    if (lost.some(own)) this.around.broughtHome?.(placed.some(own) ? "along" : "alone");
  }

  /** Takes this page's strays to where they belong. */
  #fetch(): void {
    const isHere = (id: Id) => {
      const now = this.#trail.now(id);
      return now?.client === id.client && now.clock === id.clock;
    };
    const strays = this.#strays.splice(0).flatMap((stray) => without(stray, (id) => !isHere(id)));
    if (strays.length === 0 || !this.around.writes()) return;
    const placed = strays.filter(
      (stray) => isElsewhere(stray, this.#trail) && stray.pieces.every((piece) => this.#trail.isLiving(piece)),
    );
    this.#doc.transact(() => {
      for (const stray of placed.toReversed()) {
        for (const piece of stray.pieces) {
          const item: unknown = Y.getItem(this.#doc.store, Y.createID(piece.client, piece.clock));
          const place = isLeaf(item) ? null : besides(piece, false, this.#doc);
          if (isLeaf(item)) takeLeafOut(item);
          place?.text.delete(place.index, piece.length);
        }
        bringHome(stray, this.#trail);
      }
    }, KEEPER);
  }

  /** Takes words that were given a line of their own to what they stood beside, where that is there again. */
  #rejoin(): void {
    if (this.#trail.fresh.length === 0 || !this.around.writes()) return;
    for (const orphan of this.#alone) {
      const alone = aloneOf(orphan, this.#trail);
      if (alone === null) continue;
      this.#alone = this.#alone.filter((one) => one !== orphan);
      this.#doc.transact(() => {
        bringHome(alone, this.#trail);
        const line = Y.getItem(this.#doc.store, Y.createID(alone.line.id.client, alone.line.id.clock)) as Y.Item;
        const element = (line.content as Y.ContentType).type as Y.XmlElement;
        for (const child of element.toArray()) if (child instanceof Y.XmlText) child.delete(0, child.length);
        this.#sweep(element, this.#doc.clientID);
      }, KEEPER);
      this.around.broughtHome?.("along");
    }
  }

  /** Takes out what is there twice. */
  #once(): void {
    const moves = this.#trail.takeFresh();
    if (moves.length === 0 || !this.around.writes()) return;
    const doubles = this.#trail.doubles(moves);
    if (doubles.length === 0) return;
    this.#doc.transact(() => {
      for (const { id, by } of doubles) this.#takeOut(id, by.to.client);
    }, KEEPER);
  }

  /** Puts this page's marks on words that were moved by who hadn't seen them. */
  #mark(named: DeleteSet): void {
    const marks = this.#marks.splice(0).flatMap((row) => unseenMarks(row, named));
    if (marks.length === 0 || !this.around.writes()) return;
    this.#doc.transact(() => {
      for (const each of marks) mark(each, this.#trail);
    }, KEEPER);
  }

  /** `mover` is who put it there; a line that they made for it and that is empty now goes with it. */
  #takeOut(id: Id, mover: number): void {
    if (!this.#trail.isLiving(id)) return;
    const item: unknown = Y.getItem(this.#doc.store, Y.createID(id.client, id.clock));
    let element: unknown;
    if (isLeaf(item)) element = takeLeafOut(item);
    else {
      const place = besides(id, false, this.#doc);
      place?.text.delete(place.index, 1);
      element = place?.text.parent;
    }
    this.#sweep(element, mover);
  }

  /** Takes out a line that is empty, and what is empty by that, as far as somebody made it. */
  #sweep(line: unknown, maker: number): void {
    let element = line;
    while (element instanceof Y.XmlElement && isEmpty(element) && element._item?.id.client === maker) {
      const { parent } = element;
      if (!(parent instanceof Y.XmlElement) && parent !== this.fragment) return;
      const inside = parent as Y.XmlFragment;
      inside.delete(inside.toArray().indexOf(element), 1);
      element = inside;
    }
  }
}

/** Returns what it stood in. */
function takeLeafOut({ parent, content: { type } }: LeafItem): Y.XmlFragment | null {
  if (!(parent instanceof Y.XmlFragment)) return null;
  parent.delete(parent.toArray().indexOf(type), 1);
  return parent;
}

function byTheClock(ms: number, action: () => void): () => void {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
}

function isEmpty(element: Y.XmlElement): boolean {
  return element.toArray().every((child) => child instanceof Y.XmlText && child.length === 0);
}
