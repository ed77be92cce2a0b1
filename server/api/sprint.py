"""The sprint of a room: begun, made longer, stopped. Joining one is said on the live channel."""

from __future__ import annotations

from rooms.errors import BadRequestError, NotGrantedError
from server import shapes
from server.api.table import Call, Table

TABLE = Table()

PATH = "/api/rooms/{room}/sprint"


@TABLE.add("GET", PATH, needs="read", asked=shapes.Nothing, answered=shapes.Sprinting)
async def read_sprint(call: Call, _: shapes.Nothing) -> shapes.Sprinting:
    """The sprint that is under way or about to begin, if there is one."""
    async with call.room() as (room, _member):
        return shapes.Sprinting(shapes.sprint(room.sprints.sprint))


@TABLE.add(
    "POST", PATH, needs="write", asked=shapes.StartSprint, answered=shapes.Sprinting, status=201, errors=(BadRequestError,)
)
async def start_sprint(call: Call, asked: shapes.StartSprint) -> shapes.Sprinting:
    """Write for some minutes together, with a prompt or without one."""
    prompt = shapes.line(asked.prompt, call.limits.title_chars) if asked.prompt.strip() else ""
    async with call.room() as (room, member):
        return shapes.Sprinting(shapes.sprint(await room.sprints.start(member, prompt, asked.minutes, asked.wait)))


@TABLE.add(
    "PATCH",
    PATH,
    needs="write",
    asked=shapes.ExtendSprint,
    answered=shapes.Sprinting,
    errors=(BadRequestError, NotGrantedError),
)
async def extend_sprint(call: Call, asked: shapes.ExtendSprint) -> shapes.Sprinting:
    """Make the sprint longer: who started it or leads the room may."""
    async with call.room() as (room, member):
        return shapes.Sprinting(shapes.sprint(await room.sprints.extend(member, asked.minutes)))


@TABLE.add("DELETE", PATH, needs="write", asked=shapes.Nothing, status=204, errors=(NotGrantedError,))
async def stop_sprint(call: Call, _: shapes.Nothing) -> None:
    """End the sprint now: who started it or leads the room may."""
    async with call.room() as (room, member):
        await room.sprints.stop(member)
