"""Members, what is lent to them, and invites in SQL: plain functions over a connection, as in `rows.py`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql.expression import and_, bindparam, delete, insert, or_, select, update

from rooms.errors import NotFoundError, UnknownPersonError
from rooms.model import HUES, Grant, Invite, Loan, Member, Role
from rooms.store import tables
from rooms.store.rows import need_room

# Members

_MEMBERS: Final = (
    select(tables.member, tables.loan.c.grant, tables.loan.c.until_ms)
    .outerjoin_from(
        tables.member,
        tables.loan,
        and_(tables.loan.c.room == tables.member.c.room, tables.loan.c.member == tables.member.c.id),
    )
    .order_by(tables.member.c.joined_ms, tables.member.c.id, tables.loan.c.grant)
)
"""Members with what is lent to them: a row for each loan, and one for who has none."""
_MEMBER: Final = _MEMBERS.where(tables.member.c.room == bindparam("room"), tables.member.c.id == bindparam("member"))
"""One of them. Made once, since everybody who comes in is looked for (see `rows.py`)."""


def add_member(connection: Connection, new: Member) -> Member:
    known = member(connection, new.room, new.id)
    if known is not None:
        return known
    need_room(connection, new.room)
    if not new.hue:
        new = replace(new, hue=_free_hue(connection, new.room))
    connection.execute(
        insert(tables.member).values(
            room=new.room,
            id=new.id,
            name=new.name,
            hue=new.hue,
            role=new.role.value,
            grants=_grants_text(new.grants),
            invite=new.invite,
            joined_ms=new.joined_ms,
            removed=new.removed,
            banned=new.banned,
        )
    )
    return new


def _free_hue(connection: Connection, room: str) -> int:
    """The hue that the fewest members of the room have, the lowest of several such."""
    t = tables.member.c
    taken = connection.execute(select(t.hue).where(t.room == room, t.removed.is_(False))).scalars().all()
    return min(range(1, HUES + 1), key=taken.count)


def member(connection: Connection, room: str, member: str) -> Member | None:
    found = _read(connection.execute(_MEMBER, {"room": room, "member": member}))
    return found[0] if found else None


def members(connection: Connection, room: str) -> list[Member]:
    return _members(connection, tables.member.c.room == room)


def lent(connection: Connection, room: str) -> list[Member]:
    borrowers = select(tables.loan.c.member).where(tables.loan.c.room == room)
    return _members(connection, tables.member.c.room == room, tables.member.c.id.in_(borrowers))


def _members(connection: Connection, *where: Any) -> list[Member]:
    return _read(connection.execute(_MEMBERS.where(*where)))


def _read(rows: Iterable[Row[Any]]) -> list[Member]:
    return [_member(list(of_one)) for _, of_one in groupby(rows, key=attrgetter("id"))]


def _member(rows: Sequence[Row[Any]]) -> Member:
    """From its row, as often as something is lent to it."""
    row = rows[0]
    return Member(
        id=row.id,
        room=row.room,
        name=row.name,
        hue=row.hue,
        role=Role(row.role),
        grants=frozenset(Grant(word) for word in row.grants.split()),
        invite=row.invite,
        joined_ms=row.joined_ms,
        removed=row.removed,
        banned=row.banned,
        loans=tuple(Loan(Grant(one.grant), one.until_ms) for one in rows if one.grant is not None),
    )


def _grants_text(grants: frozenset[Grant]) -> str:
    return " ".join(sorted(grant.value for grant in grants))


def _is_member(room: str, member: str) -> Any:
    return and_(tables.member.c.room == room, tables.member.c.id == member)


def grant(connection: Connection, room: str, member: str, role: Role, grants: frozenset[Grant]) -> Member:
    _end_loans(connection, room, member)
    return _change_member(connection, room, member, role=role.value, grants=_grants_text(grants))


def rename(connection: Connection, room: str, member: str, name: str) -> Member:
    return _change_member(connection, room, member, name=name)


def remove_member(connection: Connection, room: str, member: str, *, ban: bool = False) -> Member:
    _end_loans(connection, room, member)
    if not ban:
        return _change_member(connection, room, member, removed=True)
    banned = _change_member(connection, room, member, removed=True, banned=True)
    if banned.invite is not None:
        connection.execute(update(tables.invite).where(tables.invite.c.id == banned.invite).values(revoked=True))
    return banned


def readmit_member(connection: Connection, room: str, member: str) -> Member:
    return _change_member(connection, room, member, removed=False, banned=False)


def _change_member(connection: Connection, room: str, member_id: str, **values: Any) -> Member:
    connection.execute(update(tables.member).where(_is_member(room, member_id)).values(**values))
    return _need_member(connection, room, member_id)


def _need_member(connection: Connection, room: str, member_id: str) -> Member:
    found = member(connection, room, member_id)
    if found is None:
        raise NotFoundError("There is no such member in this room.")
    return found


def lend(connection: Connection, room: str, member: str, loan: Loan, by: str, now_ms: int) -> Member:
    t = tables.loan
    is_same = and_(t.c.member == member, t.c.grant == loan.grant.value)
    connection.execute(delete(t).where(t.c.room == room, or_(is_same, t.c.until_ms <= now_ms)))
    values = {"room": room, "member": member, "grant": loan.grant.value, "until_ms": loan.until_ms, "given_by": by}
    connection.execute(insert(t).values(values))
    return _need_member(connection, room, member)


def take_back(connection: Connection, room: str, member: str, grant: Grant) -> Member:
    t = tables.loan.c
    connection.execute(delete(tables.loan).where(t.room == room, t.member == member, t.grant == grant.value))
    return _need_member(connection, room, member)


def _end_loans(connection: Connection, room: str, member: str) -> None:
    t = tables.loan.c
    connection.execute(delete(tables.loan).where(t.room == room, t.member == member))


# Invites


def add_invite(connection: Connection, invite: Invite) -> None:
    need_room(connection, invite.room)
    connection.execute(
        insert(tables.invite).values(
            id=invite.id,
            room=invite.room,
            role=invite.role.value,
            created_ms=invite.created_ms,
            created_by=invite.created_by,
            expires_ms=invite.expires_ms,
            uses=invite.uses,
            used=invite.used,
            revoked=invite.revoked,
        )
    )


def invite(connection: Connection, invite: str) -> Invite | None:
    found = _invites(connection, tables.invite.c.id == invite)
    return found[0] if found else None


def invites(connection: Connection, room: str) -> list[Invite]:
    return _invites(connection, tables.invite.c.room == room)


def _invites(connection: Connection, *where: Any) -> list[Invite]:
    t = tables.invite
    query = select(t).where(*where).order_by(t.c.created_ms, t.c.id)
    return [
        Invite(
            id=row.id,
            room=row.room,
            role=Role(row.role),
            created_ms=row.created_ms,
            created_by=row.created_by,
            expires_ms=row.expires_ms,
            uses=row.uses,
            used=row.used,
            revoked=row.revoked,
        )
        for row in connection.execute(query)
    ]


def use_invite(connection: Connection, invite: str, member: Member, now_ms: int) -> Member:
    """Asks and counts in one statement, so that two who come at once can't both have the last use."""
    t = tables.invite.c
    counted = connection.execute(
        update(tables.invite)
        .where(
            t.id == invite,
            t.room == member.room,
            t.revoked.is_(False),
            or_(t.expires_ms.is_(None), t.expires_ms > now_ms),
            or_(t.uses.is_(None), t.used < t.uses),
        )
        .values(used=t.used + 1)
    )
    if not counted.rowcount:
        raise UnknownPersonError
    return add_member(connection, replace(member, invite=invite))


def revoke_invite(connection: Connection, invite: str, *, members_too: bool, but: str | None = None) -> list[Member]:
    revoked = connection.execute(update(tables.invite).where(tables.invite.c.id == invite).values(revoked=True))
    if not revoked.rowcount:
        raise NotFoundError("There is no such invite.")
    if not members_too:
        return []
    t = tables.member.c
    came_by_it = _members(connection, t.invite == invite, t.removed.is_(False), t.id != (but or ""))
    return [remove_member(connection, member.room, member.id) for member in came_by_it]
