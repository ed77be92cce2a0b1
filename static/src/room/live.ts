/**
 * The room as it is now: the Socket.IO connection (namespace /room) and what it tells, as signals.
 *
 * `welcome` carries everything a page needs and comes again after each reconnection, so nothing here survives by being careful:
 * it is simply told again. socket.io-client comes back by itself after a broken connection, but not after one that the server
 * closed; where that was only passing (a restart, a full room), this does.
 */

import { batch, computed, effect, signal } from "@preact/signals";
import { io, type Socket } from "socket.io-client";
import schema from "../../../rooms/schema.json";
import { Talk } from "../board/talk";
import { Calls } from "../comments/calls";
import { forgetWelcome, keepWelcome, lastWelcome } from "../offline/welcome";
import { Sprints } from "../sprint/sprints";
import { StudioError } from "./api";
import type {
  Bye,
  DocumentInfo,
  Grant,
  HereChange,
  Member,
  Message,
  OnStage,
  Present,
  Refusal,
  Restored,
  RoomChange,
  RoomInfo,
  Saving,
  Sprint,
  Thread,
  Welcome,
} from "./model";
import { withChange, writes } from "./presence";

interface FromServer {
  welcome(welcome: Welcome): void;
  here(change: HereChange): void;
  you(you: Member): void;
  message(message: Message): void;
  edited(edited: { readonly message: Message }): void;
  deleted(deleted: { readonly id: number }): void;
  read(read: { readonly message: number }): void;
  sprint(change: { readonly sprint: Sprint | null }): void;
  stage(change: { readonly on: readonly OnStage[] }): void;
  room(change: RoomChange): void;
  saving(saving: Saving): void;
  thread(thread: Thread): void;
  restored(restored: Restored): void;
  bye(bye: Bye): void;
}

/** What the page may ask, and what it is answered when it isn't refused. */
interface Asks {
  say: { payload: { readonly text: string }; answer: { readonly message: Message } };
  edit: { payload: { readonly message: number; readonly text: string }; answer: { readonly message: Message } };
  delete: { payload: { readonly message: number }; answer: object };
  seen: { payload: { readonly message: number }; answer: object };
  time: { payload: object; answer: { readonly time: number } };
  join_sprint: { payload: object; answer: { readonly sprint: Sprint } };
  look: { payload: { readonly document: string }; answer: object };
  rename: { payload: { readonly name: string }; answer: { readonly you: Member } };
  raise: { payload: { readonly up: boolean; readonly wants?: Grant }; answer: object };
}

interface FromPage {
  [event: string]: (payload: object, answer: (answer: unknown) => void) => void;
}

/** connecting: not yet welcomed. away: was here, and comes back by itself. ended: for good. */
export type Phase = "connecting" | "here" | "away" | "ended";

/** Why a page can't stay, as far as coming back is pointless. Everything else is passing. */
const FINAL: ReadonlySet<string> = new Set(["removed", "unknown_person", "not_granted", "no_such_room", "not_found"]);

const UNREACHED = {
  code: "unreachable",
  sentence: "The studio can't be reached just now. The room opens as soon as it can.",
};

const ANSWER_MS = 8_000;
const RETURN_MS = 2_000;

export class Live {
  readonly phase = signal<Phase>("connecting");
  readonly you = signal<Member | null>(null);
  readonly room = signal<RoomInfo | null>(null);
  readonly documents = signal<readonly DocumentInfo[]>([]);
  readonly here = signal<readonly Present[]>([]);
  readonly talk = new Talk(this);
  readonly sprints = new Sprints(this);
  /** Who may be heard now, in the order they came. */
  readonly stage = signal<readonly OnStage[]>([]);
  readonly saving = signal<Saving>({ ok: true });
  /** The page that somebody brought back last. */
  readonly restored = signal<Restored | null>(null);
  /** The last thing the server said before it closed or refused the connection. */
  readonly farewell = signal<{ readonly code: string; readonly sentence: string } | null>(null);
  /** Called with every thread that changed, of whatever document. */
  readonly threadTold = new Set<(thread: Thread) => void>();
  /** Whether what is known is what this device remembers: the studio has not been reached since the page was opened. */
  readonly recalled = signal(false);
  readonly calls = new Calls(this);
  readonly #schema = signal<number | null>(null);

