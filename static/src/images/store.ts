/**
 * A room's pictures as this page knows them: sent in with their progress, fetched with the token (an address alone opens nothing), and
 * kept as object URLs for as long as something shows them.
 */

import { type StudioError, studioError, unreachable } from "../room/api";

export interface Kept {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

/** What the server takes. */
export const TYPES: readonly string[] = ["image/png", "image/jpeg", "image/webp", "image/gif"];

interface Shown {
  readonly url: Promise<string>;
  users: number;
}

export class Pictures {
  readonly #shown = new Map<string, Shown>();

  /** `token` is asked each time, so that a renewed one counts. */
  constructor(
    readonly room: string,
    readonly token: () => string,
  ) {}

  /** An object URL for an image, which lives until as many `leave` it. Rejects with a StudioError. */
  show(id: string): Promise<string> {
    const known = this.#shown.get(id);
    if (known !== undefined) {
      known.users += 1;
      return known.url;
    }
    const url = this.#fetch(id);
    this.#shown.set(id, { url, users: 1 });
    url.catch(() => this.#shown.delete(id));
    return url;
  }

  leave(id: string): void {
    const shown = this.#shown.get(id);
    if (shown === undefined) return;
    shown.users -= 1;
    if (shown.users > 0) return;
    this.#shown.delete(id);
    shown.url.then(URL.revokeObjectURL, () => {});
  }

  /** Sends a file in; `progress` hears how much of it is there, from 0 to 1. Rejects with a StudioError. */
  add(file: File, progress: (part: number) => void, signal: AbortSignal): Promise<Kept> {
    // Not `fetch`, which says nothing of an upload's progress.
    const request = new XMLHttpRequest();
    const answered = new Promise<Kept>((resolve, reject) => {
      request.open("POST", this.#address());
      request.setRequestHeader("Authorization", `Bearer ${this.token()}`);
      request.setRequestHeader("Content-Type", file.type);
      request.responseType = "json";
      request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
      request.onload = () =>
        request.status === 201 ? resolve(request.response) : reject(studioError(request.response));
      request.onerror = () => reject(unreachable());
      request.onabort = () => reject(signal.reason);
    });
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
    return answered;
  }

  async #fetch(id: string): Promise<string> {
    const answer = await fetch(this.#address(id), { headers: { Authorization: `Bearer ${this.token()}` } }).catch(
      (): StudioError => unreachable(),
    );
    if (answer instanceof Error) throw answer;
    if (!answer.ok) throw studioError(await answer.json().catch(() => null));
    return URL.createObjectURL(await answer.blob());
  }

  #address(...parts: readonly string[]): string {
    return ["/api/rooms", this.room, "images", ...parts]
      .map((part, at) => (at === 0 ? part : encodeURIComponent(part)))
      .join("/");
  }
}
