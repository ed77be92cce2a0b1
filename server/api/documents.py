"""Documents of a room: the list, and each read and written whole."""

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


@TABLE.add("GET", "/api/rooms/{room}/documents", needs="read", asked=shapes.ListDocuments, answered=shapes.Documents)
async def list_documents(call: Call, asked: shapes.ListDocuments) -> shapes.Documents:
    """The room's documents, in their order; or, for who may write, those that were removed, the last one first."""
    async with call.room() as (room, member):
        pages = room.removed_pages(member) if asked.removed else room.record.pages
        return shapes.Documents([shapes.document(page) for page in pages])


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
        return shapes.document(await room.add_page(member, title, asked.kind))


@TABLE.add(
    "PATCH",
    "/api/rooms/{room}/documents/{document}",
    needs="write",
    asked=shapes.ChangeDocument,
    answered=shapes.Document,
)
async def change_document(call: Call, asked: shapes.ChangeDocument) -> shapes.Document:
    """Give a document another title, kind or place in the list."""
    title = None if asked.title is None else shapes.line(asked.title, call.limits.title_chars)
    async with call.room() as (room, member):
        page = await room.change_page(member, call.path("document"), title=title, kind=asked.kind, place=asked.place)
        return shapes.document(page)


@TABLE.add(
    "DELETE",
    "/api/rooms/{room}/documents/{document}",
    needs="write",
    asked=shapes.Nothing,
    status=204,
    errors=(BadRequestError,),
)
async def remove_document(call: Call, _: shapes.Nothing) -> None:
    """Take a document off the list. Its text and its history stay, and it can be brought back."""
    async with call.room() as (room, member):
        await room.remove_page(member, call.path("document"))


@TABLE.add(
    "POST",
    "/api/rooms/{room}/documents/{document}/restore",
    needs="write",
    asked=shapes.Nothing,
    answered=shapes.Document,
)
async def restore_document(call: Call, _: shapes.Nothing) -> shapes.Document:
    """Bring a removed document back."""
    async with call.room() as (room, member):
        return shapes.document(await room.restore_page(member, call.path("document")))


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


def _may_send(member: Member) -> None:
    """The room checks again: this spares the studio a body of many megabytes that it would refuse."""
    if not member.may(Grant.WRITE):
        raise NotGrantedError
