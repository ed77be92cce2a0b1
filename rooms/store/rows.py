"""Rooms, members and invites in SQL: plain functions over a connection, run in the store's threads.

They begin and end no transaction. Those that change something say no with a StudioError, and then that one change is
undone; each may be run a second time, if the transaction it shared with others failed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql.expression import and_, delete, exists, insert, or_, select, update

from rooms.errors import BadRequestError, NoSuchRoomError, NotFoundError, UnknownPersonError
from rooms.model import HUES, Grant, Invite, Member, Role, RoomRecord
from rooms.store import pages, tables

# Rooms


def add_room(connection: Connection, room: RoomRecord) -> None:
    if _has_room(connection, room.id):
        raise BadRequestError("There is already a room by this name.")
    connection.execute(
        insert(tables.room).values(id=room.id, title=room.title, kind=room.kind, created_ms=room.created_ms, main=room.main)
    )
    for page in room.pages:
        pages.add_page(connection, page)


def room(connection: Connection, room: str) -> RoomRecord | None:
    found = _rooms(connection, room)
    return found[0] if found else None


def rooms(connection: Connection) -> list[RoomRecord]:
    return _rooms(connection, None)


def _rooms(connection: Connection, only: str | None) -> list[RoomRecord]:
    rooms = select(tables.room).order_by(tables.room.c.created_ms, tables.room.c.id)
    if only is not None:
        rooms = rooms.where(tables.room.c.id == only)
    shown, removed = pages.pages(connection, only)
    return [
        RoomRecord(
            id=r.id,
            title=r.title,
            kind=r.kind,
            created_ms=r.created_ms,
            main=r.main,
            pages=tuple(shown.get(r.id, ())),
            removed=tuple(removed.get(r.id, ())),
        )
        for r in connection.execute(rooms)
    ]


def retitle_room(connection: Connection, room: str, title: str) -> None:
    changed = connection.execute(update(tables.room).where(tables.room.c.id == room).values(title=title))
    if not changed.rowcount:
        raise NoSuchRoomError


def _has_room(connection: Connection, room: str) -> bool:
    return bool(connection.execute(select(exists().where(tables.room.c.id == room))).scalar())


def _need_room(connection: Connection, room: str) -> None:
    if not _has_room(connection, room):
        raise NoSuchRoomError


# Members


def add_member(connection: Connection, new: Member) -> Member:
    known = member(connection, new.room, new.id)
    if known is not None:
        return known
    _need_room(connection, new.room)
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
        )
    )
    return new


def _free_hue(connection: Connection, room: str) -> int:
    """The hue that the fewest members of the room have, the lowest of several such."""
    t = tables.member.c
    taken = connection.execute(select(t.hue).where(t.room == room, t.removed.is_(False))).scalars().all()
    return min(range(1, HUES + 1), key=taken.count)


def member(connection: Connection, room: str, member: str) -> Member | None:
    found = _members(connection, _is_member(room, member))
    return found[0] if found else None


def members(connection: Connection, room: str) -> list[Member]:
    return _members(connection, tables.member.c.room == room)


def _members(connection: Connection, *where: Any) -> list[Member]:
    t = tables.member
    return [_member(row) for row in connection.execute(select(t).where(*where).order_by(t.c.joined_ms, t.c.id))]


def _member(row: Row[Any]) -> Member:
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
    )


def _grants_text(grants: frozenset[Grant]) -> str:
    return " ".join(sorted(grant.value for grant in grants))


def _is_member(room: str, member: str) -> Any:
    return and_(tables.member.c.room == room, tables.member.c.id == member)


def grant(connection: Connection, room: str, member: str, role: Role, grants: frozenset[Grant]) -> Member:
    return _change_member(connection, room, member, role=role.value, grants=_grants_text(grants))


def rename(connection: Connection, room: str, member: str, name: str) -> Member:
    return _change_member(connection, room, member, name=name)


def remove_member(connection: Connection, room: str, member: str) -> Member:
    return _change_member(connection, room, member, removed=True)


def _change_member(connection: Connection, room: str, member_id: str, **values: Any) -> Member:
    connection.execute(update(tables.member).where(_is_member(room, member_id)).values(**values))
    changed = member(connection, room, member_id)
    if changed is None:
        raise NotFoundError("There is no such member in this room.")
    return changed


# Invites


def add_invite(connection: Connection, invite: Invite) -> None:
    _need_room(connection, invite.room)
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


def revoke_invite(connection: Connection, invite: str, *, members_too: bool) -> list[Member]:
    revoked = connection.execute(update(tables.invite).where(tables.invite.c.id == invite).values(revoked=True))
    if not revoked.rowcount:
        raise NotFoundError("There is no such invite.")
    if not members_too:
        return []
    t = tables.member.c
    came_by_it = and_(t.invite == invite, t.removed.is_(False))
    removed = _members(connection, came_by_it)
    connection.execute(update(tables.member).where(came_by_it).values(removed=True))
    return [replace(member, removed=True) for member in removed]


# What is kept for documents that can't be opened


def keep_copy(connection: Connection, room: str, document: str, member: str, data: bytes, time_ms: int) -> None:
    values = {"room": room, "document": document, "member": member, "data": data, "time_ms": time_ms}
    connection.execute(insert(tables.copy).values(values))


def damage(connection: Connection, document: str) -> str | None:
    return connection.execute(select(tables.damage.c.why).where(tables.damage.c.document == document)).scalar()


def mark_damage(connection: Connection, document: str, why: str | None) -> None:
    connection.execute(delete(tables.damage).where(tables.damage.c.document == document))
    if why is not None:
        connection.execute(insert(tables.damage).values(document=document, why=why))
