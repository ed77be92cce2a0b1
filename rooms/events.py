"""What a room tells the pages in it: each event a frozen record. The first is a Welcome, then only changes come."""

from __future__ import annotations

from dataclasses import dataclass

from rooms.model import Grant, Member, Message, Page, RoomRecord, Sprint, Thread


@dataclass(frozen=True, slots=True)
class Present:
    """A member who is here, the id of the document they look at, since when their hand is up, and for which grant."""

    member: Member
    looks: str | None
    hand_ms: int | None = None
    wants: Grant | None = None


@dataclass(frozen=True, slots=True)
class OnStage:
    """A member who may be heard now. `number` names them in each packet; `muted_by` is the id of the lead who muted them."""

    member: Member
    number: int
    muted_by: str | None = None


@dataclass(frozen=True, slots=True)
class Welcome:
    """Everything a page needs when it comes in."""

    member: Member
    record: RoomRecord
    here: tuple[Present, ...]
    messages: tuple[Message, ...]
    more: bool
    saving: str | None
    """None while everything is saved, else the sentence that says what is wrong."""
    read: int | None = None
    """The last message this member has read, on whatever device."""
    sprint: Sprint | None = None
    stage: tuple[OnStage, ...] = ()


@dataclass(frozen=True, slots=True)
class Here:
    """Who came, who changed, and the ids of the members who left."""

    came: tuple[Present, ...]
    changed: tuple[Present, ...]
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class You:
    """Your own role, grants or name changed."""

    member: Member


@dataclass(frozen=True, slots=True)
class Said:
    message: Message


@dataclass(frozen=True, slots=True)
class Edited:
    message: Message


@dataclass(frozen=True, slots=True)
class Deleted:
    message: Message


@dataclass(frozen=True, slots=True)
class Read:
    """How far you have read the board, here or on another device."""

    message: int


@dataclass(frozen=True, slots=True)
class Sprinting:
    """The room's sprint began, changed, or (None) ended."""

    sprint: Sprint | None


@dataclass(frozen=True, slots=True)
class Staged:
    """Who is on stage, in the order they came; all of them, after any change."""

    on: tuple[OnStage, ...]


@dataclass(frozen=True, slots=True)
class Discussed:
    """A thread as it is now: begun, answered, edited, resolved, or, without a comment left, gone."""

    thread: Thread


@dataclass(frozen=True, slots=True)
class Changed:
    """The room's title, its settings or its documents changed."""

    record: RoomRecord


@dataclass(frozen=True, slots=True)
class Saving:
    """A sentence while this room can't be saved; None when it can again."""

    sentence: str | None


@dataclass(frozen=True, slots=True)
class Restored:
    """A member brought back a document as it was at `time_ms`."""

    member: Member
    page: Page
    time_ms: int


Event = Here | You | Said | Edited | Deleted | Read | Sprinting | Staged | Discussed | Changed | Saving | Restored
