"""Folding: merges a document's log rows into few large updates, so that it opens quickly however long it was typed.

Folds are a cache beside the log: rows are never rewritten, and each step is one transaction, so folding may be interrupted
anywhere. The merging is done by the worker process.
"""

from __future__ import annotations

from rooms.render import Merged, Worker
from rooms.store import Fold, Log

FANIN = 8
"""So many folds of one level become one of the next."""


async def fold(log: Log, worker: Worker, document: str, least: int) -> int:
    """Folds the rows after the last fold, if there are at least `least`. Returns how many rows it folded."""
    folds, rows = await log.load(document)
    if len(rows) < least or not rows:
        return 0
    merged = await worker.merge([row.update for row in rows])
    new = _fold(0, rows[0].seq, rows[-1].seq, merged, merged.types)
    await log.fold(document, new, ())
    folds.append(new)
    while len(folds) >= FANIN and len({f.level for f in folds[-FANIN:]}) == 1:
        last = folds[-FANIN:]
        merged = await worker.merge([f.update for f in last])
        new = _fold(last[0].level + 1, last[0].first, last[-1].last, merged, sum(f.types for f in last))
        await log.fold(document, new, last)
        folds[-FANIN:] = [new]
    return len(rows)


def _fold(level: int, first: int, last: int, merged: Merged, types: int) -> Fold:
    return Fold(level, first, last, merged.update, tuple(merged.runs), merged.deletes_at, types, merged.deleted)
