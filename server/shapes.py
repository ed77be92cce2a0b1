"""What goes over the wire as JSON: one struct for each shape in `docs/protocol.md`, and how a record of the studio becomes one.

REST, the OpenAPI document and the live channel use the same structs. Texts that people write are cleaned here: characters that
can't be seen are dropped, since they only serve to look like somebody else.
"""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta, Struct, field

from rooms import model
from rooms.awareness import COLORS
from rooms.errors import BadRequestError
from rooms.events import Present as PresentRecord
from rooms.model import Grant, PageKind, Role, Talk

AFTER_ALL = 2**53
"""No message has this id, and none a larger one."""
LIMIT_KEY = "x-limit"
"""Marks the texts whose length is a setting: `server/api/openapi.py` puts the number in its place."""

# Control characters, soft hyphens, direction marks and overrides, what has no width. Joiners stay: emoji and scripts need them.
_HIDDEN = r"\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
_VISIBLE = rf"[^\s\u200c\u200d{_HIDDEN}]"
_KEPT = "\u200c\u200d\n\t"
_HIDDEN_IN_LINE = re.compile(rf"[{_HIDDEN}]+")
_HIDDEN_IN_TEXT = re.compile(rf"(?![\n\t])[{_HIDDEN}]")

Name = Annotated[str, Meta(pattern=_VISIBLE, extra_json_schema={LIMIT_KEY: "name_chars"})]
Title = Annotated[str, Meta(pattern=_VISIBLE, extra_json_schema={LIMIT_KEY: "title_chars"})]
Text = Annotated[str, Meta(pattern=_VISIBLE, extra_json_schema={LIMIT_KEY: "board_message_chars"})]
CommentText = Annotated[str, Meta(pattern=_VISIBLE, extra_json_schema={LIMIT_KEY: "comment_chars"})]
Kind = Annotated[str, Meta(pattern=r"^[a-z]{1,32}$(?!\n)", description="What the room is for.")]
MessageId = Annotated[int, Meta(ge=1, le=AFTER_ALL)]
Minutes = Annotated[int, Meta(ge=1, le=24 * 60)]
Milliseconds = Annotated[int, Meta(description="Milliseconds since 1970.")]


# What the studio answers


class Loan(Struct, frozen=True):
    grant: Grant
    until: Milliseconds


class Member(Struct, frozen=True):
    id: str
    name: str
    hue: Annotated[int, Meta(ge=1, le=model.HUES)]
    role: Role
    grants: Annotated[list[Grant], Meta(description="What they may do now: by their role, and what is lent to them.")]
    color: str
    loans: list[Loan]


class Present(Member, frozen=True):
    looks: str | None
    hand: Annotated[int | None, Meta(description="Since when their hand is up, in milliseconds since 1970.")]


class Document(Struct, frozen=True):
    id: str
    title: str
    place: int
    kind: PageKind


class Mention(Struct, frozen=True):
    member: str
    name: Annotated[str, Meta(description="What the text calls this member, after the sign @.")]


class Message(Struct, frozen=True):
    id: int
    member: str
    name: str
    hue: int
    text: str
    time: Milliseconds
    mentions: list[Mention]
    edited: Annotated[Milliseconds | None, Meta(description="When it was last changed.")]
    deleted: Annotated[bool, Meta(description="Whether its text is gone.")]
    note: Annotated[bool, Meta(description="Whether the room wrote it: what a sprint was.")]


class Edited(Struct, frozen=True):
    message: Message


class Deleted(Struct, frozen=True):
    id: int


class Read(Struct, frozen=True):
    message: Annotated[int, Meta(description="The last message you have read.")]


class SprintMember(Struct, frozen=True):
    member: str
    name: str


class Sprint(Struct, frozen=True):
    prompt: str
    start: Milliseconds
    end: Milliseconds
    by: Annotated[str, Meta(description="The id of the member who started it.")]
    people: Annotated[list[SprintMember], Meta(description="Who is in it.")]


class Sprinting(Struct, frozen=True):
    sprint: Sprint | None


class Comment(Struct, frozen=True):
    id: int
    member: str
    name: str
    hue: int
    text: str
    time: Milliseconds
    edited: Milliseconds | None


class Thread(Struct, frozen=True):
    id: str
    document: str
    quote: str
    time: Milliseconds
    resolved: Milliseconds | None
    resolved_by: Annotated[str | None, Meta(description="The id of who resolved it.")]
    comments: list[Comment]


class Threads(Struct, frozen=True):
    threads: list[Thread]


