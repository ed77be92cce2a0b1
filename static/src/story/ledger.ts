/**
 * What one connection has sent and what the server has committed of it. Plain functions over frames: knows no socket.
 *
 * *Saved* is a claim about a disk far away, so it is made from a count and from nothing else: the server says how many of this
 * connection's update messages are committed (message type 8), and the page compares that with how many it sent. A state vector
 * would not do, for it doesn't move when text is deleted. Until the server's SyncStep1 is answered (the answer carries everything
 * that this browser holds and the server doesn't) words written offline may still be waiting, and nothing is called saved.
 */

import * as decoding from "lib0/decoding";

export const SYNC = 0;
/** y-protocols' auth message: "not granted". */
export const AUTH = 2;
/** Ours: how many update messages of this connection are committed, as a varint. */
export const SAVED = 8;

/** Kinds of sync messages that carry content. SyncStep1 (0) only asks. */
export const STEP_2 = 1;
export const UPDATE = 2;

export class Ledger {
  #open = false;
  #answered = false;
  #sent = 0;
  #committed = 0;
  #refused = false;

  /** Whether the connection stands. */
  get open(): boolean {
    return this.#open;
  }

  /** Whether the server dropped something that this connection sent: the pen was not ours. */
  get refused(): boolean {
    return this.#refused;
  }

  /** Whether the server has asked for what this browser holds, and got it. It doesn't ask who only reads. */
  get answered(): boolean {
    return this.#answered;
  }

  /** Whether everything this browser holds is committed. */
  get settled(): boolean {
    return this.#open && this.#answered && !this.#refused && this.#committed === this.#sent;
  }

  /** A new connection: both ends count from nothing. */
  opened(): void {
    this.#open = true;
    this.#answered = false;
    this.#sent = 0;
    this.#committed = 0;
    this.#refused = false;
  }

  /** What was refused stays refused while there is no connection: it comes up again only with the next one. */
  closed(): void {
    this.#open = false;
  }

  outgoing(frame: Uint8Array): void {
    if (frame[0] !== SYNC) return;
    if (frame[1] === STEP_2) this.#answered = true;
    if (frame[1] === STEP_2 || frame[1] === UPDATE) this.#sent += 1;
  }

  incoming(frame: Uint8Array): void {
    if (frame[0] === AUTH) {
      this.#refused = true;
    } else if (frame[0] === SAVED) {
      const decoder = decoding.createDecoder(frame);
      decoding.readVarUint(decoder);
      this.#committed = decoding.readVarUint(decoder);
    }
  }
}
