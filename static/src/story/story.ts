/**
 * One document as this browser has it: the Y.Doc, its copy here, its connection, and what is known about both.
 *
 * Makes no editor. The order is always the same (but see `#recall` for a page that is opened without a network): the copy kept here is read, the server that is there *now* is asked for its
 * schema (`live.look`), and only then does the provider connect, also when it comes back: a server may have been replaced
 * meanwhile, and a page with an older schema would delete what it doesn't know. So y-websocket's own reconnection is switched
 * off and done here.
 */

import { batch, computed, effect, signal } from "@preact/signals";
import type { Editor } from "@tiptap/core";
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { Awareness } from "y-protocols/awareness";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import schema from "../../../rooms/schema.json";
import { Mender } from "../anchors/mender";
import { Conversation } from "../comments/conversation";
import { documentAsUpdate } from "../room/api";
import type { Live } from "../room/live";
import { Suggesting } from "../suggestions/suggesting";
import { Tools } from "../tools/tools";
import { noteCaret } from "../trail/caret";
import { type BroughtHome, Keeper } from "../trail/keeper";
import { keepCopy } from "./copy";
import { Earlier } from "./earlier";
import { Hold } from "./hold";
import { AUTH, Ledger, SAVED, STEP_2, SYNC, UPDATE } from "./ledger";
import { countingSocket } from "./socket";
import { isStranded, words } from "./standing";
import { ownClock, ownText } from "./unsent";

/** Close codes from 4400 to 4499 are final. */
const FINAL = { from: 4400, to: 4499 };

const AWARENESS = 1;
const CURSORS_MS = 80;
const PAUSE_MS = 400;
const COPY_READ_MS = 2_000;
/** y-websocket gives up a connection on which nothing came for 30 s. */
const QUIET_MS = 12_000;
const QUERY_AWARENESS = new Uint8Array([3]);
const RETURN_MS = { first: 250, most: 10_000 };

export class Story {
  readonly doc = new Y.Doc();
  readonly fragment = this.doc.getXmlFragment(schema.fragment);
  readonly awareness = new Awareness(this.doc);

  /** The editor that is bound to it, while one is. */
  readonly editor = signal<Editor | null>(null);
  /** Whether the server has once sent all of it. Before that nothing may be bound: the page would look empty. */
  readonly arrived = signal(false);
  /** The close code with which the server ended it for good. */
  readonly ended = signal<number | null>(null);
  /** What this tab wrote and nobody else will get, since the pen is gone; empty text where it only deleted. */
  readonly unsent = signal<string | null>(null);
  /** Likewise of earlier tabs of this browser. */
  readonly unsentEarlier = signal<string | null>(null);
  /** What became of words of this tab that went with a line somebody else changed: said for a while. */
  readonly broughtHome = signal<BroughtHome | null>(null);
  /** Whether this device can't show it without the server: it was never whole here. */
  readonly absent = signal(false);
  readonly #open = signal(false);
  readonly #settled = signal(false);

  /** Keeps what is said and proposed on its words. */
  readonly mender: Mender;
  /** What the tools over it are doing. */
  readonly tools: Tools;
  /** What is said about it. */
  readonly conversation = new Conversation(this);
  /** What is proposed in it. */
  readonly suggesting = new Suggesting(this);

  readonly words = computed(() =>
    words({
      write: this.live.write.value,
      arrived: this.arrived.value,
      recalled: this.live.recalled.value,
      ended: this.ended.value !== null,
      open: this.#open.value,
      settled: this.#settled.value,
      keeps: this.#copy.keeps.value,
    }),
  );

  /** Whether closing this tab now would lose something. */
  readonly precious = computed(
    () => this.live.write.value && this.arrived.value && !this.#settled.value && !this.#copy.keeps.value,
  );

