"""The writer: one thread that owns the writing connection and commits everything, the log of all rooms together.

A batch is tried in one transaction. If that fails, each of its parts (a change of rows, one room's entries) is tried in
one of its own, so that what is wrong with one holds back no other. After any failure the connection is thrown away: on a
full disk SQLite may fail in the insert or in the commit, may have rolled back by itself or may refuse to, and closing ends
all of these. Should a commit be reported as failed and have happened nevertheless, its entries are in the log twice, which
changes nothing: updates are idempotent.

A transaction of log entries alone, which most are, goes past SQLAlchemy to the driver: of the 0.55 ms that a commit of one
entry costs with 50 ms between two, SQLAlchemy's bookkeeping was 0.13. A change of rows is committed at once, with whatever
entries wait by then: somebody waits for it.

What happened is handed to `report` once per transaction. `report` is called in this thread.
"""

from __future__ import annotations

import logging
import threading
from asyncio import Future
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from rooms.errors import SavingError, StudioError
from rooms.store.backlog import Backlog, Batch, Change, RoomEntries
from rooms.store.contract import LogEntry
from rooms.store.engine import begin

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPICursor

log = logging.getLogger(__name__)

Part: TypeAlias = Change | RoomEntries


@dataclass(slots=True)
class Report:
    """What one transaction came to, for the event loop."""

    committed: list[RoomEntries] = field(default_factory=list)
    failing: list[tuple[str, Exception | None]] = field(default_factory=list)
    answers: list[tuple[Future[Any], Any, Exception | None]] = field(default_factory=list)
    """Whoever waits, with the result or the error."""
    seconds: float | None = None
    """How long a transaction that committed entries took, from its beginning to the end of its commit."""


class _UnreachableError(Exception):
    """No transaction could be begun, so that it is pointless to try the parts one by one."""

    def __init__(self, cause: SQLAlchemyError) -> None:
        super().__init__(str(cause))
        self.cause = cause


class Writer:
    """Commits what is appended, until it is stopped. `insert` puts entries into the transaction of a cursor."""

    def __init__(
        self,
        engine: Engine,
        backlog: Backlog,
        insert: Callable[[DBAPICursor, Sequence[LogEntry]], None],
        report: Callable[[Report], None],
    ) -> None:
        self._engine = engine
        self._backlog = backlog
        self._insert = insert
        self._report = report
        self._connection: Connection | None = None
        self._wake = threading.Condition()
        self._idle = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)

    # Called on the event loop. The lock is only ever held for a moment.

    def start(self) -> None:
        self._thread.start()

    def append(self, entry: LogEntry) -> None:
        with self._wake:
            self._backlog.append(entry)
            self._wake_if_idle()

    def change(self, change: Change) -> None:
        with self._wake:
            self._backlog.change(change)
            self._wake.notify()

    def flush(self, answer: Future[None]) -> None:
        with self._wake:
            self._backlog.flush(answer)
            self._wake.notify()

    def stop(self) -> None:
        """Ends the thread once it has written what it holds, without another try at what failed. Waits for its end."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self._thread.join()

    def _wake_if_idle(self) -> None:
        # Between two commits the thread sleeps until the next is due, and nothing that is added should wake it.
        if self._idle:
            self._idle = False
            self._wake.notify()

    # Called in the thread.

    def _run(self) -> None:
        try:
            while True:
                with self._wake:
                    while (wait_s := self._backlog.wait_s(monotonic())) != 0.0 and not self._stopping:
                        self._idle = not self._backlog.waits_for_the_clock
                        self._wake.wait(wait_s)
                    self._idle = False
                    last = self._stopping
                    batch = self._backlog.take(monotonic())
                self._write(batch)
                if last:
                    return
        except Exception:
            log.exception("the store's writer ended")
        finally:
            self._disconnect()

    def _write(self, batch: Batch) -> None:
        self._try_together([*batch.changes, *batch.rooms])
        self._try_together(batch.stuck)
        if batch.flushes:
            failed = bool(self._backlog.stuck)
            self._report(Report(answers=[(answer, None, SavingError() if failed else None) for answer in batch.flushes]))

    def _try_together(self, parts: Sequence[Part]) -> None:
        if not parts:
            return
        error = self._try(parts)
        if error is None:
            return
        if len(parts) == 1 or isinstance(error, _UnreachableError):
            self._give_up(parts, error)
            return
        for at, part in enumerate(parts):
            error = self._try([part])
            if isinstance(error, _UnreachableError):
                self._give_up(parts[at:], error)
                return
            if error is not None:
                self._give_up([part], error)

    def _try(self, parts: Sequence[Part]) -> Exception | None:
        """One transaction. Reports it if it was committed, returns what was wrong otherwise."""
        report = Report()
        began = monotonic()
        changes_rows = any(isinstance(part, Change) for part in parts)
        try:
            connection = self._connected()
            if changes_rows:
                connection.begin()
            else:
                begin(connection)
        except SQLAlchemyError as error:
            self._disconnect()
            return _UnreachableError(error)
        try:
            entries: list[LogEntry] = []
            for part in parts:
                if isinstance(part, RoomEntries):
                    entries += part.entries
                    report.committed.append(part)
                else:
                    report.answers.append(_run_change(connection, part))
            if entries:
                with closing(connection.connection.cursor()) as cursor:  # left open it would keep a failed transaction alive
                    self._insert(cursor, entries)
            if changes_rows:
                connection.commit()
            else:
                connection.connection.commit()
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not end the thread; it is reported
            self._disconnect()
            return error
        if entries:
            report.seconds = monotonic() - began
        report.failing = [(part.room, None) for part in report.committed if self._backlog.release(part.room)]
        self._report(report)
        return None

    def _give_up(self, parts: Sequence[Part], error: Exception) -> None:
        """Keeps the entries of these parts for another try; whoever asked for a change of rows is told."""
        report = Report()
        now = monotonic()
        cause = error.cause if isinstance(error, _UnreachableError) else error
        for part in parts:
            if isinstance(part, RoomEntries):
                if self._backlog.keep(part, now):
                    report.failing.append((part.room, cause))
            else:
                report.answers.append((part.answer, None, saving_error(cause)))
        if report.failing or report.answers:
            self._report(report)

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.invalidate()
            connection.close()
        except SQLAlchemyError:
            log.exception("the store's writing connection did not close")


def saving_error(error: Exception) -> Exception:
    """What whoever asked is told: the database's own errors mean nothing to them, anything else is told as it is."""
    if not isinstance(error, SQLAlchemyError):
        return error
    told = SavingError()
    told.__cause__ = error
    return told


def _run_change(connection: Connection, change: Change) -> tuple[Future[Any], Any, Exception | None]:
    """Runs it so that a refusal (a StudioError) undoes this change alone. Any other error ends the transaction."""
    savepoint = connection.begin_nested()
    try:
        result = change.run(connection)
    except StudioError as refusal:
        savepoint.rollback()
        return change.answer, None, refusal
    savepoint.commit()
    return change.answer, result, None
