"""What is in a bundle, as JSON: one struct for each shape that `docs/bundle.md` names. Times are milliseconds since 1970.

Nothing counts by ids that a store gives out: rows of a log and messages are numbered from 1, in their order.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from rooms.model import PageKind, Role, Talk

FORMAT: Final = "tutti-room"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"

Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}$(?!\n)")]
Name = Annotated[str, Meta(min_length=1, max_length=1000)]
Hue = Annotated[int, Meta(ge=1, le=8)]
Time = Annotated[int, Meta(ge=0, le=2**53)]
Number = Annotated[int, Meta(ge=1, le=2**53)]


class File(msgspec.Struct, frozen=True):
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """`files` are all the others in the bundle."""

    format: str
    version: int
    made: Time
    schema: int
    files: dict[str, File]


class Room(msgspec.Struct, frozen=True):
    id: Id
    title: Name
    kind: Name
    created: Time
    main: Id
    closed: bool
    locked: bool
    talk: Talk


class Member(msgspec.Struct, frozen=True):
    id: Id
    name: Name
    hue: Hue
    role: Role
    joined: Time
    removed: bool
    banned: bool


class Document(msgspec.Struct, frozen=True):
    """`clients` says whose each CRDT client id is."""

    id: Id
    title: Name
    kind: PageKind
    place: int
    created: Time
    removed: Time | None
    clients: dict[str, Id]


class Row(msgspec.Struct, frozen=True):
    """One row of a document's log."""

    time: Time
    members: tuple[Id, ...]
    update: bytes


class Version(msgspec.Struct, frozen=True):
    """A name for the document as it was after so many rows."""

    id: Id
    document: Id
    row: Number
    time: Time
    title: Name
    member: Id
    restores: Number | None = None
    client: Annotated[int, Meta(ge=0, le=2**53)] | None = None


class Comment(msgspec.Struct, frozen=True):
    member: Id
    name: Name
    hue: Hue
    text: str
    time: Time
    edited: Time | None
    mentions: tuple[tuple[Id, str], ...] = ()


class Thread(msgspec.Struct, frozen=True):
    id: Annotated[str, Meta(pattern=r"^[a-z0-9]{10,32}$(?!\n)")]
    document: Id
    quote: str
    time: Time
    resolved: Time | None
    resolved_by: Id | None
    comments: tuple[Comment, ...]


class Message(msgspec.Struct, frozen=True):
    member: Id
    name: Name
    hue: Hue
    text: str
    time: Time
    mentions: tuple[tuple[Id, str], ...]
    edited: Time | None
    deleted: Time | None
    note: bool


class Image(msgspec.Struct, frozen=True):
    id: Annotated[str, Meta(pattern=r"^[a-z0-9]{1,64}$(?!\n)")]
    member: Id
    media_type: str
    time: Time


class Board(msgspec.Struct, frozen=True):
    """`read` says up to which message each member has read."""

    messages: tuple[Message, ...]
    read: dict[str, Number]


def log_name(document: str) -> str:
    return f"logs/{document}.jsonl"
