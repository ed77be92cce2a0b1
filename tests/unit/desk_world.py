"""A desk with no socket and no disk: time that a test moves by hand, outboxes and a log that keep what they are given."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Sequence
from itertools import count

from rooms.desk import Connection, Desk
from rooms.document import Document
from rooms.errors import StudioError
from rooms.meter import Silent
from rooms.model import GRANTS, Limits, Member, Role
from rooms.render import Worker
from rooms.store import Fold, LogEntry, LogRow, Stretch


class HandClock:
    def __init__(self) -> None:
        self.now = 100.0
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._order = count()

    def time(self) -> float:
        return self.now

    def call_soon(self, callback: Callable[[], object]) -> None:
        self.call_later(0.0, callback)

    def call_later(self, delay: float, callback: Callable[[], object]) -> None:
        heapq.heappush(self._due, (self.now + delay, next(self._order), callback))

    def run(self, seconds: float = 0.0) -> None:
        """Lets that much time pass."""
        end = self.now + seconds
        while self._due and self._due[0][0] <= end:
            self.now, _, callback = heapq.heappop(self._due)
            callback()
        self.now = end


class ListLog:
    """Keeps entries; commits them when told to."""

    def __init__(self) -> None:
        self.entries: list[LogEntry] = []
        self.committed = 0

    def append(self, entry: LogEntry) -> None:
        self.entries.append(entry)

    def commit(self) -> None:
        for entry in self.entries[self.committed :]:
            self.committed += 1
            entry.committed()

    def pending_bytes(self, room: str) -> int:
        return sum(len(e.update) for e in self.entries[self.committed :] if e.room == room)

    async def load(self, document: str) -> tuple[list[Fold], list[LogRow]]:
        return [], [LogRow(i + 1, e.time_ms, e.members, e.update) for i, e in enumerate(self.entries)]

    async def rows(self, document: str, *, after: int = 0, limit: int = 1000) -> list[LogRow]:
        return (await self.load(document))[1][after : after + limit]

    async def last_row(self, document: str) -> int | None:
        return len(self.entries) or None

    async def stretches(self, document: str, *, pause_ms: int, most_ms: int, cuts: Collection[int] = ()) -> list[Stretch]:
        raise AssertionError("a desk does not look back")

    async def fold(self, document: str, fold: Fold, replaces: Sequence[Fold]) -> None:
        raise AssertionError("a desk does not fold")

    async def owners(self, document: str) -> dict[int, str]:
        return {client: member for e in reversed(self.entries) for client, member in e.clients}

    async def clients(self, document: str, ids: Sequence[int]) -> dict[int, str]:
        return {client: member for client, member in (await self.owners(document)).items() if client in ids}


class ListOutbox:
    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.error: StudioError | None = None

    def write(self, frame: bytes) -> None:
        if self.error is None:
            self.messages.append(frame)

    def snapshot(self, frame: bytes) -> None:
        self.write(frame)

    def close(self, error: StudioError) -> None:
        self.error = error

    def take(self) -> list[bytes]:
        taken, self.messages = self.messages, []
        return taken


def member(name: str, role: Role = Role.CONTRIBUTOR) -> Member:
    return Member(name.lower(), "room", name, 1 + len(name) % 8, role, GRANTS[role])


class World:
    """One desk, and ways to sit at it."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.clock = HandClock()
        self.log = ListLog()
        self.worker = Worker(self.limits)
        self.desk = Desk(
            "room",
            "page",
            Document(self.limits),
            limits=self.limits,
            clock=self.clock,
            log=self.log,
            worker=self.worker,
            meter=Silent(),
            encode=lambda message: message,
        )

    def sit(self, who: str | Member, *, wants_saved: bool = False) -> tuple[Connection, ListOutbox]:
        outbox = ListOutbox()
        someone = member(who) if isinstance(who, str) else who
        return self.desk.join(someone, outbox, wants_saved=wants_saved), outbox
