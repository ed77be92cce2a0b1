"""What every Store promises of threads and their comments."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms.errors import BadRequestError, NotFoundError
from rooms.model import GRANTS, Comment, Member, Mention, Page, Role, RoomRecord, Thread
from rooms.store import Store

NOW = 1_700_000_000_000
ATTIC = RoomRecord("attic", "Attic", "story", NOW, "story", (Page("story", "attic", "Story", 0, NOW),))
ANN = Member("ann", "attic", "Ann", 3, Role.CONTRIBUTOR, GRANTS[Role.CONTRIBUTOR])
BO = replace(ANN, id="bo", name="Bo", hue=5)
FIRST = Thread("thread0001", "attic", "story", "the lighthouse", NOW)
SECOND = Thread("thread0002", "attic", "story", "🎻 the storm", NOW + 1)


@pytest.fixture
async def attic(store: Store) -> Store:
    await store.add_room(ATTIC)
    return store


def said(thread: Thread | None) -> list[tuple[str, str]]:
    assert thread is not None
    return [(comment.name, comment.text) for comment in thread.comments]


async def test_a_thread_comes_back_with_its_comments_in_order(attic: Store) -> None:
    added = await attic.add_thread(FIRST, ANN, "Whose is it?")
    assert added == replace(FIRST, comments=(Comment(added.comments[0].id, "ann", "Ann", 3, "Whose is it?", NOW),))
    reply = await attic.add_comment(FIRST.id, BO, "Nobody's 🌊", NOW + 5)
    assert await attic.thread("attic", FIRST.id) == replace(added, comments=(*added.comments, reply))
    assert await attic.thread("cellar", FIRST.id) is None
    assert await attic.thread("attic", "nothing000") is None


async def test_threads_come_by_document_oldest_first(attic: Store) -> None:
    await attic.add_thread(SECOND, ANN, "b")
    await attic.add_thread(FIRST, ANN, "a")
    await attic.add_thread(replace(FIRST, id="thread0003", document="lyrics"), ANN, "c")
    assert [thread.id for thread in await attic.threads("attic", "story")] == [FIRST.id, SECOND.id]
    assert await attic.threads("cellar", "story") == []


async def test_who_is_called_finds_the_open_threads_of_all_documents(attic: Store) -> None:
    """The newest call first; an id that is a part of another's is nobody else's."""
    ann, annie = Mention("ann", "Ann"), Mention("annie", "Annie")
    other = replace(FIRST, id="thread0003", document="lyrics")
    began = await attic.add_thread(FIRST, BO, "Ask @Ann", (ann,))
    assert began.comments[0].mentions == (ann,)
    assert await attic.thread("attic", FIRST.id) == began
    await attic.add_thread(SECOND, BO, "Ask @Annie", (annie,))
    await attic.add_thread(other, BO, "Hm")
    said = await attic.add_comment(other.id, BO, "@Annie and @Ann", NOW + 5, (annie, ann))
    assert [thread.id for thread in await attic.threads_calling("attic", "ann", limit=9)] == [other.id, FIRST.id]
    assert [thread.id for thread in await attic.threads_calling("attic", "annie", limit=1)] == [other.id]
    assert await attic.threads_calling("cellar", "ann", limit=9) == []
    await attic.edit_comment(other.id, said.id, "@Annie", NOW + 6, (annie,))
    await attic.resolve_thread(SECOND.id, "bo", NOW + 7)
    assert [thread.id for thread in await attic.threads_calling("attic", "ann", limit=9)] == [FIRST.id]
    assert [thread.id for thread in await attic.threads_calling("attic", "annie", limit=9)] == [other.id]
    await attic.delete_comment(FIRST.id, began.comments[0].id, NOW + 8)
    assert await attic.threads_calling("attic", "ann", limit=9) == []


async def test_a_thread_is_added_once(attic: Store) -> None:
    await attic.add_thread(FIRST, ANN, "a")
    with pytest.raises(BadRequestError):
        await attic.add_thread(replace(FIRST, document="lyrics"), BO, "b")
    assert said(await attic.thread("attic", FIRST.id)) == [("Ann", "a")]


async def test_a_comment_is_edited_and_deleted(attic: Store) -> None:
    one = (await attic.add_thread(FIRST, ANN, "a")).comments[0].id
    two = (await attic.add_comment(FIRST.id, BO, "b", NOW)).id
    await attic.edit_comment(FIRST.id, two, "better", NOW + 9)
    thread = await attic.thread("attic", FIRST.id)
    assert thread is not None
    assert (thread.comments[1].text, thread.comments[1].edited_ms) == ("better", NOW + 9)
    await attic.delete_comment(FIRST.id, one, NOW + 10)
    assert said(await attic.thread("attic", FIRST.id)) == [("Bo", "better")]
    for gone in (one, 10_000):
        with pytest.raises(NotFoundError):
            await attic.edit_comment(FIRST.id, gone, "again", NOW)
        with pytest.raises(NotFoundError):
            await attic.delete_comment(FIRST.id, gone, NOW)
    with pytest.raises(NotFoundError):
        await attic.edit_comment(SECOND.id, two, "in another thread", NOW)


async def test_a_thread_without_a_comment_left_is_not_listed(attic: Store) -> None:
    thread = await attic.add_thread(FIRST, ANN, "a")
    await attic.delete_comment(FIRST.id, thread.comments[0].id, NOW)
    assert await attic.threads("attic", "story") == []
    assert said(await attic.thread("attic", FIRST.id)) == []


async def test_a_thread_is_resolved_and_opened_again(attic: Store) -> None:
    await attic.add_thread(FIRST, ANN, "a")
    await attic.resolve_thread(FIRST.id, "bo", NOW + 7)
    thread = await attic.thread("attic", FIRST.id)
    assert thread is not None
    assert (thread.resolved_ms, thread.resolved_by) == (NOW + 7, "bo")
    await attic.resolve_thread(FIRST.id, None, NOW + 8)
    thread = await attic.thread("attic", FIRST.id)
    assert thread is not None
    assert (thread.resolved_ms, thread.resolved_by) == (None, None)
    with pytest.raises(NotFoundError):
        await attic.resolve_thread("nothing000", "bo", NOW)
