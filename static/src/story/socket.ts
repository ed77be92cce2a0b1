/**
 * The WebSocket that y-websocket is given: the browser's own, with a ledger that sees what passes.
 *
 * It changes nothing on the way. y-websocket may give up a socket without waiting for its end (its watchdog does), so only the
 * newest socket writes in the ledger, and `close()` counts as the end.
 */

import type { Ledger } from "./ledger";

/** A WebSocket class whose connections are entered in `ledger`; `changed` is called after each entry. */
export function countingSocket(ledger: Ledger, changed: () => void): typeof WebSocket {
  let newest: WebSocket | null = null;

  return class CountingSocket extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      newest = this;
      this.addEventListener("open", () => this.#enter(() => ledger.opened()));
      this.addEventListener("close", () => this.#enter(() => ledger.closed()));
      this.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
        if (data instanceof ArrayBuffer) this.#enter(() => ledger.incoming(new Uint8Array(data)));
      });
    }

    override send(data: string | Blob | BufferSource): void {
      super.send(data);
      if (data instanceof Uint8Array) this.#enter(() => ledger.outgoing(data));
    }

    override close(code?: number, reason?: string): void {
      this.#enter(() => ledger.closed());
      super.close(code, reason);
    }

    #enter(entry: () => void): void {
      if (newest !== this) return;
      entry();
      changed();
    }
  };
}
