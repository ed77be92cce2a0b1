"""The images of rooms in SQL: what is known of each. Their bytes are blobs. Plain functions, as in `rows.py`."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql.expression import func, insert, select

from rooms.errors import BadRequestError, FullError
from rooms.model import Image
from rooms.store import tables
from rooms.store.rows import need_room

COLUMNS = tables.image.c


def add_image(connection: Connection, image: Image, most_bytes: int) -> None:
    need_room(connection, image.room)
    if connection.execute(select(COLUMNS.id).where(COLUMNS.id == image.id)).first() is not None:
        raise BadRequestError("There is already a picture by this name.")
    held = connection.execute(select(func.coalesce(func.sum(COLUMNS.bytes), 0)).where(COLUMNS.room == image.room)).scalar_one()
    if held + image.bytes > most_bytes:
        raise FullError("This room has no space for another picture.")
    insert_image(connection, image)


def insert_image(connection: Connection, image: Image) -> None:
    """As it is: whether there is space for it was asked before."""
    connection.execute(
        insert(tables.image).values(
            id=image.id,
            room=image.room,
            member=image.member,
            media_type=image.media_type,
            width=image.width,
            height=image.height,
            bytes=image.bytes,
            time_ms=image.time_ms,
        )
    )


def image(connection: Connection, image: str) -> Image | None:
    row = connection.execute(select(tables.image).where(COLUMNS.id == image)).first()
    return None if row is None else _image(row)


def images(connection: Connection, room: str) -> list[Image]:
    query = select(tables.image).where(COLUMNS.room == room).order_by(COLUMNS.time_ms, COLUMNS.id)
    return [_image(row) for row in connection.execute(query)]


def _image(row: Row[Any]) -> Image:
    return Image(row.id, row.room, row.member, row.media_type, row.width, row.height, row.bytes, row.time_ms)
