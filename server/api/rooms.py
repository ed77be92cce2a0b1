"""A room and its members."""

from __future__ import annotations

from rooms.errors import BadRequestError, NotGrantedError
from rooms.model import Member
from rooms.room import Room
from server import shapes
from server.api.table import Call, Table

TABLE = Table()


@TABLE.add("GET", "/api/rooms/{room}", needs="read", asked=shapes.Nothing, answered=shapes.RoomAndPeople)
async def read_room(call: Call, _: shapes.Nothing) -> shapes.RoomAndPeople:
    """The room, its documents, who is here, and who you are."""
    async with call.room() as (room, member):
        return _room_and_people(room, member)


@TABLE.add(
    "PUT",
    "/api/rooms/{room}",
    needs="operator",
    asked=shapes.Retitle,
    answered=shapes.Room,
    errors=(NotGrantedError,),
)
async def make_room(call: Call, asked: shapes.Retitle) -> shapes.Room:
    """Make a room under this name, if it isn't there yet. Needs an operator's token; nobody leads it at first."""
    if not call.claims.is_operator:
        raise NotGrantedError
    title = shapes.line(asked.title, call.limits.title_chars)
    record = await call.store.room(call.path("room"))
    if record is None:
        record, _ = await call.registry.create(title, room_id=call.path("room"))
    return shapes.room(record)


@TABLE.add(
    "PATCH",
    "/api/rooms/{room}",
    needs="lead",
    asked=shapes.Retitle,
    answered=shapes.RoomAndPeople,
    errors=(NotGrantedError,),
)
async def retitle(call: Call, asked: shapes.Retitle) -> shapes.RoomAndPeople:
    """Give the room another title."""
    title = shapes.line(asked.title, call.limits.title_chars)
    async with call.room() as (room, member):
        await room.retitle(member, title)
        return _room_and_people(room, member)


@TABLE.add("GET", "/api/rooms/{room}/members", needs="read", asked=shapes.Nothing, answered=shapes.Members)
async def list_members(call: Call, _: shapes.Nothing) -> shapes.Members:
    """Everybody who belongs to the room, here or not."""
    async with call.room() as (room, member):
        return shapes.Members([shapes.member(other) for other in await room.people.members(member)])


@TABLE.add(
    "PATCH",
    "/api/rooms/{room}/members/{member}",
    needs="moderate",
    asked=shapes.SetRole,
    answered=shapes.Member,
    errors=(BadRequestError,),
)
async def set_role(call: Call, asked: shapes.SetRole) -> shapes.Member:
    """Give a member another role. It counts at once on every door."""
    async with call.room() as (room, member):
        return shapes.member(await room.people.set_role(member, call.path("member"), asked.role))


@TABLE.add(
    "DELETE",
    "/api/rooms/{room}/members/{member}",
    needs="moderate",
    asked=shapes.Nothing,
    status=204,
    errors=(BadRequestError,),
)
async def remove_member(call: Call, _: shapes.Nothing) -> None:
    """Put a member out of every door, for good."""
    async with call.room() as (room, member):
        await room.people.remove(member, call.path("member"))


def _room_and_people(room: Room, member: Member) -> shapes.RoomAndPeople:
    shown = shapes.room(room.record)
    here = [shapes.present(present) for present in room.here()]
    return shapes.RoomAndPeople(shown.room, shown.title, shown.kind, shown.main, shown.documents, here, shapes.member(member))
