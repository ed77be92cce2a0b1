"""The ways in: open a room, look at an invite, join by it, renew a token. The only endpoints that take no token."""

from __future__ import annotations

import time
from typing import cast

from rooms.errors import FullError, NotGrantedError, UnknownPersonError
from rooms.model import Invite, Member, Role, RoomRecord
from server import shapes
from server.api.table import Call, Table

TABLE = Table()


@TABLE.add("POST", "/api/rooms", needs="", asked=shapes.OpenRoom, answered=shapes.Opened, status=201, errors=(NotGrantedError,))
async def open_room(call: Call, asked: shapes.OpenRoom) -> shapes.Opened:
    """Open a room. Needs an open lobby, or an operator's token; whoever opens a room leads it."""
    if not (call.has_token and call.claims.is_operator):
        if not call.settings.open_lobby:
            raise NotGrantedError("Rooms are opened by this studio's operator. Ask them for a link.")
        call.count_entry()
    title = shapes.line(asked.title, call.limits.title_chars)
    name = shapes.line(asked.name, call.limits.name_chars)
    record, lead = await call.registry.create(title, name, asked.kind)
    lead = cast(Member, lead)  # a name was given
    async with call.registry.hold(record.id) as room:
        invite = await room.people.invite(lead, Role.CONTRIBUTOR)
    url = invite_url(call, invite.id)
    return shapes.Opened(record.id, record.title, url, token_of(call, lead), shapes.member(lead))


@TABLE.add("GET", "/api/rooms", needs="operator", asked=shapes.Nothing, answered=shapes.Rooms, errors=(NotGrantedError,))
async def list_rooms(call: Call, _: shapes.Nothing) -> shapes.Rooms:
    """List every room. Needs an operator's token."""
    if not call.claims.is_operator:
        raise NotGrantedError
    return shapes.Rooms([_listed(call, record) for record in await call.store.rooms()])


@TABLE.add("GET", "/api/invite", needs="", asked=shapes.AskInvite, answered=shapes.Invitation, errors=(UnknownPersonError,))
async def look_at_invite(call: Call, asked: shapes.AskInvite) -> shapes.Invitation:
    """What an invite leads to, before it is used."""
    invite = await _good_invite(call, asked.invite)
    record = await call.store.room(invite.room)
    if record is None:
        raise UnknownPersonError
    return shapes.Invitation(record.title, invite.role)


@TABLE.add(
    "POST",
    "/api/join",
    needs="",
    asked=shapes.Join,
    answered=shapes.Joined,
    errors=(UnknownPersonError, FullError),
)
async def join(call: Call, asked: shapes.Join) -> shapes.Joined:
    """Join a room by an invite, under a name."""
    call.count_entry()
    name = shapes.line(asked.name, call.limits.name_chars)
    invite = await _good_invite(call, asked.invite)
    async with call.registry.hold(invite.room) as room:
        member = await room.people.join(invite.id, name)
        return shapes.Joined(token_of(call, member), shapes.member(member), room.id, room.record.title)


@TABLE.add("POST", "/api/renew", needs="any token", asked=shapes.Nothing, answered=shapes.Token, errors=(NotGrantedError,))
async def renew(call: Call, _: shapes.Nothing) -> shapes.Token:
    """Renew a token that is still good, for as long again as it was made for."""
    if not call.claims.is_operator:
        async with call.enter(call.claims.room):  # a removed member gets no new one
            pass
    return shapes.Token(call.auth.renew(call.claims))


def invite_url(call: Call, invite_id: str) -> str:
    """The link. What follows # never leaves the browser that opens it."""
    return f"{call.base_url}/join#{call.auth.seal(invite_id)}"


def token_of(call: Call, member: Member) -> str:
    return call.auth.sign(member.room, member.id, member.name)


async def _good_invite(call: Call, sealed: str) -> Invite:
    invite = await call.store.invite(call.auth.unseal(sealed))
    if invite is None or invite.revoked:
        raise UnknownPersonError("This invite is no longer valid. Ask for a new one.")
    if invite.expires_ms is not None and invite.expires_ms <= time.time() * 1000:
        raise UnknownPersonError("This invite has run out. Ask for a new one.")
    if invite.uses is not None and invite.used >= invite.uses:
        raise UnknownPersonError("This invite has been used. Ask for a new one.")
    return invite


def _listed(call: Call, record: RoomRecord) -> shapes.ListedRoom:
    room = call.registry.rooms.get(record.id)
    here = len(room.here()) if room is not None else 0
    return shapes.ListedRoom(record.id, record.title, record.kind, record.created_ms, here)
