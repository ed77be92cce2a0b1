/** How a document stands between this browser and the server, and the words for it. Pure: one record in, words out. */

export interface Standing {
  /** Whether this member has the pen. */
  readonly write: boolean;
  /** Whether the document has been here once: before that there is nothing to write on. */
  readonly arrived: boolean;
  /** Whether the page was opened without a network, and there has been none since. */
  readonly recalled: boolean;
  /** Whether the server has ended it for good: then what stands in the place of the page says more. */
  readonly ended: boolean;
  readonly open: boolean;
  /** Whether everything this browser holds is committed. */
  readonly settled: boolean;
  /** Whether this browser keeps a copy of its own (IndexedDB). */
  readonly keeps: boolean;
}

export interface Words {
  /** A word for the top bar; empty where there is nothing to say about saving. */
  readonly word: string;
  /** A sentence for the states in which a person should know more. */
  readonly sentence: string | null;
}

export function words({ write, arrived, recalled, ended, open, settled, keeps }: Standing): Words {
  if (ended) return { word: "", sentence: null };
  if (!arrived && recalled) return { word: "Offline", sentence: null };
  if (!arrived) {
    return open ? { word: "Opening…", sentence: null } : { word: "Connecting…", sentence: null };
  }
  if (!open) {
    if (!write)
      return {
        word: "Offline",
        sentence: "Offline: this is the page as you last saw it. It goes on when you're back.",
      };
    return keeps
      ? { word: "Offline", sentence: "Offline: what you write stays here and joins when you're back." }
      : {
          word: "Offline",
          sentence:
            "Offline, and this browser can't keep a copy. Leave this tab open until you're back: your last words are only here.",
        };
  }
  if (!write) return { word: "", sentence: null };
  return settled ? { word: "Saved", sentence: null } : { word: "Saving…", sentence: null };
}

export interface Pen {
  readonly write: boolean;
  readonly arrived: boolean;
  readonly open: boolean;
  /** Whether the server asked on this connection for what this browser holds: it had the pen then. */
  readonly answered: boolean;
  /** Whether the server has dropped something of this connection. */
  readonly refused: boolean;
  /** Whether this tab wrote something that was never committed. */
  readonly wrote: boolean;
}

/**
 * Whether this tab holds changes that won't go out, for it has lost the pen: on this connection, or before it was made. Who never
 * had the pen has lost nothing, even if the editor tidied up something that the server dropped.
 */
export function isStranded({ write, arrived, open, answered, refused, wrote }: Pen): boolean {
  return !write && arrived && open && (answered ? refused : wrote);
}
