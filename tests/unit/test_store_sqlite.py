"""SqlStore on SQLite: how each connection is set, and what happens when the file, or a connection, fails."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.engine.url import make_url
from sqlalchemy.pool import Pool

from rooms.errors import NotFoundError, SavingError, UnreadableError
from rooms.model import Limits, Page, RoomRecord
from rooms.store import Fold, LogEntry
from rooms.store import log as sql_log
from rooms.store.migrate import prepare
from rooms.store.sql import SqlStore

LIMITS = Limits(commit_s=0.005, retry_s=0.05)
Connections = dict[sqlite3.Connection, dict[str, Any]]
ATTIC = RoomRecord("attic", "Attic", "story", 1, "story", (Page("story", "attic", "Story", 0, 1),))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file = tmp_path_factory.mktemp("template") / "tutti.db"
    prepare(make_url(f"sqlite:///{file}"))
    return file.read_bytes()


@pytest.fixture
def file(template: bytes, tmp_path: Path) -> Path:
    file = tmp_path / "tutti.db"
    file.write_bytes(template)
    return file


def settings(connection: sqlite3.Connection) -> dict[str, Any]:
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "secure_delete")
    found = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names}
    return found | {"isolation_level": connection.isolation_level}


@pytest.fixture
def connections() -> Iterator[Connections]:
    """Every connection that any pool opens, with its settings when it is first used."""
    used: Connections = {}

    def on_checkout(connection: sqlite3.Connection, record: Any, proxy: Any) -> None:
        if connection not in used:
            used[connection] = settings(connection)

    event.listen(Pool, "checkout", on_checkout)
    yield used
    event.remove(Pool, "checkout", on_checkout)


class Failing(list[tuple[str, bool]]):
    def __call__(self, room: str, error: BaseException | None) -> None:
        self.append((room, error is not None))


@pytest.fixture
def failing() -> Failing:
    return Failing()


@pytest.fixture
async def store(file: Path, connections: Connections, failing: Failing) -> AsyncIterator[SqlStore]:
    store = SqlStore(f"sqlite:///{file}", LIMITS)
    await store.open(failing)
    connections.clear()  # what looked at the revision is closed
    yield store
    await store.close()


def entry(number: int, room: str = "attic", update: Any = None, committed: Callable[[], None] = lambda: None) -> LogEntry:
    return LogEntry(room, room, number, ("ann",), b"%d" % number if update is None else update, (), committed)


async def numbers(store: SqlStore, document: str = "attic") -> list[int]:
    return [row.time_ms for row in await store.rows(document, limit=10_000)]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


async def test_every_connection_is_safe(store: SqlStore, connections: Connections) -> None:
    await store.mark_damage("story", "none")
    await asyncio.gather(*(store.damage("story") for _ in range(20)))
    next(iter(connections)).close()
    with pytest.raises(SavingError):
        await store.mark_damage("story", "its connection is gone")
    await store.mark_damage("story", "another connection writes")
    assert len(connections) >= 2
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 2000,
        "secure_delete": 2,
        "isolation_level": None,
    }
    assert list(connections.values()) == [wanted] * len(connections)


async def test_how_long_it_waits_for_others_is_up_to_the_url(file: Path, connections: Connections, failing: Failing) -> None:
    store = SqlStore(f"sqlite:///{file}?timeout=0.3", LIMITS)
    await store.open(failing)
    connections.clear()
    await store.damage("story")
    assert [settings["busy_timeout"] for settings in connections.values()] == [300]
    await store.close()


async def test_a_commit_takes_one_call_to_the_event_loop(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SqlStore(f"sqlite:///{file}", Limits(commit_s=0.3))
    await store.open(lambda room, error: None)
    committed: list[int] = []
    store.append(entry(0, committed=lambda: committed.append(0)))
    await until(lambda: committed == [0])  # from here on the next commit is some time away
    loop = asyncio.get_running_loop()
    calls: list[Any] = []
    call_soon_threadsafe = loop.call_soon_threadsafe

    def counting(*args: Any, **more: Any) -> asyncio.Handle:
        calls.append(args)
        return call_soon_threadsafe(*args, **more)

    monkeypatch.setattr(loop, "call_soon_threadsafe", counting)
    for number in range(1, 101):
        store.append(entry(number, f"room{number % 10}", committed=partial(committed.append, number)))
    await until(lambda: len(committed) == 101)
    assert len(calls) == 1
    await store.close()


async def test_a_change_waits_for_no_commit_and_takes_along_what_does(file: Path) -> None:
    store = SqlStore(f"sqlite:///{file}", Limits(commit_s=60))
    await store.open(lambda room, error: None)
    committed: list[int] = []
    async with asyncio.timeout(30):
        store.append(entry(0, committed=lambda: committed.append(0)))
        await until(lambda: committed == [0])  # from here on the next commit of the log is a minute away
        store.append(entry(1, committed=lambda: committed.append(1)))
        await store.mark_damage("story", None)
    assert committed == [0, 1]
    await store.close()


async def test_each_commit_of_the_log_is_timed(file: Path) -> None:
    took: list[float] = []
    store = SqlStore(f"sqlite:///{file}", LIMITS, on_commit=took.append)
    await store.open(lambda room, error: None)
    store.append(entry(1))
    await store.flush()
    await store.mark_damage("story", "no commit of the log")
    await store.close()
    assert len(took) == 1
    assert took[0] > 0


async def test_what_comes_during_a_commit_is_still_pending_after_it(file: Path) -> None:
    store = SqlStore(f"sqlite:///{file}?timeout=60", LIMITS)
    await store.open(lambda room, error: None)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    left: list[int] = []
    store.append(entry(1, update=b"x" * 10, committed=lambda: left.append(store.pending_bytes("attic"))))
    assert store._writer is not None
    backlog = store._writer._backlog
    await until(lambda: not backlog.waits_for_the_clock)  # the first is being committed, and waits for the other
    store.append(entry(2, update=b"x" * 3, committed=lambda: left.append(store.pending_bytes("attic"))))
    other.close()
    await store.flush()
    assert left == [3, 0]
    await store.close()


# A full disk


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many pages the database may have, for connections opened from now on: SQLite then says that the disk is full."""
    limit = [0]

    def on_connect(connection: sqlite3.Connection, record: Any) -> None:
        if limit[0]:
            connection.execute(f"PRAGMA max_page_count = {limit[0]}")

    event.listen(Pool, "connect", on_connect)
    yield limit
    event.remove(Pool, "connect", on_connect)


