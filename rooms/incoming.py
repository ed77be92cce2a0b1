"""Files that come in: how large one may be, and what becomes of the pictures in it.

A picture in a file is taken in as if somebody had sent it by itself: made anew, within the room's limits. Reading the file is
the worker's (`rooms/render/`); only one picture at a time is unpacked here.
"""

from __future__ import annotations

import asyncio
from typing import Final

from rooms.archive import Archive
from rooms.errors import BadRequestError, FullError, TooLargeError
from rooms.images import Images
from rooms.model import Limits, Member
from rooms.naming import new_id, now_ms
from rooms.render import Worker
from rooms.render.frames import Taken

WITH_PICTURES: Final = frozenset(("docx",))
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
    names = await worker.pictures(format, body)
    if not names:
        return {}
    archive = await asyncio.to_thread(Archive, body, limits.unpacked_bytes, what="Word file")
    taken: dict[str, Taken] = {}
    try:
        for name in names:
            try:
                if len(taken) >= limits.pictures_per_file:
                    raise TooLargeError(f"A file can bring {limits.pictures_per_file} pictures at most.")
                data = await asyncio.to_thread(archive.read, name)
                image = await images.add(new_id(16), by, data, now_ms())
            except LEFT_OUT as error:
                taken[name] = Taken(sentence=str(error))
            else:
                taken[name] = Taken(image.id, image.width, image.height)
    finally:
        archive.close()
    return taken
