"""The board of a room."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from rooms.errors import NotFoundError, NotGrantedError
from server import shapes, texts
from server.api.table import Call, Table

TABLE = Table()


class ReadBoard(Struct, frozen=True):
    before: Annotated[int, Meta(ge=1, le=shapes.AFTER_ALL, description="Only messages with a smaller id.")] = shapes.AFTER_ALL
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


@TABLE.add("GET", "/api/rooms/{room}/board", needs="read", asked=ReadBoard, answered=shapes.Board)
async def read_board(call: Call, asked: ReadBoard) -> shapes.Board:
    """The newest messages older than `before`, oldest first."""
    async with call.room() as (room, member):
        messages, more = await room.messages(member, asked.before, asked.limit)
        return shapes.Board([shapes.message(message) for message in messages], more)


@TABLE.add("POST", "/api/rooms/{room}/board", needs="read", asked=shapes.Say, answered=shapes.Message, status=201)
async def say(call: Call, asked: shapes.Say) -> shapes.Message:
    """Put a message on the board."""
    text = texts.text(asked.text, call.limits.board_message_chars)
    async with call.room() as (room, member):
        return shapes.message(await room.say(member, text))


@TABLE.add(
    "PATCH",
    "/api/rooms/{room}/board/{message}",
    needs="read",
    asked=shapes.Say,
    answered=shapes.Message,
    errors=(NotGrantedError,),
)
async def edit(call: Call, asked: shapes.Say) -> shapes.Message:
    """Change what you said."""
    text = texts.text(asked.text, call.limits.board_message_chars)
    async with call.room() as (room, member):
        return shapes.message(await room.edit(member, _message(call), text))


@TABLE.add(
    "DELETE",
    "/api/rooms/{room}/board/{message}",
    needs="read",
    asked=shapes.Nothing,
    status=204,
    errors=(NotGrantedError,),
)
async def delete(call: Call, _: shapes.Nothing) -> None:
    """Take away what you said; who moderates may take away anything. Its place stays, its text is gone."""
    async with call.room() as (room, member):
        await room.delete(member, _message(call))


def _message(call: Call) -> int:
    said = call.path("message")
    if not (said.isascii() and said.isdecimal() and 0 < int(said) <= shapes.AFTER_ALL):
        raise NotFoundError("There is no such message on this board.")
    return int(said)
