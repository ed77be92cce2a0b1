"""Rooms on their way in from elsewhere, in SQL: what is kept of each, to be taken back. Plain functions, as in `rows.py`.

A room's log is appended like anybody's changes, long before its rows make it a room. From before the first of them until then
it is an arrival. One that is found when the studio opens was interrupted.
"""

from __future__ import annotations

import json
from typing import Final

from sqlalchemy.engine import Connection
from sqlalchemy.sql.expression import delete, insert, select

from rooms.errors import BadRequestError
from rooms.store import tables
from rooms.store.contract import Arrival

COLUMNS = tables.arrival.c
ROWS_AT_ONCE: Final = 500
"""So many rows are taken back in one transaction: others want to save meanwhile."""


def announce(connection: Connection, arrival: Arrival) -> None:
    for other in arrivals(connection):
        if other.room == arrival.room or {*other.documents, *other.images} & {*arrival.documents, *arrival.images}:
            raise BadRequestError("This room is just being brought in. Try again in a moment.")
    documents, images = json.dumps(arrival.documents), json.dumps(arrival.images)
    connection.execute(insert(tables.arrival).values(room=arrival.room, documents=documents, images=images))


def arrivals(connection: Connection) -> list[Arrival]:
    return [
        Arrival(row.room, tuple(json.loads(row.documents)), tuple(json.loads(row.images)))
        for row in connection.execute(select(tables.arrival).order_by(COLUMNS.room))
    ]


def withdraw(connection: Connection, room: str) -> int | None:
    """How many rows of its log were taken back now; None where no such room is on its way."""
    arrival = next((found for found in arrivals(connection) if found.room == room), None)
    if arrival is None:
        return None
    for document in arrival.documents:
        log = tables.log.c
        some = select(log.seq).where(log.document == document).limit(ROWS_AT_ONCE)
        deleted = connection.execute(delete(tables.log).where(log.seq.in_(some))).rowcount
        if deleted:
            return deleted
        connection.execute(delete(tables.client).where(tables.client.c.document == document))
        connection.execute(delete(tables.fold).where(tables.fold.c.document == document))
    return 0


def forget(connection: Connection, room: str) -> None:
    connection.execute(delete(tables.arrival).where(COLUMNS.room == room))
