"""Document: one CRDT document as a stack of merged updates and a state vector. No `Doc` is ever built here.

Updates come in scanned, in any order; the document knows whether they say anything new and whether something before them is
missing, and answers a joiner with the pieces as they lie, or with each piece's diff. pycrdt's `merge_updates` and `get_update`
are pure functions over bytes; besides `rooms/render` this is the only module that imports it.

Costs, measured on a 2-core machine with CPython 3.11: `receive` takes 0.8 µs for a typed letter, a merge of 64 of them 0.08
ms. Of the 25,000 updates of a 250,000-operation document the dearest `append` took 1.8 ms: what has grown to `PIECE_BYTES`
is not merged again while the room is open.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import pycrdt

from rooms.errors import UpdateRefusedError
from rooms.model import Limits
from rooms.ranges import Ranges
from rooms.scan import Run, Scan, read_state, scan, write_state

log = logging.getLogger(__name__)

NOTHING = b"\x00\x00"
"""The update that says nothing: no structs, no deletes."""

TAIL = 64
FANIN = 16
PIECE_BYTES = 32 << 10


class News(Enum):
    """What an update meant to the document that received it."""

    NOTHING = "nothing"
    NEW = "new"
    GAP = "gap"
    """New, but something before it is missing: ask its sender for it."""


Runs = Sequence[Run]
"""Clocks that an update holds: (client, first, end), the end exclusive."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some updates merged. `runs` are the clocks it holds; its delete set begins at the byte `deletes_at`."""

    update: bytes
    runs: Runs
    deletes_at: int
    level: int = 0

    def deletes(self) -> bytes:
        """Its delete set alone, as an update without structs."""
        return b"\x00" + self.update[self.deletes_at :]


def merge(updates: Sequence[bytes], limits: Limits) -> list[bytes]:
    """One update that says what all of them say, in their order; the updates as they are, where that can't be had.

    What is merged is scanned again: of a client with two histories, pycrdt can make something that no browser reads.
    """
    if len(updates) == 1:
        return [updates[0]]
    try:
        merged: bytes = pycrdt.merge_updates(*updates)
        scan(merged, limits)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a panic in the library arrives as BaseException
        log.warning("updates were not merged", extra={"count": len(updates), "error": repr(error)})
        return list(updates)
    return [merged]


def diff(update: bytes, state: bytes) -> bytes:
    """What `update` says beyond the state vector `state`.

    A diff may carry a Skip that readers choke on; a merge of one puts it right.
    """
    try:
        return pycrdt.merge_updates(pycrdt.get_update(update, state))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        raise UpdateRefusedError("diff") from error


