"""Documents of a room: the list, and each read and written whole."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from aiohttp import web
from msgspec import Meta, Struct

from rooms.editions import Wish, title_of
from rooms.errors import (
    BadRequestError,
    FullError,
    NotGrantedError,
    TooLargeError,
    UnreadableError,
    UpdateRefusedError,
    WorkerError,
)
from rooms.incoming import most_bytes
from rooms.model import Grant, Member, PageKind
from server import shapes, texts
from server.api.problems import UnsupportedError
from server.api.table import Call, Table
from server.attachment import attachment

TABLE = Table()


class Documents(Struct, frozen=True):
    documents: list[shapes.Document]


class Written(Struct, frozen=True):
    document: shapes.Document


class Kept(Struct, frozen=True):
    kept: int


class AddDocument(Struct, frozen=True):
    title: shapes.Title
    kind: PageKind = PageKind.STORY


class ListDocuments(Struct, frozen=True):
    removed: Annotated[bool, Meta(description="Those that were removed instead of those that are there.")] = False


class ChangeDocument(Struct, frozen=True):
    """What is left out stays."""

    title: shapes.Title | None = None
    kind: PageKind | None = None
    place: Annotated[int, Meta(ge=0, le=shapes.AFTER_ALL, description="Where in the list, from 0.")] | None = None


class Format(NamedTuple):
    """How a document is served and sent: its media type, and how a file of it ends."""

    media_type: str
    ending: str


FORMATS = {
    "json": Format("application/json", "json"),
    "html": Format("text/html", "html"),
    "markdown": Format("text/markdown", "md"),
    "text": Format("text/plain", "txt"),
    "fountain": Format("text/vnd.fountain", "fountain"),
    "chordpro": Format("text/vnd.chordpro", "cho"),
    "docx": Format("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    "epub": Format("application/epub+zip", "epub"),
    "update": Format("application/octet-stream", "yjs"),
}
READABLE = {FORMATS[name].media_type: name for name in FORMATS if name != "epub"} | {"application/x-fountain": "fountain"}
"""What a document may be written as, by its media type."""
FILES = tuple(media_type for media_type, name in READABLE.items() if name not in ("json", "update"))
"""What people bring along as files."""


class ReadAs(Struct, frozen=True):
    format: Annotated[
        Literal["json", "html", "markdown", "text", "fountain", "chordpro", "docx", "epub", "update"],
        Meta(description="How to read it."),
    ] = "json"
    suggestions: Annotated[
        Literal["open", "accepted"], Meta(description="Whether suggestions count as accepted. JSON and updates hold them all.")
    ] = "open"
    language: Annotated[
        str,
        Meta(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$(?!\n)", description="What it is written in, as BCP 47 has it."),
    ] = "und"
    comments: Annotated[bool, Meta(description="Whether a Word file has the threads that are open.")] = False
    whole: Annotated[bool, Meta(description="HTML as a file of its own, with title, look and images.")] = False


@TABLE.add("GET", "/api/rooms/{room}/documents", needs="read", asked=ListDocuments, answered=Documents)
async def list_documents(call: Call, asked: ListDocuments) -> Documents:
    """The room's documents, in their order; or, for who may write, those that were removed, the last one first."""
    async with call.room() as (room, member):
        pages = room.removed_pages(member) if asked.removed else room.record.pages
        return Documents([shapes.document(page) for page in pages])


@TABLE.add(
    "POST",
    "/api/rooms/{room}/documents",
    needs="write",
    asked=AddDocument,
    answered=shapes.Document,
    status=201,
    errors=(FullError,),
)
async def add_document(call: Call, asked: AddDocument) -> shapes.Document:
    """Add an empty document."""
    title = texts.line(asked.title, call.limits.title_chars)
    async with call.room() as (room, member):
        return shapes.document(await room.add_page(member, title, asked.kind))


@TABLE.add(
    "PATCH",
    "/api/rooms/{room}/documents/{document}",
    needs="write",
    asked=ChangeDocument,
    answered=shapes.Document,
)
async def change_document(call: Call, asked: ChangeDocument) -> shapes.Document:
    """Give a document another title, kind or place in the list."""
    title = None if asked.title is None else texts.line(asked.title, call.limits.title_chars)
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
    produces=tuple(known.media_type for known in FORMATS.values()),
    errors=(UnreadableError, WorkerError),
)
async def read_document(call: Call, asked: ReadAs) -> web.Response:
    """A document, whole."""
    media_type, ending = FORMATS[asked.format]
    kind = "page" if asked.whole and asked.format == "html" else asked.format
    async with call.room() as (room, member):
        page = room.page(call.path("document"))
        body = await room.exchange.read(
            member, page.id, kind, Wish(asked.suggestions, asked.language, asked.comments and asked.format == "docx")
        )
    return web.Response(
        body=body,
        content_type=media_type,
        charset="utf-8" if media_type.startswith("text/") else None,
        headers={"Content-Disposition": attachment(title_of(room.record, page), ending)},
    )


@TABLE.add(
    "PUT",
    "/api/rooms/{room}/documents/{document}",
    needs="write",
    asked=shapes.Nothing,
    answered=Written,
    consumes=tuple(READABLE),
    errors=(BadRequestError, TooLargeError, UnsupportedError, UpdateRefusedError, UnreadableError, WorkerError),
)
async def write_document(call: Call, _: shapes.Nothing) -> Written:
    """Replace what is in a document, as one new change; an update is added as it is."""
    kind = READABLE.get(call.request.content_type)
    if kind is None:
        raise UnsupportedError
    async with call.room() as (room, member):
        page = room.page(call.path("document"))
        _may_send(member)
        await room.exchange.write(member, page.id, kind, await call.body(most_bytes(kind, call.limits)))
        return Written(shapes.document(page))


@TABLE.add(
    "POST",
    "/api/rooms/{room}/preview",
    needs="write",
    asked=shapes.Nothing,
    consumes=FILES,
    produces=("text/html",),
    errors=(BadRequestError, TooLargeError, UnsupportedError, WorkerError),
)
async def preview(call: Call, _: shapes.Nothing) -> web.Response:
    """What would become of a file if it were written into a document, as HTML. Changes nothing."""
    kind = READABLE.get(call.request.content_type)
    if call.request.content_type not in FILES or kind is None:
        raise UnsupportedError
    async with call.room() as (room, member):
        _may_send(member)
        body = await room.exchange.preview(member, kind, await call.body(most_bytes(kind, call.limits)))
    return web.Response(body=body, content_type="text/html", charset="utf-8")


@TABLE.add(
    "POST",
    "/api/rooms/{room}/documents/{document}/copies",
    needs="write",
    asked=shapes.Nothing,
    answered=Kept,
    status=201,
    consumes=("application/octet-stream",),
    errors=(BadRequestError, TooLargeError, UnsupportedError),
)
async def keep_copy(call: Call, _: shapes.Nothing) -> Kept:
    """Keep the copy that a browser holds of a document that can't be opened."""
    if call.request.content_type != "application/octet-stream":
        raise UnsupportedError("A copy is sent as application/octet-stream.")
    async with call.room() as (room, member):
        page = room.page(call.path("document"))
        _may_send(member)
        data = await call.body(call.limits.copy_bytes)
        if not data:
            raise BadRequestError("There is nothing in this copy.")
        await room.exchange.keep_copy(member, page.id, data)
        return Kept(len(data))


def _may_send(member: Member) -> None:
    """The room checks again: this spares the studio a body of many megabytes that it would refuse."""
    if not member.may(Grant.WRITE):
        raise NotGrantedError
