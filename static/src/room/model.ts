/** The shapes of the wire, as `docs/protocol.md` names them. Types alone: nothing here runs. */

export type Role = "lead" | "co-lead" | "contributor" | "spectator";
export type Grant = "read" | "write" | "comment" | "play" | "speak" | "record" | "invite" | "moderate";

/** A grant that a member has for a while beside those of the role. */
export interface Loan {
  readonly grant: Grant;
  /** Milliseconds since 1970. */
  readonly until: number;
}

export interface Member {
  readonly id: string;
  readonly name: string;
  /** 1 to 8; the design tokens `--h1` … `--h8` give it its look. */
  readonly hue: number;
  readonly role: Role;
  /** Those of the role and those on loan. */
  readonly grants: readonly Grant[];
  readonly loans: readonly Loan[];
  readonly color: string;
}

/** A member who is here now. */
export interface Present extends Member {
  /** The id of the document they look at. */
  readonly looks: string | null;
  /** Since when their hand is up, in milliseconds since 1970; null while it is down. */
  readonly hand: number | null;
  /** The grant that it asks for. */
  readonly wants: Grant | null;
}

export interface DocumentInfo {
  readonly id: string;
  readonly title: string;
  readonly place: number;
  /** What it is written as. */
  readonly kind: "story" | "song" | "script" | "notes";
}

export interface Settings {
  /** Whether only those with the pen see what is written. */
  readonly closed: boolean;
  /** Whether nobody new comes in. */
  readonly locked: boolean;
  /** Who may say something on the board. */
  readonly talk: "everyone" | "writers";
}

export interface RoomInfo {
  readonly room: string;
  readonly title: string;
  readonly kind: string;
  /** The id of the document made with the room. */
  readonly main: string;
  readonly settings: Settings;
}

export interface Mention {
  readonly member: string;
  readonly name: string;
}

export interface Message {
  readonly id: number;
  readonly member: string;
  readonly name: string;
  readonly hue: number;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Whom the text calls, each by `@` and this name. */
  readonly mentions: readonly Mention[];
  /** When it was last changed; null for never. */
  readonly edited: number | null;
  /** Then its text is gone. */
  readonly deleted: boolean;
  /** The room wrote it: what a sprint was. */
  readonly note: boolean;
}

export interface Messages {
  /** Oldest first. */
  readonly messages: readonly Message[];
  /** Whether there are older ones. */
  readonly more: boolean;
}

export interface OwnMessages extends Messages {
  /** The last message you have read, on any device. */
  readonly read: number | null;
}

/** One thing said in a thread. */
export interface Comment {
  readonly id: number;
  readonly member: string;
  readonly name: string;
  readonly hue: number;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly edited: number | null;
  /** Whom the text calls, each by `@` and this name. */
  readonly mentions: readonly Mention[];
}

/** A conversation about some words of a document. Without a comment left it is gone. */
export interface Thread {
  readonly id: string;
  readonly document: string;
  /** What the words were when it began. */
  readonly quote: string;
  readonly time: number;
  readonly resolved: number | null;
  readonly resolved_by: string | null;
  readonly comments: readonly Comment[];
}

/** Everybody writes for a while, by the server's clock. Times in ms since 1970. */
export interface Sprint {
  /** What to write about; empty for whatever comes. */
  readonly prompt: string;
  readonly start: number;
  readonly end: number;
  /** The id of the member who started it. */
  readonly by: string;
  readonly people: readonly { readonly member: string; readonly name: string }[];
}

/** A member who may be heard now. */
export interface OnStage {
  readonly member: string;
  readonly name: string;
  readonly hue: number;
  /** What names them in each packet of theirs: its CSRC. */
  readonly number: number;
  /** The id of the lead who muted them. */
  readonly muted_by: string | null;
}

export interface Saving {
  readonly ok: boolean;
  readonly sentence?: string;
}

export interface Welcome {
  readonly protocol: number;
  /** The version of `rooms/schema.json` that the server speaks. */
  readonly schema: number;
  readonly version: string;
  readonly you: Member;
  readonly room: RoomInfo;
  readonly documents: readonly DocumentInfo[];
  readonly here: readonly Present[];
  readonly board: OwnMessages;
  readonly saving: Saving;
  readonly sprint: Sprint | null;
  readonly stage: readonly OnStage[];
}

export interface HereChange {
  readonly came: readonly Present[];
  readonly changed: readonly Present[];
  readonly left: readonly string[];
}

export interface RoomChange extends RoomInfo {
  readonly documents: readonly DocumentInfo[];
}

/** Somebody brought back a page as it was at `time`. */
export interface Restored {
  readonly document: string;
  readonly name: string;
  readonly time: number;
}

export interface Bye {
  readonly code: "removed" | "shutting_down" | "full";
  readonly sentence: string;
}

/** What an event of the page is answered with when it is refused. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}
