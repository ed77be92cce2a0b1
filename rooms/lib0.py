"""Checks what lib0 encodes inside an update: numbers, strings, JSON, and the values of its `writeAny`. Builds nothing.

Each function takes the bytes and the offset at which a thing begins, and returns the offset after it. They raise
UpdateRefusedError. IndexError where the bytes end too early, VarintError and UnicodeDecodeError are left to `rooms/scan.py`,
which catches them once. Sources: lib0 0.2 (`decoding.js`), and yrs (`any.rs`), which has to read the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from rooms.errors import UpdateRefusedError
from rooms.varint import MAX_UINT

MAX_CLOCK: Final = 2**31 - 1
"""The highest clock, length or count. yrs counts in 32 bits, and in signed ones where it integrates."""

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


def refused(reason: str) -> UpdateRefusedError:
    return UpdateRefusedError(reason, _SENTENCES[reason])


_FORBIDDEN_KEYS: Final = frozenset({b"__proto__", b"toString"})
_COMMON_JSON: Final = frozenset({b"null", b"true", b"{}"})
_decode_json: Final = msgspec.json.Decoder().decode
_JSON_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


def read_more(update: bytes, at: int, n: int) -> tuple[int, int]:
    """The rest of a varint whose first byte `n` has its high bit set, for what counts in 31 bits: clocks, lengths, counts."""
    n -= 128
    shift = 7
    while True:
        byte = update[at]
        at += 1
        if byte < 128:
            n += byte << shift
            if not byte or n > MAX_CLOCK:
                raise refused("varint")
            return n, at
        n += (byte - 128) << shift
        shift += 7
        if shift > 28:
            raise refused("varint")


def read_number(update: bytes, at: int) -> tuple[int, int]:
    n = update[at]
    at += 1
    return (n, at) if n < 128 else read_more(update, at, n)


def skip_bytes(update: bytes, at: int) -> int:
    """The offset after some bytes that are led by their number."""
    n, at = read_number(update, at)
    if n > len(update) - at:
        raise refused("truncated")
    return at + n


def read_text(update: bytes, at: int) -> tuple[bytes, int]:
    """A string, checked, but left as it is."""
    n, at = read_number(update, at)
    end = at + n
    if end > len(update):
        raise refused("truncated")
    text = update[at:end]
    if not text.isascii():
        text.decode()
    return text, end


def check_key(update: bytes, at: int) -> int:
    """The key of a map's entry or of a mark."""
    text, at = read_text(update, at)
    if text == b"__proto__":
        raise refused("key")
    return at


def check_json(update: bytes, at: int, depth: int) -> int:
    """A JSON text, whose nesting is measured before a recursive parser sees it."""
    n, at = read_number(update, at)
    end = at + n
    if end > len(update):
        raise refused("truncated")
    text = update[at:end]
    if text in _COMMON_JSON:
        return end
    if text.count(b"[") + text.count(b"{") > depth and _json_depth(text) > depth:
        raise refused("depth")
    try:
        value = _decode_json(text)
    except msgspec.DecodeError:
        raise refused("json") from None
    if b"toString" in text or b"__proto__" in text or b"\\u" in text:
        _check_keys(value)
    return end


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
                raise refused("key")
            todo.extend(value.values())
        elif isinstance(value, list):
            todo.extend(value)


def check_values(update: bytes, at: int, left: int, depth: int) -> int:  # noqa: C901 (a table of kinds)
    """`left` values as lib0's `readAny` reads them, nested at most `depth` deep."""
    size = len(update)
    if left > size - at:
        raise refused("count")
    outer: list[tuple[int, bool]] = []  # for each enclosing value: how many are left in it, and whether it is a map
    in_map = False
    while True:
        while not left:
            if not outer:
                return at
            left, in_map = outer.pop()
        left -= 1
        if in_map:
            key, at = read_text(update, at)
            if key in _FORBIDDEN_KEYS:
                raise refused("key")
        kind = update[at]
        at += 1
        if kind == 119:  # a string
            at = read_text(update, at)[1]
        elif kind == 125:
            at = _int(update, at)
        elif kind == 126 or kind == 127 or kind == 120 or kind == 121:  # null, undefined, true, false
            pass
        elif kind == 117 or kind == 118:  # an array, a map
            outer.append((left, in_map))
            if len(outer) > depth:
                raise refused("depth")
            in_map = kind == 118
            left, at = read_number(update, at)
            if left * (1 + in_map) > size - at:
                raise refused("count")
        elif kind == 123 or kind == 122:  # a double, a bigint
            at += 8
        elif kind == 124:  # a float
            at += 4
        elif kind == 116:  # bytes
            at = skip_bytes(update, at)
        else:
            raise refused("value")


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
            raise refused("varint")
        if byte < 128:
            if not byte:
                raise refused("varint")
            return at
        shift += 7
        if shift > 48:
            raise refused("varint")
