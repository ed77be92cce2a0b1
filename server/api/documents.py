"""Documents of a room, read and written whole, and its board."""

from __future__ import annotations

from typing import Annotated, Literal

from aiohttp import web
from msgspec import Meta, Struct

from rooms.errors import (
    BadRequestError,
    FullError,
    NotGrantedError,
    TooLargeError,
    UnreadableError,
    UpdateRefusedError,
    WorkerError,
)
from rooms.model import Grant, Member
from server import shapes
from server.api.problems import UnsupportedError
from server.api.table import Call, Table

TABLE = Table()

MEDIA_TYPES = {
    "json": "application/json",
    "html": "text/html",
    "markdown": "text/markdown",
    "text": "text/plain",
    "update": "application/octet-stream",
}
READABLE = {MEDIA_TYPES[name]: name for name in ("json", "markdown", "text", "update")}
"""What a document may be written as, by its media type."""


class ReadAs(Struct, frozen=True):
    format: Annotated[Literal["json", "html", "markdown", "text", "update"], Meta(description="How to read it.")] = "json"


@TABLE.add("GET", "/api/rooms/{room}/documents", needs="read", asked=shapes.Nothing, answered=shapes.Documents)
async def list_documents(call: Call, _: shapes.Nothing) -> shapes.Documents:
    """The room's documents, in their order."""
    async with call.room() as (room, _member):
        return shapes.Documents(shapes.documents(room.record))


@TABLE.add(
    "POST",
    "/api/rooms/{room}/documents",
    needs="write",
    asked=shapes.AddDocument,
    answered=shapes.Document,
    status=201,
    errors=(FullError,),
)
async def add_document(call: Call, asked: shapes.AddDocument) -> shapes.Document:
    """Add an empty document."""
    title = shapes.line(asked.title, call.limits.title_chars)
    async with call.room() as (room, member):
        return shapes.document(await room.add_page(member, title))


@TABLE.add(
    "GET",
    "/api/rooms/{room}/documents/{document}",
    needs="read",
    asked=ReadAs,
    produces=tuple(MEDIA_TYPES.values()),
    errors=(UnreadableError, WorkerError),
)
async def read_document(call: Call, asked: ReadAs) -> web.Response:
    """A document, whole."""
    async with call.room() as (room, member):
        body = await room.read(member, call.path("document"), asked.format)
    media_type = MEDIA_TYPES[asked.format]
    return web.Response(body=body, content_type=media_type, charset="utf-8" if media_type.startswith("text/") else None)


@TABLE.add(
    "PUT",
    "/api/rooms/{room}/documents/{document}",
    needs="write",
    asked=shapes.Nothing,
    answered=shapes.Written,
    consumes=tuple(READABLE),
    errors=(BadRequestError, TooLargeError, UnsupportedError, UpdateRefusedError, UnreadableError, WorkerError),
)
async def write_document(call: Call, _: shapes.Nothing) -> shapes.Written:
    """Replace what is in a document, as one new change; an update is added as it is."""
    kind = READABLE.get(call.request.content_type)
    if kind is None:
        raise UnsupportedError
    async with call.room() as (room, member):
        page = room.page(call.path("document"))
        _may_send(member)
        await room.write(member, page.id, kind, await call.body(call.limits.message_bytes))
        return shapes.Written(shapes.document(page))


@TABLE.add(
    "POST",
    "/api/rooms/{room}/documents/{document}/copies",
    needs="write",
    asked=shapes.Nothing,
    answered=shapes.Kept,
    status=201,
    consumes=("application/octet-stream",),
    errors=(BadRequestError, TooLargeError, UnsupportedError),
)
async def keep_copy(call: Call, _: shapes.Nothing) -> shapes.Kept:
    """Keep the copy that a browser holds of a document that can't be opened."""
    if call.request.content_type != "application/octet-stream":
        raise UnsupportedError("A copy is sent as application/octet-stream.")
    async with call.room() as (room, member):
        page = room.page(call.path("document"))
        _may_send(member)
        data = await call.body(call.limits.copy_bytes)
        if not data:
            raise BadRequestError("There is nothing in this copy.")
        await room.keep_copy(member, page.id, data)
        return shapes.Kept(len(data))


@TABLE.add("GET", "/api/rooms/{room}/board", needs="read", asked=shapes.ReadBoard, answered=shapes.Board)
async def read_board(call: Call, asked: shapes.ReadBoard) -> shapes.Board:
    """The newest messages older than `before`, oldest first."""
    async with call.room() as (room, member):
        messages, more = await room.messages(member, asked.before, asked.limit)
        return shapes.Board([shapes.message(message) for message in messages], more)


@TABLE.add("POST", "/api/rooms/{room}/board", needs="read", asked=shapes.Say, answered=shapes.Message, status=201)
async def say(call: Call, asked: shapes.Say) -> shapes.Message:
    """Put a message on the board."""
    text = shapes.text(asked.text, call.limits.board_message_chars)
    async with call.room() as (room, member):
        return shapes.message(await room.say(member, text))


def _may_send(member: Member) -> None:
    """The room checks again: this spares the studio a body of many megabytes that it would refuse."""
    if not member.may(Grant.WRITE):
        raise NotGrantedError
