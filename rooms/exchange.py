"""Exchange: a room's documents as wholes, which people take along and bring in: read in a format, replaced, previewed, bundled.

Checks who may. What a format looks like is the worker's business (`rooms/render/`), what a document is written out with that of
`rooms/editions.py`, how a bundle is laid out that of `rooms/bundle/`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import BinaryIO

from rooms.blobs import Blobs
from rooms.bundle.write import write as write_bundle
from rooms.desk import Desk
from rooms.editions import AS_IT_IS, WITH_IMAGES, Editions, Wish
from rooms.errors import TooLargeError, WorkerError
from rooms.images import Images
from rooms.incoming import most_bytes, take_pictures
from rooms.model import Grant, Limits, Member, Page, RoomRecord
from rooms.naming import now_ms
from rooms.people import People
from rooms.render import TaskError, Worker
from rooms.scan import scan
from rooms.store import Store


class Exchange:
    """That of one room."""

    def __init__(
        self,
        store: Store,
        worker: Worker,
        limits: Limits,
        people: People,
        images: Images,
        blobs: Blobs,
        *,
        record: Callable[[], RoomRecord],
        page: Callable[[str], Page],
        desk: Callable[[str], Awaitable[Desk]],
        flush: Callable[[], None],
    ) -> None:
        self._store = store
        self._worker = worker
        self._limits = limits
        self._people = people
        self._images = images
        self._blobs = blobs
        self._record = record
        self._page = page
        self._desk = desk
        self._flush = flush
        self._editions = Editions(store, images, worker, limits)
        self._unrendered: dict[str, int] = {}  # document id → its rows when the worker died of it

    async def read(
        self,
        by: Member,
        document: str,
        format: str,  # noqa: A002 - the protocol's own word
        wish: Wish = AS_IT_IS,
    ) -> bytes:
        """The document in a format of `rooms/render/formats.py`. Raises WorkerError where it can't be put together."""
        self._people.need_draft(by)
        desk = await self._desk(document)
        desk.flush()
        if self._unrendered.get(desk.id) == desk.unfolded.rows:
            raise WorkerError
        pieces = [piece.update for piece in await desk.pieces(self._people.current(by))]
        try:
            rendered = await self._editions.write(self._record(), self._page(desk.id), pieces, format, wish)
        except TaskError as error:
            if format not in WITH_IMAGES:  # it would end the same way, until the document changes
                self._unrendered[desk.id] = desk.unfolded.rows
                await self._store.mark_damage(desk.id, error.why)
            raise
        self._people.need_draft(by)  # the door may have been shut meanwhile
        return rendered

    async def preview(self, by: Member, format: str, body: bytes) -> bytes:  # noqa: A002
        """What `write` would make of it, as HTML. Changes nothing."""
        self._people.need(by, Grant.WRITE)
        if len(body) > most_bytes(format, self._limits):
            raise TooLargeError
        return await self._worker.preview(format, body)

    async def bundle(self, by: Member | None, file: BinaryIO) -> None:
        """Writes the whole room into a file, with its history. None as `by` is the operator."""
        if by is not None:
            self._people.need_lead(by)
        self._flush()
        await self._store.flush()

        async def as_markdown(page: Page) -> bytes:
            pieces = [piece.update for piece in (await self._desk(page.id)).document.pieces()]
            return await self._editions.write(self._record(), page, pieces, "markdown", AS_IT_IS)

        await write_bundle(file, self._record(), self._store, self._blobs, as_markdown)

    async def write(self, by: Member, document: str, format: str, body: bytes) -> None:  # noqa: A002
        """Imports: replaces the text by `body`, as one new change; a body of format update is added as it is.

        Returns when it is committed.
        """
        self._people.need(by, Grant.WRITE)
        if len(body) > most_bytes(format, self._limits):
            raise TooLargeError
        pictures = await take_pictures(self._images, self._worker, self._limits, by, format, body)
        desk = await self._desk(document)
        desk.flush()
        update = body
        if format != "update":
            pieces = [piece.update for piece in desk.document.pieces()]
            update = await self._worker.replace(pieces, format, body, pictures)
        large = len(update) >= self._limits.large_update_bytes
        found = await self._worker.scan(update) if large else scan(update, self._limits)
        desk = await self._desk(document)
        self._people.need(by, Grant.WRITE)  # the pen may have been taken meanwhile
        desk.accept(update, found, by)
        desk.flush()
        await self._store.flush()

    async def keep_copy(self, by: Member, document: str, data: bytes) -> None:
        """Keeps what a browser holds of a document that can't be opened, as it is."""
        self._people.need(by, Grant.WRITE)
        if len(data) > self._limits.copy_bytes:
            raise TooLargeError
        await self._store.keep_copy(self._record().id, self._page(document).id, by.id, data, now_ms())
