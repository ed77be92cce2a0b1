"""The pages of rooms in SQL: plain functions over a connection, as in `rows.py`.

A page that is removed keeps its row, its place and its log.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import Connection
from sqlalchemy.sql.expression import exists, insert, select, update

from rooms.errors import BadRequestError, NoSuchRoomError, NotFoundError
from rooms.model import Page, PageKind
from rooms.store import tables

Pages = dict[str, list[Page]]
"""By room."""


def pages(connection: Connection, only: str | None) -> tuple[Pages, Pages]:
    """The pages of one room or of all: those that are shown, by place, and those that were removed, the last one first."""
    t = tables.page
    query = select(t).order_by(t.c.place, t.c.created_ms, t.c.id)
    if only is not None:
        query = query.where(t.c.room == only)
    shown: Pages = {}
    removed: Pages = {}
    for p in connection.execute(query):
        page = Page(p.id, p.room, p.title, p.place, p.created_ms, PageKind(p.kind), p.removed_ms)
        (shown if page.removed_ms is None else removed).setdefault(p.room, []).append(page)
    for gone in removed.values():
        gone.sort(key=lambda page: page.removed_ms or 0, reverse=True)
    return shown, removed


def add_page(connection: Connection, page: Page) -> None:
    if not connection.execute(select(exists().where(tables.room.c.id == page.room))).scalar():
        raise NoSuchRoomError
    t = tables.page
    if connection.execute(select(exists().where(t.c.id == page.id))).scalar():
        raise BadRequestError("There is already a document by this id.")
    connection.execute(
        insert(t).values(
            id=page.id,
            room=page.room,
            title=page.title,
            place=page.place,
            created_ms=page.created_ms,
            kind=page.kind.value,
            removed_ms=page.removed_ms,
        )
    )


def change_page(connection: Connection, page: Page) -> None:
    t = tables.page
    changed = connection.execute(
        update(t)
        .where(t.c.id == page.id, t.c.room == page.room)
        .values(title=page.title, place=page.place, kind=page.kind.value, removed_ms=page.removed_ms)
    )
    if not changed.rowcount:
        raise NotFoundError("There is no such document in this room.")


def change_pages(connection: Connection, pages: Sequence[Page]) -> None:
    for page in pages:
        change_page(connection, page)
