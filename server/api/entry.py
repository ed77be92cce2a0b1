"""The ways in: open a room, look at an invite, join by it, renew a token. The only endpoints that take no token."""

from __future__ import annotations

from typing import Annotated, cast

from msgspec import Meta, Struct

from rooms.errors import FullError, LockedError, NoSuchRoomError, NotGrantedError, UnknownPersonError
from rooms.model import Invite, Member, Role, RoomRecord
from rooms.room import Room
from server import shapes, texts
from server.api.table import Call, Table

TABLE = Table()


Kind = Annotated[str, Meta(pattern=r"^[a-z]{1,32}$(?!\n)", description="What the room is for.")]


class Opened(Struct, frozen=True):
    room: str
    title: str
    invite: str
    token: str
    member: shapes.Member
    recovery: Annotated[str, Meta(description="A link that lets this member in again. Shown this once.")]


class ListedRoom(Struct, frozen=True):
    room: str
    title: str
    kind: str
    created: shapes.Milliseconds
    here: Annotated[int, Meta(description="How many people are in it now.")]


class Rooms(Struct, frozen=True):
    rooms: list[ListedRoom]


class Invitation(Struct, frozen=True):
    title: str
    role: Role
    room: Annotated[str | None, Meta(description="The room, for whoever is a member of it already.")] = None


class Joined(Struct, frozen=True):
    token: str
    member: shapes.Member
    room: str
    title: str
    recovery: Annotated[str | None, Meta(description="For who comes to lead: a link that lets them in again.")] = None


class Token(Struct, frozen=True):
    token: str


class OpenRoom(Struct, frozen=True):
    title: shapes.Title
    name: shapes.Name = "Lead"
    kind: Kind = "story"


class AskInvite(Struct, frozen=True):
    invite: str


class Join(Struct, frozen=True):
    invite: str
    name: shapes.Name


class Recover(Struct, frozen=True):
    recovery: str


@TABLE.add("POST", "/api/rooms", needs="", asked=OpenRoom, answered=Opened, status=201, errors=(NotGrantedError,))
async def open_room(call: Call, asked: OpenRoom) -> Opened:
    """Open a room. Needs an open lobby, or an operator's token; whoever opens a room leads it."""
    may_open_rooms(call)
    title = texts.line(asked.title, call.limits.title_chars)
    name = texts.line(asked.name, call.limits.name_chars)
    record, lead = await call.registry.create(title, name, asked.kind)
    lead = cast(Member, lead)  # a name was given
    async with call.registry.hold(record.id) as room:
        return await opened(call, room, lead)


def may_open_rooms(call: Call) -> None:
    """Raises NotGrantedError where the lobby isn't open to whoever asks, and TooFastError."""
    if not (call.has_token and call.claims.is_operator):
        if not call.settings.open_lobby:
            raise NotGrantedError("Rooms are opened by this studio's operator. Ask them for a link.")
        call.count_entry()


async def opened(call: Call, room: Room, lead: Member) -> Opened:
    """What whoever opened a room is handed."""
    invite = await room.people.invite(lead, Role.CONTRIBUTOR)
    url = invite_url(call, invite.id)
    return Opened(room.id, room.record.title, url, token_of(call, lead), shapes.member(lead), recovery_url(call, lead))


@TABLE.add("GET", "/api/rooms", needs="operator", asked=shapes.Nothing, answered=Rooms, errors=(NotGrantedError,))
async def list_rooms(call: Call, _: shapes.Nothing) -> Rooms:
    """List every room. Needs an operator's token."""
    if not call.claims.is_operator:
        raise NotGrantedError
    return Rooms([_listed(call, record) for record in await call.store.rooms()])


@TABLE.add(
    "GET",
    "/api/invite",
    needs="",
    asked=AskInvite,
    answered=Invitation,
    errors=(UnknownPersonError, LockedError),
)
async def look_at_invite(call: Call, asked: AskInvite) -> Invitation:
    """What an invite leads to, before it is used; and the room, for the token of somebody who is a member already."""
    invite = await _known_invite(call, asked.invite)
    async with call.registry.hold(invite.room) as room:
        if await _is_member(call, room):
            return Invitation(room.record.title, invite.role, room.id)
        room.people.check_invite(invite)
        return Invitation(room.record.title, invite.role)


@TABLE.add(
    "POST",
    "/api/join",
    needs="",
    asked=Join,
    answered=Joined,
    errors=(UnknownPersonError, LockedError, FullError),
)
async def join(call: Call, asked: Join) -> Joined:
    """Join a room by an invite, under a name."""
    call.count_entry()
    name = texts.line(asked.name, call.limits.name_chars)
    invite = await _known_invite(call, asked.invite)
    async with call.registry.hold(invite.room) as room:
        member = await room.people.join(invite.id, name)
        return _joined(call, room, member, recovery_url(call, member) if member.role is Role.LEAD else None)


@TABLE.add(
    "POST",
    "/api/recover",
    needs="",
    asked=Recover,
    answered=Joined,
    errors=(UnknownPersonError, NotGrantedError, NoSuchRoomError),
)
async def recover(call: Call, asked: Recover) -> Joined:
    """Be the same member again, by the link that was shown when the room was opened. It is not used up."""
    call.count_entry()
    room_id, member_id = call.auth.recover(asked.recovery)
    async with call.registry.hold(room_id) as room:
        return _joined(call, room, await room.people.admit(member_id, "", None))


@TABLE.add("POST", "/api/renew", needs="any token", asked=shapes.Nothing, answered=Token, errors=(NotGrantedError,))
async def renew(call: Call, _: shapes.Nothing) -> Token:
    """Renew a token that is still good, for as long again as it was made for."""
    if not call.claims.is_operator:
        async with call.enter(call.claims.room):  # a removed member gets no new one
            pass
    return Token(call.auth.renew(call.claims))


def invite_url(call: Call, invite_id: str) -> str:
    """The link. What follows # never leaves the browser that opens it."""
    return f"{call.base_url}/join#{call.auth.seal(invite_id)}"


def recovery_url(call: Call, member: Member) -> str:
    """The link that lets this member in again, for as long as it isn't removed."""
    return f"{call.base_url}/join#{call.auth.recovery(member.room, member.id)}"


def token_of(call: Call, member: Member) -> str:
    return call.auth.sign(member.room, member.id, member.name)


def _joined(call: Call, room: Room, member: Member, recovery: str | None = None) -> Joined:
    return Joined(token_of(call, member), shapes.member(member), room.id, room.record.title, recovery)


async def _known_invite(call: Call, sealed: str) -> Invite:
    invite = await call.store.invite(call.auth.unseal(sealed))
    if invite is None:
        raise UnknownPersonError("This invite is no longer valid. Ask for a new one.")
    return invite


async def _is_member(call: Call, room: Room) -> bool:
    """Whether the request carries a token of a member. An invite can be looked at with any other, or none."""
    if not call.has_token:
        return False
    try:
        if call.claims.room != room.id:
            return False
        await room.people.admit(call.claims.sub, call.claims.name, None)
    except (UnknownPersonError, NotGrantedError):
        return False
    return True


def _listed(call: Call, record: RoomRecord) -> ListedRoom:
    room = call.registry.rooms.get(record.id)
    here = len(room.here()) if room is not None else 0
    return ListedRoom(record.id, record.title, record.kind, record.created_ms, here)
