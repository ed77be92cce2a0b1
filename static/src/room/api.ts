/** REST under /api: one function per thing the page asks for. Errors are problems (RFC 9457) and come out as StudioError. */

import { toBase64 } from "lib0/buffer";
import type { DocumentInfo, Grant, Member, Message, Messages, Role, RoomInfo, Settings, Sprint, Thread } from "./model";

/** Something went wrong between the studio and a person. `message` is the sentence the person reads. */
export class StudioError extends Error {
  override readonly name = "StudioError";

  constructor(
    /** A stable word: `not_granted`, `unreadable`, …; `unreachable` where no answer came. */
    readonly code: string,
    sentence: string,
  ) {
    super(sentence);
  }
}

/** The sentence of whatever was thrown. Only a StudioError has one for people. */
export function sentenceOf(error: unknown): string {
  return error instanceof StudioError ? error.message : "Something went wrong in this page. Nothing of yours was lost.";
}

interface Call {
  readonly method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  readonly token?: string;
  /** Bytes go as they are, files as what they are, anything else as JSON. */
  readonly body?: object;
}

export async function call(path: string, { method = "GET", token, body }: Call = {}): Promise<Response> {
  const headers = new Headers();
  if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
  if (body !== undefined) {
    headers.set("Content-Type", typeOf(body));
  }
  let response: Response;
  try {
    response = await fetch(`/api${path}`, {
      method,
      headers,
      body: body === undefined ? null : sendable(body),
    });
  } catch {
    throw unreachable();
  }
  if (!response.ok) throw studioError(await response.json().catch(() => null));
  return response;
}

function typeOf(body: object): string {
  if (body instanceof Blob) return body.type;
  return body instanceof Uint8Array ? "application/octet-stream" : "application/json";
}

function sendable(body: object): BodyInit {
  if (body instanceof Blob) return body;
  return body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body);
}

export const unreachable = (): StudioError =>
  new StudioError("unreachable", "The studio can't be reached just now. Try again in a moment.");

/** What the body of a refused request says. */
export function studioError(body: unknown): StudioError {
  if (typeof body === "object" && body !== null && "code" in body && "detail" in body) {
    return new StudioError(String(body.code), String(body.detail));
  }
  return new StudioError("error", "The studio answered in a way this page doesn't understand. Try again in a moment.");
}

export async function json<T>(path: string, options?: Call): Promise<T> {
  return (await (await call(path, options)).json()) as T;
}

export const at = (...parts: readonly string[]): string => parts.map((part) => `/${encodeURIComponent(part)}`).join("");

/** Whoever comes in is handed these. */
export interface Admission {
  readonly room: string;
  readonly title: string;
  readonly token: string;
  readonly member: Member;
}

export interface Invite {
  readonly invite: string;
  readonly url: string;
  readonly id: string;
  readonly role: Role;
  /** When it runs out, in milliseconds since 1970, and how often it can be used; null where there is no end. */
  readonly expires: number | null;
  readonly uses: number | null;
  readonly used: number;
  readonly revoked: boolean;
}

export interface StageState {
  readonly sessions: readonly { readonly id: string; readonly member: string; readonly round_trip_ms: number | null }[];
  readonly ice_servers: readonly RTCIceServer[];
}

export interface Opened extends Admission {
  /** The link for a contributor. */
  readonly invite: string;
  /** The link that lets its opener back in as the room's lead. */
  readonly recovery: string;
}

/** Whoever opens a room leads it. */
export const openRoom = (title: string, name: string): Promise<Opened> =>
  json("/rooms", { method: "POST", body: { title, name } });

/** What the join page shows before a name is given. */
export const lookAtInvite = (
  invite: string,
  token?: string,
): Promise<{
  readonly title: string;
  readonly role: Role;
  /** The room's name, where the token is that of somebody who is a member. */
  readonly room: string | null;
}> => json(`/invite?invite=${encodeURIComponent(invite)}`, token === undefined ? {} : { token });

/** `recovery` is for who comes to lead. */
export const join = (invite: string, name: string): Promise<Admission & { readonly recovery: string | null }> =>
  json("/join", { method: "POST", body: { invite, name } });

/** Lets whoever holds this recovery back in as the member it belongs to. */
export const recover = (recovery: string): Promise<Admission> =>
  json("/recover", { method: "POST", body: { recovery } });

