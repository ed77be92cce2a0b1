"""The board in SQL: messages, and how far each member has read. Plain functions over a connection, as in `rows.py`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql.expression import insert, select, update

from rooms.errors import NotFoundError
from rooms.model import Member, Mention, Message
from rooms.store import tables
from rooms.store.rows import need_room


def add_message(
    connection: Connection,
    room: str,
    member: Member,
    text: str,
    time_ms: int,
    *,
    mentions: Sequence[Mention] = (),
    note: bool = False,
) -> Message:
    need_room(connection, room)
    added = connection.execute(
        insert(tables.message).values(
            room=room,
            member=member.id,
            name=member.name,
            hue=member.hue,
            text=text,
            time_ms=time_ms,
            mentions=mentions_text(mentions),
            note=note,
        )
    )
    key: Any = added.inserted_primary_key
    return Message(key.id, room, member.id, member.name, member.hue, text, time_ms, tuple(mentions), note=note)


def messages(connection: Connection, room: str, *, before: int | None = None, limit: int = 50) -> list[Message]:
    t = tables.message
    query = select(t).where(t.c.room == room).order_by(t.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(t.c.id < before)
    newest_first: Sequence[Row[Any]] = connection.execute(query).all()
    return [_message(row) for row in reversed(newest_first)]


def message(connection: Connection, room: str, message_id: int) -> Message | None:
    t = tables.message
    row = connection.execute(select(t).where(t.c.room == room, t.c.id == message_id)).first()
    return None if row is None else _message(row)


def edit_message(
    connection: Connection, room: str, message_id: int, text: str, mentions: Sequence[Mention], time_ms: int
) -> Message:
    return _change(connection, room, message_id, text=text, mentions=mentions_text(mentions), edited_ms=time_ms)


def delete_message(connection: Connection, room: str, message_id: int, time_ms: int) -> Message:
    return _change(connection, room, message_id, text="", mentions="[]", deleted_ms=time_ms)


def _change(connection: Connection, room: str, message_id: int, **values: Any) -> Message:
    t = tables.message
    wanted = (t.c.room == room, t.c.id == message_id)
    changed = connection.execute(update(t).where(*wanted, t.c.deleted_ms.is_(None)).values(**values))
    found = message(connection, room, message_id)
    if found is None or not changed.rowcount:
        raise NotFoundError("There is no such message on this board.")
    return found


def _message(row: Row[Any]) -> Message:
    return Message(
        id=row.id,
        room=row.room,
        member=row.member,
        name=row.name,
        hue=row.hue,
        text=row.text,
        time_ms=row.time_ms,
        mentions=read_mentions(row.mentions),
        edited_ms=row.edited_ms,
        deleted_ms=row.deleted_ms,
        note=row.note,
    )


def read_mentions(text: str) -> tuple[Mention, ...]:
    return tuple(Mention(member, name) for member, name in json.loads(text))


def mentions_text(mentions: Sequence[Mention]) -> str:
    return json.dumps([(mention.member, mention.name) for mention in mentions], ensure_ascii=False)


def reads(connection: Connection, room: str) -> dict[str, int]:
    t = tables.read.c
    return {row.member: row.message for row in connection.execute(select(tables.read).where(t.room == room))}


def mark_read(connection: Connection, room: str, member: str, message_id: int) -> None:
    t = tables.read
    mine = (t.c.room == room, t.c.member == member)
    before = connection.execute(select(t.c.message).where(*mine)).scalar()
    if before is None:
        connection.execute(insert(t).values(room=room, member=member, message=message_id))
    elif before < message_id:
        connection.execute(update(t).where(*mine).values(message=message_id))
