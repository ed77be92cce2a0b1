"""What every Store promises of a document's moments: stretches of its log, and the names of moments."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms.errors import NotFoundError
from rooms.model import Version
from rooms.store import Store
from tests.contract.store_places import Scribe

FINAL = Version("v1", "attic", "story", 3, 1_700_000_000_000, "The ending 🎻", "ann")


async def test_a_pause_parts_two_stretches(store: Store, scribe: Scribe) -> None:
    for number, (at, members) in enumerate([(0, "ann"), (400, "bo"), (900, "ann"), (2000, "ann"), (2500, "cy")]):
        scribe.append("story", number, time_ms=at, members=(members,))
    scribe.append("other", 9, time_ms=1500)
    await store.flush()
    first, second = await store.stretches("story", pause_ms=1000, most_ms=100_000)
    assert (first.start_ms, first.end_ms, first.members) == (0, 900, ("ann", "bo"))
    assert (second.start_ms, second.end_ms, second.members) == (2000, 2500, ("ann", "cy"))
    assert await store.last_row("story") == second.last > first.last > first.first
    rows = await store.rows("story")
    assert [rows[0].seq, rows[2].seq, rows[3].seq, rows[4].seq] == [first.first, first.last, second.first, second.last]


async def test_a_stretch_does_not_go_on_for_ever(store: Store, scribe: Scribe) -> None:
    for number in range(6):
        scribe.append("story", number, time_ms=number * 100)
    await store.flush()
    found = await store.stretches("story", pause_ms=1000, most_ms=250)
    assert [(s.start_ms, s.end_ms) for s in found] == [(0, 200), (300, 500)]


async def test_a_stretch_is_cut_where_it_is_asked(store: Store, scribe: Scribe) -> None:
    for number in range(5):
        scribe.append("story", number, time_ms=number)
        scribe.append("other", number, time_ms=number)
    await store.flush()
    rows = [row.seq for row in await store.rows("story")]
    cuts = [rows[1], rows[2] + 1, rows[4], 10**9]  # the second is a row of the other document
    found = await store.stretches("story", pause_ms=1000, most_ms=1000, cuts=cuts)
    assert [(s.first, s.last) for s in found] == [(rows[0], rows[1]), (rows[2], rows[2]), (rows[3], rows[4])]


async def test_a_document_without_a_log_has_no_stretches(store: Store) -> None:
    assert await store.stretches("story", pause_ms=1, most_ms=1) == []
    assert await store.last_row("story") is None


async def test_versions_come_in_the_order_of_their_moments(store: Store) -> None:
    back = replace(FINAL, id="v2", seq=2, title="Brought back", restores=1, client=2**53 - 1)
    for version in (FINAL, back, replace(FINAL, id="v3", document="other")):
        await store.add_version(version)
    assert await store.versions("story") == [back, FINAL]


async def test_a_version_is_retitled_and_removed(store: Store) -> None:
    await store.add_version(FINAL)
    assert await store.retitle_version("story", "v1", "Another") == replace(FINAL, title="Another")
    await store.remove_version("story", "v1")
    assert await store.versions("story") == []


async def test_an_unknown_version_is_not_changed(store: Store) -> None:
    await store.add_version(FINAL)
    for document, version in (("story", "v9"), ("other", "v1")):
        with pytest.raises(NotFoundError):
            await store.retitle_version(document, version, "Another")
        with pytest.raises(NotFoundError):
            await store.remove_version(document, version)
    assert await store.versions("story") == [FINAL]
