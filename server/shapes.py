"""What goes over the wire as JSON (`docs/protocol.md`): the structs that several doors use or the live channel alone, and how a
record of the studio becomes one. What only one part of REST asks for or answers stands beside it in `server/api/`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct, field

from rooms import model
from rooms.awareness import COLORS
from rooms.events import OnStage as OnStageRecord
from rooms.events import Present as PresentRecord
from rooms.model import Grant, PageKind, Role, Talk
from rooms.stage import Report, Session
from rooms.stage import Track as TrackRecord
from server.texts import VISIBLE

AFTER_ALL = 2**53
"""No message has this id, and none a larger one."""
LIMIT_KEY = "x-limit"
"""Marks the texts whose length is a setting: `server/api/openapi.py` puts the number in its place."""

Name = Annotated[str, Meta(pattern=VISIBLE, extra_json_schema={LIMIT_KEY: "name_chars"})]
Title = Annotated[str, Meta(pattern=VISIBLE, extra_json_schema={LIMIT_KEY: "title_chars"})]
Text = Annotated[str, Meta(pattern=VISIBLE, extra_json_schema={LIMIT_KEY: "board_message_chars"})]
CommentText = Annotated[str, Meta(pattern=VISIBLE, extra_json_schema={LIMIT_KEY: "comment_chars"})]
MessageId = Annotated[int, Meta(ge=1, le=AFTER_ALL)]
Minutes = Annotated[int, Meta(ge=1, le=24 * 60)]
Milliseconds = Annotated[int, Meta(description="Milliseconds since 1970.")]


# What the studio answers and tells


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
    wants: Annotated[Grant | None, Meta(description="What it asks for: write, play or speak.")]


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
    mentions: list[Mention]


class Thread(Struct, frozen=True):
    id: str
    document: str
    quote: str
    time: Milliseconds
    resolved: Milliseconds | None
    resolved_by: Annotated[str | None, Meta(description="The id of who resolved it.")]
    comments: list[Comment]


class Track(Struct, frozen=True):
    """How one stream of sound travels."""

    number: Annotated[int, Meta(description="Whose it is, as the CSRC of its packets; 0 on a line that nobody has.")]
    packets: int
    lost: int
    jitter_ms: float
    dropped: Annotated[dict[str, int], Meta(description="What came and was not passed on, by why.")]


class StageSession(Struct, frozen=True):
    """One connection to the stage, as it was within the last two seconds."""

    id: str
    member: str
    number: Annotated[int, Meta(description="The member's: what names them in each packet, as its CSRC.")]
    publishes: bool
    hears: bool
    muted: Annotated[bool, Meta(description="A lead has muted them: nobody hears what comes.")]
    comes: Annotated[Track | None, Meta(description="Their sound on its way here.")]
    goes: Annotated[list[Track], Meta(description="What they hear, a line each, as they report it.")]
    round_trip_ms: Annotated[float | None, Meta(description="To the relay and back. Nothing is known of who only sends.")]


class OnStage(Struct, frozen=True):
    member: str
    name: str
    hue: int
    number: int
    muted_by: str | None


class Staged(Struct, frozen=True):
    on: list[OnStage]


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
    stage: list[OnStage]


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


class Say(Struct, frozen=True):
    text: Text


class EditMessage(Struct, frozen=True):
    message: MessageId
    text: Text


class DeleteMessage(Struct, frozen=True):
    message: MessageId


class Seen(Struct, frozen=True):
    message: MessageId


class Look(Struct, frozen=True):
    document: str | None


class Raise(Struct, frozen=True):
    up: bool
    member: str | None = None
    wants: Grant = Grant.WRITE


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
    return Present(who.id, who.name, who.hue, who.role, who.grants, who.color, who.loans, looks, hand, record.wants)


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
        mentions=_mentions(record.mentions),
        edited=record.edited_ms,
        deleted=record.deleted_ms is not None,
        note=record.note,
    )


def _mentions(mentions: Iterable[model.Mention]) -> list[Mention]:
    return [Mention(mention.member, mention.name) for mention in mentions]


def sprint(record: model.Sprint | None) -> Sprint | None:
    if record is None:
        return None
    people = [SprintMember(member, name) for member, name in record.people]
    return Sprint(record.prompt, record.start_ms, record.end_ms, record.by, people)


def thread(record: model.Thread) -> Thread:
    said = [
        Comment(c.id, c.member, c.name, c.hue, c.text, c.time_ms, c.edited_ms, _mentions(c.mentions)) for c in record.comments
    ]
    return Thread(record.id, record.document, record.quote, record.time_ms, record.resolved_ms, record.resolved_by, said)


def track(record: TrackRecord) -> Track:
    return Track(record.number, record.packets, record.lost, record.jitter_ms, record.dropped)


def stage_session(session: Session, report: Report, *, muted: bool) -> StageSession:
    return StageSession(
        id=session.id,
        member=session.member.id,
        number=session.number,
        publishes=session.publishes,
        hears=session.hears,
        muted=muted,
        comes=None if report.comes is None else track(report.comes),
        goes=[track(line) for line in report.goes],
        round_trip_ms=report.round_trip_ms,
    )


def on_stage(records: tuple[OnStageRecord, ...]) -> list[OnStage]:
    return [OnStage(r.member.id, r.member.name, r.member.hue, r.number, r.muted_by) for r in records]


def room(record: model.RoomRecord) -> Room:
    return Room(record.id, record.title, record.kind, record.main, documents(record), settings(record))


def settings(record: model.RoomRecord) -> Settings:
    return Settings(record.settings.closed, record.settings.locked, record.settings.talk)


def saving(sentence: str | None) -> Saving:
    return Saving(ok=sentence is None, sentence=sentence)
