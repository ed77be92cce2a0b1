"""Invites of a room: made, listed, revoked."""

from __future__ import annotations

import time
from typing import Annotated

from msgspec import Meta, Struct

from rooms.errors import BadRequestError, NotGrantedError
from rooms.model import Invite as InviteRecord
from rooms.model import Member, Role
from server import shapes
from server.api.entry import invite_url
from server.api.table import Call, Table

TABLE = Table()


class Invite(Struct, frozen=True):
    invite: str
    url: str
    id: str
    role: Role
    expires: shapes.Milliseconds | None
    uses: int | None
    used: int
    revoked: bool
    came: Annotated[list[shapes.Member], Meta(description="Who came by it and is still a member.")]


class Invites(Struct, frozen=True):
    invites: list[Invite]


class MakeInvite(Struct, frozen=True):
    role: Role
    expires_in: Annotated[int, Meta(ge=1, le=100 * 365 * 86_400, description="Seconds from now.")] | None = None
    uses: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None


class Revoke(Struct, frozen=True):
    members: Annotated[bool, Meta(description="Whether who came by it is removed, too.")] = False


@TABLE.add(
    "POST",
    "/api/rooms/{room}/invites",
    needs="invite",
    asked=MakeInvite,
    answered=Invite,
    status=201,
    errors=(BadRequestError, NotGrantedError),
)
async def make_invite(call: Call, asked: MakeInvite) -> Invite:
    """Make a link that lets others in."""
    expires_ms = None if asked.expires_in is None else int((time.time() + asked.expires_in) * 1000)
    if call.claims.is_operator:  # who needs not be a member to let people in
        async with call.held() as room:
            return _invite(call, await room.people.invite(None, asked.role, expires_ms, asked.uses), [])
    async with call.room() as (room, member):
        return _invite(call, await room.people.invite(member, asked.role, expires_ms, asked.uses), [])


@TABLE.add("GET", "/api/rooms/{room}/invites", needs="invite", asked=shapes.Nothing, answered=Invites)
async def list_invites(call: Call, _: shapes.Nothing) -> Invites:
    """Every invite that was made for the room, and who came by it."""
    async with call.room() as (room, member):
        invites, members = await room.people.invites(member), await room.people.members(member)
    came: dict[str | None, list[Member]] = {}
    for other in members:
        came.setdefault(other.invite, []).append(other)
    return Invites([_invite(call, invite, came.get(invite.id, [])) for invite in invites])


@TABLE.add("DELETE", "/api/rooms/{room}/invites/{id}", needs="invite", asked=Revoke, status=204)
async def revoke_invite(call: Call, asked: Revoke) -> None:
    """Revoke an invite, and with `members=1` remove whoever came by it."""
    async with call.room() as (room, member):
        await room.people.revoke(member, call.path("id"), members_too=asked.members)


def _invite(call: Call, invite: InviteRecord, came: list[Member]) -> Invite:
    return Invite(
        call.auth.seal(invite.id),
        invite_url(call, invite.id),
        invite.id,
        invite.role,
        invite.expires_ms,
        invite.uses,
        invite.used,
        invite.revoked,
        [shapes.member(member) for member in came],
    )
