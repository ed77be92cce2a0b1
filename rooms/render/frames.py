"""Frames: what parent and child say to each other. A head in MessagePack, led by its length; then the bytes it announces.

The bytes of documents are not part of the head, so that megabytes are neither copied nor decoded on the event loop.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final, Literal

import msgspec

LENGTH_BYTES: Final = 4

TaskName = Literal[
    "scan", "merge", "diff", "render", "replace", "pictures", "preview", "rename", "image", "history", "redact", "places"
]

_encode = msgspec.msgpack.Encoder().encode


class Call(msgspec.Struct, array_like=True):
    """Parent to child: do this with the bytes that follow, split by `sizes`."""

    id: int
    task: TaskName
    format: str
    sizes: list[int]


class Reply(msgspec.Struct, array_like=True):
    """Child to parent. `began` when the whole call has arrived; then one of the others.

    `refused` has the reason and the sentence of an UpdateRefusedError in `words`, `bad` the sentence of a BadRequestError,
    `failed` says why, and is the last that this child says.
    """

    id: int
    kind: Literal["began", "done", "refused", "bad", "failed"]
    words: tuple[str, ...] = ()
    facts: msgspec.Raw = msgspec.Raw(_encode(None))
    size: int = 0


Run = tuple[int, int, int]


class Facts(msgspec.Struct, array_like=True):
    """What `scan` finds in an update: see `rooms.scan.Scan`."""

    runs: list[Run]
    deletes: list[Run]
    deletes_at: int
    types: int


class MergedFacts(msgspec.Struct, array_like=True):
    """The same of what `merge` has made, but `deleted` is all that is deleted in it or was before, packed (`rooms.ranges`)."""

    runs: list[Run]
    deletes_at: int
    types: int
    deleted: bytes


class Picture(msgspec.Struct, array_like=True, frozen=True):
    """What `image` has made: its media type, and its size in pixels."""

    media_type: str
    width: int
    height: int


class Enclosed(msgspec.Struct, array_like=True, frozen=True):
    """A picture in a file that comes in."""

    name: str
    own: str = ""
    """The id that it had in the room which it comes from, where the file says so."""
    data: bytes = b""
    """It, where the file is not an archive from which it can be had by its name."""


class Taken(msgspec.Struct, array_like=True, frozen=True):
    """What became of a picture in a file that comes in: the image that the room has of it, or the sentence why it has none."""

    id: str | None = None
    width: int = 0
    height: int = 0
    sentence: str = ""


def head(message: Call | Reply) -> bytes:
    encoded = _encode(message)
    return len(encoded).to_bytes(LENGTH_BYTES, "little") + encoded


def read_call(stream: BinaryIO) -> tuple[Call, list[bytes]] | None:
    """The next call and its bytes; None at the end of the stream, also in the midst of a call."""
    length = stream.read(LENGTH_BYTES)
    encoded = stream.read(int.from_bytes(length, "little"))
    if len(length) < LENGTH_BYTES or len(encoded) < int.from_bytes(length, "little"):
        return None
    call = msgspec.msgpack.decode(encoded, type=Call)
    blobs = [stream.read(size) for size in call.sizes]
    if any(len(blob) < size for blob, size in zip(blobs, call.sizes, strict=True)):
        return None
    return call, blobs


def write_reply(stream: BinaryIO, reply: Reply, blob: bytes = b"") -> None:
    reply.size = len(blob)
    stream.write(head(reply))
    stream.write(blob)
    stream.flush()


def facts(found: Facts | MergedFacts | Picture) -> msgspec.Raw:
    return msgspec.Raw(_encode(found))


def chunks(blobs: Sequence[bytes], size: int) -> Iterator[bytes | memoryview]:
    """The same bytes in portions of at most `size`: small ones joined, large ones sliced without a copy."""
    small: list[bytes] = []
    gathered = 0
    for blob in blobs:
        if gathered + len(blob) > size:
            yield b"".join(small)
            small, gathered = [], 0
        if len(blob) > size:
            view = memoryview(blob)
            yield from (view[at : at + size] for at in range(0, len(view), size))
        else:
            small.append(blob)
            gathered += len(blob)
    yield b"".join(small)
