"""Folding: merges a document's log rows into few large updates, so that it opens quickly however long it was typed.

Folds are a cache beside the log: rows are never rewritten, and each step is one transaction, so folding may be interrupted
anywhere. The merging is done by the worker process.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from rooms.model import Limits
from rooms.render import Merged, Worker
from rooms.store import Fold, Log

FANIN = 8
"""So many folds of one level become one of the next."""


@dataclass(slots=True)
class Unfolded:
    """What a document's log holds beyond its last fold; `size` in bytes."""

    rows: int = 0
    size: int = 0

    def add(self, update: bytes) -> None:
        self.rows += 1
        self.size += len(update)

    def subtract(self, folded: Unfolded) -> None:
        self.rows -= folded.rows
        self.size -= folded.size

    def is_due(self, limits: Limits, rows: int) -> bool:
        """Whether it is worth folding: many rows, or few that are long, as of a text that somebody pasted."""
        return self.rows >= rows or self.size >= limits.fold_bytes


async def fold(log: Log, worker: Worker, document: str) -> None:
    """Folds the rows after the last fold."""
    folds, rows = await log.load(document)
    if not rows:
        return
    merged = await worker.merge([row.update for row in rows], folds[-1].deleted if folds else b"")
    new = _fold(0, rows[0].seq, rows[-1].seq, merged, merged.types)
    await log.fold(document, new, ())
    folds.append(new)
    while len(folds) >= FANIN and len({f.level for f in folds[-FANIN:]}) == 1:
        last = folds[-FANIN:]
        merged = replace(await worker.merge([f.update for f in last]), deleted=last[-1].deleted)
        new = _fold(last[0].level + 1, last[0].first, last[-1].last, merged, sum(f.types for f in last))
        await log.fold(document, new, last)
        folds[-FANIN:] = [new]


def _fold(level: int, first: int, last: int, merged: Merged, types: int) -> Fold:
    return Fold(level, first, last, merged.update, tuple(merged.runs), merged.deletes_at, types, merged.deleted)
