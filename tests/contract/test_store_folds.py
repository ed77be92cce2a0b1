"""What every Store promises of folds, and of rows and folds that were damaged."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from rooms.errors import UnreadableError
from rooms.store import Fold, LogRow, Store
from tests.contract.store_places import Scribe, SqlitePlace


def fold_of(rows: list[LogRow], level: int = 0) -> Fold:
    runs = ((2**53 - 1, 0, len(rows)), (7, 3, 9))
    update = b"".join(row.update for row in rows)
    return Fold(level, rows[0].seq, rows[-1].seq, update, runs, len(update) // 2, 5, update[::-1])


async def twelve_rows_in_three_folds(store: Store, scribe: Scribe) -> tuple[list[Fold], list[LogRow]]:
    """Rows 0–2, 3–5 and 6–8 of a story are folded, 9–11 are not. Rows of another document lie between them."""
    for number in range(12):
        scribe.append("story", number)
        scribe.append("hum", number)
    await store.flush()
    rows = await store.rows("story")
    folds = [fold_of(rows[0:3]), fold_of(rows[3:6]), fold_of(rows[6:9])]
    for each in folds:
        await store.fold("story", each, ())
    return folds, rows


async def test_folds_come_first_and_then_the_rows_after_them(store: Store, scribe: Scribe) -> None:
    folds, rows = await twelve_rows_in_three_folds(store, scribe)
    assert await store.load("story") == (folds, rows[9:])
    assert await store.rows("story") == rows
    assert (await store.load("hum"))[0] == []


async def test_a_fold_takes_the_place_of_others(store: Store, scribe: Scribe) -> None:
    folds, rows = await twelve_rows_in_three_folds(store, scribe)
    larger = fold_of(rows[:6], level=1)
    await store.fold("story", larger, folds[:2])
    assert await store.load("story") == ([larger, folds[2]], rows[9:])
    assert await store.rows("story") == rows


async def test_everything_may_be_folded(store: Store, scribe: Scribe) -> None:
    folds, rows = await twelve_rows_in_three_folds(store, scribe)
    all_of_it = fold_of(rows, level=1)
    await store.fold("story", all_of_it, folds)
    assert await store.load("story") == ([all_of_it], [])
    scribe.append("story", 12)
    await store.flush()
    folds, rows = await store.load("story")
    assert folds == [all_of_it]
    assert [row.update for row in rows] == [b"update 12"]


DAMAGES = [
    "UPDATE fold SET \"update\" = CAST(replace(\"update\", 'update', 'uqdate') AS BLOB)",
    'UPDATE fold SET "update" = substr("update", 2)',
    "UPDATE fold SET runs = CAST(x'90' AS BLOB)",
    "UPDATE fold SET deleted = CAST(x'80' AS BLOB)",
    "UPDATE fold SET deletes_at = deletes_at + 1",
    "UPDATE fold SET types = types + 1",
    "UPDATE fold SET last = last + 1",
    "UPDATE fold SET crc32 = crc32 + 1",
    "DELETE FROM fold",
]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("which", [0, 1, 2])
async def test_a_damaged_fold_is_read_from_its_rows(
    place: SqlitePlace, store: Store, scribe: Scribe, damage: str, which: int
) -> None:
    folds, rows = await twelve_rows_in_three_folds(store, scribe)
    place.run(damage + " WHERE document = 'story' AND first = ?", folds[which].first)
    assert await store.load("story") == (folds[:which], rows[3 * which :])


async def test_a_damaged_fold_is_told_of(
    place: SqlitePlace, store: Store, scribe: Scribe, caplog: pytest.LogCaptureFixture
) -> None:
    await twelve_rows_in_three_folds(store, scribe)
    place.run("UPDATE fold SET crc32 = crc32 + 1")
    await store.load("story")
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_a_damaged_fold_is_made_again(place: SqlitePlace, store: Store, scribe: Scribe) -> None:
    folds, rows = await twelve_rows_in_three_folds(store, scribe)
    place.run("UPDATE fold SET crc32 = crc32 + 1 WHERE first = ?", folds[1].first)
    again = fold_of(rows[3:])
    await store.fold("story", again, ())
    assert await store.load("story") == ([folds[0], again], [])
    assert place.run("SELECT count(*) FROM fold") == [(2,)]


async def test_a_fold_that_reaches_too_far_is_not_used_twice(place: SqlitePlace, store: Store, scribe: Scribe) -> None:
    """A damaged fold outlives the making of a shorter one over its first rows."""
    for number in range(6):
        scribe.append("story", number)
    await store.flush()
    rows = await store.rows("story")
    await store.fold("story", fold_of(rows), ())
    place.run("UPDATE fold SET crc32 = crc32 + 1")
    shorter = fold_of(rows[:4])
    await store.fold("story", shorter, ())
    assert await store.load("story") == ([shorter], rows[4:])


async def test_the_longer_of_two_folds_is_used(store: Store, scribe: Scribe) -> None:
    for number in range(6):
        scribe.append("story", number)
    await store.flush()
    rows = await store.rows("story")
    longer = fold_of(rows[:5], level=1)
    await store.fold("story", longer, ())
    await store.fold("story", fold_of(rows[:2]), ())
    assert await store.load("story") == ([longer], rows[5:])


# Damaged rows


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE log SET \"update\" = CAST('updatf 5' AS BLOB)",
        "UPDATE log SET \"update\" = CAST('update' AS BLOB)",
        "UPDATE log SET crc32 = 0",
    ],
)
async def test_a_damaged_row_is_never_left_out(place: SqlitePlace, store: Store, scribe: Scribe, damage: str) -> None:
    for number in range(10):
        scribe.append("story", number)
        scribe.append("hum", number)
    await store.flush()
    seq = (await store.rows("story"))[5].seq
    place.run(damage + " WHERE seq = ?", seq)
    with pytest.raises(UnreadableError):
        await store.load("story")
    with pytest.raises(UnreadableError):
        await store.rows("story")
    assert await scribe.stored("hum") == list(range(10))
    assert len(await store.rows("story", after=seq)) == 4


async def test_words_are_read_where_their_author_can_not_be(place: SqlitePlace, store: Store, scribe: Scribe) -> None:
    scribe.append("story", 1)
    scribe.append("story", 2)
    await store.flush()
    place.run("UPDATE log SET members = CAST(x'5b22ff' AS BLOB) WHERE seq = 1")
    rows: list[Any] = [(row.members, row.update) for row in await store.rows("story")]
    assert rows == [((), b"update 1"), (("ann",), b"update 2")]


async def test_damage_in_a_folded_row_does_no_harm(place: SqlitePlace, store: Store, scribe: Scribe) -> None:
    folds, rows = await twelve_rows_in_three_folds(store, scribe)
    place.run("UPDATE log SET crc32 = 0 WHERE seq = ?", rows[4].seq)
    assert await store.load("story") == (folds, rows[9:])