export const renew = (token: string): Promise<{ readonly token: string }> => json("/renew", { method: "POST", token });

/** Changes what is named of a room's title and settings. */
export const changeRoom = (
  token: string,
  room: string,
  changes: Partial<Settings> & { readonly title?: string },
): Promise<RoomInfo> => json(at("rooms", room), { method: "PATCH", token, body: changes });

export const addDocument = (
  token: string,
  room: string,
  title: string,
  kind: DocumentInfo["kind"],
): Promise<DocumentInfo> => json(at("rooms", room, "documents"), { method: "POST", token, body: { title, kind } });

/** What is left out stays. */
export const changeDocument = (
  token: string,
  room: string,
  document: string,
  changes: Partial<Pick<DocumentInfo, "title" | "kind" | "place">>,
): Promise<DocumentInfo> => json(at("rooms", room, "documents", document), { method: "PATCH", token, body: changes });

export const removeDocument = async (token: string, room: string, document: string): Promise<void> => {
  await call(at("rooms", room, "documents", document), { method: "DELETE", token });
};

export const restoreDocument = (token: string, room: string, document: string): Promise<DocumentInfo> =>
  json(at("rooms", room, "documents", document, "restore"), { method: "POST", token });

/** The last one first. */
export const removedDocuments = async (token: string, room: string): Promise<readonly DocumentInfo[]> =>
  (await json<{ documents: readonly DocumentInfo[] }>(`${at("rooms", room, "documents")}?removed=true`, { token }))
    .documents;

/** How a new way in is bounded; what isn't named has no end. */
export interface Bounds {
  readonly role: Role;
  /** In seconds from now. */
  readonly expires_in?: number;
  readonly uses?: number;
}

export const makeInvite = (token: string, room: string, bounds: Bounds): Promise<Invite> =>
  json(at("rooms", room, "invites"), { method: "POST", token, body: bounds });

/** Every way in that was made, with who came by it and is still a member. */
export const waysIn = async (
  token: string,
  room: string,
): Promise<readonly (Invite & { readonly came: readonly Member[] })[]> => {
  const { invites } = await json<{ invites: readonly (Invite & { came: readonly Member[] })[] }>(
    at("rooms", room, "invites"),
    { token },
  );
  return invites;
};

/** Shuts a way in; with `members`, whoever came by it is out too. */
export const revokeInvite = async (token: string, room: string, id: string, members: boolean): Promise<void> => {
  await call(`${at("rooms", room, "invites", id)}${members ? "?members=1" : ""}`, { method: "DELETE", token });
};

export const setRole = (token: string, room: string, member: string, role: Role): Promise<Member> =>
  json(at("rooms", room, "members", member), { method: "PATCH", token, body: { role } });

/** Everybody who belongs to the room, here or not. */
export const members = async (token: string, room: string): Promise<readonly Member[]> =>
  (await json<{ readonly members: readonly Member[] }>(at("rooms", room, "members"), { token })).members;

/** Those who were put out. */
export const membersOut = async (token: string, room: string): Promise<readonly Member[]> =>
  (await json<{ readonly members: readonly Member[] }>(`${at("rooms", room, "members")}?removed=true`, { token }))
    .members;

/** Lets somebody in again who was put out. */
export const letIn = (token: string, room: string, member: string): Promise<Member> =>
  json(at("rooms", room, "members", member, "restore"), { method: "POST", token });

/** Puts a member out for good; with `ban`, the way they came by is shut too. */
export const removeMember = async (token: string, room: string, member: string, ban = false): Promise<void> => {
  await call(`${at("rooms", room, "members", member)}${ban ? "?ban=1" : ""}`, { method: "DELETE", token });
};

/** What a page needs before it makes an offer to the stage. It makes the relay ready. */
export const readStage = (token: string, room: string): Promise<StageState> =>
  json(`/rooms${at(room, "stage")}`, { token });

/** Whether nobody hears a member, until they are let speak again. */
export const mute = async (token: string, room: string, member: string, muted: boolean): Promise<void> => {
  await call(`/rooms${at(room, "members", member, "mute")}`, { method: muted ? "PUT" : "DELETE", token });
};

export const lend = async (
  token: string,
  room: string,
  member: string,
  grant: Grant,
  minutes: number,
): Promise<void> => {
  await call(at("rooms", room, "members", member, "loans", grant), { method: "PUT", token, body: { minutes } });
};

