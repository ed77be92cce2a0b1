"""What every Store promises of images."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms.errors import BadRequestError, FullError, NoSuchRoomError
from rooms.model import Image, Page, RoomRecord
from rooms.store import Store

IMAGE = Image("i1", "attic", "ann", "image/png", 640, 480, 1000, 1_700_000_000_005)
MOST = 3000


@pytest.fixture
async def attic(store: Store) -> Store:
    for room in ("attic", "cellar"):
        page = Page(f"{room}s", room, "Story", 0, 1)
        await store.add_room(RoomRecord(room, room.title(), "story", 1, page.id, (page,)))
    return store


async def test_an_image_comes_back_as_it_was_added(attic: Store) -> None:
    await attic.add_image(IMAGE, MOST)
    assert await attic.image("i1") == IMAGE
    assert await attic.image("i2") is None


async def test_a_rooms_images_come_oldest_first(attic: Store) -> None:
    later, other = replace(IMAGE, id="i0", time_ms=IMAGE.time_ms + 1), replace(IMAGE, id="i2", room="cellar")
    for image in (later, IMAGE, other):
        await attic.add_image(image, MOST)
    assert await attic.images("attic") == [IMAGE, later]
    assert await attic.images("cellar") == [other]


async def test_an_id_is_used_once(attic: Store) -> None:
    await attic.add_image(IMAGE, MOST)
    with pytest.raises(BadRequestError):
        await attic.add_image(replace(IMAGE, room="cellar", member="bob"), MOST)
    assert await attic.image("i1") == IMAGE


async def test_a_room_is_full_when_its_images_come_to_so_many_bytes(attic: Store) -> None:
    await attic.add_image(replace(IMAGE, bytes=2000), MOST)
    await attic.add_image(replace(IMAGE, id="i2"), MOST)
    with pytest.raises(FullError):
        await attic.add_image(replace(IMAGE, id="i3", bytes=1), MOST)
    await attic.add_image(replace(IMAGE, id="i4", room="cellar"), MOST)
    assert await attic.image("i3") is None


async def test_an_image_needs_its_room(attic: Store) -> None:
    with pytest.raises(NoSuchRoomError):
        await attic.add_image(replace(IMAGE, room="nowhere"), MOST)
