"""Where the Store's contract is tested: databases with ways to make them fail for real, and who writes into them."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rooms.model import Limits
from rooms.store import LogEntry, Opening, Store
from rooms.store.sql import SqlStore

LIMITS = Limits(commit_s=0.005, retry_s=0.05)


class SqlitePlace:
    """A database file. What is done to it here goes by a connection of its own, as another process would do it."""

    def __init__(self, folder: Path, template: Path) -> None:
        self.file = folder / "tutti.db"
        shutil.copy(template, self.file)
        self.url = f"sqlite:///{self.file}"

    def store(self) -> SqlStore:
        return SqlStore(self.url, LIMITS)

    def impatient_store(self) -> SqlStore:
        """One that hardly waits for others who write."""
        return SqlStore(f"{self.url}?timeout=0.05", LIMITS)

    def run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.file, isolation_level=None, timeout=5)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def refuse(self, room: str) -> None:
        """From now on no log row of this room can be inserted."""
        self.run(
            f"CREATE TRIGGER refuse_{room} BEFORE INSERT ON log WHEN NEW.room = '{room}' "
            "BEGIN SELECT RAISE(ABORT, 'refused by the test'); END"
        )

    def accept(self, room: str) -> None:
        self.run(f"DROP TRIGGER refuse_{room}")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Meanwhile somebody else is writing, for longer than the store waits."""
        connection = sqlite3.connect(self.file, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.close()


@dataclass
class Failing:
    """What a store says of rooms that can't be saved."""

    said: list[tuple[str, str | None]] = field(default_factory=list)

    def __call__(self, room: str, error: BaseException | None) -> None:
        self.said.append((room, None if error is None else str(error)))

    @property
    def rooms(self) -> list[tuple[str, bool]]:
        return [(room, error is not None) for room, error in self.said]


@dataclass
class Scribe:
    """Appends numbered entries to a store and notes, in order, which were committed."""

    store: Store
    committed: list[tuple[str, int]] = field(default_factory=list)

    def append(self, document: str, number: int, room: str = "attic", **more: Any) -> None:
        values: dict[str, Any] = {
            "time_ms": 1_700_000_000_000 + number,
            "members": ("ann",),
            "update": b"update %d" % number,
            "clients": (),
        }
        self.store.append(
            LogEntry(room, document, committed=lambda: self.committed.append((document, number)), **values | more)
        )

    def numbers(self, document: str) -> list[int]:
        return [number for name, number in self.committed if name == document]

    async def stored(self, document: str) -> list[int]:
        return [int(row.update.split()[1]) for row in await self.store.rows(document, limit=100_000)]


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Returns once it holds. The time is for a test that fails, not a measure."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


async def opened(store: Store, room: str = "attic") -> Opening:
    opening = await store.opening(room, 5)
    assert opening is not None
    return opening
