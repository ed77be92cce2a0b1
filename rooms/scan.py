"""The scan: walks an update of Yjs (v1 encoding) once, says which clocks it holds, and refuses what a browser would choke on.

What `scan` accepts, yjs applies without throwing and pycrdt merges; what yjs makes, it accepts. Nothing is built here and no
state is looked at: whether an update is new, complete or permitted is for `rooms/document.py` and `rooms/desk.py` to say. How
large an update may be is the doors' business, how many types a document may have in all is the document's.

Sources: yjs 13.6 (`readClientsStructRefs`, `Content*.js`, `DeleteSet.js`), lib0 0.2 (`decoding.js`), yrs 0.28 (inside pycrdt).
Stricter than yjs in places, each with its reason:

- Structs and deletes of length 0 and delete ranges that aren't in order: yjs throws over them, or deletes the wrong text,
  when it stores them away until a missing piece arrives.
- A client twice: yjs forgets the first part. Padded varints, clocks from 2**31 on: yrs misreads them.
- References of a struct to itself or to what comes after it: yjs looks them up at once, and throws.
- Sub-documents: no room has them. `ContentJSON` (yjs no longer makes it) and `XmlHook` (hardly anybody does): yrs misreads
  them and what follows, so pycrdt would merge them into something else.
- JSON that is valid in JavaScript but not in Rust (half a surrogate pair, numbers beyond a double): pycrdt can't merge it.
- A map's entry of several values that the same update doesn't delete: yjs joins only deleted ones, and throws where it
  collects one that was split.
- `__proto__` as a key, which sets a prototype instead, and `toString` inside a value: what can't be made a string breaks
  `toString()` of every XML node around it.

Not refused, since an update names an item's neighbours and not where they are: a child of an XML fragment that is no node, an
entry of several values that gives no key of its own, types nested beyond a browser's stack over several updates, and one client
with two histories. The first spoils reading, the others can make yjs throw.

A hot path, written for speed: one loop, local names, no calls for text whose clocks take one byte. Measured on a 2-core machine
with CPython 3.11: a typed letter 2.0 µs, a word beside somebody else's 3.0, a mark 2.3 to 3.4, ten mixed edits 5.9; a document
of 1.2 MB (63,700 structs, 24,200 delete ranges) 65 ms, which is 1.0 µs a struct.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rooms.lib0 import (
    MAX_CLOCK,
    check_json,
    check_key,
    check_values,
    read_more,
    read_number,
    read_text,
    refused,
    skip_bytes,
)
from rooms.model import Limits
from rooms.ranges import Ranges
from rooms.varint import VarintError, read_uint, write_uint

Run = tuple[int, int, int]
"""(client, first clock, end clock), the end exclusive."""


@dataclass(slots=True)
class Scan:
    """What an update holds. Not frozen: that alone would cost a sixth of the scan of a typed letter."""

    runs: list[Run]
    """Structs that follow each other, in order of appearance. A Skip parts two runs; what was collected counts as held."""
    deletes: list[Run]
    deletes_at: int
    """Where in the update its delete set begins, in bytes."""
    types: int
    """How many nested types it creates."""


_KNOWN: Final = 256
"""How many spellings are remembered: authors of one stretch of text. A hostile update names a new client in every struct."""


def scan(update: bytes, limits: Limits) -> Scan:  # noqa: C901 (one loop on purpose: see the top of the file)
    """Raises UpdateRefusedError, and nothing else, for any bytes that are not a sound update within `limits`."""
    size = len(update)
    runs: list[Run] = []
    seen: set[int] = set()
    known: dict[bytes, int] = {}  # the ids of clients by their spelling, which is compared faster than it is read
    entries: list[Run] = []  # entries of maps that hold several values
    types = structs = 0
    try:
        clients = update[0]
        at = 1
        if clients > 127:
            clients, at = read_more(update, at, clients)
        if clients * 3 > size:
            raise refused("count")
        for _ in range(clients):
            count = update[at]
            at += 1
            if count > 127:
                count, at = read_more(update, at, count)
            structs += count
            if count * 2 > size - at:
                raise refused("count")
            if structs > limits.structs_per_update:
                raise refused("structs")
            start = at
            client, at = read_uint(update, at)
            seen.add(client)
            width = at - start
            known[update[start:at]] = client
            clock = update[at]
            at += 1
            if clock > 127:
                clock, at = read_more(update, at, clock)
            run = clock
            for _ in range(count):
                info = update[at]
                at += 1
                if info & 0xC0:
                    if info & 0x80:  # the item to the left
                        other = known.get(update[at : at + width])
                        if other is None:
                            start = at
                            other, at = read_uint(update, at)
                            if len(known) < _KNOWN:
                                known[update[start:at]] = other
                        else:
                            at += width
                        n = update[at]
                        at += 1
                        if n > 127:
                            n, at = read_more(update, at, n)
                        if n >= clock and other == client:
                            raise refused("reference")
                    if info & 0x40:  # the item to the right
                        other = known.get(update[at : at + width])
                        if other is None:
                            start = at
                            other, at = read_uint(update, at)
                            if len(known) < _KNOWN:
                                known[update[start:at]] = other
                        else:
                            at += width
                        n = update[at]
                        at += 1
                        if n > 127:
                            n, at = read_more(update, at, n)
                        if n >= clock and other == client:
                            raise refused("reference")
                elif info == 0 or info == 10:  # GC, Skip
                    n = update[at]
                    at += 1
                    if n > 127:
                        n, at = read_more(update, at, n)
                    elif not n:
                        raise refused("length")
                    if info:
                        if clock > run:
                            runs.append((client, run, clock))
                        run = clock + n
                    clock += n
                    continue
                else:
                    at = _parent(update, at, client, clock)
                    if info & 0x20:
                        at = check_key(update, at)

                ref = info & 31
                if ref == 4:  # a string
                    n = update[at]
                    at += 1
                    if n > 127:
                        n, at = read_more(update, at, n)
                    elif not n:
                        raise refused("length")
                    end = at + n
                    if end > size:
                        raise refused("truncated")
                    text = update[at:end]
                    at = end
                    if not text.isascii():
                        n = len(text.decode().encode("utf-16-le")) >> 1
                    if info & 0x20 and n > 1:
                        entries.append((client, clock, clock + n))
                    clock += n
                elif ref == 1:  # deleted
                    n = update[at]
                    at += 1
                    if n > 127:
                        n, at = read_more(update, at, n)
                    elif not n:
                        raise refused("length")
                    clock += n
                elif ref == 8:  # any
                    n, at = read_number(update, at)
                    if not n:
                        raise refused("length")
                    at = check_values(update, at, n, limits.value_depth)
                    if info & 0x20 and n > 1:
                        entries.append((client, clock, clock + n))
                    clock += n
                else:
                    if ref == 7:  # a type
                        types += 1
                        if types > limits.types_per_document:
                            raise refused("types")
                        at = _type(update, at)
                    elif ref == 6:  # a mark's begin or end
                        at = check_json(update, check_key(update, at), limits.value_depth)
                    elif ref == 5:  # an embed
                        at = check_json(update, at, limits.value_depth)
                    elif ref == 3:  # binary
                        at = skip_bytes(update, at)
                    else:
                        raise refused("subdocument" if ref == 9 else "content")
                    clock += 1
            if clock > MAX_CLOCK:
                raise refused("clock")
            if clock > run:
                runs.append((client, run, clock))
        if len(seen) != clients:
            raise refused("client")
        deletes = [] if update[at] == 0 and at + 1 == size else _deletes(update, at, limits.structs_per_update - structs)
        if entries and not _covers(deletes, entries):
            raise refused("entry")
        return Scan(runs, deletes, at, types)
    except IndexError:
        raise refused("truncated") from None
    except VarintError as error:
        raise refused(error.reason) from None
    except UnicodeDecodeError:
        raise refused("utf8") from None


def _covers(deletes: list[Run], entries: list[Run]) -> bool:
    deleted = Ranges(deletes)
    return all(deleted.contains(*entry) for entry in entries)


def _deletes(update: bytes, at: int, most: int) -> list[Run]:  # noqa: C901 (so are large delete sets)
    """The delete set, with which an update ends: `most` ranges at most."""
    size = len(update)
    deletes: list[Run] = []
    seen: set[int] = set()
    clients, at = read_number(update, at)
    if clients * 2 > size - at:
        raise refused("count")
    for _ in range(clients):
        client, at = read_uint(update, at)
        seen.add(client)
        count, at = read_number(update, at)
        if count * 2 > size - at:
            raise refused("count")
        most -= count
        if most < 0:
            raise refused("structs")
        end = 0
        for _ in range(count):
            clock = update[at]
            at += 1
            if clock > 127:
                clock, at = read_more(update, at, clock)
            n = update[at]
            at += 1
            if n > 127:
                n, at = read_more(update, at, n)
            elif not n:
                raise refused("length")
            if clock < end:
                raise refused("order")
            end = clock + n
            deletes.append((client, clock, end))
        if end > MAX_CLOCK:
            raise refused("clock")
    if len(seen) != clients:
        raise refused("client")
    if at != size:
        raise refused("leftover")
    return deletes


def _parent(update: bytes, at: int, client: int, clock: int) -> int:
    """Where an item without neighbours is: in a root type, by its name, or in a nested one, by its id."""
    named = update[at]
    at += 1
    if named == 1:
        return read_text(update, at)[1]
    if named:
        raise refused("parent")
    other, at = read_uint(update, at)
    n, at = read_number(update, at)
    if n >= clock and other == client:
        raise refused("reference")
    return at


def _type(update: bytes, at: int) -> int:
    """0 array, 1 map, 2 text, 3 XML element (with its name), 4 XML fragment, 6 XML text; 5, XML hook, is refused."""
    kind = update[at]
    at += 1
    if kind > 6 or kind == 5:
        raise refused("type")
    return read_text(update, at)[1] if kind == 3 else at


def read_state(data: bytes) -> dict[int, int]:
    """A state vector. Raises UpdateRefusedError."""
    state: dict[int, int] = {}
    try:
        count, at = read_uint(data, 0)
        if count * 2 > len(data) - at:
            raise refused("count")
        for _ in range(count):
            client, at = read_uint(data, at)
            clock, at = read_number(data, at)
            state[client] = clock
    except IndexError:
        raise refused("truncated") from None
    except VarintError as error:
        raise refused(error.reason) from None
    if len(state) != count:
        raise refused("client")
    if at != len(data):
        raise refused("leftover")
    return state


def write_state(state: Mapping[int, int]) -> bytes:
    """A state vector as Yjs writes it: the highest client first."""
    parts = [write_uint(len(state))]
    for client in sorted(state, reverse=True):
        parts.append(write_uint(client))
        parts.append(write_uint(state[client]))
    return b"".join(parts)