async def test_a_full_disk_loses_nothing(file: Path, pages: list[int], failing: Failing) -> None:
    with sqlite3.connect(file) as connection:
        pages[0] = connection.execute("PRAGMA page_count").fetchone()[0] + 4
    connection.close()
    store = SqlStore(f"sqlite:///{file}", LIMITS)
    await store.open(failing)
    committed: list[int] = []
    for number in range(30):
        store.append(entry(number, update=b"x" * 1000, committed=partial(committed.append, number)))
        await asyncio.sleep(0.002)
    await until(lambda: failing == [("attic", True)])
    with pytest.raises(SavingError):
        await store.mark_damage("story", "x" * 200_000)
    some = len(committed)
    assert some < 30
    assert await numbers(store) == list(range(some))
    pages[0] = 0
    await until(lambda: failing == [("attic", True), ("attic", False)])
    await store.flush()
    assert committed == list(range(30))
    assert await numbers(store) == list(range(30))
    await store.close()


# A connection that breaks


async def test_a_connection_that_breaks_is_replaced(store: SqlStore, connections: Connections, failing: Failing) -> None:
    store.append(entry(1))
    await store.flush()
    next(iter(connections)).close()
    store.append(entry(2))
    await until(lambda: failing == [("attic", True), ("attic", False)])
    store.append(entry(3))
    await store.flush()
    assert await numbers(store) == [1, 2, 3]


