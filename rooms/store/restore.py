"""A room that comes from elsewhere, in SQL: all of its rows in one go, as they were. Plain functions, as in `rows.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy.engine import Connection
from sqlalchemy.sql.expression import insert, select
from sqlalchemy.sql.schema import Column

from rooms.model import Message, Thread
from rooms.store import arrivals, board, images, pages, people, rows, tables, versions
from rooms.store.contract import Named, Restored

_IDS: Final[dict[Named, tuple[Column[str], ...]]] = {
    "room": (tables.room.c.id,),
    "page": (tables.page.c.id, tables.log.c.document),
    "thread": (tables.thread.c.id,),
    "version": (tables.version.c.id,),
    "image": (tables.image.c.id,),
}
IDS_AT_ONCE: Final = 500


def taken(connection: Connection, what: Named, ids: Sequence[str]) -> set[str]:
    """Those of these ids that something here has already, in any room or on its way in."""
    coming = {
        name
        for arrival in arrivals.arrivals(connection)
        for name in {"room": (arrival.room,), "page": arrival.documents, "image": arrival.images}.get(what, ())
    }
    found = coming.intersection(ids)
    for at in range(0, len(ids), IDS_AT_ONCE):
        some = list(ids[at : at + IDS_AT_ONCE])
        for column in _IDS[what]:
            found.update(connection.execute(select(column).where(column.in_(some)).distinct()).scalars())
    return found


def restore(connection: Connection, new: Restored) -> None:
    rows.add_room(connection, new.room)
    for page in new.room.removed:
        pages.add_page(connection, page)
    for member in new.members:
        people.add_member(connection, member)
    numbers = [_message(connection, message) for message in new.messages]
    for member_id, number in new.read.items():
        board.mark_read(connection, new.room.id, member_id, numbers[number - 1])
    for thread in new.threads:
        _thread(connection, thread)
    for version in new.versions:
        versions.add_version(connection, version)
    for image in new.images:
        images.insert_image(connection, image)
    arrivals.forget(connection, new.room.id)


def _message(connection: Connection, message: Message) -> int:
    added = connection.execute(
        insert(tables.message).values(
            room=message.room,
            member=message.member,
            name=message.name,
            hue=message.hue,
            text=message.text,
            time_ms=message.time_ms,
            mentions=board.mentions_text(message.mentions),
            edited_ms=message.edited_ms,
            deleted_ms=message.deleted_ms,
            note=message.note,
        )
    )
    key: Any = added.inserted_primary_key
    return int(key.id)


def _thread(connection: Connection, thread: Thread) -> None:
    connection.execute(
        insert(tables.thread).values(
            id=thread.id,
            room=thread.room,
            document=thread.document,
            quote=thread.quote,
            time_ms=thread.time_ms,
            resolved_ms=thread.resolved_ms,
            resolved_by=thread.resolved_by,
        )
    )
    for comment in thread.comments:
        connection.execute(
            insert(tables.comment).values(
                thread=thread.id,
                member=comment.member,
                name=comment.name,
                hue=comment.hue,
                text=comment.text,
                time_ms=comment.time_ms,
                edited_ms=comment.edited_ms,
                mentions=board.mentions_text(comment.mentions),
            )
        )
