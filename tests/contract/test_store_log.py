"""What every Store promises of its log: order, callbacks, failure, recovery. Folds and damage are in `test_store_folds.py`."""

from __future__ import annotations

import asyncio
import random

import pytest

from rooms.errors import SavingError
from rooms.model import Page, RoomRecord
from rooms.store import LogEntry, LogRow, Store
from tests.contract.store_places import Failing, Scribe, SqlitePlace, until

# Adding and reading


async def test_an_entry_comes_back_as_it_was_appended(store: Store) -> None:
    update = random.Random(1).randbytes(3000)
    store.append(LogEntry("attic", "story", 1_700_000_000_123, ("ann", "ben ö", ""), update, (), lambda: None))
    await store.flush()
    assert await store.rows("story") == [LogRow(1, 1_700_000_000_123, ("ann", "ben ö", ""), update)]


async def test_an_unknown_document_is_empty(store: Store) -> None:
    assert await store.load("story") == ([], [])
    assert await store.rows("story") == []
    assert await store.owners("story") == {}


async def test_rows_come_in_portions(store: Store, scribe: Scribe) -> None:
    for number in range(10):
        scribe.append("story", number)
        scribe.append("hum", number)
    await store.flush()
    rows = await store.rows("story")
    assert [row.update for row in rows] == [b"update %d" % n for n in range(10)]
    assert await store.rows("story", limit=4) == rows[:4]
    assert await store.rows("story", after=rows[3].seq, limit=4) == rows[4:8]
    assert await store.rows("story", after=rows[-1].seq) == []


async def test_an_empty_update_is_an_entry_like_any_other(store: Store, scribe: Scribe) -> None:
    scribe.append("story", 1, update=b"", members=())
    await store.flush()
    assert scribe.numbers("story") == [1]
    assert [(row.members, row.update) for row in await store.rows("story")] == [((), b"")]


async def test_a_large_update_is_kept(store: Store, scribe: Scribe) -> None:
    update = random.Random(2).randbytes(16 << 20)
    scribe.append("story", 1, update=update)
    await store.flush()
    assert [row.update for row in await store.rows("story")] == [update]


async def test_many_rows_come_back_in_order(store: Store, scribe: Scribe) -> None:
    for number in range(3000):
        scribe.append("story", number)
    await store.flush()
    folds, rows = await store.load("story")
    assert folds == []
    assert [row.update for row in rows] == [b"update %d" % n for n in range(3000)]


async def test_load_waits_for_nothing(place: SqlitePlace, store: Store, scribe: Scribe) -> None:
    with place.locked():
        scribe.append("story", 1)
        assert await store.load("story") == ([], [])
    await store.flush()


# Callbacks


async def test_committed_means_readable(store: Store) -> None:
    """What a callback was called for is there for a read that begins now."""
    seen: list[asyncio.Task[list[LogRow]]] = []

    def committed() -> None:
        seen.append(asyncio.ensure_future(store.rows("story")))

    store.append(LogEntry("attic", "story", 1, ("ann",), b"x", (), committed))
    await until(lambda: bool(seen))
    assert len(await seen[0]) == 1


async def test_nothing_is_called_before_append_returns(store: Store, scribe: Scribe) -> None:
    for number in range(100):
        scribe.append("story", number)
        assert scribe.committed == []
    await store.flush()
    assert len(scribe.committed) == 100


async def test_callbacks_keep_the_order_within_a_document(store: Store, scribe: Scribe) -> None:
    rng = random.Random(3)
    next_number = dict.fromkeys([f"d{n}" for n in range(20)], 0)
    for _ in range(60):
        for document in rng.choices(list(next_number), k=rng.randrange(12)):
            scribe.append(document, next_number[document], room=f"room{document}")
            next_number[document] += 1
        await asyncio.sleep(rng.random() * 0.01)
    await store.flush()
    for document, count in next_number.items():
        assert scribe.numbers(document) == list(range(count))
        assert await scribe.stored(document) == list(range(count))


async def test_callbacks_run_on_the_event_loop(store: Store) -> None:
    loops: list[asyncio.AbstractEventLoop] = []
    store.append(LogEntry("attic", "story", 1, (), b"x", (), lambda: loops.append(asyncio.get_running_loop())))
    await store.flush()
    assert loops == [asyncio.get_running_loop()]


