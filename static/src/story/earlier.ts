/**
 * What earlier tabs of this browser wrote and never sent: without a network, before they were closed, and now the pen is gone. The copy
 * kept here says how far each of them had been committed. Others never get these words, so they are shown apart.
 */

import * as Y from "yjs";
import type { Copy } from "./copy";
import { ownText } from "./unsent";

/** So many tabs are remembered. */
const MOST = 100;

export class Earlier {
  #isNoted = false;

  constructor(
    readonly doc: Y.Doc,
    readonly copy: Copy,
  ) {
    doc.on("update", this.#wrote);
  }

  close(): void {
    this.doc.off("update", this.#wrote);
  }

  /** All that this tab holds is committed, also of what others wrote. */
  committed(): void {
    if (!this.#isNoted) return;
    const { store } = this.doc;
    void this.copy.noteWritten(
      (written) => new Map([...written].map(([client, clock]) => [client, Math.max(clock, Y.getState(store, client))])),
    );
  }

  /** The text that the server's document lacks of what earlier tabs wrote; null where it lacks nothing. */
  async unsent(served: () => Promise<Uint8Array>): Promise<string | null> {
    const { doc } = this;
    const written = [...(await this.copy.written())].filter(
      ([client, clock]) => client !== doc.clientID && Y.getState(doc.store, client) > clock,
    );
    if (written.length === 0) return null;
    const there = Y.decodeStateVector(Y.encodeStateVectorFromUpdate(await served()));
    const lacking = written
      .map(([client, clock]) => ({ client, since: Math.max(clock, there.get(client) ?? 0) }))
      .filter(({ client, since }) => Y.getState(doc.store, client) > since);
    if (lacking.length === 0) return null;
    return lacking
      .map(({ client, since }) => ownText(doc, since, client))
      .filter(Boolean)
      .join("\n");
  }

  readonly #wrote = (_: Uint8Array, __: unknown, ___: Y.Doc, { local }: Y.Transaction): void => {
    if (!local || this.#isNoted) return;
    this.#isNoted = true;
    const { clientID } = this.doc;
    void this.copy.noteWritten((written) => new Map([...[...written].slice(-MOST), [clientID, 0]]));
  };
}