  /** Whether this member has the pen. */
  readonly write = computed(() => this.you.value !== null && writes(this.you.value));
  /** Whether the door is closed to this member: then nothing of what is written may be here. */
  readonly shut = computed(() => this.room.value?.settings.closed === true && !this.write.value);
  /** Whether this page speaks another schema than the server: then nothing may be bound to a document. */
  readonly stale = computed(() => this.#schema.value !== null && this.#schema.value !== schema.version);

  readonly #socket: Socket<FromServer, FromPage>;
  #returning: ReturnType<typeof setTimeout> | undefined;
  /** What this page looks at: said again after each welcome. */
  #looks: string | null = null;

  /** `token` is asked at each connection, so that a renewed one counts. */
  constructor(
    readonly id: string,
    readonly token: () => string,
  ) {
    this.#socket = io("/room", {
      auth: (give) => give({ token: token() }),
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnectionDelay: 500,
      reconnectionDelayMax: 3_000,
    });
    this.#listen();
  }

  close(): void {
    clearTimeout(this.#returning);
    this.sprints.dismiss();
    this.#socket.disconnect();
  }

  /**
   * Tells the room which document this page looks at, and resolves when the server has heard it on a connection on which it had
   * said welcome. So it also tells that the server that is there *now* speaks the schema in `stale`: ask before binding.
   */
  async look(document: string, signal: AbortSignal): Promise<void> {
    this.#looks = document;
    while (!signal.aborted) {
      await this.#arrival(signal);
      // Refused is answered too. Not answered: the connection is about to be found broken, and a new one brings a new welcome.
      const heard = await this.ask("look", { document }).then(
        () => true,
        (error: unknown) => !(error instanceof StudioError && error.code === "unanswered"),
      );
      if (heard && this.phase.value === "here") return;
    }
    signal.throwIfAborted();
  }

  async rename(name: string): Promise<void> {
    const { you } = await this.ask("rename", { name });
    this.you.value = you;
  }

  /** Raises this member's hand for what they would like to be given, or takes it down. */
  async raise(wants: Grant | null): Promise<void> {
    await this.ask("raise", wants === null ? { up: false } : { up: true, wants });
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on("welcome", (welcome) => {
      keepWelcome(this.id, welcome);
      this.#begin(welcome, "here");
      void this.calls.bring();
      this.sprints.tell(welcome.sprint, true);
      // Unanswered, it is said again with the next welcome.
      if (this.#looks !== null) this.ask("look", { document: this.#looks }).catch(() => {});
    });
    socket.on("here", (change) => {
      this.here.value = withChange(this.here.value, change);
    });
    socket.on("you", (you) => {
      keepWelcome(this.id, { you });
      this.you.value = you;
    });
    socket.on("message", (message) => this.talk.add([message]));
    socket.on("edited", ({ message }) => this.talk.edited(message));
    socket.on("deleted", ({ id }) => this.talk.deleted(id));
    socket.on("read", ({ message }) => this.talk.readTo(message));
    socket.on("room", ({ documents, ...room }) => {
      keepWelcome(this.id, { room, documents });
      batch(() => {
        this.room.value = room;
        this.documents.value = documents;
      });
    });
    socket.on("sprint", ({ sprint }) => this.sprints.tell(sprint));
    socket.on("stage", ({ on }) => {
      this.stage.value = on;
    });
    socket.on("saving", (saving) => {
      this.saving.value = saving;
    });
    socket.on("thread", (thread) => {
      this.calls.told(thread);
      for (const told of this.threadTold) told(thread);
    });
    socket.on("restored", (restored) => {
      this.restored.value = restored;
    });
    socket.on("bye", ({ code, sentence }) => {
      this.farewell.value = { code, sentence };
    });
    socket.on("disconnect", (reason) => {
      if (reason !== "io client disconnect") this.#away();
    });
    socket.on("connect_error", (error) => {
      const refusal = (error as Error & { data?: Refusal }).data;
      if (refusal !== undefined) this.farewell.value = { code: refusal.code, sentence: refusal.message };
      else if (this.phase.value === "connecting") this.#recall();
      this.#away();
    });
  }

  #begin(welcome: Welcome, phase: Phase): void {
    batch(() => {
      this.#schema.value = welcome.schema;
      this.you.value = welcome.you;
      this.room.value = welcome.room;
      this.documents.value = welcome.documents;
      this.here.value = welcome.here;
      this.talk.welcome(welcome.board);
      this.saving.value = welcome.saving;
      this.stage.value = phase === "here" ? welcome.stage : [];
      this.farewell.value = null;
      this.phase.value = phase;
      this.recalled.value = phase !== "here";
    });
  }

  /** Nobody answers: begins with what this device remembers, if it does. */
  #recall(): void {
    const last = lastWelcome(this.id);
    if (last !== null) this.#begin(last, "away");
    else this.farewell.value = UNREACHED;
  }

  #away(): void {
    const final = this.farewell.value !== null && FINAL.has(this.farewell.value.code);
    if (this.phase.value === "here") this.phase.value = "away";
    if (final) {
      this.phase.value = "ended";
      void forgetWelcome(this.id);
      this.#socket.disconnect();
    } else if (!this.#socket.active) {
      clearTimeout(this.#returning);
      this.#returning = setTimeout(() => this.#socket.connect(), RETURN_MS * (1 + Math.random()));
    }
  }

  /** Resolves when the room is here. */
  #arrival(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = effect(() => {
        if (this.phase.value !== "here") return;
        // Not at once: the effect may run before it has been returned.
        queueMicrotask(() => stop());
        resolve();
      });
      const abort = () => {
        stop();
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
    });
  }

  /** What a page asks of the server, and its answer. Raises StudioError where it is refused or not answered. */
  async ask<Event extends keyof Asks>(event: Event, payload: Asks[Event]["payload"]): Promise<Asks[Event]["answer"]> {
    if (this.phase.value !== "here") throw new StudioError("away", "You are offline. Try again when you're back.");
    let answer: Asks[Event]["answer"] | { readonly error: Refusal };
    try {
      answer = (await this.#socket.timeout(ANSWER_MS).emitWithAck(event, payload)) as typeof answer;
    } catch {
      throw new StudioError("unanswered", "The studio didn't answer. Look whether it arrived, and try again.");
    }
    if ("error" in answer) throw new StudioError(answer.error.code, answer.error.message);
    return answer;
  }
}
