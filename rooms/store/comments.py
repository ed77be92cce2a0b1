"""Threads and their comments in SQL: plain functions over a connection, on the same terms as `rows.py`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql.expression import Update, exists, func, insert, select, update

from rooms.errors import BadRequestError, NotFoundError
from rooms.model import Comment, Member, Mention, Thread
from rooms.store import tables
from rooms.store.board import mentions_text, read_mentions


def add_thread(connection: Connection, new: Thread, member: Member, text: str, mentions: Sequence[Mention]) -> Thread:
    t = tables.thread
    if connection.execute(select(exists().where(t.c.id == new.id))).scalar():
        raise BadRequestError("There is already a thread by this id.")
    connection.execute(insert(t).values(id=new.id, room=new.room, document=new.document, quote=new.quote, time_ms=new.time_ms))
    return replace(new, comments=(add_comment(connection, new.id, member, text, new.time_ms, mentions),))


def thread(connection: Connection, room: str, thread: str) -> Thread | None:
    t = tables.thread.c
    found = _threads(connection, t.room == room, t.id == thread)
    return found[0] if found else None


def threads(connection: Connection, room: str, document: str) -> list[Thread]:
    t = tables.thread.c
    return [found for found in _threads(connection, t.room == room, t.document == document) if found.comments]


def threads_calling(connection: Connection, room: str, member: str, limit: int) -> list[Thread]:
    t, c = tables.thread, tables.comment
    # What is found by the letters of the id is compared as what it is below.
    query = (
        select(t.c.id, func.max(c.c.id).label("newest"))
        .join(c, c.c.thread == t.c.id)
        .where(t.c.room == room, t.c.resolved_ms.is_(None), c.c.deleted_ms.is_(None))
        .where(c.c.mentions.contains(json.dumps(member, ensure_ascii=False), autoescape=True))
        .group_by(t.c.id)
        .order_by(func.max(c.c.id).desc())
        .limit(limit)
    )
    order = [row.id for row in connection.execute(query)]
    found = {thread.id: thread for thread in _threads(connection, t.c.room == room, t.c.id.in_(order))}
    called = [found[id_] for id_ in order]
    return [one for one in called if any(m.member == member for said in one.comments for m in said.mentions)]


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
    return Comment(row.id, row.member, row.name, row.hue, row.text, row.time_ms, row.edited_ms, read_mentions(row.mentions))


def add_comment(
    connection: Connection, thread: str, member: Member, text: str, time_ms: int, mentions: Sequence[Mention]
) -> Comment:
    added = connection.execute(
        insert(tables.comment).values(
            thread=thread,
            member=member.id,
            name=member.name,
            hue=member.hue,
            text=text,
            time_ms=time_ms,
            mentions=mentions_text(mentions),
        )
    )
    key: Any = added.inserted_primary_key
    return Comment(key.id, member.id, member.name, member.hue, text, time_ms, mentions=tuple(mentions))


def edit_comment(
    connection: Connection, thread: str, comment: int, text: str, time_ms: int, mentions: Sequence[Mention]
) -> None:
    _change(connection, _one(thread, comment).values(text=text, edited_ms=time_ms, mentions=mentions_text(mentions)))


def delete_comment(connection: Connection, thread: str, comment: int, time_ms: int) -> None:
    _change(connection, _one(thread, comment).values(text="", mentions="[]", deleted_ms=time_ms))


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
