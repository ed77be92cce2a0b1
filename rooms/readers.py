"""Readers: what members without the pen are sent of a document, which is everything but what was deleted.

Each piece of the document is redacted once (`rooms/redact.py`) and kept beside the raw one, until something is deleted in it,
also by being within something that is (`rooms/nesting.py`): then once more, when the next reader comes. Large pieces go to the
worker. Who comes while pieces are being redacted waits, and is served by the next round together with everybody who came
meanwhile: so a whole audience at once costs two rounds.

Who begins with nothing gets all of it as one update. In pieces, one after the other, a browser would go through states that
never were, with a mark and without the text that it was on, and yjs tidies up such marks (as it applies a transaction) although
a later piece may need them.

Writers never come here, and edits are only noted: see `Document.newly_deleted`.
"""

from __future__ import annotations

import asyncio

from rooms.document import Document, Piece, merge
from rooms.model import Limits
from rooms.nesting import Nesting, places
from rooms.ranges import Ranges
from rooms.redact import redact
from rooms.render import TaskError, Worker


class Readers:
    """Those of one document."""

    def __init__(self, document: Document, worker: Worker, limits: Limits) -> None:
        self._document = document
        self._worker = worker
        self._limits = limits
        self._kept: dict[int, tuple[Piece, Piece]] = {}
        """By the identity of the raw piece: it, and the redacted one."""
        self._turn = asyncio.Lock()
        self._begun = 0
        self._done = 0
        self._nesting = Nesting()
        self._hidden = Ranges()
        """What deletions took along without naming it."""
        self._pieces: list[Piece] = []
        self._whole: list[bytes] | None = None
        """The pieces as one update, or as they are where they can't be merged; None where nobody has asked yet."""

    async def pieces(self) -> list[Piece]:
        """Everything that was known when this was called, oldest first. Raises WorkerError where it can't be had now."""
        arrived = self._begun
        async with self._turn:
            await self._round(arrived)
            return self._pieces

    async def whole(self) -> list[bytes]:
        """The same as one update, unless the pieces can't be merged."""
        arrived = self._begun
        async with self._turn:
            await self._round(arrived)
            if self._whole is None:
                self._whole = await self._merged([piece.update for piece in self._pieces])
            return self._whole

    async def _round(self, arrived: int) -> None:
        if self._done > arrived:
            return
        self._begun += 1
        pieces = await self._redacted()
        if pieces != self._pieces:
            self._pieces, self._whole = pieces, None
        self._done = self._begun

    async def _merged(self, updates: list[bytes]) -> list[bytes]:
        if sum(map(len, updates)) < self._limits.large_update_bytes:
            return merge(updates, self._limits) if updates else []
        try:
            return [await self._worker.render(updates, "update")]
        except TaskError:
            return updates

    async def _redacted(self) -> list[Piece]:
        pieces = self._document.pieces()
        known = all([await self._place(piece) for piece in pieces])
        deletes = self._document.newly_deleted()
        if deletes is None:
            self._kept = {}
        if deletes is None or deletes or not known:
            self._nesting.settle(self._document.state)
            hidden, before = self._nesting.taken_along(self._document.deleted), self._hidden
            for taken in hidden:
                if deletes is not None and not before.contains(*taken):
                    deletes.add(*taken)
            self._hidden = hidden
        if deletes:
            touched = [key for key, (raw, _) in self._kept.items() if any(deletes.touches(*run) for run in raw.runs)]
            for key in touched:
                del self._kept[key]
        kept: dict[int, tuple[Piece, Piece]] = {}
        for piece in pieces:
            kept[id(piece)] = self._kept.get(id(piece)) or (piece, await self._redact(piece))
        self._kept = kept
        return [redacted for _, redacted in kept.values()]

    async def _place(self, piece: Piece) -> bool:
        """Takes note of where the items of a piece are; False where that was news."""
        if self._nesting.knows(piece.runs):
            return True
        if len(piece.update) < self._limits.large_update_bytes:
            segments, entries = places(piece.update)
            await asyncio.sleep(0)
        else:
            segments, entries = await self._worker.places(piece.update)
        self._nesting.note(segments, entries)
        return False

    async def _redact(self, piece: Piece) -> Piece:
        deleted = self._document.deleted
        if any(self._hidden.touches(*run) for run in piece.runs):
            deleted = Ranges([*deleted.within(piece.runs), *self._hidden.within(piece.runs)])
        if not any(deleted.touches(*run) for run in piece.runs):
            return piece
        if len(piece.update) < self._limits.large_update_bytes:
            update = redact(piece.update, deleted)
            await asyncio.sleep(0)  # others get their turn between two pieces
        else:
            update = await self._worker.redact(piece.update, list(deleted.within(piece.runs)))
        deletes_at = len(update) - (len(piece.update) - piece.deletes_at)
        return Piece(update, piece.runs, deletes_at, piece.level)
