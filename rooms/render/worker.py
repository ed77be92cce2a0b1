"""The worker, seen from the server: what its child processes can be asked for, each a method.

There are three, each started when it is first needed. One works on updates as bytes: people wait for it who join, and whoever
writes long texts, for some hundredths of a second at most. One builds documents, for exports, imports and history: seconds. One
is for pictures: one of many pixels takes ten seconds, and nobody's export waits for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import msgspec

from rooms.model import Limits
from rooms.nesting import Entry, Segment
from rooms.render.edition import Edition
from rooms.render.frames import Enclosed, Facts, MergedFacts, Picture, Run, Taken
from rooms.render.lane import Lane
from rooms.scan import Scan


@dataclass(frozen=True, slots=True)
class Merged:
    """Updates merged into one, and what `rooms.scan.scan` says of it. `deleted` is all that they, and those before them,
    delete, packed (`rooms.ranges.Ranges`)."""

    update: bytes
    runs: list[Run]
    deletes_at: int
    types: int
    deleted: bytes


class Worker:
    """Three lanes: for updates, for words and for pictures."""

    def __init__(self, limits: Limits) -> None:
        self._updates = Lane(limits)
        self._words = Lane(limits)
        self._pictures = Lane(limits)

    @property
    def failures(self) -> int:
        """How many children failed."""
        return sum(lane.failures for lane in self._lanes)

    @property
    def _lanes(self) -> tuple[Lane, ...]:
        return self._updates, self._words, self._pictures

    async def close(self) -> None:
        """Ends the children. What still waits gets a WorkerError."""
        for lane in self._lanes:
            await lane.close()

    async def scan(self, update: bytes) -> Scan:
        """What `rooms.scan.scan` says. Raises UpdateRefusedError as that does."""
        facts, _ = await self._updates.run("scan", [update])
        found = msgspec.msgpack.decode(facts, type=Facts)
        return Scan(found.runs, found.deletes, found.deletes_at, found.types)

    async def merge(self, updates: Sequence[bytes], deleted: bytes = b"") -> Merged:
        """All updates, in their order, as one; `deleted` is what updates before these deleted, as `Merged` has it."""
        facts, update = await self._updates.run("merge", [deleted, *updates])
        found = msgspec.msgpack.decode(facts, type=MergedFacts)
        return Merged(update, found.runs, found.deletes_at, found.types, found.deleted)

    async def diff(self, updates: Sequence[bytes], state_vector: bytes) -> bytes:
        """What all of the updates say beyond `state_vector`, as one."""
        return (await self._updates.run("diff", [state_vector, *updates]))[1]

    async def redact(self, update: bytes, deleted: Sequence[Run]) -> bytes:
        """`update` without the content of what is in `deleted`."""
        return (await self._updates.run("redact", [update, msgspec.msgpack.encode(deleted)]))[1]

    async def places(self, update: bytes) -> tuple[list[Segment], list[Entry]]:
        """What `rooms.nesting.places` says."""
        return msgspec.msgpack.decode((await self._updates.run("places", [update]))[1], type=tuple[list[Segment], list[Entry]])

    async def render(
        self,
        pieces: Sequence[bytes],
        format: str,  # noqa: A002 - the protocol's own word
        edition: Edition | None = None,
        images: Sequence[bytes] = (),
    ) -> bytes:
        """A document in one of the formats of `rooms/render/formats.py`, text in UTF-8, or as an update; `images` are the
        bytes of the edition's. Raises TaskError where it can't be put together."""
        about = msgspec.msgpack.encode(edition or Edition())
        return (await self._words.run("render", [about, *images, *pieces], format))[1]

    async def replace(
        self,
        pieces: Sequence[bytes],
        format: str,  # noqa: A002
        body: bytes,
        pictures: Mapping[str, Taken] = MappingProxyType({}),
    ) -> bytes:
        """The update that makes a document read as `body`, in one of the formats that can be read; `pictures` says what became
        of those in it. Raises BadRequestError with a sentence where the body can't be read.
        """
        return (await self._words.run("replace", [msgspec.msgpack.encode(dict(pictures)), *pieces, body], format))[1]

    async def pictures(self, format: str, body: bytes) -> list[Enclosed]:  # noqa: A002
        """The pictures in a file of `rooms.incoming.WITH_PICTURES`. Raises BadRequestError where the file can't be read."""
        return msgspec.msgpack.decode((await self._words.run("pictures", [body], format))[1], type=list[Enclosed])

    async def rename(self, pieces: Sequence[bytes], ids: Mapping[str, str]) -> bytes:
        """The update that gives the images and threads in a document other ids; one that says nothing where it has none."""
        return (await self._words.run("rename", [msgspec.msgpack.encode(dict(ids)), *pieces]))[1]

    async def preview(self, format: str, body: bytes) -> bytes:  # noqa: A002
        """What `replace` would make of a body, as HTML. Raises as that does."""
        return (await self._words.run("preview", [body], format))[1]

    async def image(self, data: bytes) -> tuple[Picture, bytes]:
        """A picture made anew (`rooms.render.image`). Raises BadRequestError with a sentence where it can't be."""
        found, made = await self._pictures.run("image", [data])
        return msgspec.msgpack.decode(found, type=Picture), made

    async def history(self, kind: Literal["authors", "difference"], asked: bytes, pages: Sequence[bytes]) -> bytes:
        """A moment of a document, or two compared, as JSON: see `rooms.render.history`."""
        return (await self._words.run("history", [asked, *pages], kind))[1]

    async def restore(self, pages: Sequence[bytes], pieces: Sequence[bytes]) -> bytes:
        """The update that makes a document read as an earlier part of its log does."""
        return (await self._words.run("history", [len(pages).to_bytes(4, "little"), *pages, *pieces], "restore"))[1]