class Document:
    """What is known of one document, in memory."""

    __slots__ = ("_ahead", "_limits", "_merged_tail", "_newly_deleted", "_pieces", "_tail", "deleted", "state", "types")

    def __init__(self, limits: Limits) -> None:
        self.state: dict[int, int] = {}
        """The state vector: for each client, the clock up to which nothing is missing."""
        self.types = 0
        """How many nested types were ever made in it."""
        self._limits = limits
        self.deleted = Ranges()
        """Everything that was ever deleted, as far as updates say so."""
        self._ahead = Ranges()
        self._newly_deleted: Ranges | None = None
        self._pieces: list[Piece] = []
        self._tail: list[bytes] = []
        self._merged_tail: list[Piece] | None = None

    @classmethod
    def load(cls, limits: Limits, pieces: Sequence[Piece], deleted: Ranges, types: int, updates: Sequence[bytes]) -> Document:
        """A document from what was stored: `pieces` as folded (with what all of them delete, and `types` nested types in all),
        then every update after them. Raises UpdateRefusedError where one can't be read.
        """
        document = cls(limits)
        for piece in pieces:
            document._note(piece.runs, ())
            document._pieces.append(piece)
        document.deleted = deleted
        document.types = types
        for update in updates:
            found = scan(update, limits)
            document._note(found.runs, found.deletes)
            document.types += found.types
            document.append(update)
        return document

    def is_new(self, found: Scan) -> bool:
        """Whether a scanned update says anything that isn't known. Changes nothing."""
        return any(
            end > self.state.get(client, 0) and not self._ahead.contains(client, start, end)
            for client, start, end in found.runs
        ) or any(not self.deleted.contains(*deleted) for deleted in found.deletes)

    def repeats(self, found: Scan) -> bool:
        """Whether a scanned update brings something that isn't known together with something that is."""
        state = self.state
        return any(start < state.get(client, 0) for client, start, _ in found.runs) and self.is_new(found)

    def receive(self, found: Scan) -> News:
        """Takes note of a scanned update, and says what it means. Raises UpdateRefusedError beyond the limit of types."""
        if found.types and self.types + found.types > self._limits.types_per_document:
            raise UpdateRefusedError("types", "This page has grown too many parts.")
        news = self._note(found.runs, found.deletes)
        if news is not News.NOTHING:
            self.types += found.types
        return news

    def _note(self, runs: Runs, deletes: Runs) -> News:
        state = self.state
        news = News.NOTHING
        gap = False
        for client, start, end in runs:
            have = state.get(client, 0)
            if end <= have:
                continue
            if start > have:
                gap = True
                if self._ahead.add(client, start, end):
                    news = News.NEW
                continue
            state[client] = self._ahead.take(client, end) if self._ahead else end
            news = News.NEW
        if self._newly_deleted is not None:
            self._newly_deleted.update(run for run in deletes if not self.deleted.contains(*run))
        if self.deleted.update(deletes):
            news = News.NEW
        return News.GAP if gap and news is News.NEW else news

    def append(self, update: bytes) -> None:
        """Puts an update on the stack: one that `receive` called new, or several of them merged."""
        if len(update) >= PIECE_BYTES:
            self._close_tail()
            self._push(_piece(update, self._limits, level=0))
            return
        self._tail.append(update)
        self._merged_tail = None
        if len(self._tail) >= TAIL:
            self._close_tail()

    def _close_tail(self) -> None:
        if self._tail:
            for piece in self._tail_pieces():
                self._push(piece)
            self._tail = []
            self._merged_tail = None

    def _tail_pieces(self) -> list[Piece]:
        if self._merged_tail is None:
            self._merged_tail = [_piece(update, self._limits, level=0) for update in merge(self._tail, self._limits)]
        return self._merged_tail

    def _push(self, piece: Piece) -> None:
        pieces = self._pieces
        pieces.append(piece)
        while len(pieces) >= FANIN:
            last = pieces[-FANIN:]
            level = last[0].level
            if any(p.level != level for p in last) or sum(len(p.update) for p in last) > PIECE_BYTES:
                return
            merged = merge([p.update for p in last], self._limits)
            if len(merged) > 1:
                return
            pieces[-FANIN:] = [_piece(update, self._limits, level=level + 1) for update in merged]

    def pieces(self) -> list[Piece]:
        """Everything, oldest first."""
        return [*self._pieces, *self._tail_pieces()] if self._tail else list(self._pieces)

    def newly_deleted(self) -> Ranges | None:
        """What was deleted since this was asked last; None the first time, since before that nobody takes note."""
        deleted, self._newly_deleted = self._newly_deleted, Ranges()
        return deleted

    def state_vector(self) -> bytes:
        return write_state(self.state)

    @staticmethod
    def answer(pieces: Sequence[Piece], state_vector: bytes) -> list[Piece | bytes]:
        """What a client with this state vector lacks of these pieces, in their order: bytes to send as they are, and pieces
        still to be diffed against it (`diff`, or the worker's for a large one). Raises UpdateRefusedError for a malformed
        vector."""
        have = read_state(state_vector)
        if not have:
            return [piece.update for piece in pieces]
        answer: list[Piece | bytes] = []
        for piece in pieces:
            if all(have.get(client, 0) <= start for client, start, _ in piece.runs):
                answer.append(piece.update)
            elif any(have.get(client, 0) < end for client, _, end in piece.runs):
                answer.append(piece)
            elif piece.update[piece.deletes_at :] != b"\x00":
                answer.append(piece.deletes())
        return answer


def _piece(update: bytes, limits: Limits, level: int) -> Piece:
    found = scan(update, limits)
    return Piece(update, found.runs, found.deletes_at, level)
