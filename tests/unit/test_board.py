"""Whom a message calls, and what a room's board lets whom do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rooms.board import LATEST, Board
from rooms.calling import mentioned
from rooms.errors import NotFoundError, NotGrantedError
from rooms.model import GRANTS, Limits, Member, Page, Role, RoomRecord
from rooms.store.sql import SqlStore


def person(member: str, name: str, role: Role = Role.CONTRIBUTOR) -> Member:
    return Member(member, "attic", name, 1, role, GRANTS[role])


PEOPLE = [person("a", "Ann"), person("b", "Ann Lee"), person("c", "Zoë"), person("d", "zoë"), person("e", "O'Neil")]


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("hello", ""),
        ("@Ann come", "a"),
        ("@ann lee, come", "b"),
        ("@Ann Leeway", "a"),
        ("@Annabel", ""),
        ("me@Ann", ""),
        ("(@ZOË)!", "cd"),
        ("@O'Neil's and @Ann", "ea"),
        ("@Ann @Ann", "a"),
        ("@", ""),
        ("@@Ann", "a"),
    ],
)
def test_whom_a_text_calls(text: str, called: str) -> None:
    assert "".join(mention.member for mention in mentioned(text, PEOPLE)) == called


def test_a_mention_is_called_what_the_text_calls_it() -> None:
    assert [mention.name for mention in mentioned("@ann", PEOPLE)] == ["ann"]


def test_a_text_of_signs_is_not_looked_at_for_ever() -> None:
    assert mentioned("@x " * 50 + "@Ann", PEOPLE) == ()
    assert mentioned("@x " * 49 + "@Ann", PEOPLE) != ()


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    store = SqlStore(f"sqlite:///{tmp_path / 'tutti.sqlite'}", Limits())
    await store.open(lambda room, error: None)
    await store.add_room(RoomRecord("attic", "Attic", "story", 1, "story", (Page("story", "attic", "Story", 0, 1),)))
    for member in PEOPLE:
        await store.add_member(member)
    yield Board("attic", store, Limits())
    await store.close()


async def test_only_the_author_changes_and_a_moderator_deletes(board: Board) -> None:
    ann, lee, lead = PEOPLE[0], PEOPLE[1], person("z", "Lead", Role.LEAD)
    said = [await board.say(ann, f"number {number}") for number in range(LATEST + 5)]
    for message in (said[0], said[-1]):  # in the store alone, and in memory too
        with pytest.raises(NotGrantedError):
            await board.edit(lead, message.id, "mine")
        with pytest.raises(NotGrantedError):
            await board.delete(lee, message.id)
        assert (await board.edit(ann, message.id, "  another  ")).text == "another"
        await board.delete(lead, message.id)
        with pytest.raises(NotFoundError):
            await board.delete(ann, message.id)
    messages, more = board.latest()
    assert (len(messages), more) == (LATEST, True)
    assert (messages[-1].text, messages[-1].deleted_ms is not None) == ("", True)


async def test_what_was_read_is_there_after_a_restart_and_not_beyond_the_newest(board: Board) -> None:
    ann = PEOPLE[0]
    message = await board.say(ann, "hello")
    assert board.read_by(ann) is None
    assert await board.mark_read(ann, message.id + 5) == message.id
    again = Board("attic", board._store, Limits())
    opening = await board._store.opening("attic", LATEST + 1)
    assert opening is not None
    again.load(opening)
    assert again.read_by(ann) == message.id