class Invite(Struct, frozen=True):
    invite: str
    url: str
    id: str
    role: Role
    expires: Milliseconds | None
    uses: int | None
    used: int
    revoked: bool
    came: Annotated[list[Member], Meta(description="Who came by it and is still a member.")]


class Settings(Struct, frozen=True):
    closed: Annotated[bool, Meta(description="The draft is hidden from everyone who may not write.")]
    locked: Annotated[bool, Meta(description="Nobody new comes in.")]
    talk: Annotated[Talk, Meta(description="Who may write on the board.")]


class Room(Struct, frozen=True):
    room: str
    title: str
    kind: str
    main: str
    documents: list[Document]
    settings: Settings


class RoomAndPeople(Room, frozen=True):
    here: list[Present]
    you: Member


class ListedRoom(Struct, frozen=True):
    room: str
    title: str
    kind: str
    created: Milliseconds
    here: Annotated[int, Meta(description="How many people are in it now.")]


class Rooms(Struct, frozen=True):
    rooms: list[ListedRoom]


class Opened(Struct, frozen=True):
    room: str
    title: str
    invite: str
    token: str
    member: Member
    recovery: Annotated[str, Meta(description="A link that lets this member in again. Shown this once.")]


class Documents(Struct, frozen=True):
    documents: list[Document]


class Members(Struct, frozen=True):
    members: list[Member]


class Invites(Struct, frozen=True):
    invites: list[Invite]


class Invitation(Struct, frozen=True):
    title: str
    role: Role
    room: Annotated[str | None, Meta(description="The room, for whoever is a member of it already.")] = None


class Joined(Struct, frozen=True):
    token: str
    member: Member
    room: str
    title: str
    recovery: Annotated[str | None, Meta(description="For who comes to lead: a link that lets them in again.")] = None


class Token(Struct, frozen=True):
    token: str


class Written(Struct, frozen=True):
    document: Document


class Kept(Struct, frozen=True):
    kept: int


class Image(Struct, frozen=True):
    id: str
    media_type: str
    width: int
    height: int
    bytes: int


class Board(Struct, frozen=True):
    messages: list[Message]
    more: bool


class OwnBoard(Board, frozen=True):
    read: Annotated[int | None, Meta(description="The last message you have read, on any device.")]


class Saving(Struct, frozen=True, omit_defaults=True):
    ok: bool
    sentence: str | None = None


class Bye(Struct, frozen=True):
    code: str
    sentence: str


class Restored(Struct, frozen=True):
    """Somebody brought back a document as it was at `time`."""

    document: str
    name: str
    time: Milliseconds


class RoomFacts(Struct, frozen=True):
    room: str
    title: str
    kind: str
    main: str
    settings: Settings


class Welcome(Struct, frozen=True):
    protocol: int
    schema: int
    version: str
    you: Member
    room: RoomFacts
    documents: list[Document]
    here: list[Present]
    board: OwnBoard
    saving: Saving
    sprint: Sprint | None


class Here(Struct, frozen=True):
    came: list[Present]
    changed: list[Present]
    left: list[str]


class Problem(Struct, frozen=True):
    """RFC 9457."""

    type: str
    title: str
    status: int
    code: str
    detail: str


# What people and programs ask for


class Nothing(Struct, frozen=True):
    pass


class OpenRoom(Struct, frozen=True):
    title: Title
    name: Name = "Lead"
    kind: Kind = "story"


class Retitle(Struct, frozen=True):
    title: Title


class ChangeRoom(Struct, frozen=True):
    title: Title | None = None
    closed: bool | None = None
    locked: bool | None = None
    talk: Talk | None = None


class AddDocument(Struct, frozen=True):
    title: Title
    kind: PageKind = PageKind.STORY


class ListDocuments(Struct, frozen=True):
    removed: Annotated[bool, Meta(description="Those that were removed instead of those that are there.")] = False


class ChangeDocument(Struct, frozen=True):
    """What is left out stays."""

    title: Title | None = None
    kind: PageKind | None = None
    place: Annotated[int, Meta(ge=0, le=AFTER_ALL, description="Where in the list, from 0.")] | None = None


class SetRole(Struct, frozen=True):
    role: Role


class Remove(Struct, frozen=True):
    ban: Annotated[bool, Meta(description="Whether the invite they came by is revoked, too.")] = False


class Lend(Struct, frozen=True):
    minutes: Minutes


class MakeInvite(Struct, frozen=True):
    role: Role
    expires_in: Annotated[int, Meta(ge=1, le=100 * 365 * 86_400, description="Seconds from now.")] | None = None
    uses: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None


class Revoke(Struct, frozen=True):
    members: Annotated[bool, Meta(description="Whether who came by it is removed, too.")] = False


