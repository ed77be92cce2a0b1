"""What waits to be written, and when it is due. Knows no thread, no database and no clock: all three are handed in.

Entries of the log are kept apart by room. A room is **stuck** while its oldest entries could not be committed: they stay
here, and what comes later of that room queues behind them, so that nothing is lost or changes its order. The other rooms
go on.
"""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import Connection

from rooms.store.contract import LogEntry


@dataclass(frozen=True, slots=True)
class Change:
    """A change of rows: run in the writer's transaction, its outcome handed to `answer` when that is committed."""

    run: Callable[[Connection], Any]
    answer: Future[Any]


@dataclass(frozen=True, slots=True)
class RoomEntries:
    """Entries of one room, in the order of appending: they are committed together or not at all."""

    room: str
    entries: list[LogEntry]


@dataclass(slots=True)
class Batch:
    """What is to be written now. `stuck` failed before, so it is tried apart from the rest."""

    changes: list[Change]
    rooms: list[RoomEntries]
    stuck: list[RoomEntries]
    flushes: list[Future[None]]


@dataclass(slots=True)
class Backlog:
    """`append`, `change` and `flush` add; `wait_s` says when to `take`; `keep` and `release` say how a room fared."""

    commit_s: float
    retry_s: float
    _fresh: list[LogEntry] = field(default_factory=list)
    _changes: list[Change] = field(default_factory=list)
    _flushes: list[Future[None]] = field(default_factory=list)
    _stuck: dict[str, list[LogEntry]] = field(default_factory=dict)
    _next_commit: float = 0.0
    _next_retry: float = 0.0

    def append(self, entry: LogEntry) -> None:
        self._fresh.append(entry)

    def change(self, change: Change) -> None:
        self._changes.append(change)

    def flush(self, answer: Future[None]) -> None:
        """Asks for everything to be tried at once, stuck rooms too."""
        self._flushes.append(answer)

    def wait_s(self, now: float) -> float | None:
        """In how many seconds something is due; 0 is now, None is never (unless something is added)."""
        if self._flushes or self._changes:  # somebody waits for these
            return 0.0
        due = []
        if self._fresh:
            due.append(self._next_commit)
        if self._stuck:
            due.append(self._next_retry)
        return max(0.0, min(due) - now) if due else None

    def take(self, now: float) -> Batch:
        """Everything that is due. What is taken is either released or kept before the next take."""
        fresh: dict[str, list[LogEntry]] = {}
        for entry in self._fresh:
            queue = self._stuck.get(entry.room)
            if queue is None:
                queue = fresh.get(entry.room)
                if queue is None:
                    queue = fresh[entry.room] = []
            queue.append(entry)
        stuck: list[RoomEntries] = []
        if self._stuck and (self._flushes or now >= self._next_retry):
            stuck = [RoomEntries(room, entries) for room, entries in self._stuck.items()]
            self._next_retry = now + self.retry_s
        rooms = [RoomEntries(room, entries) for room, entries in fresh.items()]
        batch = Batch(self._changes, rooms, stuck, self._flushes)
        self._fresh, self._changes, self._flushes = [], [], []
        self._next_commit = now + self.commit_s
        return batch

    def keep(self, failed: RoomEntries, now: float) -> bool:
        """These entries could not be committed. Returns whether the room was well until now."""
        if failed.room in self._stuck:
            return False
        if not self._stuck:
            self._next_retry = now + self.retry_s
        self._stuck[failed.room] = failed.entries
        return True

    def release(self, room: str) -> bool:
        """Everything taken of this room is committed. Returns whether it was stuck until now."""
        return self._stuck.pop(room, None) is not None

    @property
    def waits_for_the_clock(self) -> bool:
        """Whether something is here that another `append` can't make due any sooner."""
        return bool(self._fresh)

    @property
    def stuck(self) -> frozenset[str]:
        """The rooms that wait to be tried again."""
        return frozenset(self._stuck)
