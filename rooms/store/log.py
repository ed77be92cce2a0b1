"""The log in SQL: plain functions over a connection, run in the store's threads. Begins and ends no transaction.

Adding rows is the hot path: up to 50 commits a second, each of 1 to 20 rows. The two inserts are therefore compiled once
and handed to the driver itself, as text with tuples.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zlib import crc32

import msgspec
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.sql.expression import delete, func, insert, or_, select
from sqlalchemy.sql.schema import Table

from rooms.errors import UnreadableError
from rooms.store import tables
from rooms.store.contract import Fold, LogEntry, LogRow

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPICursor

LOG_VALUES = ("document", "room", "time_ms", "members", "update", "crc32")
CLIENT_VALUES = ("document", "client", "member")
IDS_AT_ONCE = 500
ROWS_AT_ONCE = 250

Runs = tuple[tuple[int, int, int], ...]

_encode_members = msgspec.json.Encoder().encode
_decode_members = msgspec.json.Decoder(tuple[str, ...]).decode
_encode_runs = msgspec.msgpack.Encoder().encode
_decode_runs = msgspec.msgpack.Decoder(Runs).decode


class _Insert:
    """An insert compiled once for a dialect. Rows are tuples in the order of `names`, which is the table's."""

    def __init__(self, table: Table, names: tuple[str, ...], dialect: Dialect, suffix: str = "") -> None:
        compiled = insert(table).inline().compile(dialect=dialect, column_keys=list(names))
        self._text = str(compiled) + suffix
        self._names = names
        # SQLite's driver takes values by position, PostgreSQL's by name.
        self._by_name = not compiled.positional

    def run(self, cursor: DBAPICursor, rows: list[tuple[Any, ...]]) -> None:
        values: list[Any] = [dict(zip(self._names, row, strict=True)) for row in rows] if self._by_name else rows
        cursor.executemany(self._text, values)


class Inserts:
    """Puts entries into the log, and the clients they saw first into their table. One per engine."""

    def __init__(self, dialect: Dialect) -> None:
        self._log = _Insert(tables.log, LOG_VALUES, dialect)
        # The first binding of a client id wins. SQLite and PostgreSQL say it in the same words; SQLAlchemy has them in
        # either's dialect only.
        self._client = _Insert(tables.client, CLIENT_VALUES, dialect, " ON CONFLICT DO NOTHING")

    def __call__(self, cursor: DBAPICursor, entries: Sequence[LogEntry]) -> None:
        rows = [(e.document, e.room, e.time_ms, _encode_members(e.members), e.update, crc32(e.update)) for e in entries]
        self._log.run(cursor, rows)
        clients = [(e.document, client, member) for e in entries for client, member in e.clients]
        if clients:
            self._client.run(cursor, clients)


def rows(connection: Connection, document: str, *, after: int = 0, limit: int | None = None) -> list[LogRow]:
    """Rows in order. Raises UnreadableError where one is damaged: leaving it out would change the document."""
    t = tables.log.c
    query = (
        select(t.seq, t.time_ms, t.members, t.update, t.crc32)
        .where(t.document == document, t.seq > after)
        .order_by(t.seq)
        .limit(limit)
    )
    found: list[LogRow] = []
    known: dict[bytes, tuple[str, ...]] = {}  # most rows of a document are by the same few members
    for portion in connection.execute(query).partitions(ROWS_AT_ONCE):
        for seq, time_ms, members, update, checksum in portion:
            if not isinstance(update, bytes) or crc32(update) != checksum:
                log.error("a row of the log is damaged", extra={"document": document, "seq": seq})
                raise UnreadableError
            who = known.get(members)
            if who is None:
                who = known[members] = _members(document, seq, members)
            found.append(LogRow(seq, time_ms, who, update))
    return found


def _members(document: str, seq: int, members: bytes) -> tuple[str, ...]:
    """Who took part. Where that can't be read any more, the words still can: they are worth more."""
    try:
        return _decode_members(members)
    except msgspec.DecodeError:
        log.exception("who wrote a row of the log can't be read", extra={"document": document, "seq": seq})
        return ()


def load(connection: Connection, document: str) -> tuple[list[Fold], list[LogRow]]:
    """The folds that can be used, and the rows after the last of them."""
    folds = _folds(connection, document)
    return folds, rows(connection, document, after=folds[-1].last if folds else 0)


def _folds(connection: Connection, document: str) -> list[Fold]:
    """The folds from the first row of the document on, each beginning with the row after the one before.

    They end where one is damaged or missing, although sound ones may follow: whoever folds the rows from there on makes
    one fold of them, and it must not reach over rows that it doesn't hold.
    """
    t = tables.fold.c
    query = select(tables.fold).where(t.document == document).order_by(t.first, t.last.desc())
    folds: list[Fold] = []
    expected = _first_row(connection, document, after=0)
    for row in connection.execute(query):
        if row.first != expected:
            continue
        fold = Fold(row.level, row.first, row.last, row.update, (), row.deletes_at, row.types, row.deleted)
        if row.crc32 != _fold_crc32(fold, row.runs):
            log.error("a fold is damaged; its rows are read instead", extra={"document": document, "first": row.first})
            continue
        folds.append(replace(fold, runs=_decode_runs(row.runs)))
        expected = _first_row(connection, document, after=row.last)
    return folds


def _first_row(connection: Connection, document: str, *, after: int) -> int | None:
    t = tables.log.c
    return connection.execute(select(func.min(t.seq)).where(t.document == document, t.seq > after)).scalar()


def fold(connection: Connection, document: str, new: Fold, replaces: Sequence[Fold]) -> None:
    """Adds a fold. It takes the place of those it replaces, and of any that is left within its range (damaged ones)."""
    t = tables.fold.c
    within = [(t.first >= new.first) & (t.last <= new.last)]
    named = [(t.first == old.first) & (t.last == old.last) for old in replaces]
    connection.execute(delete(tables.fold).where(t.document == document, or_(*within, *named)))
    runs = _encode_runs(new.runs)
    connection.execute(
        insert(tables.fold).values(
            document=document,
            first=new.first,
            last=new.last,
            level=new.level,
            deletes_at=new.deletes_at,
            types=new.types,
            runs=runs,
            deleted=new.deleted,
            update=new.update,
            crc32=_fold_crc32(new, runs),
        )
    )


def _fold_crc32(fold: Fold, runs: bytes) -> int:
    """One checksum over all of a fold, with its runs encoded: a wrong offset would do as much harm as wrong bytes."""
    numbers = f"{fold.level} {fold.first} {fold.last} {fold.deletes_at} {fold.types} {len(runs)} {len(fold.deleted)} ".encode()
    return crc32(fold.update, crc32(fold.deleted, crc32(runs, crc32(numbers))))


def owners(connection: Connection, document: str) -> dict[int, str]:
    t = tables.client.c
    found = connection.execute(select(t.client, t.member).where(t.document == document))
    return {row.client: row.member for row in found}


def clients(connection: Connection, document: str, ids: Sequence[int]) -> dict[int, str]:
    """The same for these ids. Asked in portions: a statement can only hold so many values."""
    t = tables.client.c
    found: dict[int, str] = {}
    for at in range(0, len(ids), IDS_AT_ONCE):
        some = list(ids[at : at + IDS_AT_ONCE])
        query = select(t.client, t.member).where(t.document == document, t.client.in_(some))
        found |= {row.client: row.member for row in connection.execute(query)}
    return found
