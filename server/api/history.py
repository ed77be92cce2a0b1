"""The history of a room's documents: moments and their names, what changed, who wrote what, the way back."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta, Struct

from rooms.errors import BadRequestError, FullError, NotFoundError, UnreadableError, WorkerError
from rooms.history import Moment as MomentRecord
from rooms.model import Member
from rooms.model import Version as VersionRecord
from server import shapes, texts
from server.api.table import Call, Table

TABLE = Table()

Seq = Annotated[int, Meta(ge=1, le=2**53 - 1, description="A moment: the last row of the log that belongs to it.")]
Since = Annotated[int, Meta(ge=0, le=2**53 - 1, description="The moment to compare with; 0 for the empty page.")]


class Person(Struct, frozen=True):
    """Somebody who wrote, also when they have left for good."""

    id: str
    name: str
    hue: int
    removed: bool


class Version(Struct, frozen=True):
    id: str
    seq: Seq
    title: str
    member: str
    time: shapes.Milliseconds
    restores: Annotated[int, Meta(description="The moment that was brought back here.")] | None


class Moment(Struct, frozen=True):
    seq: Seq
    first: Seq
    start: shapes.Milliseconds
    end: shapes.Milliseconds
    members: list[str]
    versions: list[Version]


class Moments(Struct, frozen=True):
    moments: list[Moment]
    people: list[Person]


class Restored(Struct, frozen=True):
    version: Annotated[Version | None, Meta(description="Null where the page reads so already.")]


class NameMoment(Struct, frozen=True):
    title: shapes.Title
    at: Annotated[Seq | None, Meta(description="Now, where nothing is said.")] = None


class Retitle(Struct, frozen=True):
    title: shapes.Title


class Compare(Struct, frozen=True):
    since: Annotated[Since | None, Meta(description="The moment before, where nothing is said.")] = None


class Look(Struct, frozen=True):
    at: Annotated[Seq | None, Meta(description="Now, where nothing is said.")] = None


HISTORY = "/api/rooms/{room}/documents/{document}/history"
VERSIONS = "/api/rooms/{room}/documents/{document}/versions"


@TABLE.add("GET", HISTORY, needs="write", asked=shapes.Nothing, answered=Moments, errors=(UnreadableError,))
async def list_moments(call: Call, _: shapes.Nothing) -> Moments:
    """The moments of a document, newest first."""
    async with call.room() as (room, member):
        found = await room.history.moments(member, call.path("document"))
    return Moments([_moment(moment) for moment in found.moments], [_person(who) for who in found.people])


@TABLE.add(
    "GET",
    f"{HISTORY}/{{seq}}",
    needs="write",
    asked=Compare,
    produces=("application/json",),
    errors=(UnreadableError, WorkerError),
)
async def compare(call: Call, asked: Compare) -> web.Response:
    """The page at a moment, and what had changed since another."""
    async with call.room() as (room, member):
        body = await room.history.difference(member, call.path("document"), _seq(call), asked.since)
        return _with_people(await room.history.people(member), body)


@TABLE.add(
    "POST",
    f"{HISTORY}/{{seq}}/restore",
    needs="write",
    asked=shapes.Nothing,
    answered=Restored,
    errors=(UnreadableError, WorkerError),
)
async def restore(call: Call, _: shapes.Nothing) -> Restored:
    """Bring back the page of a moment, as one new change."""
    async with call.room() as (room, member):
        version = await room.history.restore(member, call.path("document"), _seq(call))
    return Restored(None if version is None else _version(version))


@TABLE.add("POST", VERSIONS, needs="write", asked=NameMoment, answered=Version, status=201, errors=(FullError,))
async def name_moment(call: Call, asked: NameMoment) -> Version:
    """Give a moment a name."""
    title = texts.line(asked.title, call.limits.title_chars)
    async with call.room() as (room, member):
        return _version(await room.history.name(member, call.path("document"), title, asked.at))


@TABLE.add("PATCH", f"{VERSIONS}/{{version}}", needs="write", asked=Retitle, answered=Version)
async def rename_version(call: Call, asked: Retitle) -> Version:
    """Give a named moment another name."""
    title = texts.line(asked.title, call.limits.title_chars)
    async with call.room() as (room, member):
        return _version(await room.history.rename(member, call.path("document"), call.path("version"), title))


@TABLE.add("DELETE", f"{VERSIONS}/{{version}}", needs="write", asked=shapes.Nothing, status=204, errors=(BadRequestError,))
async def forget_version(call: Call, _: shapes.Nothing) -> None:
    """Take a moment's name away. What was written stays."""
    async with call.room() as (room, member):
        await room.history.forget(member, call.path("document"), call.path("version"))


@TABLE.add(
    "GET",
    "/api/rooms/{room}/documents/{document}/authors",
    needs="write",
    asked=Look,
    produces=("application/json",),
    errors=(UnreadableError, WorkerError),
)
async def read_authors(call: Call, asked: Look) -> web.Response:
    """Who wrote what: the page at a moment, in blocks, each in runs of one author."""
    async with call.room() as (room, member):
        body = await room.history.authors(member, call.path("document"), asked.at)
        return _with_people(await room.history.people(member), body)


def _seq(call: Call) -> int:
    text = call.path("seq")
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise NotFoundError("There is no such moment.")
    return int(text)


def _with_people(members: tuple[Member, ...], body: bytes) -> web.Response:
    """The worker's JSON, an object, with one more entry: megabytes that needn't be read and written again."""
    people = msgspec.json.encode([_person(member) for member in members])
    return web.Response(body=b'{"people":' + people + b"," + body[1:], content_type="application/json")


def _moment(record: MomentRecord) -> Moment:
    stretch = record.stretch
    return Moment(
        stretch.last,
        stretch.first,
        stretch.start_ms,
        stretch.end_ms,
        list(stretch.members),
        [_version(version) for version in record.versions],
    )


def _version(record: VersionRecord) -> Version:
    return Version(record.id, record.seq, record.title, record.member, record.time_ms, record.restores)


def _person(record: Member) -> Person:
    return Person(record.id, record.name, record.hue, record.removed)
