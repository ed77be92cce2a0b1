"""People: who belongs to a room and may do what in it. Its members, their roles, what is lent to them, and the ways in.

Every check of a grant goes through `need` and its neighbours, which judge by what somebody is *now*: a request that waited (for
a body, for the worker) is judged anew when it goes on. Knows no connections: what changes somebody is told to the room at once
(`changed`), which carries it to every desk and page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from rooms.errors import (
    BadRequestError,
    DoorClosedError,
    LockedError,
    NotFoundError,
    NotGrantedError,
    OnlyLeadError,
    UnknownPersonError,
)
from rooms.model import GRANTS, LENDABLE, Grant, Invite, Limits, Loan, Member, Role, RoomSettings, Talk
from rooms.naming import check_name, new_id, now_ms
from rooms.store import Opening, Store

MINUTE_MS = 60_000


class People:
    """The members and invites of one room."""

    def __init__(
        self,
        room: str,
        store: Store,
        limits: Limits,
        settings: Callable[[], RoomSettings],
        changed: Callable[[Member], None],
    ) -> None:
        self._room = room
        self._store = store
        self._limits = limits
        self._settings = settings
        self._changed = changed
        self._latest: dict[str, Member] = {}
        """Whoever changed since the room was opened, or has something lent: what was read before may be older than this."""
        self._turn = asyncio.Lock()
        """For changes that look first: two at once would both find another lead."""

    def load(self, opening: Opening) -> None:
        self._latest = {member.id: member for member in opening.lent}

    # What somebody may do

    def current(self, member: Member) -> Member:
        """The member as it is now, without the loans that have ended."""
        member = self._latest.get(member.id, member)
        loans = tuple(loan for loan in member.loans if loan.until_ms > now_ms())
        return member if loans == member.loans else replace(member, loans=loans)

    def need(self, member: Member, grant: Grant) -> None:
        """Raises NotGrantedError."""
        if not self.current(member).may(grant):
            raise NotGrantedError

    def need_lead(self, member: Member) -> None:
        member = self.current(member)
        if member.removed or member.role is not Role.LEAD:
            raise NotGrantedError

    def need_draft(self, member: Member, grant: Grant = Grant.READ) -> None:
        """For everything that shows what is written. Raises DoorClosedError behind a closed door, besides NotGrantedError."""
        self.need(member, grant)
        if not self.sees_draft(member):
            raise DoorClosedError

    def sees_draft(self, member: Member) -> bool:
        return self.current(member).may(Grant.WRITE if self._settings().closed else Grant.READ)

    def need_voice(self, member: Member) -> None:
        """For writing on the board."""
        self.need(member, Grant.READ)
        if self._settings().talk is Talk.WRITERS and not self.current(member).may(Grant.WRITE):
            raise NotGrantedError("Only who writes the text may write on the board just now.")

    # Coming in

    async def admit(self, member_id: str, name: str, role: Role | None, *, operator: bool = False) -> Member:
        """The member's row. Where there is none it is made, if a role is given (by an operator's token).

        Raises NotGrantedError for a removed member, UnknownPersonError where there is none and no role, LockedError for
        somebody new in a locked room: the operator and who comes to lead are let in all the same.
        """
        member = await self._store.member(self._room, member_id)
        if member is None and role is not None:
            self._need_unlocked(keyed=operator or role is Role.LEAD)
            member = await self._store.add_member(self._newcomer(member_id, name, role))
        if member is None:
            raise UnknownPersonError
        member = self.current(member)
        self.need(member, Grant.READ)
        return member

    def _newcomer(self, member_id: str, name: str, role: Role, invite: str | None = None) -> Member:
        name = check_name(name, self._limits.name_chars)
        return Member(member_id, self._room, name, 0, role, GRANTS[role], invite, now_ms())

    def _need_unlocked(self, *, keyed: bool) -> None:
        """`keyed`: by the operator's doing, who must be able to give a locked room a lead again."""
        if self._settings().locked and not keyed:
            raise LockedError

    def check_invite(self, invite: Invite) -> None:
        """Raises UnknownPersonError where it no longer counts, LockedError while nobody new comes in."""
        if invite.room != self._room:
            raise UnknownPersonError
        if invite.revoked:
            raise UnknownPersonError("This invite is no longer valid. Ask for a new one.")
        if invite.expires_ms is not None and invite.expires_ms <= now_ms():
            raise UnknownPersonError("This invite has run out. Ask for a new one.")
        if invite.uses is not None and invite.used >= invite.uses:
            raise UnknownPersonError("This invite has been used. Ask for a new one.")
        self._need_unlocked(keyed=invite.created_by is None and invite.role is Role.LEAD)

    async def welcome(self, name: str, role: Role) -> Member:
        """Makes a member of whoever brought the room here."""
        return await self._store.add_member(self._newcomer(new_id(), name, role))

    async def join(self, invite_id: str, name: str) -> Member:
        """Makes a member of whoever holds this invite. Raises as `check_invite` does."""
        invite = await self._store.invite(invite_id)
        if invite is None:
            raise UnknownPersonError
        self.check_invite(invite)
        newcomer = self._newcomer(new_id(), name, invite.role, invite_id)
        return await self._store.use_invite(invite_id, newcomer, now_ms())

    # Members

    async def members(self, by: Member) -> list[Member]:
        self.need(by, Grant.READ)
        members = [self.current(member) for member in await self._store.members(self._room)]
        return [member for member in members if not member.removed]

    async def set_role(self, by: Member, member_id: str, role: Role) -> Member:
        """Counts at once on every door, and ends what was lent. Only a lead makes or unmakes leads, and one stays."""
        async with self._turn:
            self.need(by, Grant.MODERATE)
            member = await self.known(member_id)
            if Role.LEAD in {role, member.role} and role is not member.role:
                self.need_lead(by)
                await self._keep_a_lead(member)
            return self._note(await self._store.grant(self._room, member_id, role, GRANTS[role]))

    async def remove(self, by: Member, member_id: str, *, ban: bool = False) -> None:
        """Puts a member out of every door, for good. With `ban` the invite they came by is shut as well."""
        async with self._turn:
            self.need(by, Grant.MODERATE)
            member = await self.known(member_id)
            if member.role is Role.LEAD:
                self.need_lead(by)
                await self._keep_a_lead(member)
            self._note(await self._store.remove_member(self._room, member_id, ban=ban))

    async def put_out(self, by: Member) -> list[Member]:
        """Those who were removed, and can be let in again."""
        self.need(by, Grant.MODERATE)
        return [member for member in map(self.current, await self._store.members(self._room)) if member.removed]

    async def readmit(self, by: Member, member_id: str) -> Member:
        """Lets a removed member in again, as what they were. The way they came by stays shut where it was."""
        async with self._turn:
            self.need(by, Grant.MODERATE)
            member = await self._store.member(self._room, member_id)
            if member is None or not member.removed:
                raise NotFoundError("Nobody like that was put out of this room.")
            if member.role is Role.LEAD:
                self.need_lead(by)
            return self._note(await self._store.readmit_member(self._room, member_id))

    async def rename(self, member: Member, name: str) -> Member:
        return self._note(await self._store.rename(self._room, member.id, check_name(name, self._limits.name_chars)))

    async def known(self, member_id: str) -> Member:
        """Raises NotFoundError for who isn't a member, or no longer."""
        member = await self._store.member(self._room, member_id)
        if member is None or member.removed:
            raise NotFoundError("There is no such member in this room.")
        return member

    async def _keep_a_lead(self, leaving: Member) -> None:
        if leaving.role is not Role.LEAD:
            return
        others = await self._store.members(self._room)
        if not any(m.role is Role.LEAD and not m.removed and m.id != leaving.id for m in others):
            raise OnlyLeadError

    def _note(self, member: Member) -> Member:
        self._latest[member.id] = member
        member = self.current(member)
        self._changed(member)
        return member

    # Loans

    async def lend(self, by: Member, member_id: str, grant: Grant, minutes: int) -> Member:
        """Hands one grant out for a while; a loan of the same grant is replaced. It ends by itself, or by `take_back`.

        Who may do that by their role needs no loan, and gets none.
        """
        if grant not in LENDABLE:
            raise BadRequestError("That can't be lent: it comes with a role.")
        if not 1 <= minutes <= self._limits.loan_minutes:
            raise BadRequestError(f"Something is lent for 1 to {self._limits.loan_minutes} minutes.")
        async with self._turn:
            self.need(by, Grant.MODERATE)
            member = await self.known(member_id)
            if grant in member.grants:
                return self.current(member)
            now = now_ms()
            loan = Loan(grant, now + minutes * MINUTE_MS)
            return self._note(await self._store.lend(self._room, member_id, loan, by.id, now))

    async def take_back(self, by: Member, member_id: str, grant: Grant) -> Member:
        """Ends a loan early; who has it may give it back. Raises NotFoundError where there is none."""
        async with self._turn:
            if by.id != member_id:
                self.need(by, Grant.MODERATE)
            if grant not in {loan.grant for loan in (await self.known(member_id)).loans}:
                raise NotFoundError("Nothing like that is lent to them.")
            return self._note(await self._store.take_back(self._room, member_id, grant))

    def end_loans(self) -> None:
        """Called again and again: tells of loans that have ended since. Their rows go with the room's next loan."""
        for member in list(self._latest.values()):
            if member.loans and (now := self.current(member)) is not member:
                self._note(now)

    # Ways in

    async def invite(self, by: Member | None, role: Role, expires_ms: int | None = None, uses: int | None = None) -> Invite:
        """A new way in. None as `by` is the operator."""
        if by is not None:
            self.need(by, Grant.INVITE)
            if role is Role.LEAD:
                self.need_lead(by)
        if uses is not None and uses < 1:
            raise BadRequestError("An invite can be used once at least.")
        invite = Invite(new_id(), self._room, role, now_ms(), by.id if by else None, expires_ms, uses)
        await self._store.add_invite(invite)
        return invite

    async def invites(self, by: Member) -> list[Invite]:
        self.need(by, Grant.INVITE)
        return await self._store.invites(self._room)

    async def revoke(self, by: Member, invite_id: str, *, members_too: bool = False) -> None:
        """Shuts a way in; with `members_too`, whoever came by it is removed (never the one who asks)."""
        async with self._turn:
            self.need(by, Grant.INVITE)
            invite = await self._store.invite(invite_id)
            if invite is None or invite.room != self._room:
                raise NotFoundError("There is no such invite.")
            if invite.role is Role.LEAD:
                self.need_lead(by)
            if members_too:
                self.need(by, Grant.MODERATE)
                came_by_it = [m for m in await self._store.members(self._room) if m.invite == invite_id and not m.removed]
                if any(member.role is Role.LEAD for member in came_by_it):
                    self.need_lead(by)
            for member in await self._store.revoke_invite(invite_id, members_too=members_too, but=by.id):
                self._note(member)