async def test_a_callback_that_raises_stops_nobody(store: Store, scribe: Scribe, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise ValueError("broken on purpose")

    scribe.append("story", 1)
    store.append(LogEntry("attic", "story", 1, (), b"update 2", (), broken))
    scribe.append("story", 3)
    scribe.append("hum", 1, room="cellar")
    await store.flush()
    assert scribe.numbers("story") == [1, 3]
    assert scribe.numbers("hum") == [1]
    assert await scribe.stored("story") == [1, 2, 3]
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["broken on purpose"]


async def test_flush_returns_after_the_callbacks(store: Store, scribe: Scribe) -> None:
    await store.flush()
    for number in range(5):
        scribe.append("story", number)
        await store.flush()
        assert scribe.numbers("story") == list(range(number + 1))


async def test_a_callback_may_append(store: Store, scribe: Scribe) -> None:
    store.append(LogEntry("attic", "story", 1, (), b"update 0", (), lambda: scribe.append("story", 1)))
    await until(lambda: scribe.numbers("story") == [1])
    assert await scribe.stored("story") == [0, 1]


async def test_pending_bytes_are_what_is_not_committed(store: Store, scribe: Scribe) -> None:
    left: list[int] = []
    assert store.pending_bytes("attic") == 0
    scribe.append("story", 1, update=b"x" * 10)
    scribe.append("hum", 1, update=b"x" * 5)
    scribe.append("drone", 1, room="cellar", update=b"x")
    assert (store.pending_bytes("attic"), store.pending_bytes("cellar")) == (15, 1)
    store.append(LogEntry("attic", "story", 1, (), b"xx", (), lambda: left.append(store.pending_bytes("attic"))))
    await store.flush()
    assert left == [0]
    assert (store.pending_bytes("attic"), store.pending_bytes("cellar")) == (0, 0)


# Who owns which client


async def test_clients_belong_to_whom_they_were_first_bound(store: Store, scribe: Scribe) -> None:
    scribe.append("story", 1, clients=((7, "ann"), (2**53 - 1, "ben")))
    scribe.append("story", 2, clients=((7, "eve"), (8, "cat")))
    scribe.append("hum", 1, clients=((7, "eve"),))
    await store.flush()
    scribe.append("story", 3, clients=((8, "eve"), (9, "dan")))
    await store.flush()
    owners = {7: "ann", 2**53 - 1: "ben", 8: "cat", 9: "dan"}
    assert await store.owners("story") == owners
    assert await store.owners("hum") == {7: "eve"}
    assert await store.clients("story", [9, 2**53 - 1, 10]) == {9: "dan", 2**53 - 1: "ben"}
    assert await store.clients("story", []) == {}
    assert await scribe.stored("story") == [1, 2, 3]


async def test_many_clients_are_found_at_once(store: Store, scribe: Scribe) -> None:
    scribe.append("story", 1, clients=tuple((n, f"m{n}") for n in range(0, 3000, 2)))
    await store.flush()
    assert await store.clients("story", range(3000)) == {n: f"m{n}" for n in range(0, 3000, 2)}


# Failure and recovery


async def test_one_room_that_fails_holds_back_no_other(
    place: SqlitePlace, store: Store, scribe: Scribe, failing: Failing
) -> None:
    place.refuse("attic")
    for number in range(3):
        scribe.append("story", number, room="attic")
        scribe.append("hum", number, room="cellar")
    with pytest.raises(SavingError):
        await store.flush()
    assert scribe.committed == [("hum", 0), ("hum", 1), ("hum", 2)]
    assert failing.rooms == [("attic", True)]
    assert "refused by the test" in str(failing.said[0][1])
    assert store.pending_bytes("attic") == len(b"update 0" * 3)
    scribe.append("hum", 3, room="cellar")
    await until(lambda: scribe.numbers("hum") == [0, 1, 2, 3])
    assert scribe.numbers("story") == []
    place.accept("attic")
    await store.flush()


async def test_what_failed_is_tried_again_and_keeps_its_place(
    place: SqlitePlace, store: Store, scribe: Scribe, failing: Failing
) -> None:
    scribe.append("story", 0)
    await store.flush()
    place.refuse("attic")
    for number in (1, 2):
        scribe.append("story", number)
        scribe.append("lyrics", number)
    await until(lambda: failing.rooms == [("attic", True)])
    scribe.append("story", 3)
    scribe.append("chords", 0)
    with pytest.raises(SavingError):
        await store.flush()
    assert scribe.committed == [("story", 0)]
    place.accept("attic")
    scribe.append("story", 4)
    await until(lambda: failing.rooms == [("attic", True), ("attic", False)])
    await store.flush()
    assert scribe.numbers("story") == [0, 1, 2, 3, 4]
    assert await scribe.stored("story") == [0, 1, 2, 3, 4]
    assert await scribe.stored("lyrics") == [1, 2]
    assert await scribe.stored("chords") == [0]
    assert store.pending_bytes("attic") == 0


async def test_a_failing_room_is_told_of_on_change_only(
    place: SqlitePlace, store: Store, scribe: Scribe, failing: Failing
) -> None:
    for _ in range(2):
        place.refuse("attic")
        for number in range(5):
            scribe.append("story", number)
            with pytest.raises(SavingError):
                await store.flush()
        place.accept("attic")
        await store.flush()
    assert failing.rooms == [("attic", True), ("attic", False)] * 2


async def test_several_rooms_fail_and_recover_each_by_itself(
    place: SqlitePlace, store: Store, scribe: Scribe, failing: Failing
) -> None:
    rooms = [f"room{n}" for n in range(6)]
    for room in rooms[:3]:
        place.refuse(room)
    for number in range(4):
        for room in rooms:
            scribe.append(room, number, room=room)
        await asyncio.sleep(0.01)
    await until(lambda: all(scribe.numbers(room) == [0, 1, 2, 3] for room in rooms[3:]))
    place.accept("room1")
    await until(lambda: scribe.numbers("room1") == [0, 1, 2, 3])
    assert scribe.numbers("room0") == scribe.numbers("room2") == []
    place.accept("room0")
    place.accept("room2")
    await store.flush()
    assert [await scribe.stored(room) for room in rooms] == [[0, 1, 2, 3]] * 6
    assert sorted(failing.rooms) == sorted((room, error) for room in rooms[:3] for error in (True, False))


async def test_a_room_that_fails_binds_no_clients(place: SqlitePlace, store: Store, scribe: Scribe) -> None:
    place.refuse("attic")
    scribe.append("story", 1, clients=((7, "ann"),))
    with pytest.raises(SavingError):
        await store.flush()
    assert await store.owners("story") == {}
    place.accept("attic")
    await store.flush()
    assert await store.owners("story") == {7: "ann"}


async def test_rows_are_changed_while_a_room_fails(place: SqlitePlace, store: Store, scribe: Scribe) -> None:
    place.refuse("attic")
    scribe.append("story", 1)
    await store.add_room(RoomRecord("attic", "Attic", "story", 1, "story", (Page("story", "attic", "Story", 0, 1),)))
    assert await store.room("attic") is not None
    assert scribe.committed == []
    place.accept("attic")
    await store.flush()


async def test_everything_waits_while_somebody_else_writes(place: SqlitePlace, impatient: Store, failing: Failing) -> None:
    store, scribe = impatient, Scribe(impatient)
    scribe.append("story", 0)
    await store.flush()
    with place.locked():
        for number in (1, 2):
            scribe.append("story", number, room="attic")
            scribe.append("hum", number, room="cellar")
        with pytest.raises(SavingError):
            await store.flush()
        assert await scribe.stored("story") == [0]
        assert sorted(failing.rooms) == [("attic", True), ("cellar", True)]
    await until(lambda: store.pending_bytes("attic") == store.pending_bytes("cellar") == 0)
    assert await scribe.stored("story") == [0, 1, 2]
    assert await scribe.stored("hum") == [1, 2]
    assert sorted(failing.rooms) == [("attic", False), ("attic", True), ("cellar", False), ("cellar", True)]


async def test_a_storm_of_failures_loses_and_reorders_nothing(place: SqlitePlace, impatient: Store) -> None:
    store, scribe = impatient, Scribe(impatient)
    rng = random.Random(4)
    rooms = [f"room{n}" for n in range(4)]
    refused: set[str] = set()
    counts = dict.fromkeys([f"{room}-{n}" for room in rooms for n in range(3)], 0)
    for _ in range(80):
        room = rng.choice(rooms)
        if room in refused:
            refused.remove(room)
            place.accept(room)
        elif rng.random() < 0.7:
            refused.add(room)
            place.refuse(room)
        for document in rng.choices(list(counts), k=rng.randrange(10)):
            scribe.append(document, counts[document], room=document.split("-")[0])
            counts[document] += 1
        if rng.random() < 0.1:
            with place.locked():
                await asyncio.sleep(0.1)
        await asyncio.sleep(rng.random() * 0.02)
    for room in refused:
        place.accept(room)
    await store.flush()
    for document, count in counts.items():
        assert scribe.numbers(document) == list(range(count))
        assert await scribe.stored(document) == list(range(count))


# Closing


async def test_close_commits_what_is_pending(place: SqlitePlace, failing: Failing) -> None:
    first = place.store()
    await first.open(failing)
    scribe = Scribe(first)
    for number in range(100):
        scribe.append("story", number)
    await first.close()
    assert scribe.numbers("story") == list(range(100))
    with pytest.raises(RuntimeError):
        scribe.append("story", 100)
    await first.close()
    second = place.store()
    await second.open(failing)
    assert await Scribe(second).stored("story") == list(range(100))
    await second.close()


async def test_close_waits_for_a_room_that_recovers(place: SqlitePlace, failing: Failing) -> None:
    store = place.store()
    await store.open(failing)
    scribe = Scribe(store)
    place.refuse("attic")
    scribe.append("story", 1)
    await until(lambda: failing.rooms == [("attic", True)])
    closing = asyncio.ensure_future(store.close())
    await asyncio.sleep(0.1)
    assert not closing.done()
    place.accept("attic")
    await closing
    assert scribe.numbers("story") == [1]


async def test_close_says_what_it_could_not_commit(
    place: SqlitePlace, failing: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rooms.store.sql.CLOSE_S", 0.2)
    store = place.store()
    await store.open(failing)
    place.refuse("attic")
    Scribe(store).append("story", 1)
    with pytest.raises(SavingError):
        await store.close()
    assert store.pending_bytes("attic") > 0
    with pytest.raises(RuntimeError):
        await store.flush()
