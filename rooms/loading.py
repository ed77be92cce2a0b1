"""Loading: makes a document from its folds and the rows after them. Costs the event loop the same for any length of it.

A fold carries what is deleted up to it packed, so that nothing in it is read. Rows are scanned, as they were when they came;
very many that were never folded are merged by the worker process instead: a thread would hold the interpreter's lock for so
long that people in other rooms felt it.
"""

from __future__ import annotations

import asyncio
from functools import partial

from rooms.document import Document, Piece
from rooms.errors import StudioError, UnreadableError, UpdateRefusedError
from rooms.folding import Unfolded
from rooms.model import Limits
from rooms.ranges import Ranges
from rooms.render import Worker
from rooms.store import Log


async def load(log: Log, worker: Worker, limits: Limits, document: str) -> tuple[Document, Unfolded]:
    """The document, and what of its log isn't folded. Raises UnreadableError where any of it can't be read, and SavingError."""
    folds, rows = await log.load(document)
    pieces = [Piece(fold.update, fold.runs, fold.deletes_at) for fold in folds]
    deleted = folds[-1].deleted if folds else b""
    types = sum(fold.types for fold in folds)
    updates = [row.update for row in rows]
    unfolded = Unfolded(len(updates), sum(map(len, updates)))
    try:
        if unfolded.size < limits.large_update_bytes:
            return Document.load(limits, pieces, _unpacked(deleted), types, updates), unfolded
        try:
            merged = await worker.merge(updates, deleted)
        except StudioError:  # it isn't there, or can't merge these: one by one they may be sound
            return await asyncio.to_thread(partial(Document.load, limits, pieces, _unpacked(deleted), types, updates)), unfolded
        piece = Piece(merged.update, merged.runs, merged.deletes_at)
        types += merged.types
        return Document.load(limits, [*pieces, piece], _unpacked(merged.deleted), types, []), unfolded
    except UpdateRefusedError as error:
        raise UnreadableError from error


def _unpacked(deleted: bytes) -> Ranges:
    return Ranges.unpack(deleted) if deleted else Ranges()
