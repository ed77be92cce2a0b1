/** What the history panel asks of the server. */

import { at, call, json } from "../room/api";
import type { Authors, Difference, Moments, Version } from "./model";

/** A document of a room, for one who may write there. */
export interface Where {
  readonly token: string;
  readonly room: string;
  readonly document: string;
}

const to = ({ room, document }: Where, ...parts: readonly string[]): string =>
  at("rooms", room, "documents", document, ...parts);

export const moments = (where: Where): Promise<Moments> => json(to(where, "history"), { token: where.token });

/** `since` null is the moment before; 0 is the empty page. */
export const difference = (where: Where, seq: number, since: number | null): Promise<Difference> =>
  json(`${to(where, "history", String(seq))}${since === null ? "" : `?since=${since}`}`, { token: where.token });

/** `seq` null is now. */
export const authors = (where: Where, seq: number | null): Promise<Authors> =>
  json(`${to(where, "authors")}${seq === null ? "" : `?at=${seq}`}`, { token: where.token });

export const restore = (where: Where, seq: number): Promise<{ readonly version: Version | null }> =>
  json(to(where, "history", String(seq), "restore"), { method: "POST", token: where.token });

/** `seq` null is now. */
export const name = (where: Where, title: string, seq: number | null): Promise<Version> =>
  json(to(where, "versions"), {
    method: "POST",
    token: where.token,
    body: seq === null ? { title } : { title, at: seq },
  });

export const rename = (where: Where, version: string, title: string): Promise<Version> =>
  json(to(where, "versions", version), { method: "PATCH", token: where.token, body: { title } });

export const forget = async (where: Where, version: string): Promise<void> => {
  await call(to(where, "versions", version), { method: "DELETE", token: where.token });
};
