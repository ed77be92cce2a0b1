"""Files that come in: how large one may be, and what becomes of the pictures in it.

A picture in a file is taken in as if somebody had sent it by itself: made anew, within the room's limits. Reading the file is
the worker's (`rooms/render/`); only one picture of a Word file at a time is unpacked here. HTML has pictures of its own where
it says them whole (`data:`), as Tutti's and other programs' pages do; what only says where a picture lies is never asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from rooms.archive import Archive
from rooms.errors import BadRequestError, FullError, TooLargeError
from rooms.images import Images
from rooms.model import Limits, Member
from rooms.naming import new_id, now_ms
from rooms.render import Worker
from rooms.render.frames import Enclosed, Taken

WITH_PICTURES: Final = frozenset(("docx", "html"))
"""Formats of which a file may bring pictures."""

LEFT_OUT: Final = (BadRequestError, TooLargeError, FullError)
"""What is wrong with one picture, and no reason to do without the text."""


def most_bytes(format: str, limits: Limits) -> int:  # noqa: A002 - the protocol's own word
    """How large a file of this format may be."""
    return limits.file_bytes if format in WITH_PICTURES else limits.message_bytes


async def take_pictures(
    images: Images,
    worker: Worker,
    limits: Limits,
    by: Member,
    format: str,  # noqa: A002
    body: bytes,
) -> dict[str, Taken]:
    """Takes in the pictures of a file, and says under the names they have there what became of each.

    One that can't be taken has the sentence that says why. Raises BadRequestError where the file itself can't be read.
    """
    if format not in WITH_PICTURES:
        return {}
    found = await worker.pictures(format, body)
    if format == "html" or not found:
        return await _take(images, limits, by, [(picture, partial(bytes, picture.data)) for picture in found])
    archive = await asyncio.to_thread(Archive, body, limits.unpacked_bytes, what="Word file")
    try:
        return await _take(images, limits, by, [(picture, partial(archive.read, picture.name)) for picture in found])
    finally:
        archive.close()


async def _take(
    images: Images, limits: Limits, by: Member, found: Sequence[tuple[Enclosed, Callable[[], bytes]]]
) -> dict[str, Taken]:
    taken: dict[str, Taken] = {}
    for picture, read in found:
        try:
            image = await images.known(picture.own) if picture.own else None
            if image is None:
                if len(taken) >= limits.pictures_per_file:
                    raise TooLargeError(f"A file can bring {limits.pictures_per_file} pictures at most.")
                image = await images.add(new_id(16), by, await asyncio.to_thread(read), now_ms())
        except LEFT_OUT as error:
            taken[picture.name] = Taken(sentence=str(error))
        else:
            taken[picture.name] = Taken(image.id, image.width, image.height)
    return taken
