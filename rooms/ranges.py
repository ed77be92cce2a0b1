"""Sets of clocks as sorted, disjoint ranges per CRDT client: which items are deleted, which lie beyond a gap."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final

import msgspec

MANY: Final = 32
"""So many ranges of one client, and one for so many that there are: from there on it is quicker to go through all of them than
to find a place for each."""
_client = itemgetter(0)


def _clocks(some: Iterable[int] | bytes = ()) -> array[int]:
    """Clocks lie below 2**31 (`rooms.lib0.MAX_CLOCK`), and take four bytes each: a tenth of what a list of numbers takes."""
    return array("I", some)


_NONE: Final = (_clocks(), _clocks())
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[int, tuple[bytes, bytes]]).decode


class Ranges:
    """For each client two parallel arrays, `starts` and `ends` (ends exclusive). Neighbours that touch are joined."""

    __slots__ = ("_clients",)

    def __init__(self, ranges: Iterable[tuple[int, int, int]] = ()) -> None:
        self._clients: dict[int, tuple[array[int], array[int]]] = {}
        self.update(ranges)

    def pack(self) -> bytes:
        """All of them as bytes, from which `unpack` makes them in no time, however many."""
        return _encode({client: (_packed(starts), _packed(ends)) for client, (starts, ends) in self._clients.items()})

    @classmethod
    def unpack(cls, packed: bytes) -> Ranges:
        """Raises ValueError for what `pack` can't have made."""
        ranges = cls()
        for client, (starts, ends) in _decode(packed).items():
            if len(starts) != len(ends):
                raise ValueError("ranges that were never packed")
            ranges._clients[client] = (_unpacked(starts), _unpacked(ends))
        return ranges

    def __bool__(self) -> bool:
        return bool(self._clients)

    def contains(self, client: int, start: int, end: int) -> bool:
        """Whether every clock from `start` up to `end` is in."""
        lists = self._clients.get(client)
        if lists is None:
            return start >= end
        at = bisect_right(lists[0], start) - 1
        return start >= end or (at >= 0 and lists[1][at] >= end)

    def of(self, client: int) -> tuple[Sequence[int], Sequence[int]]:
        """The starts and ends of one client's."""
        return self._clients.get(client, _NONE)

    def touches(self, client: int, start: int, end: int) -> bool:
        """Whether any clock from `start` up to `end` is in."""
        starts, ends = self.of(client)
        at = bisect_right(ends, start)
        return at < len(starts) and starts[at] < end

    def within(self, runs: Iterable[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
        """Those that touch one of the runs, whole."""
        for client, start, end in runs:
            starts, ends = self.of(client)
            first, last = bisect_right(ends, start), bisect_left(starts, end)
            yield from ((client, starts[at], ends[at]) for at in range(first, last))

    def add(self, client: int, start: int, end: int) -> bool:
        """Adds the range; False where it was in already."""
        if start >= end or self.contains(client, start, end):
            return False
        starts, ends = self._clients.get(client) or self._clients.setdefault(client, (_clocks(), _clocks()))
        if not starts or start > ends[-1]:
            starts.append(start)
            ends.append(end)
            return True
        first = bisect_left(ends, start)
        last = bisect_right(starts, end)
        if first < last:
            start, end = min(start, starts[first]), max(end, ends[last - 1])
        starts[first:last] = _clocks((start,))
        ends[first:last] = _clocks((end,))
        return True

    def update(self, ranges: Iterable[tuple[int, int, int]]) -> bool:
        """Adds them all; False where all were in already. Many at once take time as they are many, wherever they belong."""
        changed = False
        for client, group in groupby(ranges, _client):
            some = list(group)
            if len(some) < max(MANY, len(self.of(client)[0]) // MANY):
                for _, start, end in some:
                    changed |= self.add(client, start, end)
            else:
                changed |= self._merge(client, some)
        return changed

    def _merge(self, client: int, some: list[tuple[int, int, int]]) -> bool:
        starts, ends = self.of(client)
        every = [(start, end) for _, start, end in some if start < end]
        every += zip(starts, ends, strict=True)
        every.sort()
        new_starts, new_ends = _clocks(), _clocks()
        top = -1
        for start, end in every:
            if start > top:
                new_starts.append(start)
                new_ends.append(end)
                top = end
            elif end > top:
                new_ends[-1] = top = end
        if not every or (new_starts == starts and new_ends == ends):
            return False
        self._clients[client] = (new_starts, new_ends)
        return True

    def take(self, client: int, clock: int) -> int:
        """Removes what touches `clock` or lies below it, and returns where the clock then is: a gap that closed."""
        lists = self._clients.get(client)
        if lists is None:
            return clock
        starts, ends = lists
        at = bisect_right(starts, clock)
        if at:
            clock = max(clock, ends[at - 1])
            del starts[:at], ends[:at]
            if not starts:
                del self._clients[client]
        return clock

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        for client, (starts, ends) in self._clients.items():
            for start, end in zip(starts, ends, strict=True):
                yield client, start, end


def _packed(clocks: array[int]) -> bytes:
    if sys.byteorder == "big":
        clocks = clocks[:]
        clocks.byteswap()
    return clocks.tobytes()


def _unpacked(packed: bytes) -> array[int]:
    clocks = _clocks(packed)
    if sys.byteorder == "big":
        clocks.byteswap()
    return clocks