export const takeBack = async (token: string, room: string, member: string, grant: Grant): Promise<void> => {
  await call(at("rooms", room, "members", member, "loans", grant), { method: "DELETE", token });
};

export const startSprint = (
  token: string,
  room: string,
  wanted: { readonly minutes: number; readonly prompt: string; readonly wait: number },
): Promise<{ readonly sprint: Sprint }> => json(at("rooms", room, "sprint"), { method: "POST", token, body: wanted });

export const extendSprint = (token: string, room: string, minutes: number): Promise<{ readonly sprint: Sprint }> =>
  json(at("rooms", room, "sprint"), { method: "PATCH", token, body: { minutes } });

export const stopSprint = async (token: string, room: string): Promise<void> => {
  await call(at("rooms", room, "sprint"), { method: "DELETE", token });
};

export const earlierMessages = (token: string, room: string, before: Message["id"]): Promise<Messages> =>
  json(`${at("rooms", room, "board")}?before=${before}`, { token });

export const threadsOf = async (token: string, room: string, document: string): Promise<readonly Thread[]> =>
  (await json<{ threads: readonly Thread[] }>(at("rooms", room, "documents", document, "threads"), { token })).threads;

export const threadsCalling = async (token: string, room: string): Promise<readonly Thread[]> =>
  (await json<{ threads: readonly Thread[] }>(at("rooms", room, "threads", "calling"), { token })).threads;

export const beginThread = (
  token: string,
  room: string,
  document: string,
  { mark, ...thread }: { id: string; text: string; quote: string; mark: Uint8Array },
): Promise<Thread> =>
  json(at("rooms", room, "documents", document, "threads"), {
    method: "POST",
    token,
    body: { ...thread, mark: toBase64(mark) },
  });

export const replyInThread = (token: string, room: string, thread: string, text: string): Promise<Thread> =>
  json(at("rooms", room, "threads", thread, "comments"), { method: "POST", token, body: { text } });

export const resolveThread = (token: string, room: string, thread: string, resolved: boolean): Promise<Thread> =>
  json(at("rooms", room, "threads", thread), { method: "PATCH", token, body: { resolved } });

export const editComment = (
  token: string,
  room: string,
  thread: string,
  comment: number,
  text: string,
): Promise<Thread> =>
  json(at("rooms", room, "threads", thread, "comments", String(comment)), { method: "PATCH", token, body: { text } });

export const deleteComment = async (token: string, room: string, thread: string, comment: number): Promise<void> => {
  await call(at("rooms", room, "threads", thread, "comments", String(comment)), { method: "DELETE", token });
};

export const documentAsHtml = async (token: string, room: string, document: string): Promise<string> =>
  (await call(`${at("rooms", room, "documents", document)}?format=html`, { token })).text();

/** The document as Yjs has it. */
export const documentAsUpdate = async (token: string, room: string, document: string): Promise<Uint8Array> =>
  new Uint8Array(
    await (await call(`${at("rooms", room, "documents", document)}?format=update`, { token })).arrayBuffer(),
  );

/** The document as a file; `options` say in which format, and what is in it. */
export const takeDocument = (
  token: string,
  room: string,
  document: string,
  options: URLSearchParams,
): Promise<Response> => call(`${at("rooms", room, "documents", document)}?${options}`, { token });

/** The whole room as one file. */
export const takeRoom = (token: string, room: string): Promise<Response> =>
  call(at("rooms", room, "bundle"), { token });

/** Opens a room from a bundle; whoever does leads it. */
export const openBundle = (file: Blob, name: string): Promise<Opened> =>
  json(`/bundles?name=${encodeURIComponent(name)}`, { method: "POST", body: file });

/** What would become of a file, as HTML. */
export const previewFile = async (token: string, room: string, file: Blob): Promise<string> =>
  (await call(at("rooms", room, "preview"), { method: "POST", token, body: file })).text();

/** Replaces what is in a document by what is in a file. */
export const writeDocument = async (token: string, room: string, document: string, file: Blob): Promise<void> => {
  await call(at("rooms", room, "documents", document), { method: "PUT", token, body: file });
};

/** Sends in the copy this browser holds of a document that can't be opened. */
export const sendCopy = (
  token: string,
  room: string,
  document: string,
  update: Uint8Array,
): Promise<{ kept: number }> =>
  json(at("rooms", room, "documents", document, "copies"), { method: "POST", token, body: update });
