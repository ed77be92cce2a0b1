"""People: who belongs to a room and may do what in it. Its members, their roles, and the ways in; knows no connections.

Every check of a grant that concerns people is made here. What changes somebody is told to the room at once (`changed`), which
carries it to every desk and page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from rooms.errors import BadRequestError, NotFoundError, NotGrantedError, UnknownPersonError
from rooms.model import GRANTS, Grant, Invite, Limits, Member, Role
from rooms.naming import check_name, new_id, now_ms
from rooms.store import Store


def need(member: Member, grant: Grant) -> None:
    if not member.may(grant):
        raise NotGrantedError


def need_lead(member: Member) -> None:
    if member.role is not Role.LEAD:
        raise NotGrantedError


class People:
    """The members and invites of one room."""

    def __init__(self, room: str, store: Store, limits: Limits, changed: Callable[[Member], None]) -> None:
        self._room = room
        self._store = store
        self._limits = limits
        self._changed = changed
        self._turn = asyncio.Lock()
        """For changes that look first: two at once would both find another lead."""

    # Coming in

    async def admit(self, member_id: str, name: str, role: Role | None) -> Member:
        """The member's row. Where there is none it is made, if a role is given (by an operator's token).

        Raises NotGrantedError for a removed member, UnknownPersonError where there is none and no role.
        """
        member = await self._store.member(self._room, member_id)
        if member is None and role is not None:
            member = await self._store.add_member(self._newcomer(member_id, name, role))
        if member is None:
            raise UnknownPersonError
        if member.removed or not member.may(Grant.READ):
            raise NotGrantedError
        return member

    def _newcomer(self, member_id: str, name: str, role: Role, invite: str | None = None) -> Member:
        name = check_name(name, self._limits.name_chars)
        return Member(member_id, self._room, name, 0, role, GRANTS[role], invite, now_ms())

    async def join(self, invite_id: str, name: str) -> Member:
        """Makes a member of whoever holds this invite. Raises UnknownPersonError where it no longer counts."""
        invite = await self._store.invite(invite_id)
        if invite is None or invite.room != self._room:
            raise UnknownPersonError
        newcomer = self._newcomer(new_id(), name, invite.role, invite_id)
        return await self._store.use_invite(invite_id, newcomer, now_ms())

    # Members

    async def members(self, by: Member) -> list[Member]:
        need(by, Grant.READ)
        return [member for member in await self._store.members(self._room) if not member.removed]

    async def set_role(self, by: Member, member_id: str, role: Role) -> Member:
        """Counts at once on every door. Only a lead makes or unmakes leads, and a room keeps at least one."""
        need(by, Grant.MODERATE)
        async with self._turn:
            member = await self._known(member_id)
            if Role.LEAD in {role, member.role} and role is not member.role:
                need_lead(by)
                await self._keep_a_lead(member)
            member = await self._store.grant(self._room, member_id, role, GRANTS[role])
        self._changed(member)
        return member

    async def remove(self, by: Member, member_id: str) -> None:
        """Puts a member out of every door, for good."""
        need(by, Grant.MODERATE)
        async with self._turn:
            member = await self._known(member_id)
            if member.role is Role.LEAD:
                need_lead(by)
                await self._keep_a_lead(member)
            removed = await self._store.remove_member(self._room, member_id)
        self._changed(removed)

    async def _known(self, member_id: str) -> Member:
        member = await self._store.member(self._room, member_id)
        if member is None or member.removed:
            raise NotFoundError("There is no such member in this room.")
        return member

    async def _keep_a_lead(self, leaving: Member) -> None:
        if leaving.role is not Role.LEAD:
            return
        others = await self._store.members(self._room)
        if not any(m.role is Role.LEAD and not m.removed and m.id != leaving.id for m in others):
            raise BadRequestError("A room needs a lead: make somebody else one first.")

    async def rename(self, member: Member, name: str) -> Member:
        renamed = await self._store.rename(self._room, member.id, check_name(name, self._limits.name_chars))
        self._changed(renamed)
        return renamed

    # Ways in

    async def invite(self, by: Member | None, role: Role, expires_ms: int | None = None, uses: int | None = None) -> Invite:
        """A new way in. None as `by` is the operator."""
        if by is not None:
            need(by, Grant.INVITE)
            if role is Role.LEAD:
                need_lead(by)
        if uses is not None and uses < 1:
            raise BadRequestError("An invite can be used once at least.")
        invite = Invite(new_id(), self._room, role, now_ms(), by.id if by else None, expires_ms, uses)
        await self._store.add_invite(invite)
        return invite

    async def invites(self, by: Member) -> list[Invite]:
        need(by, Grant.INVITE)
        return await self._store.invites(self._room)

    async def revoke(self, by: Member, invite_id: str, *, members_too: bool = False) -> None:
        """Shuts a way in; with `members_too`, whoever came by it is removed (never the one who asks)."""
        need(by, Grant.INVITE)
        if members_too:
            need(by, Grant.MODERATE)
        invite = await self._store.invite(invite_id)
        if invite is None or invite.room != self._room:
            raise NotFoundError("There is no such invite.")
        if invite.role is Role.LEAD:
            need_lead(by)
        for member in await self._store.revoke_invite(invite_id, members_too=members_too):
            self._changed(member)
