"""Editions: gathers what a document is written out with: its title, who wrote it, its images. Knows no format from inside.

Who may read it is the room's to check (`rooms/room.py`); putting it together is the worker's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from rooms.errors import NotFoundError
from rooms.images import Images
from rooms.model import Limits, Page, RoomRecord
from rooms.render import Worker
from rooms.render.edition import Edition, Remark, Suggestions
from rooms.store import Store

WITH_IMAGES: Final = frozenset(("page", "docx", "epub"))
"""Formats that have a place for the bytes of images."""

_read_ids = msgspec.json.Decoder(list[str]).decode


@dataclass(frozen=True, slots=True)
class Wish:
    """How somebody wants a document written out: with suggestions accepted or not, with the threads that are open or not, and
    in which language it is (BCP 47)."""

    suggestions: Suggestions = "open"
    language: str = "und"
    comments: bool = False


AS_IT_IS: Final = Wish()


class Editions:
    """Those of one room."""

    def __init__(self, store: Store, images: Images, worker: Worker, limits: Limits) -> None:
        self._store = store
        self._images = images
        self._worker = worker
        self._limits = limits

    async def write(self, room: RoomRecord, page: Page, pieces: Sequence[bytes], format: str, wish: Wish) -> bytes:  # noqa: A002
        """The document in this format. Raises as `Worker.render` does."""
        images = await self._pictures(pieces) if format in WITH_IMAGES else []
        edition = Edition(
            title_of(room, page),
            tuple(await self._writers(page)),
            wish.language,
            wish.suggestions,
            await self._remarks(page) if wish.comments else {},
            images=tuple((name, media_type) for name, media_type, _ in images),
        )
        return await self._worker.render(pieces, format, edition, [data for _, _, data in images])

    async def _writers(self, page: Page) -> list[str]:
        """The names of those who wrote in it, in the order of joining."""
        wrote = set((await self._store.owners(page.id)).values())
        return list(dict.fromkeys(m.name for m in await self._store.members(page.room) if m.id in wrote))

    async def _remarks(self, page: Page) -> dict[str, tuple[Remark, ...]]:
        threads = [thread for thread in await self._store.threads(page.room, page.id) if thread.resolved_ms is None]
        return {thread.id: tuple(Remark(c.name, c.text, c.time_ms) for c in thread.comments) for thread in threads}

    async def _pictures(self, pieces: Sequence[bytes]) -> list[tuple[str, str, bytes]]:
        """The images in it. Those beyond the limit of what may be packed stay out, and so do lost ones."""
        found: list[tuple[str, str, bytes]] = []
        size = 0
        for name in _read_ids(await self._worker.render(pieces, "images")):
            try:
                image, data = await self._images.read(name)
            except NotFoundError:
                continue
            size += len(data)
            if size > self._limits.unpacked_bytes:
                break
            found.append((name, image.media_type, data))
        return found


def title_of(room: RoomRecord, page: Page) -> str:
    """What a reader calls it: the room's title for the document made with it."""
    return room.title if page.id == room.main else page.title