  readonly #copy;
  readonly #earlier;
  readonly #ledger = new Ledger();
  readonly #hold = new Hold();
  readonly #keeper = new Keeper(this.fragment, {
    here: () => this.awareness.getStates().keys(),
    writes: () => this.live.write.peek(),
    caret: () => {
      const editor = this.editor.peek();
      return editor === null ? null : noteCaret(editor.view);
    },
    broughtHome: (how) => {
      this.broughtHome.value = how;
    },
  });
  readonly #cursors: (() => void)[] = [];
  readonly #provider: WebsocketProvider;
  readonly #end = new AbortController();
  readonly #stopWatching: () => void;
  readonly #ticking: ReturnType<typeof setInterval>;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #committedClock = 0;
  #attempts = 0;

  constructor(
    readonly live: Live,
    readonly id: string,
  ) {
    this.tools = new Tools(live.id, id);
    this.mender = new Mender(
      this.doc,
      () => live.write.peek(),
      () => this.#committedClock,
    );
    this.#copy = keepCopy(live.id, id, this.doc);
    this.#earlier = new Earlier(this.doc, this.#copy);
    this.#provider = new WebsocketProvider(
      `${location.origin.replace(/^http/, "ws")}/yjs`,
      `${live.id}/${id}`,
      this.doc,
      {
        connect: false,
        awareness: this.awareness,
        WebSocketPolyfill: countingSocket(this.#ledger, () => this.#tell()),
        // Tabs of one browser would hand each other words past the server, and *Saved* would no longer be the server's word.
        disableBc: true,
      },
    );
    // Both are the ledger's, which has read them.
    this.#provider.messageHandlers[AUTH] = () => {};
    this.#provider.messageHandlers[SAVED] = () => {};
    this.#letWait();
    this.#provider.on("sync", (synced) => {
      if (!synced) return;
      this.#attempts = 0;
      this.#keeper.end();
      this.arrived.value = true;
      void this.#copy.markWhole();
      void this.#lookForEarlier();
      this.#tell();
    });
    this.#provider.on("connection-close", (event) => this.#closed(event));
    const stopPen = effect(() => this.#pen(live.write.value));
    const stopHold = effect(() => {
      if (this.editor.value !== null) return this.#hold.watch(this.editor.value.view.dom);
      return undefined;
    });
    const hurry = () => this.#keeper.hurry();
    addEventListener("pagehide", hurry);
    this.#stopWatching = () => {
      stopPen();
      stopHold();
      removeEventListener("pagehide", hurry);
    };
    // A writer hears its own cursor again every 15 s. A reader in a quiet room hears nothing, so it asks who is here.
    this.#ticking = setInterval(() => {
      if (this.#ledger.open && !live.write.peek()) this.#provider.ws?.send(QUERY_AWARENESS);
    }, QUIET_MS);
    void this.#begin();
  }

  close(): void {
    this.#end.abort();
    this.#stopWatching();
    clearInterval(this.#ticking);
    clearTimeout(this.#settling);
    this.#keeper.close();
    this.#provider.destroy();
    this.#earlier.close();
    this.#copy.close();
    this.doc.destroy();
  }

  /** What this browser holds of the document, as one update; null where it holds nothing. */
  readonly held = async (): Promise<Uint8Array | null> => {
    await this.#copyRead();
    return Y.encodeStateVector(this.doc).length > 1 ? Y.encodeStateAsUpdate(this.doc) : null;
  };

  /** The text this tab wrote since the last time that everything was committed. */
  uncommittedText(): string {
    return ownText(this.doc, this.#committedClock);
  }

  /** Forgets what this browser holds. The page has to be loaded again afterwards. */
  async forget(): Promise<void> {
    await this.#copy.clear();
  }

  /** Others' changes and cursors are put in when nothing is being composed. What the server asks is answered at once. */
  #letWait(): void {
    const { messageHandlers } = this.#provider;
    for (const type of [SYNC, AWARENESS]) {
      const handle = messageHandlers[type];
      if (handle === undefined) continue;
      messageHandlers[type] = (encoder, decoder, ...more) => {
        const step = type === SYNC ? decoding.peekVarUint(decoder) : null;
        if (step !== null && step !== UPDATE) {
          const answer = () => handle(encoder, decoder, ...more);
          if (step === STEP_2) this.#keeper.receive(updateIn(decoder), answer);
          else answer();
          return;
        }
        // Neither is answered, so its encoder is nobody's.
        const message = decoding.readTailAsUint8Array(decoder);
        const put = () => handle(encoding.createEncoder(), decoding.createDecoder(message), ...more);
        if (type === SYNC) this.#hold.pass(() => this.#keeper.receive(updateIn(decoding.createDecoder(message)), put));
        else this.#gather(put);
      };
    }
  }

  /** Cursors are put in together: each time all of them are drawn, and ten people's come fifty times a second. */
  #gather(put: () => void): void {
    if (this.#cursors.push(put) > 1) return;
    setTimeout(() => {
      const cursors = this.#cursors.splice(0);
      if (this.#end.signal.aborted) return;
      this.#hold.pass(() => {
        for (const each of cursors) each();
      });
    }, CURSORS_MS);
  }

  async #begin(): Promise<void> {
    if (this.live.recalled.peek()) void this.#recall();
    await this.#copyRead();
    await this.#connect();
  }

  /**
   * Nobody answers, and the room is there from memory: so is the page, if this device has once had all of it. The schema of the
   * server that it came from is this page's (`lastWelcome`), so nothing in it is unknown here.
   */
  async #recall(): Promise<void> {
    const whole = await this.#copy.whole();
    const { pendingStructs, pendingDs } = this.doc.store;
    if (this.#end.signal.aborted || !this.live.recalled.peek()) return;
    if (whole && pendingStructs === null && pendingDs === null) this.arrived.value = true;
    else this.absent.value = true;
  }

  /** Who has no pen isn't asked for what this browser holds. */
  async #lookForEarlier(): Promise<void> {
    const { live, id } = this;
    if (live.write.peek()) return;
    try {
      const found = await this.#earlier.unsent(() => documentAsUpdate(live.token(), live.id, id));
      if (!this.#end.signal.aborted && !live.write.peek()) this.unsentEarlier.value = found;
    } catch {
      // It is looked for again with the next connection.
    }
  }

  async #connect(): Promise<void> {
    try {
      await this.live.look(this.id, this.#end.signal);
    } catch {
      return; // closed meanwhile
    }
    if (this.live.stale.value) return;
    this.#keeper.begin();
    this.#provider.params = { token: this.live.token(), saved: "1" };
    this.#provider.connect();
  }

  /** `event` is null where this side gave the connection up. */
  #closed(event: CloseEvent | null): void {
    this.#provider.shouldConnect = false;
    if (event !== null && event.code >= FINAL.from && event.code <= FINAL.to) {
      this.ended.value = event.code;
      return;
    }
    if (this.#end.signal.aborted) return;
    const wait = Math.min(RETURN_MS.first * 2 ** this.#attempts, RETURN_MS.most) * (0.5 + Math.random());
    this.#attempts += 1;
    setTimeout(() => void this.#connect(), wait);
  }

  /** Who only reads has no cursor. A pen that comes back after words were refused needs a new count, so a new connection. */
  #pen(write: boolean): void {
    if (!write) this.awareness.setLocalState(null);
    else if (this.awareness.getLocalState() === null) this.awareness.setLocalState({});
    if (write) this.unsentEarlier.value = null;
    if (write && this.#ledger.refused && this.#ledger.open) this.#provider.disconnect();
    this.#tell();
  }

  /** Says what the ledger knows. */
  #tell(): void {
    const { open, settled, refused, answered } = this.#ledger;
    if (settled) this.#committedClock = ownClock(this.doc);
    const stranded = isStranded({
      write: this.live.write.peek(),
      arrived: this.arrived.peek(),
      open,
      answered,
      refused,
      wrote: ownClock(this.doc) > this.#committedClock,
    });
    batch(() => {
      this.#open.value = open;
      this.#settle(settled);
      this.unsent.value = stranded ? this.uncommittedText() : null;
    });
  }

  /** *Saved* is said when typing pauses: at each key it would flicker, and make the browser paint twice more. */
  #settle(settled: boolean): void {
    if (!settled) {
      clearTimeout(this.#settling);
      this.#settling = undefined;
      this.#settled.value = false;
    } else if (!this.#settled.peek()) {
      this.#settling ??= setTimeout(() => {
        this.#settling = undefined;
        this.#settled.value = this.#ledger.settled;
        if (this.#ledger.settled) this.#earlier.committed();
      }, PAUSE_MS);
    }
  }

  #copyRead(): Promise<void> {
    return Promise.race([this.#copy.read, new Promise<void>((resolve) => setTimeout(resolve, COPY_READ_MS))]);
  }
}

/** The update in a message of a sync step, which is left as it is. */
function updateIn({ arr, pos }: decoding.Decoder): Uint8Array {
  const decoder = decoding.createDecoder(arr);
  decoder.pos = pos;
  decoding.readVarUint(decoder);
  return decoding.readVarUint8Array(decoder);
}
