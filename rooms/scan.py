"""The scan: walks an update of Yjs (v1 encoding) once, says which clocks it holds, and refuses what a browser would choke on.

What `scan` accepts, yjs applies without throwing and pycrdt merges; what yjs makes, it accepts. Nothing is built here and no
state is looked at: whether an update is new, complete or permitted is for `rooms/document.py` and `rooms/desk.py` to say. How
large an update may be is the doors' business, how many types a document may have in all is the document's.

Sources: yjs 13.6 (`readClientsStructRefs`, `Content*.js`, `DeleteSet.js`), lib0 0.2 (`decoding.js`), yrs 0.28 (what pycrdt wraps).
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

A hot path, written for speed: no calls and no attributes in the loop over the structs of text. Measured on a 2-core machine,
CPython 3.11: COST_SMALL for an update of one typed word, COST_BULK per struct of a large one (1.2 MB, 133,000 structs).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from rooms.errors import UpdateRefusedError
from rooms.model import Limits
from rooms.ranges import Ranges
from rooms.varint import MAX_UINT, VarintError, read_uint, write_uint

MAX_CLOCK: Final = 2**31 - 1
"""The highest clock. yrs counts in 32 bits, and in signed ones where it integrates; a client that types all day needs 20."""

Run = tuple[int, int, int]
"""(client, first clock, end clock), the end exclusive."""


@dataclass(slots=True)
class Scan:
    """What an update holds. Not frozen: that alone would cost a third of the scan of a typed letter."""

    runs: list[Run]
    """Structs that follow each other, in order of appearance. A Skip parts two runs; what was collected counts as held."""
    deletes: list[Run]
    deletes_at: int
    """Where in the update its delete set begins, in bytes."""
    types: int
    """How many nested types it creates."""


_SENTENCES: Final[Mapping[str, str]] = {
    "truncated": "The change ends too early.",
    "leftover": "The change goes on after its end.",
    "varint": "The change has a number that is too large or padded.",
    "client": "The change names one client twice.",
    "clock": "The change counts too far.",
    "length": "The change has an element of no length.",
    "order": "The change deletes out of order.",
    "count": "The change announces more than it holds.",
    "structs": "The change has too many elements.",
    "reference": "The change has an element that follows itself.",
    "content": "The change has content of an unknown kind.",
    "subdocument": "The change has a document inside the document.",
    "type": "The change has a part of an unknown kind.",
    "types": "The change has too many parts.",
    "parent": "The change has an element that is nowhere.",
    "entry": "The change has a map's entry with several values.",
    "value": "The change has a value of an unknown kind.",
    "key": "The change has a value with a key that can't be shown.",
    "depth": "The change has a value that is nested too deep.",
    "json": "The change has a value that is not JSON.",
    "utf8": "The change has text that is not UTF-8.",
}


def _refused(reason: str) -> UpdateRefusedError:
    return UpdateRefusedError(reason, _SENTENCES[reason])


_KNOWN: Final = 256
_FORBIDDEN_KEYS: Final = frozenset({b"__proto__", b"toString"})
_COMMON_JSON: Final = frozenset({b"null", b"true", b"{}"})
_decode_json: Final = msgspec.json.Decoder().decode


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
            clients, at = _more(update, at, clients)
        if clients * 3 > size:
            raise _refused("count")
        for _ in range(clients):
            count = update[at]
            at += 1
            if count > 127:
                count, at = _more(update, at, count)
            structs += count
            if count * 2 > size - at:
                raise _refused("count")
            if structs > limits.structs_per_update:
                raise _refused("structs")
            start = at
            client, at = read_uint(update, at)
            seen.add(client)
            width = at - start
            known[update[start:at]] = client
            clock = update[at]
            at += 1
            if clock > 127:
                clock, at = _more(update, at, clock)
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
                            n, at = _more(update, at, n)
                        if n >= clock and other == client:
                            raise _refused("reference")
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
                            n, at = _more(update, at, n)
                        if n >= clock and other == client:
                            raise _refused("reference")
                elif info == 0 or info == 10:  # GC, Skip
                    n = update[at]
                    at += 1
                    if n > 127:
                        n, at = _more(update, at, n)
                    elif not n:
                        raise _refused("length")
                    if info:
                        if clock > run:
                            runs.append((client, run, clock))
                        run = clock + n
                    clock += n
                    continue
                else:
                    at = _parent(update, at, client, clock)
                    if info & 0x20:
                        at = _key(update, at)

                ref = info & 31
                if ref == 4:  # a string
                    n = update[at]
                    at += 1
                    if n > 127:
                        n, at = _more(update, at, n)
                    elif not n:
                        raise _refused("length")
                    end = at + n
                    if end > size:
                        raise _refused("truncated")
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
                        n, at = _more(update, at, n)
                    elif not n:
                        raise _refused("length")
                    clock += n
                elif ref == 8:  # any
                    n, at = _length(update, at)
                    at = _any(update, at, n, limits.value_depth)
                    if info & 0x20 and n > 1:
                        entries.append((client, clock, clock + n))
                    clock += n
                else:
                    if ref == 7:  # a type
                        types += 1
                        if types > limits.types_per_document:
                            raise _refused("types")
                        at = _type(update, at)
                    elif ref == 6:  # a mark's begin or end
                        at = _json(update, _key(update, at), limits.value_depth)
                    elif ref == 5:  # an embed
                        at = _json(update, at, limits.value_depth)
                    elif ref == 3:  # binary
                        at = _skip(update, at)
                    else:
                        raise _refused("subdocument" if ref == 9 else "content")
                    clock += 1
            if clock > MAX_CLOCK:
                raise _refused("clock")
            if clock > run:
                runs.append((client, run, clock))
        if len(seen) != clients:
            raise _refused("client")
        deletes = [] if update[at] == 0 and at + 1 == size else _deletes(update, at, limits.structs_per_update - structs)
        if entries and not _covers(deletes, entries):
            raise _refused("entry")
        return Scan(runs, deletes, at, types)
    except IndexError:
        raise _refused("truncated") from None
    except VarintError as error:
        raise _refused(error.reason) from None
    except UnicodeDecodeError:
        raise _refused("utf8") from None


def _covers(deletes: list[Run], entries: list[Run]) -> bool:
    deleted = Ranges(deletes)
    return all(deleted.contains(*entry) for entry in entries)


def read_deletes(update: bytes, deletes_at: int) -> list[Run]:
    """The delete set alone, of an update whose `deletes_at` is known. Raises UpdateRefusedError."""
    try:
        return _deletes(update, deletes_at, len(update))
    except IndexError:
        raise _refused("truncated") from None
    except VarintError as error:
        raise _refused(error.reason) from None


def _deletes(update: bytes, at: int, most: int) -> list[Run]:
    """The delete set, with which an update ends: `most` ranges."""
    size = len(update)
    deletes: list[Run] = []
    seen: set[int] = set()
    clients, at = _number(update, at)
    if clients * 2 > size - at:
        raise _refused("count")
    for _ in range(clients):
        client, at = read_uint(update, at)
        seen.add(client)
        count, at = _number(update, at)
        if count * 2 > size - at:
            raise _refused("count")
        most -= count
        if most < 0:
            raise _refused("structs")
        end = 0
        for _ in range(count):
            clock = update[at]
            at += 1
            if clock > 127:
                clock, at = _more(update, at, clock)
            n = update[at]
            at += 1
            if n > 127:
                n, at = _more(update, at, n)
            elif not n:
                raise _refused("length")
            if clock < end:
                raise _refused("order")
            end = clock + n
            deletes.append((client, clock, end))
        if end > MAX_CLOCK:
            raise _refused("clock")
    if len(seen) != clients:
        raise _refused("client")
    if at != size:
        raise _refused("leftover")
    return deletes


def _more(update: bytes, at: int, n: int) -> tuple[int, int]:
    """The rest of a varint whose first byte `n` has its high bit set, for what counts in 31 bits: clocks, lengths, counts."""
    n -= 128
    shift = 7
    while True:
        byte = update[at]
        at += 1
        if byte < 128:
            n += byte << shift
            if not byte or n > MAX_CLOCK:
                raise _refused("varint")
            return n, at
        n += (byte - 128) << shift
        shift += 7
        if shift > 28:
            raise _refused("varint")


def _number(update: bytes, at: int) -> tuple[int, int]:
    n = update[at]
    at += 1
    return (n, at) if n < 128 else _more(update, at, n)


def _length(update: bytes, at: int) -> tuple[int, int]:
    n, at = _number(update, at)
    if not n:
        raise _refused("length")
    if n > len(update) - at:
        raise _refused("count")
    return n, at


def _skip(update: bytes, at: int) -> int:
    """The offset after some bytes that are led by their number."""
    n, at = _number(update, at)
    if n > len(update) - at:
        raise _refused("truncated")
    return at + n


def _text(update: bytes, at: int) -> tuple[bytes, int]:
    """A string, checked, but left as it is."""
    n, at = _number(update, at)
    end = at + n
    if end > len(update):
        raise _refused("truncated")
    text = update[at:end]
    if not text.isascii():
        text.decode()
    return text, end


def _key(update: bytes, at: int) -> int:
    """The key of a map's entry or of a mark."""
    text, at = _text(update, at)
    if text == b"__proto__":
        raise _refused("key")
    return at


