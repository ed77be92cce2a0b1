"""Anchors: the mark that ties a thread to its words. Reads an update that sets one, and refuses what does anything else.

Who may comment need not have the pen. So a page makes the update that sets the mark, on a copy of the document, and the room
takes it only if it is that and no more: the two ends of this thread's mark around words that are there, by a client that was
never in the document. Neither a `Doc` nor the worker is needed for it.

Nobody can end somebody else's mark so, for each thread's has a name of its own (`rooms/marks.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from rooms.errors import BadRequestError, NotHereYetError
from rooms.lib0 import read_number, read_text
from rooms.marks import hashed_name
from rooms.varint import read_uint

MARK = "comment"

_FORMAT = 6
_LEFT, _RIGHT = 0x80, 0x40


def check_anchor(update: bytes, thread: str, state: Mapping[int, int]) -> None:
    """`update` was scanned, and sets this thread's mark in a document with this state vector, and does nothing else.

    Raises BadRequestError, or NotHereYetError where its words aren't known here.
    """
    ends = (json.dumps({"id": thread}, separators=(",", ":")).encode(), b"null")
    name = hashed_name(MARK, {"id": thread}).encode()
    clients, at = read_uint(update, 0)
    count, at = read_number(update, at)
    if clients != 1 or not count or count % 2:
        raise _not_a_mark()
    client, at = read_uint(update, at)
    clock, at = read_number(update, at)
    if clock or client in state:
        raise _not_a_mark()
    for number in range(count):
        info = update[at]
        at += 1
        if info & 0x3F != _FORMAT or not info & (_LEFT | _RIGHT):
            raise _not_a_mark()
        for side in (_LEFT, _RIGHT):
            if info & side:
                other, at = read_uint(update, at)
                neighbour, at = read_number(update, at)
                if other != client and neighbour >= state.get(other, 0):
                    raise NotHereYetError
        key, at = read_text(update, at)
        value, at = read_text(update, at)
        if key != name or value != ends[number % 2]:
            raise _not_a_mark()
    if update[at:] != b"\x00":
        raise _not_a_mark()


def _not_a_mark() -> BadRequestError:
    return BadRequestError("That is not the mark of this thread.")
