"""The pages of a room: in what order they are, and what happens to who is at one that is removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from rooms.errors import BadRequestError, FullError, NotFoundError, NotGrantedError, StudioError
from rooms.events import Changed
from rooms.model import Page, Role, RoomRecord
from rooms.pages import changed, placed, taken_off
from tests.unit.desk_world import ListOutbox
from tests.unit.room_world import ListTab, guest, lead_of, open_registry
from tests.unit.writer import Writer, step_1, update

A, B, C = (Page(name, "r", name, place, 1) for place, name in enumerate("abc"))
ROOM = RoomRecord("r", "R", "story", 1, "a", (A, B, C))


def order(record: RoomRecord) -> str:
    assert [page.place for page in record.pages] == list(range(len(record.pages)))
    return "".join(page.id for page in record.pages)


@pytest.mark.parametrize(("place", "expected"), [(0, "cab"), (1, "acb"), (2, "abc"), (9, "abc"), (None, "abc")])
def test_a_page_is_placed(place: int | None, expected: str) -> None:
    assert order(placed(ROOM, C, place)) == expected


def test_a_page_that_is_taken_off_comes_back_to_its_place() -> None:
    without = taken_off(ROOM, B, 7)
    assert (order(without), [(page.id, page.removed_ms) for page in without.removed]) == ("ac", [("b", 7)])
    assert [page.id for page in changed(ROOM, without)] == ["c", "b"]
    assert placed(without, without.removed[0]) == ROOM


async def test_a_removed_page_ends_its_connections_and_keeps_its_text(tmp_path: Path) -> None:
    registry = open_registry(tmp_path)
    await registry.open()
    lead, writer = await lead_of(registry), Writer(1)
    async with registry.hold("song") as room:
        ida, tab = await guest(room, Role.SPECTATOR, "Ida"), ListTab(lead)
        room.enter(tab)
        page = await room.add_page(lead, "Verse")
        desk, outbox = await room.desk(page.id), EndingOutbox()
        connection = room.sit(desk, lead, outbox, wants_saved=False)
        await desk.receive(connection, update(writer.type("kept")))
        with pytest.raises(NotGrantedError):
            await room.remove_page(ida, page.id)
        with pytest.raises(BadRequestError):
            await room.remove_page(lead, "main")
        await room.remove_page(lead, page.id)
        assert isinstance(outbox.error, NotFoundError)
        assert "bring it back" in str(outbox.error)
        room.rise(desk, connection)
        with pytest.raises(NotFoundError, match="removed"):
            await room.desk(page.id)
        with pytest.raises(NotGrantedError):
            room.removed_pages(ida)
        await room.add_page(lead, "Chorus")
        with pytest.raises(FullError):  # what was removed takes its room still
            await room.add_page(lead, "Bridge")
        await room.restore_page(lead, page.id)
        desk, again, reader = await room.desk(page.id), ListOutbox(), Writer(2)
        connection = room.sit(desk, lead, again, wants_saved=False)
        await desk.receive(connection, step_1())
        reader.read(again.messages)
        assert str(reader) == "kept"
        room.rise(desk, connection)
        titles = [[p.title for p in event.record.pages] for event in tab.events if isinstance(event, Changed)]
        assert titles == [
            ["Story", "Verse"],
            ["Story"],
            ["Story", "Chorus"],
            ["Story", "Verse", "Chorus"],
        ]
        room.leave(tab)
    await registry.close()


class EndingOutbox(ListOutbox):
    error: StudioError | None = None

    def close(self, error: StudioError) -> None:
        self.error = error
