"""The sprint of a room: begun, made longer, stopped. Joining one is said on the live channel."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from rooms.errors import BadRequestError, NotGrantedError
from server import shapes, texts
from server.api.table import Call, Table

TABLE = Table()

PATH = "/api/rooms/{room}/sprint"


class StartSprint(Struct, frozen=True):
    minutes: shapes.Minutes
    prompt: Annotated[str, Meta(extra_json_schema={shapes.LIMIT_KEY: "title_chars"})] = ""
    wait: Annotated[int, Meta(ge=0, le=3600, description="Seconds until it begins.")] = 0


class ExtendSprint(Struct, frozen=True):
    minutes: shapes.Minutes


@TABLE.add("GET", PATH, needs="read", asked=shapes.Nothing, answered=shapes.Sprinting)
async def read_sprint(call: Call, _: shapes.Nothing) -> shapes.Sprinting:
    """The sprint that is under way or about to begin, if there is one."""
    async with call.room() as (room, _member):
        return shapes.Sprinting(shapes.sprint(room.sprints.sprint))


@TABLE.add("POST", PATH, needs="write", asked=StartSprint, answered=shapes.Sprinting, status=201, errors=(BadRequestError,))
async def start_sprint(call: Call, asked: StartSprint) -> shapes.Sprinting:
    """Write for some minutes together, with a prompt or without one."""
    prompt = texts.line(asked.prompt, call.limits.title_chars) if asked.prompt.strip() else ""
    async with call.room() as (room, member):
        return shapes.Sprinting(shapes.sprint(await room.sprints.start(member, prompt, asked.minutes, asked.wait)))


@TABLE.add(
    "PATCH",
    PATH,
    needs="write",
    asked=ExtendSprint,
    answered=shapes.Sprinting,
    errors=(BadRequestError, NotGrantedError),
)
async def extend_sprint(call: Call, asked: ExtendSprint) -> shapes.Sprinting:
    """Make the sprint longer: who started it or leads the room may."""
    async with call.room() as (room, member):
        return shapes.Sprinting(shapes.sprint(await room.sprints.extend(member, asked.minutes)))


@TABLE.add("DELETE", PATH, needs="write", asked=shapes.Nothing, status=204, errors=(NotGrantedError,))
async def stop_sprint(call: Call, _: shapes.Nothing) -> None:
    """End the sprint now: who started it or leads the room may."""
    async with call.room() as (room, member):
        await room.sprints.stop(member)
