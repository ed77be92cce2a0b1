"""A room and its members."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from rooms.errors import NotFoundError, NotGrantedError, OnlyLeadError
from rooms.model import Grant, Member, Role, Talk
from rooms.room import Room
from server import shapes, texts
from server.api.table import Call, Table

TABLE = Table()


class RoomAndPeople(shapes.Room, frozen=True):
    here: list[shapes.Present]
    you: shapes.Member


class Members(Struct, frozen=True):
    members: list[shapes.Member]


class MakeRoom(Struct, frozen=True):
    title: shapes.Title


class ChangeRoom(Struct, frozen=True):
    title: shapes.Title | None = None
    closed: bool | None = None
    locked: bool | None = None
    talk: Talk | None = None


class ListMembers(Struct, frozen=True):
    removed: Annotated[bool, Meta(description="Those who were put out, instead. Needs moderate.")] = False


class SetRole(Struct, frozen=True):
    role: Role


class Remove(Struct, frozen=True):
    ban: Annotated[bool, Meta(description="Whether the invite they came by is revoked, too.")] = False


class Lend(Struct, frozen=True):
    minutes: shapes.Minutes


@TABLE.add("GET", "/api/rooms/{room}", needs="read", asked=shapes.Nothing, answered=RoomAndPeople)
async def read_room(call: Call, _: shapes.Nothing) -> RoomAndPeople:
    """The room, its documents, who is here, and who you are."""
    async with call.room() as (room, member):
        return _room_and_people(room, member)


@TABLE.add(
    "PUT",
    "/api/rooms/{room}",
    needs="operator",
    asked=MakeRoom,
    answered=shapes.Room,
    errors=(NotGrantedError,),
)
async def make_room(call: Call, asked: MakeRoom) -> shapes.Room:
    """Make a room under this name, if it isn't there yet. Needs an operator's token; nobody leads it at first."""
    if not call.claims.is_operator:
        raise NotGrantedError
    title = texts.line(asked.title, call.limits.title_chars)
    record = await call.store.room(call.path("room"))
    if record is None:
        record, _ = await call.registry.create(title, room_id=call.path("room"))
    return shapes.room(record)


@TABLE.add("PATCH", "/api/rooms/{room}", needs="moderate", asked=ChangeRoom, answered=RoomAndPeople)
async def change_room(call: Call, asked: ChangeRoom) -> RoomAndPeople:
    """Change the room's title, close or open its door, lock it, and say who may write on its board."""
    title = None if asked.title is None else texts.line(asked.title, call.limits.title_chars)
    async with call.room() as (room, member):
        await room.change(member, title=title, closed=asked.closed, locked=asked.locked, talk=asked.talk)
        return _room_and_people(room, member)


@TABLE.add("GET", "/api/rooms/{room}/members", needs="read", asked=ListMembers, answered=Members)
async def list_members(call: Call, asked: ListMembers) -> Members:
    """Everybody who belongs to the room, here or not; or, for who may let them in again, those who were put out."""
    async with call.room() as (room, member):
        found = await (room.people.put_out(member) if asked.removed else room.people.members(member))
        return Members([shapes.member(other) for other in found])


@TABLE.add(
    "PATCH",
    "/api/rooms/{room}/members/{member}",
    needs="moderate",
    asked=SetRole,
    answered=shapes.Member,
    errors=(OnlyLeadError,),
)
async def set_role(call: Call, asked: SetRole) -> shapes.Member:
    """Give a member another role. It counts at once on every door."""
    async with call.room() as (room, member):
        return shapes.member(await room.people.set_role(member, call.path("member"), asked.role))


@TABLE.add(
    "DELETE",
    "/api/rooms/{room}/members/{member}",
    needs="moderate",
    asked=Remove,
    status=204,
    errors=(OnlyLeadError,),
)
async def remove_member(call: Call, asked: Remove) -> None:
    """Put a member out of every door, for good, and with `ban=1` shut the way they came in by."""
    async with call.room() as (room, member):
        await room.people.remove(member, call.path("member"), ban=asked.ban)


@TABLE.add(
    "POST",
    "/api/rooms/{room}/members/{member}/restore",
    needs="moderate",
    asked=shapes.Nothing,
    answered=shapes.Member,
)
async def readmit(call: Call, _: shapes.Nothing) -> shapes.Member:
    """Let somebody in again who was put out, as what they were."""
    async with call.room() as (room, member):
        return shapes.member(await room.people.readmit(member, call.path("member")))


@TABLE.add(
    "PUT",
    "/api/rooms/{room}/members/{member}/loans/{grant}",
    needs="moderate",
    asked=Lend,
    answered=shapes.Member,
)
async def lend(call: Call, asked: Lend) -> shapes.Member:
    """Hand out one grant for a while: write, comment, play, speak or record. It goes back by itself."""
    async with call.room() as (room, member):
        return shapes.member(await room.people.lend(member, call.path("member"), _grant(call), asked.minutes))


@TABLE.add(
    "DELETE",
    "/api/rooms/{room}/members/{member}/loans/{grant}",
    needs="moderate, or to be the member",
    asked=shapes.Nothing,
    answered=shapes.Member,
)
async def take_back(call: Call, _: shapes.Nothing) -> shapes.Member:
    """Take back what was lent, or give it back."""
    async with call.room() as (room, member):
        return shapes.member(await room.people.take_back(member, call.path("member"), _grant(call)))


def _grant(call: Call) -> Grant:
    try:
        return Grant(call.path("grant"))
    except ValueError:
        raise NotFoundError("There is no such grant.") from None


def _room_and_people(room: Room, member: Member) -> RoomAndPeople:
    shown = shapes.room(room.record)
    here = [shapes.present(present) for present in room.here()]
    you = shapes.member(room.people.current(member))
    return RoomAndPeople(shown.room, shown.title, shown.kind, shown.main, shown.documents, shown.settings, here, you)
