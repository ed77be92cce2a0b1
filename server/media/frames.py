"""What server and media process say to each other: MessagePack led by its length, never more than MOST_BYTES."""

from __future__ import annotations

import asyncio

import msgspec

from rooms.errors import BadRequestError, FullError, NotFoundError, OfferRefusedError, StageDownError, StudioError
from rooms.stage import Opening, Totals
from rooms.stage import Report as PeerReport

LENGTH_BYTES = 4
MOST_BYTES = 1 << 20

ERRORS: dict[str, type[StudioError]] = {
    error.code: error for error in (BadRequestError, FullError, NotFoundError, OfferRefusedError, StageDownError)
}
"""What an order may come back with."""


class Open(msgspec.Struct, array_like=True, tag=True):
    id: int
    opening: Opening


class Restart(msgspec.Struct, array_like=True, tag=True):
    id: int
    peer: str
    fragment: str


class Close(msgspec.Struct, array_like=True, tag=True):
    peer: str


class Mute(msgspec.Struct, array_like=True, tag=True):
    peer: str
    muted: bool


class Done(msgspec.Struct, array_like=True, tag=True):
    id: int
    text: str | None


class Refused(msgspec.Struct, array_like=True, tag=True):
    id: int
    code: str
    sentence: str


class Ended(msgspec.Struct, array_like=True, tag=True):
    peer: str


class Bound(msgspec.Struct, array_like=True, tag=True):
    """The port's number: the next process takes the same."""

    port: int


class Counted(msgspec.Struct, array_like=True, tag=True):
    totals: Totals


class Heard(msgspec.Struct, array_like=True, tag=True):
    """How some peers are, by their names."""

    peers: dict[str, PeerReport]


Order = Open | Restart | Close | Mute
Report = Done | Refused | Ended | Bound | Counted | Heard

_encode = msgspec.msgpack.Encoder().encode


def frame(message: Order | Report) -> bytes:
    encoded = _encode(message)
    return len(encoded).to_bytes(LENGTH_BYTES, "little") + encoded


async def receive(stream: asyncio.StreamReader) -> bytes:
    """The next message. Raises EOFError at the end, ValueError for one that is too long."""
    length = int.from_bytes(await stream.readexactly(LENGTH_BYTES), "little")
    if length > MOST_BYTES:
        raise ValueError("a message is too long")
    return await stream.readexactly(length)
