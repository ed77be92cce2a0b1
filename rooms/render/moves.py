"""What the page says itself that it moved: the rows of the array `moves` (docs/protocol.md), as far as they are true.

A row is numbers: for each stretch the clock from which the row's client wrote it again, and client, clock and length of what
it was. It is believed where both are the same text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rooms.render.items import TEXT, Item
from rooms.render.replay import Replay

NAME: Final = "moves"

MOST: Final = 1 << 53

Stretch = tuple[int, int, int, int]
"""To which clock, and from which client, clock and for how long."""


def stretches(item: Item) -> Iterator[Stretch]:
    for row in item.content:
        if not isinstance(row, list) or len(row) % 4 or not all(_is_count(number) for number in row):
            continue
        numbers = list(map(int, row))
        for at in range(0, len(numbers), 4):
            to, client, clock, length = numbers[at : at + 4]
            if min(to, client, clock, length) >= 0:
                yield to, client, clock, length


def _is_count(number: object) -> bool:
    return isinstance(number, (int, float)) and -MOST < number < MOST and int(number) == number


def inherit(replay: Replay) -> set[Item]:
    """Gives what the last row moved its authors. Returns the items that have all of them by now."""
    left: dict[Item, int] = {}
    # In the order of writing: what was moved may be moved again within one row.
    for entry in sorted(replay.entered, key=lambda item: item.clock):
        for to, client, clock, length in stretches(entry):
            _give(replay, (client, clock), (entry.client, to), length, left)
    return {item for item, count in left.items() if count == 0}


def _give(replay: Replay, source: tuple[int, int], target: tuple[int, int], length: int, left: dict[Item, int]) -> None:
    at = 0
    while at < length:
        old, new = (replay.item((client, clock + at)) for client, clock in (source, target))
        if old is None or new is None:
            return
        first, begin = source[1] + at - old.clock, target[1] + at - new.clock
        size = min(length - at, old.length - first, new.length - begin)
        is_new = new.kind == TEXT and new.created == replay.row
        if is_new and old.kind == TEXT and old.content[first : first + size] == new.content[begin : begin + size]:
            authors = list(new.authors())
            authors[begin : begin + size] = old.authors()[first : first + size]
            new.by = authors[0] if authors.count(authors[0]) == len(authors) else tuple(authors)
            left[new] = left.get(new, new.length) - size
        at += size
