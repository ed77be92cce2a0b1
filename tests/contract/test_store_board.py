"""What every Store promises of the board, of what was read there, of sprints, and of pages that change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms.errors import NoSuchRoomError, NotFoundError
from rooms.model import Grant, Loan, Mention, Page, PageKind, Sprint
from rooms.store import Opening, Store
from tests.contract.store_places import SqlitePlace, opened
from tests.contract.test_store import ATTIC, CELLAR, STORY, person

SPRINT = Sprint("The door ‘wouldn't’ open", 1_000, 601_000, "ann", (("ann", "Ann"), ("ben", "Ben 🎻")))


@pytest.fixture
async def attic(store: Store) -> Store:
    await store.add_room(ATTIC)
    await store.add_room(CELLAR)
    await store.add_member(person("ann"))
    return store


async def test_a_message_comes_back_with_whom_it_calls(attic: Store) -> None:
    said = await attic.add_message("attic", person("ann"), "@Ben!", 5, mentions=[Mention("ben", "Ben")], note=True)
    assert said.mentions == (Mention("ben", "Ben"),)
    assert said.note
    assert await attic.messages("attic") == [said]
    assert await attic.message("attic", said.id) == said
    assert await attic.message("cellar", said.id) is None


async def test_a_room_is_opened_with_what_is_there_at_one_moment(attic: Store) -> None:
    assert await attic.opening("nowhere", 5) is None
    room = await attic.room("attic")
    assert room is not None
    assert await opened(attic) == Opening(room, (), (), {}, None)
    ann = await attic.add_member(person("ann"))
    lent = await attic.lend("attic", "ann", Loan(Grant.SPEAK, 9_000), "bob", 1_000)
    said = [await attic.add_message("attic", ann, f"number {number}", number) for number in range(7)]
    await attic.add_message("cellar", ann, "elsewhere", 8)
    await attic.mark_read("attic", "ann", said[3].id)
    await attic.set_sprint("attic", SPRINT)
    assert await opened(attic) == Opening(room, (lent,), tuple(said[-5:]), {"ann": said[3].id}, SPRINT)


async def test_a_message_is_edited(attic: Store) -> None:
    said = await attic.add_message("attic", person("ann"), "@Ben", 5, mentions=[Mention("ben", "Ben")])
    edited = await attic.edit_message("attic", said.id, "nobody", [], 7)
    assert edited == replace(said, text="nobody", mentions=(), edited_ms=7)
    assert await attic.messages("attic") == [edited]
    with pytest.raises(NotFoundError):
        await attic.edit_message("cellar", said.id, "mine", [], 8)


async def test_the_text_of_a_deleted_message_is_nowhere(attic: Store, place: SqlitePlace) -> None:
    said = await attic.add_message("attic", person("ann"), "a secret @Ben", 5, mentions=[Mention("ben", "Ben")])
    gone = await attic.delete_message("attic", said.id, 7)
    assert gone == replace(said, text="", mentions=(), deleted_ms=7)
    for change in (attic.delete_message("attic", said.id, 8), attic.edit_message("attic", said.id, "again", [], 8)):
        with pytest.raises(NotFoundError):
            await change
    assert await attic.messages("attic") == [gone]


async def test_what_was_read_never_goes_back(attic: Store) -> None:
    assert await attic.reads("attic") == {}
    for message in (3, 7, 5):
        await attic.mark_read("attic", "ann", message)
    await attic.mark_read("attic", "ben", 2)
    await attic.mark_read("cellar", "ann", 9)
    assert await attic.reads("attic") == {"ann": 7, "ben": 2}


async def test_a_sprint_is_kept_and_ends_once(attic: Store) -> None:
    assert (await opened(attic)).sprint is None
    await attic.set_sprint("attic", SPRINT)
    assert (await opened(attic)).sprint == SPRINT
    assert (await opened(attic, "cellar")).sprint is None
    noted = await attic.end_sprint("attic", person("ann"), "Sprint: 10 min", 601_000)
    assert noted is not None
    assert (noted.text, noted.note, noted.time_ms) == ("Sprint: 10 min", True, 601_000)
    assert (await opened(attic)).sprint is None
    assert await attic.end_sprint("attic", person("ann"), "Sprint: 10 min", 601_000) is None
    assert await attic.messages("attic") == [noted]
    with pytest.raises(NoSuchRoomError):
        await attic.set_sprint("nowhere", SPRINT)


async def test_pages_are_changed_together_or_not_at_all(attic: Store) -> None:
    song = Page("song", "attic", "Song", 1, 8, PageKind.SONG)
    await attic.add_page(song)
    first, second = replace(song, title="Hymn", place=0), replace(STORY, place=1, kind=PageKind.NOTES)
    with pytest.raises(NotFoundError):
        await attic.change_pages([first, replace(STORY, id="none")])
    assert await attic.room("attic") == replace(ATTIC, pages=(STORY, song))
    await attic.change_pages([first, second])
    assert await attic.room("attic") == replace(ATTIC, pages=(first, second))


async def test_a_removed_page_is_kept_apart(attic: Store) -> None:
    removed = [Page(name, "attic", name, 1, 8, removed_ms=at) for name, at in (("song", 5), ("notes", 9))]
    for page in removed:
        await attic.add_page(replace(page, removed_ms=None))
    await attic.change_pages(removed)
    assert await attic.room("attic") == replace(ATTIC, removed=(removed[1], removed[0]))