class AskInvite(Struct, frozen=True):
    invite: str


class Join(Struct, frozen=True):
    invite: str
    name: Name


class Recover(Struct, frozen=True):
    recovery: str


class ReadBoard(Struct, frozen=True):
    before: Annotated[int, Meta(ge=1, le=AFTER_ALL, description="Only messages with a smaller id.")] = AFTER_ALL
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class Say(Struct, frozen=True):
    text: Text


class EditMessage(Struct, frozen=True):
    message: MessageId
    text: Text


class DeleteMessage(Struct, frozen=True):
    message: MessageId


class Seen(Struct, frozen=True):
    message: MessageId


class StartSprint(Struct, frozen=True):
    minutes: Minutes
    prompt: Annotated[str, Meta(extra_json_schema={LIMIT_KEY: "title_chars"})] = ""
    wait: Annotated[int, Meta(ge=0, le=3600, description="Seconds until it begins.")] = 0


class ExtendSprint(Struct, frozen=True):
    minutes: Minutes


class Look(Struct, frozen=True):
    document: str | None


class Raise(Struct, frozen=True):
    up: bool
    member: str | None = None


class Rename(Struct, frozen=True):
    name: Name


class Knock(Struct, frozen=True):
    """What a page says when it connects."""

    token: str
    room: str | None = field(default=None)


# From records to shapes


def member(record: model.Member) -> Member:
    loans = [Loan(loan.grant, loan.until_ms) for loan in record.loans]
    return Member(record.id, record.name, record.hue, record.role, sorted(record.allowed), COLORS[record.hue - 1], loans)


def present(record: PresentRecord) -> Present:
    who = member(record.member)
    looks, hand = record.looks, record.hand_ms
    return Present(who.id, who.name, who.hue, who.role, who.grants, who.color, who.loans, looks, hand)


def document(record: model.Page) -> Document:
    return Document(record.id, record.title, record.place, record.kind)


def documents(record: model.RoomRecord) -> list[Document]:
    return [document(page) for page in record.pages]


def message(record: model.Message) -> Message:
    return Message(
        id=record.id,
        member=record.member,
        name=record.name,
        hue=record.hue,
        text=record.text,
        time=record.time_ms,
        mentions=[Mention(mention.member, mention.name) for mention in record.mentions],
        edited=record.edited_ms,
        deleted=record.deleted_ms is not None,
        note=record.note,
    )


def sprint(record: model.Sprint | None) -> Sprint | None:
    if record is None:
        return None
    people = [SprintMember(member, name) for member, name in record.people]
    return Sprint(record.prompt, record.start_ms, record.end_ms, record.by, people)


def image(record: model.Image) -> Image:
    return Image(record.id, record.media_type, record.width, record.height, record.bytes)


def thread(record: model.Thread) -> Thread:
    said = [Comment(c.id, c.member, c.name, c.hue, c.text, c.time_ms, c.edited_ms) for c in record.comments]
    return Thread(record.id, record.document, record.quote, record.time_ms, record.resolved_ms, record.resolved_by, said)


def room(record: model.RoomRecord) -> Room:
    return Room(record.id, record.title, record.kind, record.main, documents(record), settings(record))


def settings(record: model.RoomRecord) -> Settings:
    return Settings(record.settings.closed, record.settings.locked, record.settings.talk)


def saving(sentence: str | None) -> Saving:
    return Saving(ok=sentence is None, sentence=sentence)


# Texts that people write


def line(text: str, limit: int) -> str:
    """A name or a title: one line, nothing hidden. Raises BadRequestError where it is too long or nothing is left."""
    _check_length(text, limit)
    return _readable(" ".join(_HIDDEN_IN_LINE.sub(" ", text).split()))


def text(written: str, limit: int) -> str:
    """A message: line ends and tabs stay. Raises BadRequestError as `line` does."""
    _check_length(written, limit)
    return _readable(_HIDDEN_IN_TEXT.sub("", written.replace("\r\n", "\n")).strip())


def quote(words: str) -> str:
    """Words of a document, to be shown beside what is said about them."""
    return " ".join(_HIDDEN_IN_LINE.sub(" ", words).split())


def _check_length(text: str, limit: int) -> None:
    if len(text) > limit:
        raise BadRequestError(f"That is too long: at most {limit} characters.")


def _readable(text: str) -> str:
    """With the sign for what can't be shown in place of characters that nobody has given a meaning."""
    if not re.search(_VISIBLE, text):
        raise BadRequestError("There is nothing to read in that.")
    return "".join(char if char.isprintable() or char in _KEPT or char.isspace() else "\ufffd" for char in text)