async def test_an_entry_that_no_database_takes_holds_back_its_own_room_only(
    file: Path, failing: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rooms.store.sql.CLOSE_S", 0.0)
    store = SqlStore(f"sqlite:///{file}", Limits(commit_s=0.2, retry_s=0.05))
    await store.open(failing)
    store.append(entry(0))
    store.append(entry(1, "cellar", update="no bytes"))
    store.append(entry(2))
    await asyncio.gather(store.add_room(ATTIC), until(lambda: failing == [("cellar", True)]))
    with pytest.raises(SavingError):
        await store.flush()
    assert await numbers(store) == [0, 2]
    assert await store.rooms() == [ATTIC]
    with pytest.raises(SavingError):
        await store.close()


# Changes of rows


async def test_a_bug_in_one_change_is_its_own(file: Path) -> None:
    """Those that share its transaction are made again without it."""

    def broken(connection: Connection) -> None:
        sql_log.fold(connection, "story", Fold(0, 1, 2, b"x", (), 0, 0, b""), ())
        raise ZeroDivisionError

    store = SqlStore(f"sqlite:///{file}", Limits(commit_s=0.2))
    await store.open(lambda room, error: None)
    await store.add_room(ATTIC)  # from here on the next commit is some time away
    results = await asyncio.gather(
        store.mark_damage("story", "before"),
        store._change(broken),
        store.retitle_room("nowhere", "?"),
        store.mark_damage("hum", "after"),
        return_exceptions=True,
    )
    assert [type(each) for each in results] == [type(None), ZeroDivisionError, NotFoundError.__subclasses__()[0], type(None)]
    assert (await store.damage("story"), await store.damage("hum")) == ("before", "after")
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(*) FROM fold").fetchone() == (0,)
    connection.close()
    await store.close()


async def test_who_stops_waiting_stops_nobody_else(file: Path) -> None:
    store = SqlStore(f"sqlite:///{file}", Limits(commit_s=0.1))
    await store.open(lambda room, error: None)
    await store.add_room(ATTIC)  # from here on the next commit is some time away
    leaving = asyncio.ensure_future(store.mark_damage("story", "x"))
    staying = asyncio.ensure_future(store.mark_damage("hum", "y"))
    await asyncio.sleep(0)
    leaving.cancel()
    await staying
    assert leaving.cancelled()
    assert await store.damage("hum") == "y"
    await store.close()


async def test_reading_and_the_event_loop_wait_for_no_writer(file: Path) -> None:
    store = SqlStore(f"sqlite:///{file}?timeout=60", LIMITS)
    await store.open(lambda room, error: None)
    await store.add_room(ATTIC)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.ensure_future(store.retitle_room("attic", "Loft"))
    for _ in range(20):
        assert await store.rooms() == [ATTIC]
    assert not writing.done()
    other.close()
    await writing
    await store.close()


# What is told of a failure


async def test_what_people_wrote_is_not_in_the_log(
    store: SqlStore, file: Path, failing: Failing, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TRIGGER t BEFORE INSERT ON log BEGIN SELECT RAISE(ABORT, 'refused'); END")
    store.append(entry(1, update=b"a secret of ours"))
    await until(lambda: failing == [("attic", True)])
    with sqlite3.connect(file) as connection:
        connection.execute("DROP TRIGGER t")
    connection.close()
    assert "refused" in caplog.text
    assert "a secret of ours" not in caplog.text


async def test_bytes_that_became_text_are_damage(store: SqlStore, file: Path) -> None:
    """SQLite keeps a value's type beside it, so that this may go wrong too."""
    store.append(entry(1))
    await store.flush()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE log SET \"update\" = '1'")
    connection.close()
    with pytest.raises(UnreadableError):
        await store.load("attic")


def break_page(file: Path, words: bytes) -> None:
    """Overwrites the head of a page in which these words are."""
    damaged = bytearray(file.read_bytes())
    page = damaged.rindex(words) // 4096 * 4096
    damaged[page : page + 8] = b"\xff" * 8
    file.write_bytes(damaged)


async def test_a_broken_page_of_the_file_is_unreadable_and_not_a_passing_thing(file: Path) -> None:
    store = SqlStore(f"sqlite:///{file}", LIMITS)
    await store.open(lambda room, error: None)
    for number in range(300):
        store.append(entry(number, update=b"words" * 100))
    await store.close()
    break_page(file, b"wordswords")
    again = SqlStore(f"sqlite:///{file}", LIMITS)
    await again.open(lambda room, error: None)
    with pytest.raises(UnreadableError):
        await again.load("attic")
    await again.close()
