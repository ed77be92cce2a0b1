"""Loading: makes a document from its folds and the rows after them. Costs the event loop the same for any length of it.

A fold carries what it deletes packed, so that nothing in it is read. Rows are scanned, as they were when they came; very many
that were never folded are merged by the worker process instead: a thread would hold the interpreter's lock for so long that
people in other rooms felt it.
"""

from __future__ import annotations

import asyncio
from functools import partial

from rooms.document import Document, Piece
from rooms.errors import StudioError, UnreadableError, UpdateRefusedError
from rooms.model import Limits
from rooms.ranges import Ranges
from rooms.render import Worker
from rooms.store import Log


async def load(log: Log, worker: Worker, limits: Limits, document: str) -> tuple[Document, int]:
    """The document, and how many rows aren't folded. Raises UnreadableError where any of it can't be read, and SavingError."""
    folds, rows = await log.load(document)
    pieces = [(Piece(fold.update, fold.runs, fold.deletes_at), Ranges.unpack(fold.deleted)) for fold in folds]
    types = sum(fold.types for fold in folds)
    updates = [row.update for row in rows]
    try:
        if sum(map(len, updates)) < limits.large_update_bytes:
            return Document.load(limits, pieces, types, updates), len(rows)
        try:
            merged = await worker.merge(updates)
        except StudioError:  # it isn't there, or can't merge these: one by one they may be sound
            return await asyncio.to_thread(partial(Document.load, limits, pieces, types, updates)), len(rows)
        piece = Piece(merged.update, merged.runs, merged.deletes_at)
        return Document.load(limits, [*pieces, (piece, Ranges.unpack(merged.deleted))], types + merged.types, []), len(rows)
    except UpdateRefusedError as error:
        raise UnreadableError from error
