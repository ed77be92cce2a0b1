"""A document's moments in SQL: its log without the bytes, and the names of moments. Plain functions over a connection.

They begin and end no transaction.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql.expression import delete, func, insert, select, update

from rooms.errors import NotFoundError
from rooms.model import Version
from rooms.store import tables
from rooms.store.contract import Stretch

ROWS_AT_ONCE = 500

_decode_members = msgspec.json.Decoder(tuple[str, ...]).decode


def last_row(connection: Connection, document: str) -> int | None:
    t = tables.log.c
    return connection.execute(select(func.max(t.seq)).where(t.document == document)).scalar()


def stretches(
    connection: Connection, document: str, *, pause_ms: int, most_ms: int, cuts: Collection[int] = ()
) -> list[Stretch]:
    t = tables.log.c
    query = select(t.seq, t.time_ms, t.members).where(t.document == document).order_by(t.seq)
    ends = sorted(cuts, reverse=True)
    found: list[Stretch] = []
    members: dict[bytes, None] = {}
    first = last = start = end = 0
    for portion in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query).partitions():
        for seq, time_ms, who in portion:
            is_cut = False
            while ends and ends[-1] < seq:
                is_cut |= ends.pop() >= last
            if members and (is_cut or time_ms - end > pause_ms or time_ms - start > most_ms):
                found.append(Stretch(first, last, start, end, _together(members)))
                members = {}
            if not members:
                first, start = seq, time_ms
            members[who] = None
            last, end = seq, time_ms
    if members:
        found.append(Stretch(first, last, start, end, _together(members)))
    return found


def _together(members: Collection[bytes]) -> tuple[str, ...]:
    """Whoever took part, in the order of their first row. Where that can't be read any more, the moment still can."""
    together: dict[str, None] = {}
    for encoded in members:
        try:
            together.update(dict.fromkeys(_decode_members(encoded)))
        except msgspec.DecodeError:
            continue
    return tuple(together)


def add_version(connection: Connection, version: Version) -> None:
    connection.execute(
        insert(tables.version).values(
            id=version.id,
            room=version.room,
            document=version.document,
            seq=version.seq,
            time_ms=version.time_ms,
            title=version.title,
            member=version.member,
            restores=version.restores,
            client=version.client,
        )
    )


def versions(connection: Connection, document: str) -> list[Version]:
    t = tables.version
    query = select(t).where(t.c.document == document).order_by(t.c.seq, t.c.time_ms, t.c.id)
    return [_version(row) for row in connection.execute(query)]


def retitle_version(connection: Connection, document: str, version: str, title: str) -> Version:
    t = tables.version
    which = (t.c.document == document) & (t.c.id == version)
    if not connection.execute(update(t).where(which).values(title=title)).rowcount:
        raise NotFoundError("There is no such version.")
    return _version(connection.execute(select(t).where(which)).one())


def remove_version(connection: Connection, document: str, version: str) -> None:
    t = tables.version
    if not connection.execute(delete(t).where((t.c.document == document) & (t.c.id == version))).rowcount:
        raise NotFoundError("There is no such version.")


def _version(row: Row[tuple[object, ...]]) -> Version:
    return Version(row.id, row.room, row.document, row.seq, row.time_ms, row.title, row.member, row.restores, row.client)
