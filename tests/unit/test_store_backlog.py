"""The backlog: when what waits is due, and that a room that fails keeps its order and holds back no other."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.store import LogEntry
from rooms.store.backlog import Backlog, Batch, Change, RoomEntries


def entry(room: str, number: int = 0) -> LogEntry:
    return LogEntry(room, "story", number, (), b"", (), lambda: None)


def change() -> Change:
    return Change(lambda connection: None, asyncio.Future())


def rooms(batch: Batch) -> list[str]:
    return [part.room for part in batch.rooms]


def stuck(batch: Batch) -> list[str]:
    return [part.room for part in batch.stuck]


def numbers(part: RoomEntries) -> list[int]:
    return [each.time_ms for each in part.entries]


def test_nothing_is_due_where_nothing_waits() -> None:
    assert Backlog(0.02, 1.0).wait_s(100.0) is None


def test_the_first_after_a_quiet_spell_is_due_at_once() -> None:
    backlog = Backlog(0.02, 1.0)
    backlog.append(entry("attic"))
    assert backlog.wait_s(100.0) == 0.0
    assert rooms(backlog.take(100.0)) == ["attic"]
    assert backlog.wait_s(100.0) is None


def test_the_next_is_due_when_its_time_has_come() -> None:
    backlog = Backlog(0.25, 1.0)
    backlog.append(entry("attic"))
    backlog.take(100.0)
    backlog.append(entry("attic"))
    assert backlog.waits_for_the_clock
    assert backlog.wait_s(100.125) == 0.125
    assert backlog.wait_s(100.25) == 0.0
    assert backlog.wait_s(105.0) == 0.0


async def test_a_change_waits_for_no_pace_and_takes_along_the_entries_that_do() -> None:
    backlog = Backlog(0.25, 1.0)
    backlog.append(entry("attic"))
    assert len(backlog.take(100.0).rooms) == 1
    backlog.append(entry("attic"))
    assert backlog.wait_s(100.0) == 0.25
    backlog.change(change())
    assert backlog.wait_s(100.0) == 0.0
    batch = backlog.take(100.0)
    assert len(batch.changes) == len(batch.rooms) == 1


def test_entries_are_taken_by_room_in_their_order() -> None:
    backlog = Backlog(0.02, 1.0)
    for number, room in enumerate(["attic", "cellar", "attic", "attic", "cellar"]):
        backlog.append(entry(room, number))
    assert [(part.room, numbers(part)) for part in backlog.take(1.0).rooms] == [("attic", [0, 2, 3]), ("cellar", [1, 4])]


def test_what_failed_is_due_again_later_and_what_came_meanwhile_is_behind_it() -> None:
    backlog = Backlog(0.25, 1.0)
    backlog.append(entry("attic", 1))
    assert backlog.keep(backlog.take(100.0).rooms[0], 100.0)
    assert not backlog.waits_for_the_clock
    assert backlog.wait_s(100.5) == 0.5
    backlog.append(entry("attic", 2))
    backlog.append(entry("cellar", 1))
    batch = backlog.take(100.5)
    assert (rooms(batch), stuck(batch)) == (["cellar"], [])
    batch = backlog.take(101.0)
    assert (rooms(batch), [numbers(part) for part in batch.stuck]) == ([], [[1, 2]])
    assert not backlog.keep(batch.stuck[0], 101.0)
    assert backlog.wait_s(101.0) == 1.0
    batch = backlog.take(102.0)
    assert backlog.release("attic")
    assert backlog.wait_s(102.0) is None
    assert not backlog.release("attic")


def test_rooms_that_fail_one_after_the_other_do_not_put_off_the_next_try() -> None:
    backlog = Backlog(0.0, 1.0)
    for number in range(9):
        backlog.append(entry(f"room{number}"))
        now = 100.0 + number / 10
        backlog.keep(backlog.take(now).rooms[0], now)
    assert backlog.wait_s(101.0) == 0.0
    assert len(backlog.take(101.0).stuck) == 9


async def test_a_flush_is_due_at_once_and_tries_what_failed() -> None:
    backlog = Backlog(0.25, 1.0)
    backlog.append(entry("attic"))
    backlog.keep(backlog.take(100.0).rooms[0], 100.0)
    backlog.append(entry("cellar"))
    backlog.flush(asyncio.get_running_loop().create_future())
    assert backlog.wait_s(100.0) == 0.0
    batch = backlog.take(100.0)
    assert (rooms(batch), stuck(batch), len(batch.flushes)) == (["cellar"], ["attic"], 1)


ROOMS = st.sampled_from(["attic", "cellar", "loft"])
STEPS = st.lists(st.one_of(st.tuples(st.just("append"), ROOMS), st.tuples(st.just("take"), st.sets(ROOMS))), max_size=60)


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_nothing_is_lost_or_reordered_whatever_fails(steps: list[tuple[str, str | set[str]]]) -> None:
    """Each take commits all rooms but some; a model that knows only lists says what must come out."""
    backlog = Backlog(0.0, 1.0)
    appended: dict[str, list[int]] = {}
    committed: dict[str, list[int]] = {}
    steps = [*steps, ("take", set())]
    for now, (what, which) in enumerate(steps):
        if what == "append":
            assert isinstance(which, str)
            backlog.append(entry(which, now))
            appended.setdefault(which, []).append(now)
            continue
        batch = backlog.take(now * 10.0)
        for part in [*batch.rooms, *batch.stuck]:
            if part.room in which:
                backlog.keep(part, now * 10.0)
            else:
                backlog.release(part.room)
                committed.setdefault(part.room, []).extend(numbers(part))
    assert committed == appended
    assert backlog.wait_s(1e9) is None
