"""What every Store promises of rooms that come from elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms.errors import BadRequestError
from rooms.model import GRANTS, Comment, Image, Member, Mention, Message, Page, Role, RoomRecord, RoomSettings, Thread, Version
from rooms.store import Arrival, LogEntry, Restored, Store

STORY = Page("p1", "attic", "Story", 0, 1)
GONE = Page("p2", "attic", "Gone", 1, 2, removed_ms=9)
ANN = Member("ann", "attic", "Ann", 3, Role.LEAD, GRANTS[Role.LEAD], None, 5)
BOB = Member("bob", "attic", "Bob", 4, Role.SPECTATOR, GRANTS[Role.SPECTATOR], None, 6, removed=True, banned=True)
ROOM = Restored(
    RoomRecord("attic", "Attic", "story", 1, "p1", (STORY,), (GONE,), RoomSettings(locked=True)),
    (ANN, BOB),
    (
        Message(0, "attic", "ann", "Ann", 3, "Hello @Bob", 7, (Mention("bob", "Bob"),), 8),
        Message(0, "attic", "bob", "Bobby", 4, "", 9, deleted_ms=10),
        Message(0, "attic", "ann", "Ann", 3, "a sprint", 11, note=True),
    ),
    {"ann": 2},
    (
        Thread(
            "t1",
            "attic",
            "p1",
            "words",
            12,
            13,
            "bob",
            (Comment(0, "ann", "Ann", 3, "Why, @Bob?", 12, 14, (Mention("bob", "Bob"),)),),
        ),
    ),
    (Version("v1", "attic", "p1", 1, 15, "First", "ann", 1, 99),),
    (Image("i1", "attic", "bob", "image/png", 4, 3, 100, 16),),
)


async def test_a_restored_room_is_as_it_was(store: Store) -> None:
    await store.restore(ROOM)
    assert await store.room("attic") == ROOM.room
    assert await store.members("attic") == [ANN, BOB]
    messages = await store.messages("attic")
    assert [replace(message, id=0) for message in messages] == list(ROOM.messages)
    assert await store.reads("attic") == {"ann": messages[1].id}
    [thread] = await store.threads("attic", "p1")
    assert replace(thread, comments=tuple(replace(c, id=0) for c in thread.comments)) == ROOM.threads[0]
    assert await store.versions("p1") == list(ROOM.versions)
    assert await store.images("attic") == list(ROOM.images)


async def test_it_is_kept_whole_or_not_at_all(store: Store) -> None:
    await store.restore(ROOM)
    other = replace(ROOM, room=replace(ROOM.room, id="cellar"))
    with pytest.raises(BadRequestError):
        await store.restore(other)
    assert await store.room("cellar") is None
    assert len(await store.rooms()) == 1


async def test_what_is_on_its_way_is_taken_back_or_comes_in(store: Store) -> None:
    def append(document: str, rows: int) -> None:
        for _ in range(rows):
            store.append(LogEntry("attic", document, 1, (), b"\x00\x00", ((7, "ann"),), lambda: None))

    arrival = Arrival("attic", ("p1", "p2"), ("i1",))
    assert await store.withdraw("attic") is None
    await store.announce(arrival)
    with pytest.raises(BadRequestError):
        await store.announce(replace(arrival, room="cellar", documents=("p9",)))
    assert await store.arrivals() == [arrival]
    for what, name in (("room", "attic"), ("page", "p2"), ("image", "i1")):
        assert await store.taken(what, [name, "other"]) == {name}  # type: ignore[arg-type]
    append("p1", 1200)
    append("p2", 3)
    append("p3", 1)
    await store.flush()
    taken = []
    while count := await store.withdraw("attic"):
        taken.append(count)
    assert sum(taken) == 1203
    assert max(taken) < 1200  # others save meanwhile
    assert [len(await store.rows(page)) for page in ("p1", "p2", "p3")] == [0, 0, 1]
    assert await store.owners("p1") == {}
    assert await store.arrivals() == [arrival]
    await store.forget_arrival("attic")
    assert await store.arrivals() == []

    await store.announce(arrival)
    append("p1", 2)
    await store.flush()
    await store.restore(ROOM)
    assert await store.arrivals() == []
    assert await store.withdraw("attic") is None
    assert len(await store.rows("p1")) == 2


async def test_ids_in_use_are_known(store: Store) -> None:
    assert await store.taken("page", ["p1", "p3"]) == set()
    await store.restore(ROOM)
    store.append(LogEntry("attic", "p3", 1, (), b"\x00\x00", (), lambda: None))
    await store.flush()
    assert await store.taken("page", ["p1", "p2", "p3", "p4"]) == {"p1", "p2", "p3"}
    for what, name in (("room", "attic"), ("thread", "t1"), ("version", "v1"), ("image", "i1")):
        assert await store.taken(what, [name, "other"]) == {name}  # type: ignore[arg-type]
