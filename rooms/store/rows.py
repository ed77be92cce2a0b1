"""Rooms and their settings in SQL: plain functions over a connection, run in the store's threads.

They begin and end no transaction. Those that change something say no with a StudioError, and then that one change is
undone; each may be run a second time, if the transaction it shared with others failed.
"""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy.engine import Connection
from sqlalchemy.sql.expression import bindparam, delete, exists, insert, select, update

from rooms.errors import BadRequestError, NoSuchRoomError
from rooms.model import RoomRecord, RoomSettings
from rooms.store import pages, tables

# Rooms


def add_room(connection: Connection, room: RoomRecord) -> None:
    if _has_room(connection, room.id):
        raise BadRequestError("There is already a room by this name.")
    connection.execute(
        insert(tables.room).values(
            id=room.id,
            title=room.title,
            kind=room.kind,
            created_ms=room.created_ms,
            main=room.main,
            settings=_settings_text(room.settings),
        )
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
            settings=msgspec.json.decode(r.settings, type=RoomSettings),
        )
        for r in connection.execute(rooms)
    ]


def retitle_room(connection: Connection, room: str, title: str) -> None:
    changed = connection.execute(update(tables.room).where(tables.room.c.id == room).values(title=title))
    if not changed.rowcount:
        raise NoSuchRoomError


def set_settings(connection: Connection, room: str, settings: RoomSettings) -> None:
    changed = update(tables.room).where(tables.room.c.id == room).values(settings=_settings_text(settings))
    if not connection.execute(changed).rowcount:
        raise NoSuchRoomError


def _settings_text(settings: RoomSettings) -> str:
    return msgspec.json.encode(settings).decode()


_HAS_ROOM: Final = select(exists().where(tables.room.c.id == bindparam("room")))
"""Made once: to make a statement anew takes longer than to execute it, and this one is in most changes."""


def _has_room(connection: Connection, room: str) -> bool:
    return bool(connection.execute(_HAS_ROOM, {"room": room}).scalar())


def need_room(connection: Connection, room: str) -> None:
    """Raises NoSuchRoomError."""
    if not _has_room(connection, room):
        raise NoSuchRoomError


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
