"""What the worker process makes of a document's log: its page at a moment, two moments compared, an old page brought back.

Rows of the log come in pages, each a MessagePack list of (seq, update), as `rooms/history.py` packs them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from rooms.render.difference import Comparison, Entry
from rooms.render.document import read, replace
from rooms.render.lineage import Lineage
from rooms.render.passages import Block, Reader
from rooms.render.replay import Replay
from rooms.render.updates import merged

Rows = list[tuple[int, bytes]]

_decode_rows = msgspec.msgpack.Decoder(Rows).decode


class Asked(msgspec.Struct, frozen=True):
    """A moment, `at`, which is the last row that counts; for a comparison also the one `before` it."""

    at: int
    before: int | None
    owners: dict[int, str]
    """CRDT client ids and whom they belong to."""
    restored: dict[int, int]
    """CRDT client ids that brought back the page of a row."""


class Authors(msgspec.Struct, frozen=True):
    seq: int
    blocks: list[Block]


class Difference(msgspec.Struct, frozen=True):
    seq: int
    since: int
    entries: list[Entry]


def authors(asked: Asked, pages: Sequence[bytes]) -> bytes:
    """The page at a moment with who wrote what, as JSON."""
    replay = played(pages, asked.restored)
    return msgspec.json.encode(Authors(asked.at, Reader(replay, asked.at, asked.owners).blocks()))


def difference(asked: Asked, pages: Sequence[bytes]) -> bytes:
    """What came to be different between two moments, as JSON."""
    replay = played(pages, asked.restored)
    since = asked.before or 0
    before = Reader(replay, since, asked.owners).blocks()
    after = Reader(replay, asked.at, asked.owners).blocks()
    return msgspec.json.encode(Difference(asked.at, since, Comparison().entries(before, after)))


def restore(pages: Sequence[bytes], pieces: Sequence[bytes]) -> bytes:
    """The update that makes the document, which is `pieces` now, read as the rows in `pages` do."""
    old = [update for page in pages for _, update in _decode_rows(page)]
    return replace(pieces, read(merged(old)))


def played(pages: Sequence[bytes], restored: Mapping[int, int]) -> Replay:
    replay = Replay()
    lineage = Lineage(replay, restored)
    for page in pages:
        for seq, update in _decode_rows(page):
            replay.play(seq, update)
            lineage.follow()
    return replay
