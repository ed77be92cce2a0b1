"""Images of a room: taken in, and handed out."""

from __future__ import annotations

from aiohttp import web
from msgspec import Struct

from rooms.errors import BadRequestError, FullError, NotGrantedError, SavingError, TooFastError, TooLargeError, WorkerError
from rooms.model import Grant
from server import shapes
from server.api.problems import UnsupportedError
from server.api.table import Call, Table

TABLE = Table()

MEDIA_TYPES = ("image/png", "image/jpeg", "image/webp", "image/gif")
FOR_EVER = "private, max-age=31536000, immutable"
"""For those with the pen: an image never changes. Private, since whoever asks shows a token."""
NOT_AT_ALL = "no-store"
"""For readers: once the door is closed, their browsers have nothing of the draft."""


class Image(Struct, frozen=True):
    id: str
    media_type: str
    width: int
    height: int
    bytes: int


@TABLE.add(
    "POST",
    "/api/rooms/{room}/images",
    needs="write",
    asked=shapes.Nothing,
    answered=Image,
    status=201,
    consumes=MEDIA_TYPES,
    errors=(BadRequestError, TooLargeError, UnsupportedError, FullError, TooFastError, SavingError, WorkerError),
)
async def add_image(call: Call, _: shapes.Nothing) -> Image:
    """Add a picture to the room. It is made anew: without metadata, upright, a moving one with its first image alone."""
    if call.request.content_type not in MEDIA_TYPES:
        raise UnsupportedError("A picture is sent as PNG, JPEG, WebP or GIF.")
    async with call.room() as (room, member):
        if not member.may(Grant.WRITE):  # the room checks again: this spares the studio the body
            raise NotGrantedError
        image = await room.add_image(member, await call.body(call.limits.image_bytes))
        return Image(image.id, image.media_type, image.width, image.height, image.bytes)


@TABLE.add(
    "GET",
    "/api/rooms/{room}/images/{image}",
    needs="read",
    asked=shapes.Nothing,
    produces=("image/png", "image/jpeg", "image/webp"),
    errors=(SavingError,),
)
async def read_image(call: Call, _: shapes.Nothing) -> web.Response:
    """A picture of the room. It never changes, so those with the pen may keep it for ever."""
    async with call.room() as (room, member):
        image, data = await room.image(member, call.path("image"))
    kept = FOR_EVER if member.may(Grant.WRITE) else NOT_AT_ALL
    return web.Response(body=data, content_type=image.media_type, headers={"Cache-Control": kept})
