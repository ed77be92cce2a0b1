"""Nesting: in which type each item of a document is, read from its updates without a `Doc`; and what deletions take along.

Who deletes a paragraph deletes the letters that they know to be in it. What somebody else writes there at the same time is in
no delete set: yjs deletes it where it meets it, because of where it is. An update names an item's type only where the item has
no neighbours, else its left one (or its right one), which is in the same type: what a piece doesn't tell, an earlier one does.

Of what was written under one key of a map (an element's attribute) at the same time the last in yjs' order stays, and the
others are deleted without being named, too. An entry follows the one that its writer knew, and names none to its right. So the
order (YATA's) is that of a tree in which those that follow one entry come by their clients: the last is found by going down.

Measured on a busy 2-core machine with CPython 3.11: of a document of 1.1 MB (250,000 operations) `places` made 4,200 segments
in 400 ms, once for each piece; to note them, to settle and to say what was taken along took 32 ms together.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rooms.lib0 import check_values, read_number
from rooms.ranges import Ranges
from rooms.redact import ANY_DEPTH, ID, after_parent, after_single
from rooms.varint import read_uint

Id = tuple[int, int]
"""(client, clock) of an item."""

_ROOT: Final[Id] = (0, -1)
"""Stands for a type that has a name and is in no other."""

Segment = tuple[int, int, int, int, int, bool]
"""(client, first clock, end, client and clock of another item, known): items that follow each other and are all in the type
that this other item holds, if that is known, else in whatever type this other item is in."""


Entry = tuple[int, int, int, bytes, int, int]
"""(client, first clock, end, map and key, client and clock of the item before it). Where the key is empty it is that of the
item before it, which has one if it is an entry of a map."""


def places(update: bytes) -> tuple[list[Segment], list[Entry]]:  # noqa: C901 (one loop, as in the scan)
    """Where the items of an update are, which `rooms/scan.py` must have accepted, and what may be entries of maps. What was
    collected is nowhere."""
    found: list[Segment] = []
    entries: list[Entry] = []
    clients, at = read_number(update, 0)
    for _ in range(clients):
        count, at = read_number(update, at)
        client, at = read_uint(update, at)
        clock, at = read_number(update, at)
        first, (other, other_clock), known = clock, _ROOT, True
        for _ in range(count):
            info = update[at]
            at += 1
            if info == 0 or info == 10:  # GC, Skip
                n, at = read_number(update, at)
                if clock > first:
                    found.append((client, first, clock, other, other_clock, known))
                clock += n
                first = clock
                continue
            key = b""
            if info & 0xC0:
                beside, beside_clock = _id(update, at)
                for bit in (0x80, 0x40):
                    if info & bit:
                        at = ID.match(update, at).end()  # type: ignore[union-attr] # as the scan has seen
                follows = info & 0x80 and beside == client and first <= beside_clock < clock
                place = (other, other_clock, known) if follows else (beside, beside_clock, False)
            else:
                inside, inside_clock = _ROOT if update[at] == 1 else _id(update, at + 1)
                begin = at
                at = after_parent(update, at, keyed=bool(info & 0x20))
                if info & 0x20:
                    key = update[begin:at]
                place = (inside, inside_clock, True)
            if place != (other, other_clock, known):
                if clock > first:
                    found.append((client, first, clock, other, other_clock, known))
                first = clock
                other, other_clock, known = place
            length, at = _content(update, at, info & 31)
            if key:
                entries.append((client, clock, clock + length, key, *_ROOT))
            elif info & 0xC0 == 0x80:
                entries.append((client, clock, clock + length, b"", beside, beside_clock))
            clock += length
        if clock > first:
            found.append((client, first, clock, other, other_clock, known))
    return found, entries


def _id(update: bytes, at: int) -> Id:
    client, at = read_uint(update, at)
    return client, read_number(update, at)[0]


def _content(update: bytes, at: int, ref: int) -> tuple[int, int]:
    """How many clocks the content takes, and the offset after it."""
    if ref == 4:
        n, at = read_number(update, at)
        text = update[at : at + n]
        return (n if text.isascii() else len(text.decode().encode("utf-16-le")) >> 1), at + n
    if ref == 1:
        return read_number(update, at)
    if ref == 8:
        n, at = read_number(update, at)
        return n, check_values(update, at, n, ANY_DEPTH)
    return 1, after_single(update, at, ref)


@dataclass(slots=True)
class _Row:
    """The segments of one client, in order."""

    starts: list[int]
    segments: list[Segment]


class Nesting:
    """Of one document, as far as its pieces were noted."""

    def __init__(self) -> None:
        self._state: Mapping[int, int] = {}
        self._held = Ranges()
        self._rows: dict[int, _Row] = {}
        self._inside: dict[Id, list[tuple[int, int, int]]] = defaultdict(list)
        """What is in each type, by the item that holds the type."""
        self._open: list[Segment] = []
        """What nothing tells yet where it is."""
        self._firsts: dict[bytes, list[tuple[int, int, int]]] = defaultdict(list)
        """The entries of each key of each map before which there was none."""
        self._after: dict[Id, list[tuple[int, int, int]]] = {}
        """The entries that follow an entry, by the last clock of that."""
        self._ends: set[Id] = set()
        """The last clocks of all entries."""
        self._unsure: dict[Id, list[tuple[int, int, int]]] = defaultdict(list)
        """What follows an item of which isn't known yet whether it is an entry."""
        self._nowhere: list[tuple[int, int, int]] = []
        """What stands beside something that was collected: yjs collects it too."""

    def knows(self, runs: Iterable[tuple[int, int, int]]) -> bool:
        """Whether everything in these runs has been noted."""
        return all(self._held.contains(*run) for run in runs)

    def note(self, found: Iterable[Segment], entries: Iterable[Entry]) -> None:
        """Takes note of a piece. Pieces come oldest first; what is known already may come again."""
        for client, start, end, key, *before in entries:
            if self._held.touches(client, start, end):
                continue
            if key:
                self._firsts[key].append((client, start, end))
                self._ends.add((client, end - 1))
            else:
                self._unsure[before[0], before[1]].append((client, start, end))
        new = [segment for segment in found if self._held.add(*segment[:3])]
        for segment in new:
            row = self._rows.setdefault(segment[0], _Row([], []))
            at = bisect_right(row.starts, segment[1])
            row.starts.insert(at, segment[1])
            row.segments.insert(at, segment)
        self._open += new

    def settle(self, state: Mapping[int, int]) -> None:
        """Finds out where everything is that was noted. `state` is the document's: what lies below it has been noted."""
        self._state = dict(state)
        todo = [before for before in self._unsure if before in self._ends]
        while todo:
            before = todo.pop()
            entries = self._unsure.pop(before)
            self._after.setdefault(before, []).extend(entries)
            ends = [(client, end - 1) for client, _, end in entries]
            self._ends.update(ends)
            todo += [end for end in ends if end in self._unsure]
        for before in [before for before in self._unsure if before[1] < state.get(before[0], 0)]:
            del self._unsure[before]
        waiting, self._open = self._open, []
        for segment in waiting:
            other, known = self._holder(segment)
            if known:
                self._inside[other].append(segment[:3])
            elif other[1] < state.get(other[0], 0):
                self._nowhere.append(segment[:3])
            else:
                self._open.append(segment)

    def _holder(self, segment: Segment) -> tuple[Id, bool]:
        """The item that holds the type which this segment is in; or one that isn't there (yet), and would tell."""
        seen: set[Id] = set()
        way: list[tuple[_Row, int]] = []
        while not segment[5]:
            other, clock = segment[3], segment[4]
            row = self._rows.get(other)
            at = bisect_right(row.starts, clock) - 1 if row is not None else -1
            if row is None or at < 0 or clock >= row.segments[at][2] or (other, clock) in seen:
                return (other, clock), False
            seen.add((other, clock))
            way.append((row, at))
            segment = row.segments[at]
        holder = segment[3], segment[4]
        for row, at in way:  # told by each from now on: a paragraph's thousand pieces hang on each other
            row.segments[at] = (*row.segments[at][:3], *holder, True)
        return holder, True

    def taken_along(self, deleted: Ranges) -> Ranges:
        """What is in a type that is deleted, or in one within it, or nowhere, or lost its key to another entry, as far as it
        isn't in `deleted` itself."""
        taken = Ranges(self._nowhere)
        for lost in self._lost():
            if not deleted.contains(*lost):
                taken.add(*lost)
        todo = [
            holder
            for holder in self._inside
            if holder != _ROOT and any(gone.touches(holder[0], holder[1], holder[1] + 1) for gone in (deleted, taken))
        ]
        gone = set(todo)
        holders = sorted(holder for holder in self._inside if holder != _ROOT)
        while todo:
            for client, start, end in self._inside[todo.pop()]:
                if not deleted.contains(client, start, end):
                    taken.add(client, start, end)
                    first = bisect_right(holders, (client, start - 1))
                    last = bisect_right(holders, (client, end - 1))
                    inner = [holder for holder in holders[first:last] if holder not in gone]
                    gone.update(inner)
                    todo += inner
        return taken

    def _lost(self) -> Iterator[tuple[int, int, int]]:
        """All entries of maps but the one that each key has."""
        for firsts in self._firsts.values():
            level = self._arrived(firsts)
            while len({client for client, _, _ in level}) == len(level) > 0:  # else it is nothing that yjs would write
                last = max(level)
                yield from (entry for entry in level if entry is not last)
                for entry in level:
                    if entry is not last:
                        yield from self._below(entry)
                level = self._arrived(self._after.get((last[0], last[2] - 1), ()))
                if level:
                    yield last

    def _below(self, entry: tuple[int, int, int]) -> Iterator[tuple[int, int, int]]:
        todo = [entry]
        while todo:
            client, _, end = todo.pop()
            below = self._arrived(self._after.get((client, end - 1), ()))
            yield from below
            todo += below

    def _arrived(self, entries: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
        """Without those before which something is still missing: yjs waits for that."""
        return [entry for entry in entries if entry[1] < self._state.get(entry[0], 0)]