def _parent(update: bytes, at: int, client: int, clock: int) -> int:
    """Where an item without neighbours is: in a root type, by its name, or in a nested one, by its id."""
    named = update[at]
    at += 1
    if named == 1:
        return _text(update, at)[1]
    if named:
        raise _refused("parent")
    other, at = read_uint(update, at)
    n, at = _number(update, at)
    if n >= clock and other == client:
        raise _refused("reference")
    return at


def _type(update: bytes, at: int) -> int:
    """0 array, 1 map, 2 text, 3 XML element (with its name), 4 XML fragment, 6 XML text; 5, XML hook, is refused."""
    kind = update[at]
    at += 1
    if kind > 6 or kind == 5:
        raise _refused("type")
    return _text(update, at)[1] if kind == 3 else at


def _json(update: bytes, at: int, depth: int) -> int:
    """A JSON text, whose nesting is measured before a recursive parser sees it."""
    n, at = _number(update, at)
    end = at + n
    if end > len(update):
        raise _refused("truncated")
    text = update[at:end]
    if text in _COMMON_JSON:
        return end
    if text.count(b"[") + text.count(b"{") > depth and _json_depth(text) > depth:
        raise _refused("depth")
    try:
        value = _decode_json(text)
    except msgspec.DecodeError:
        raise _refused("json") from None
    if b"toString" in text or b"__proto__" in text or b"\\u" in text:
        _check_keys(value)
    return end


