"""Threads and their comments in SQL: plain functions over a connection, on the same terms as `rows.py`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql.expression import Update, exists, insert, select, update

from rooms.errors import BadRequestError, NotFoundError
from rooms.model import Comment, Member, Thread
from rooms.store import tables


def add_thread(connection: Connection, new: Thread, member: Member, text: str) -> Thread:
    t = tables.thread
    if connection.execute(select(exists().where(t.c.id == new.id))).scalar():
        raise BadRequestError("There is already a thread by this id.")
    connection.execute(insert(t).values(id=new.id, room=new.room, document=new.document, quote=new.quote, time_ms=new.time_ms))
    return replace(new, comments=(add_comment(connection, new.id, member, text, new.time_ms),))


def thread(connection: Connection, room: str, thread: str) -> Thread | None:
    t = tables.thread.c
    found = _threads(connection, t.room == room, t.id == thread)
    return found[0] if found else None


def threads(connection: Connection, room: str, document: str) -> list[Thread]:
    t = tables.thread.c
    return [found for found in _threads(connection, t.room == room, t.document == document) if found.comments]


def _threads(connection: Connection, *where: Any) -> list[Thread]:
    t, c = tables.thread, tables.comment
    mine = select(t.c.id).where(*where)
    said: dict[str, list[Comment]] = {}
    for row in connection.execute(select(c).where(c.c.thread.in_(mine), c.c.deleted_ms.is_(None)).order_by(c.c.id)):
        said.setdefault(row.thread, []).append(_comment(row))
    rows = connection.execute(select(t).where(*where).order_by(t.c.time_ms, t.c.id))
    return [
        Thread(r.id, r.room, r.document, r.quote, r.time_ms, r.resolved_ms, r.resolved_by, tuple(said.get(r.id, ())))
        for r in rows
    ]


def _comment(row: Row[Any]) -> Comment:
    return Comment(row.id, row.member, row.name, row.hue, row.text, row.time_ms, row.edited_ms)


def add_comment(connection: Connection, thread: str, member: Member, text: str, time_ms: int) -> Comment:
    added = connection.execute(
        insert(tables.comment).values(
            thread=thread, member=member.id, name=member.name, hue=member.hue, text=text, time_ms=time_ms
        )
    )
    key: Any = added.inserted_primary_key
    return Comment(key.id, member.id, member.name, member.hue, text, time_ms)


def edit_comment(connection: Connection, thread: str, comment: int, text: str, time_ms: int) -> None:
    _change(connection, _one(thread, comment).values(text=text, edited_ms=time_ms))


def delete_comment(connection: Connection, thread: str, comment: int, time_ms: int) -> None:
    _change(connection, _one(thread, comment).values(text="", deleted_ms=time_ms))


def _one(thread: str, comment: int) -> Update:
    t = tables.comment.c
    return update(tables.comment).where(t.thread == thread, t.id == comment, t.deleted_ms.is_(None))


def _change(connection: Connection, change: Update) -> None:
    if not connection.execute(change).rowcount:
        raise NotFoundError("There is no such comment.")


def resolve_thread(connection: Connection, thread: str, member: str | None, time_ms: int) -> None:
    resolved_ms = None if member is None else time_ms
    change = update(tables.thread).where(tables.thread.c.id == thread)
    if not connection.execute(change.values(resolved_ms=resolved_ms, resolved_by=member)).rowcount:
        raise NotFoundError("There is no such thread.")
