/** What the page knows of the board: its messages, and how far this member has read them, here or on another device. */

import { batch, computed, signal } from "@preact/signals";
import { earlierMessages } from "../room/api";
import type { Live } from "../room/live";
import type { Message, Messages, OwnMessages } from "../room/model";
import { afterWelcome, changed, emptied, merged, refreshed, unread } from "./messages";

export class Talk {
  readonly messages = signal<Messages>({ messages: [], more: false });
  /** The id of the last message that was read; null before anything is known. */
  readonly read = signal<number | null>(null);
  /** What others have said since. */
  readonly unread = computed(() => unread(this.messages.value.messages, this.read.value, this.#live.you.value?.id));
  /** The same in a few words, for who looks elsewhere; null where there is nothing new. */
  readonly fresh = computed(() => {
    const you = this.#live.you.value?.id;
    const caller = this.unread.value.findLast(({ mentions }) => mentions.some(({ member }) => member === you));
    if (caller !== undefined) return `${caller.name} wrote to you`;
    return this.unread.value.length > 0 ? "Board: new" : null;
  });

  /** Whether this member may say something. */
  readonly open = computed(() => this.#live.write.value || this.#live.room.value?.settings.talk !== "writers");
  readonly #live: Live;

  constructor(live: Live) {
    this.#live = live;
  }

  welcome({ read, ...welcome }: OwnMessages): void {
    const first = this.messages.value.messages.length > 0 ? welcome.messages[0] : undefined;
    batch(() => {
      this.messages.value = afterWelcome(this.messages.value, welcome);
      // Whoever has never read anything here has nothing to catch up with.
      this.#readTo(read ?? this.read.value ?? welcome.messages.at(-1)?.id ?? 0);
    });
    if (first !== undefined) void this.#refresh(first.id);
  }

  add(messages: readonly Message[]): void {
    this.#set(merged(this.messages.value.messages, messages));
  }

  edited(message: Message): void {
    this.#set(changed(this.messages.value.messages, message));
  }

  deleted(id: number): void {
    this.#set(emptied(this.messages.value.messages, id));
  }

  /** Read here or on another device. */
  readTo(message: number): void {
    this.#readTo(message);
  }

  async say(text: string): Promise<void> {
    const { message } = await this.#live.ask("say", { text });
    this.add([message]);
  }

  async edit(id: number, text: string): Promise<void> {
    const { message } = await this.#live.ask("edit", { message: id, text });
    this.edited(message);
  }

  async delete(id: number): Promise<void> {
    await this.#live.ask("delete", { message: id });
    this.deleted(id);
  }

  /** Everything that is known here has been looked at. */
  seen(): void {
    const newest = this.messages.value.messages.at(-1)?.id;
    if (newest === undefined || newest <= (this.read.value ?? 0)) return;
    this.#readTo(newest);
    // Not heard: the next one says as much and more.
    this.#live.ask("seen", { message: newest }).catch(() => {});
  }

  /** Brings the messages before the oldest that is known. */
  async earlier(): Promise<void> {
    const oldest = this.messages.value.messages[0];
    if (oldest === undefined) return;
    const { messages, more } = await earlierMessages(this.#live.token(), this.#live.id, oldest.id);
    this.messages.value = { messages: merged(messages, this.messages.value.messages), more };
  }

  /** What is known from before this message may have been changed or deleted while this page was away: it is asked for again. */
  async #refresh(first: number): Promise<void> {
    let before = first;
    try {
      while ((this.messages.value.messages[0]?.id ?? before) < before) {
        const { messages } = await earlierMessages(this.#live.token(), this.#live.id, before);
        this.#set(refreshed(this.messages.value.messages, messages));
        before = messages[0]?.id ?? 0;
      }
    } catch {
      // Let go rather than shown as it no longer is; it can be asked for again.
      const { messages } = this.messages.value;
      this.messages.value = { messages: messages.filter(({ id }) => id >= before), more: true };
    }
  }

  #readTo(message: number): void {
    this.read.value = Math.max(message, this.read.value ?? 0);
  }

  #set(messages: readonly Message[]): void {
    this.messages.value = { ...this.messages.value, messages };
  }
}