_JSON_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


def _json_depth(text: bytes) -> int:
    depth = deepest = 0
    for byte in _JSON_STRING.sub(b"", text):
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


def _check_keys(value: object) -> None:
    todo = [value]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            if "__proto__" in value or "toString" in value:
                raise _refused("key")
            todo.extend(value.values())
        elif isinstance(value, list):
            todo.extend(value)


def _any(update: bytes, at: int, left: int, depth: int) -> int:  # noqa: C901 (a table of kinds)
    """`left` values as lib0's `readAny` reads them, nested at most `depth` deep."""
    size = len(update)
    outer: list[tuple[int, bool]] = []  # for each enclosing value: how many are left in it, and whether it is a map
    in_map = False
    while True:
        while not left:
            if not outer:
                return at
            left, in_map = outer.pop()
        left -= 1
        if in_map:
            key, at = _text(update, at)
            if key in _FORBIDDEN_KEYS:
                raise _refused("key")
        kind = update[at]
        at += 1
        if kind == 119:  # a string
            at = _text(update, at)[1]
        elif kind == 125:
            at = _int(update, at)
        elif kind == 126 or kind == 127 or kind == 120 or kind == 121:  # null, undefined, true, false
            pass
        elif kind == 117 or kind == 118:  # an array, a map
            outer.append((left, in_map))
            if len(outer) > depth:
                raise _refused("depth")
            in_map = kind == 118
            left, at = _number(update, at)
            if left * (1 + in_map) > size - at:
                raise _refused("count")
        elif kind == 123 or kind == 122:  # a double, a bigint
            at += 8
        elif kind == 124:  # a float
            at += 4
        elif kind == 116:  # bytes
            at = _skip(update, at)
        else:
            raise _refused("value")


def _int(update: bytes, at: int) -> int:
    """lib0's signed varint: the sign and six bits, then seven bits a byte."""
    byte = update[at]
    at += 1
    if byte < 128:
        return at
    n = byte & 63
    shift = 6
    while True:
        byte = update[at]
        at += 1
        n += (byte & 127) << shift
        if n > MAX_UINT:
            raise _refused("varint")
        if byte < 128:
            if not byte:
                raise _refused("varint")
            return at
        shift += 7
        if shift > 48:
            raise _refused("varint")


def read_state(data: bytes) -> dict[int, int]:
    """A state vector. Raises UpdateRefusedError."""
    state: dict[int, int] = {}
    try:
        count, at = read_uint(data, 0)
        if count * 2 > len(data) - at:
            raise _refused("count")
        for _ in range(count):
            client, at = read_uint(data, at)
            clock, at = _number(data, at)
            state[client] = clock
    except IndexError:
        raise _refused("truncated") from None
    except VarintError as error:
        raise _refused(error.reason) from None
    if len(state) != count:
        raise _refused("client")
    if at != len(data):
        raise _refused("leftover")
    return state


def write_state(state: Mapping[int, int]) -> bytes:
    """A state vector as Yjs writes it: the highest client first."""
    parts = [write_uint(len(state))]
    for client in sorted(state, reverse=True):
        parts.append(write_uint(client))
        parts.append(write_uint(state[client]))
    return b"".join(parts)
