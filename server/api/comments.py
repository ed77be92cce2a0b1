"""The threads about a document."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from msgspec import Meta, Struct

from rooms.comments import MARK_BYTES
from rooms.errors import (
    BadRequestError,
    FullError,
    NotFoundError,
    NotGrantedError,
    NotHereYetError,
    TooLargeError,
    UnreadableError,
    UpdateRefusedError,
)
from server import shapes, texts
from server.api.table import Call, Table

TABLE = Table()

THREADS = "/api/rooms/{room}/documents/{document}/threads"
CALLING = "/api/rooms/{room}/threads/calling"
THREAD = "/api/rooms/{room}/threads/{thread}"


class Threads(Struct, frozen=True):
    threads: list[shapes.Thread]


class BeginThread(Struct, frozen=True):
    id: Annotated[str, Meta(pattern=r"^[a-z0-9]{10,32}$(?!\n)", description="Drawn by whoever begins it.")]
    text: shapes.CommentText
    quote: Annotated[str, Meta(max_length=4000, description="The words it is about.")]
    mark: Annotated[
        str,
        Meta(max_length=MARK_BYTES * 4 // 3 + 4, description="The Yjs update that sets the thread's mark, in base64."),
    ]


class SayInThread(Struct, frozen=True):
    text: shapes.CommentText


class ResolveThread(Struct, frozen=True):
    resolved: bool


@TABLE.add("GET", THREADS, needs="read", asked=shapes.Nothing, answered=Threads)
async def list_threads(call: Call, _: shapes.Nothing) -> Threads:
    """The threads about a document, oldest first."""
    async with call.room() as (room, member):
        page = room.page(call.path("document"))
        return Threads([shapes.thread(thread) for thread in await room.comments.threads(member, page.id)])


@TABLE.add("GET", CALLING, needs="read", asked=shapes.Nothing, answered=Threads)
async def list_calling(call: Call, _: shapes.Nothing) -> Threads:
    """The open threads of the room in which somebody calls you by `@`, the newest call first."""
    async with call.room() as (room, member):
        return Threads([shapes.thread(thread) for thread in await room.comments.calling(member)])


@TABLE.add(
    "POST",
    THREADS,
    needs="comment",
    asked=BeginThread,
    answered=shapes.Thread,
    status=201,
    errors=(BadRequestError, FullError, NotHereYetError, TooLargeError, UnreadableError, UpdateRefusedError),
)
async def begin_thread(call: Call, asked: BeginThread) -> shapes.Thread:
    """Begin a thread on some words of a document."""
    text = texts.text(asked.text, call.limits.comment_chars)
    try:
        mark = base64.b64decode(asked.mark, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequestError("The mark is not base64.") from None
    async with call.room() as (room, member):
        page = room.page(call.path("document"))
        return shapes.thread(await room.comments.begin(member, page.id, asked.id, text, texts.quote(asked.quote), mark))


@TABLE.add("PATCH", THREAD, needs="comment", asked=ResolveThread, answered=shapes.Thread)
async def resolve_thread(call: Call, asked: ResolveThread) -> shapes.Thread:
    """Resolve a thread, or open it again."""
    async with call.room() as (room, member):
        return shapes.thread(await room.comments.resolve(member, call.path("thread"), resolved=asked.resolved))


@TABLE.add(
    "POST",
    f"{THREAD}/comments",
    needs="comment",
    asked=SayInThread,
    answered=shapes.Thread,
    status=201,
    errors=(FullError,),
)
async def reply(call: Call, asked: SayInThread) -> shapes.Thread:
    """Answer in a thread."""
    text = texts.text(asked.text, call.limits.comment_chars)
    async with call.room() as (room, member):
        return shapes.thread(await room.comments.reply(member, call.path("thread"), text))


@TABLE.add(
    "PATCH",
    f"{THREAD}/comments/{{comment}}",
    needs="comment",
    asked=SayInThread,
    answered=shapes.Thread,
    errors=(NotGrantedError,),
)
async def edit_comment(call: Call, asked: SayInThread) -> shapes.Thread:
    """Change what you said."""
    text = texts.text(asked.text, call.limits.comment_chars)
    async with call.room() as (room, member):
        return shapes.thread(await room.comments.edit(member, call.path("thread"), _number(call), text))


@TABLE.add(
    "DELETE", f"{THREAD}/comments/{{comment}}", needs="comment", asked=shapes.Nothing, status=204, errors=(NotGrantedError,)
)
async def delete_comment(call: Call, _: shapes.Nothing) -> None:
    """Delete what you said; with moderate, what anybody said. With its last comment a thread is gone."""
    async with call.room() as (room, member):
        await room.comments.delete(member, call.path("thread"), _number(call))


def _number(call: Call) -> int:
    text = call.path("comment")
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise NotFoundError("There is no such comment.")
    return int(text)
