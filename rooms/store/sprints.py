"""A room's sprint as the text it is kept as, and what of it stays on the board: plain functions over a connection."""

from __future__ import annotations

import json
from dataclasses import asdict

from sqlalchemy.engine import Connection
from sqlalchemy.sql.expression import select, update

from rooms.errors import NoSuchRoomError
from rooms.model import Member, Message, Sprint
from rooms.store import board, tables


def sprint(connection: Connection, room: str) -> Sprint | None:
    t = tables.room.c
    text = connection.execute(select(t.sprint).where(t.id == room)).scalar()
    if text is None:
        return None
    kept = json.loads(text)
    people = tuple((member, name) for member, name in kept["people"])
    return Sprint(kept["prompt"], kept["start_ms"], kept["end_ms"], kept["by"], people)


def set_sprint(connection: Connection, room: str, sprint: Sprint | None) -> None:
    text = None if sprint is None else json.dumps(asdict(sprint), ensure_ascii=False)
    if not connection.execute(update(tables.room).where(tables.room.c.id == room).values(sprint=text)).rowcount:
        raise NoSuchRoomError


def end_sprint(connection: Connection, room: str, by: Member, line: str, time_ms: int) -> Message | None:
    """None where there was none any more: a sprint leaves one line, whoever ends it."""
    if sprint(connection, room) is None:
        return None
    set_sprint(connection, room, None)
    return board.add_message(connection, room, by, line, time_ms, note=True)
