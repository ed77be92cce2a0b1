"""Updates that the scan refuses, by name: the reason it gives, and the bytes. Each table's name says what they would break."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.fuzz.encode import (
    ANY,
    BINARY,
    DELETED,
    DOC,
    EMBED,
    FORMAT,
    GC,
    JSON,
    SKIP,
    TYPE,
    gc,
    item,
    skip,
    string,
    text,
    uint,
    update,
)

Table = Mapping[str, tuple[str, bytes]]

ME = 5
GONE = 9
"""A client of which nothing is known: what depends on it is stored away until it comes."""


def mine(*structs: bytes, clock: int = 0) -> bytes:
    return update([(ME, clock, structs)])


ENTRY = string("ab", parent=(ME, 0), key="k")
SPLIT_ENTRY = mine(item(TYPE, uint(1), parent="map", key="a"), ENTRY, string("c", left=(ME, 1)))
ENTRY_KEYS = item(ANY, uint(1) + b"\x76" + uint(1) + text("toString") + b"\x7e", parent=(ME, 0), key="a")
PARAGRAPH = item(TYPE, uint(3) + text("p"), parent="default")

BREAKS_YJS: Final[Table] = {
    "nothing": ("truncated", b""),
    "no delete set": ("truncated", b"\x00"),
    "cut string": ("truncated", mine(string("abc"))[:-2]),
    "cut struct": ("truncated", mine(string("abc"))[:4]),
    "cut binary": ("truncated", mine(item(BINARY, uint(9) + b"\x01"))),
    "endless varint": ("varint", b"\x80" * 40),
    "integer beyond 53 bits": ("varint", mine(item(ANY, uint(1) + b"\x7d" + b"\xff" * 9 + b"\x01"))),
    "more structs than bytes": ("count", uint(1) + uint(2**31 - 1) + uint(ME) + b"\x00\x00\x01\x00"),
    "more clients than bytes": ("count", uint(2**31 - 1) + b"\x00\x00\x00"),
    "more deletes than bytes": ("count", b"\x00\x01\x05" + uint(2**30) + b"\x00"),
    "more values than bytes": ("count", mine(item(ANY, uint(2**30) + b"\x7e"))),
    "longer array than bytes": ("count", mine(item(ANY, uint(1) + b"\x75" + uint(2**30)))),
    "longer map than bytes": ("count", mine(item(ANY, uint(1) + b"\x76" + uint(2**30)))),
    "itself to the left": ("reference", mine(string("a", left=(ME, 0)))),
    "itself to the right": ("reference", mine(string("a", right=(ME, 0)))),
    "inside itself": ("reference", mine(item(TYPE, uint(0), parent=(ME, 0)))),
    "after what comes later": ("reference", mine(string("a", left=(ME, 1)), string("b"))),
    "empty string": ("length", mine(string("a", left=(GONE, 0)), string(""))),
    "empty deleted": ("length", update([(ME, 0, [item(DELETED, uint(0)), string("a", left=(ME, 0))])])),
    "empty any": ("length", mine(item(ANY, uint(0), parent="map", key="k"))),
    "empty gc": ("length", mine(gc(1), gc(0), string("a", left=(ME, 0)))),
    "empty skip": ("length", mine(string("a", left=(GONE, 0)), skip(0))),
    "empty delete": ("length", update([], [(GONE, [(3, 0)])])),
    "content 11": ("content", mine(item(11, text("a")))),
    "content 20": ("content", mine(item(20, text("a")))),
    "skip with a key": ("content", mine(item(SKIP, uint(1), key="k"))),
    "type 7": ("type", mine(item(TYPE, uint(7)))),
    "type 300": ("type", mine(item(TYPE, uint(300)))),
    "value 115": ("value", mine(item(ANY, uint(1) + b"\x73"))),
    "value 255": ("value", mine(item(ANY, uint(1) + b"\xff"))),
    "text in latin-1": ("utf8", mine(string(b"\xe9t\xe9"))),
    "half a surrogate pair": ("utf8", mine(string(b"\xed\xa0\xbd"))),
    "name of a root in latin-1": ("utf8", mine(string("a", parent=b"\xe9"))),
    "key in latin-1": ("utf8", mine(string("a", parent="map", key=b"\xe9"))),
    "mark in latin-1": ("utf8", mine(item(FORMAT, text(b"\xe9") + text("1")))),
    "json in latin-1": ("utf8", mine(item(EMBED, text(b'"\xe9"')))),
    "element in latin-1": ("utf8", mine(item(TYPE, uint(3) + text(b"\xe9")))),
    "no json": ("json", mine(item(EMBED, text("")))),
    "json undefined": ("json", mine(item(EMBED, text("undefined")))),
    "json NaN": ("json", mine(item(FORMAT, text("b") + text("NaN")))),
    "json with a comma too many": ("json", mine(item(EMBED, text("[1,]")))),
    "json that goes on": ("json", mine(item(EMBED, text("{}{}")))),
    "entry of two values": ("entry", SPLIT_ENTRY),
    "attribute that can't be printed": ("key", mine(PARAGRAPH, ENTRY_KEYS)),
    "embed that can't be printed": (
        "key",
        mine(item(TYPE, uint(6), parent="default"), item(EMBED, text('{"\\u0074oString":1}'), parent=(ME, 0))),
    ),
    "mark that can't be printed": (
        "key",
        mine(
            item(TYPE, uint(6), parent="default"),
            item(FORMAT, text("b") + text('{"a":{"toString":1}}'), parent=(ME, 0)),
            string("a", left=(ME, 1)),
        ),
    ),
    "value without a prototype": (
        "key",
        mine(PARAGRAPH, item(ANY, uint(1) + b"\x76" + uint(1) + text("__proto__") + b"\x7e", parent=(ME, 0), key="a")),
    ),
}
"""yjs throws: over the bytes, while it applies them or stores them away, or when the document is read, emptied or encoded."""

BREAKS_PYCRDT: Final[Table] = {
    "ContentJSON": ("content", mine(item(JSON, uint(1) + text("1")), string("ab"))),
    "XmlHook": ("type", mine(item(TYPE, uint(5) + text("hook")))),
    "json with half a surrogate pair": ("json", mine(item(EMBED, text('"\\ud83d"')))),
    "json beyond a double": ("json", mine(item(EMBED, text("1e999")))),
    "gc with a neighbour": ("content", mine(item(GC, uint(1), left=(GONE, 0)))),
    "client beyond 53 bits": ("varint", update([(2**60, 0, [gc(1)])])),
    "length beyond 53 bits": ("varint", mine(gc(2**60))),
    "clock beyond 32 bits": ("varint", mine(gc(1), clock=2**32)),
    "neighbour's clock beyond 32 bits": ("varint", mine(string("a", left=(GONE, 2**32)))),
    "delete beyond 32 bits": ("varint", update([], [(ME, [(2**32, 1)])])),
    "padded varint": ("varint", mine(gc(1)).replace(b"\x00\x01\x00", b"\x00\x81\x00\x00")),
    "client twice in the delete set": ("client", update([], [(ME, [(1, 1)]), (ME, [(3, 1)])])),
    "nested beyond Rust": ("depth", mine(item(EMBED, text("[" * 200 + "]" * 200)))),
}
"""pycrdt can't merge them, or merges them into something else."""

