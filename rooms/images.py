"""The images of a room: taken in, made anew by the worker, kept as a row and a blob, and handed out.

What a person sends is never what others get: it is decoded and encoded again, so that nothing hides in it (place, camera, a
second file). Who may is the room's to say (`rooms/room.py`); where images stand in the text is the document's.
"""

from __future__ import annotations

from rooms.blobs import Blobs
from rooms.errors import BadRequestError, NotFoundError, SavingError, StudioError, TooLargeError
from rooms.model import Image, Limits, Member
from rooms.render import TaskError, Worker
from rooms.store import Store


class Images:
    """Those of one room."""

    def __init__(self, room: str, store: Store, blobs: Blobs, worker: Worker, limits: Limits) -> None:
        self._room = room
        self._store = store
        self._blobs = blobs
        self._worker = worker
        self._limits = limits

    async def add(self, image_id: str, by: Member, data: bytes, now_ms: int) -> Image:
        """Takes in a picture in PNG, JPEG, WebP or GIF, whatever it calls itself. Returns when it is on the disk.

        Raises BadRequestError for what is no picture, TooLargeError, and FullError where the room has no space for it.
        """
        if len(data) > self._limits.image_bytes:
            raise TooLargeError
        try:
            picture, made = await self._worker.image(data)
        except TaskError as error:
            raise BadRequestError("This picture is more than the studio can take. Make it smaller and try again.") from error
        image = Image(image_id, self._room, by.id, picture.media_type, picture.width, picture.height, len(made), now_ms)
        await self._blobs.put(image.id, made)
        try:
            await self._store.add_image(image, self._limits.image_bytes_per_room)
        except StudioError:
            await self._forget(image)
            raise
        return image

    async def _forget(self, image: Image) -> None:
        try:
            await self._blobs.delete(image.id)
        except SavingError:
            return  # it stays, and no row will ever name it

    async def known(self, image_id: str) -> Image | None:
        """None also for an image of another room."""
        image = await self._store.image(image_id)
        return image if image is not None and image.room == self._room else None

    async def read(self, image_id: str) -> tuple[Image, bytes]:
        """Raises NotFoundError, also for an image of another room."""
        image = await self.known(image_id)
        if image is None:
            raise NotFoundError("There is no such picture in this room.")
        data = await self._blobs.get(image.id)
        if data is None:
            raise NotFoundError("This picture is no longer in the studio's folder.")
        return image, data