BREAKS_PROMISES: Final[Table] = {
    "leftover": ("leftover", update() + b"\x00"),
    "leftover after deletes": ("leftover", update([], [(ME, [(1, 1)])]) + b"\x00"),
    "client twice": ("client", update([(ME, 0, [gc(1)]), (ME, 1, [gc(1)])])),
    "clocks beyond 31 bits": ("clock", mine(gc(2), clock=2**31 - 2)),
    "lengths beyond 31 bits": ("clock", mine(gc(2**30), gc(2**30))),
    "deletes beyond 31 bits": ("clock", update([], [(ME, [(2**31 - 2, 2)])])),
    "deletes out of order": ("order", update([], [(GONE, [(9, 1), (3, 1)])])),
    "deletes that overlap": ("order", update([], [(GONE, [(3, 4), (6, 2)])])),
    "parent info 2": ("parent", mine(bytes((4, 2)) + text("text") + text("a"))),
    "integer of 54 bits": ("varint", mine(item(ANY, uint(1) + b"\x7d" + b"\x80" * 7 + b"\x20"))),
    "sub-document": ("subdocument", mine(item(DOC, text("guid") + b"\x76\x00"))),
    "entry named __proto__": ("key", mine(string("a", parent="map", key="__proto__"))),
    "mark named __proto__": ("key", mine(item(FORMAT, text("__proto__") + text("1")))),
    "any nested too deep": ("depth", mine(item(ANY, uint(1) + b"\x75\x01" * 65 + b"\x7e"))),
    "json nested too deep": ("depth", mine(item(EMBED, text("[" * 65 + "]" * 65)))),
    "json that never ends": ("depth", mine(item(EMBED, text("[" * 100_000)))),
}
"""No throw, but lost text, other text than elsewhere, or what this studio doesn't allow."""
