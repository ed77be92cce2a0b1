"""Seeded updates that are nearly right: real ones bent at random, and ones put together of structs that nobody would write."""

from __future__ import annotations

import random
import struct
from collections.abc import Mapping, Sequence

from tests.fuzz import encode
from tests.fuzz.encode import ANY, BINARY, DELETED, DOC, EMBED, FORMAT, GC, JSON, SKIP, STRING, TYPE, Id, item, text, uint

STRINGS = ("a", "hello ", "é", "東京", "😀", "x😀y", "\ufeff", "\0", "\n", "\ufffd", "__proto__", "toString", "default")
BAD_TEXT = (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80")
NAMES = ("text", "default", "map", "array", "other", "", "__proto__")
JSONS = (
    "null",
    "true",
    "1",
    "-0",
    "1.5e3",
    '"a"',
    '"\\ud83d\\ude00"',
    "{}",
    "[]",
    '{"a":[1,{"b":null}]}',
    '{"href":"x"}',
    " [1 , 2] ",
    '"é😀"',
    '{"": 0, "": 1}',
    "123456789012345678901234567890",
)
BAD_JSON = (
    "",
    "undefined",
    "nul",
    "NaN",
    "[1,]",
    "'a'",
    "01",
    "1e999",
    '"\\ud83d"',
    '"\n"',
    "[",
    '{"toString":1}',
    '{"__proto__":null}',
    '{"a":{"to\\u0053tring":1}}',
    "[" * 65 + "]" * 65,
    "\ufeff1",
    '{"a":1}x',
)
KINDS = (STRING, STRING, STRING, ANY, ANY, FORMAT, FORMAT, EMBED, TYPE, TYPE, TYPE, BINARY, DELETED, GC, SKIP)
VALUES = (127, 126, 125, 124, 123, 122, 121, 120, 119, 119, 118, 117, 116)
MISSING = 12345
"""A client that nobody knows."""
INTEGERS = (b"\0", b"\x40", b"\x41", b"\xbf\1", b"\xff" * 7 + b"\x0f", uint(2**40 + 1), b"\x80\0")


class Mutator:
    """Makes updates from a corpus of (update, state vector of its base). The same seed makes the same updates."""

    def __init__(self, seed: int, corpus: Sequence[tuple[bytes, Mapping[int, int]]]) -> None:
        self.random = random.Random(seed)
        self.corpus = corpus

    def next(self) -> tuple[bytes, int]:
        """An update, and the index of the corpus entry that it was made from (or for)."""
        rng = self.random
        index = rng.randrange(len(self.corpus))
        update, state = self.corpus[index]
        if rng.random() < 0.5:
            update = self.built(state)
            if rng.random() < 0.2:
                update = self.bent(update)
        else:
            for _ in range(rng.choice((1, 1, 1, 2, 4))):
                update = self.bent(update)
        return update, index

    def seldom(self, odds: float = 0.02) -> bool:
        return self.random.random() < odds

    def bent(self, update: bytes) -> bytes:
        """One change at one place: of a bit, a byte, a varint, or by what is cut out, put in or taken from another update."""
        rng = self.random
        at = rng.randrange(len(update) + 1)
        before, byte, after = update[:at], update[at] if at < len(update) else 0, update[at + 1 :]
        how = rng.randrange(10)
        if how == 0:
            return before + bytes((byte ^ (1 << rng.randrange(8)),)) + after
        if how == 1:
            return before + bytes((rng.randrange(256),)) + after
        if how == 2:
            return before + bytes(((byte + rng.choice((-1, 1))) & 255,)) + after
        if how == 3:
            return before + uint(1 << rng.randrange(64)) + after
        if how == 4:
            return before + bytes((rng.randrange(256),)) + update[at:]
        if how == 5:
            return before + b"\x80" * rng.randrange(1, 12) + update[at:]
        if how == 6:
            return before + update[at + rng.randrange(1, 4) :]
        if how == 7:
            return before + update[rng.randrange(len(update) + 1) :]
        if how == 8:
            return before
        other = rng.choice(self.corpus)[0]
        return before + other[rng.randrange(len(other)) :]

    def built(self, state: Mapping[int, int]) -> bytes:
        """An update put together of structs, of clients that the base knows and of new ones. Most are sound."""
        rng = self.random
        ids = [*state, rng.randrange(1 << 32), 7, rng.choice((0, 1, 127, 128, 77, 2**53 - 1))]
        clients = rng.sample(ids, rng.choice((0, 1, 1, 1, 2, 3)))
        if clients and self.seldom():
            clients.append(clients[0])
        made: dict[int, int] = dict(state)
        types: list[Id] = []
        blocks = []
        for client in clients:
            clock = first = max(0, state.get(client, 0) + rng.choice((0, 0, 0, 0, 0, 0, 1, 5, -1)))
            if self.seldom(0.005):
                clock = first = rng.choice((2**31 - 2, 2**31, 2**32, 2**53))
            structs = []
            for _ in range(0 if self.seldom() else rng.choice((1, 1, 2, 3, 8))):
                data, length, is_type = self.struct(client, clock, made, types)
                structs.append(data)
                if is_type:
                    types.append((client, clock))
                clock += length
            made[client] = clock
            blocks.append((client, first, structs))
        deletes = [(client, self.ranges(made.get(client, 0))) for client in rng.sample(ids, rng.choice((0, 0, 1, 2)))]
        if deletes and self.seldom():
            deletes.append(deletes[0])
        return encode.update(blocks, deletes)

    def ranges(self, state: int) -> list[tuple[int, int]]:
        """What is deleted of a client that has come to the clock `state`, or that may come there."""
        rng = self.random
        out = []
        clock = 0
        for _ in range(rng.choice((0, 1, 1, 2, 4))):
            clock += rng.randrange(state // 2 + 2)
            length = 0 if self.seldom() else 1 + rng.randrange(state // 3 + 2)
            out.append((clock, length))
            clock += length
        if self.seldom(0.1):
            rng.shuffle(out)
        if self.seldom(0.01):
            out.append((clock, rng.choice((2**31, 2**32, 2**53 - 1))))
        return out

    def struct(self, client: int, clock: int, made: Mapping[int, int], types: Sequence[Id]) -> tuple[bytes, int, bool]:
        """Its bytes, its length in clocks, and whether it is a nested type."""
        rng = self.random
        kind = rng.choice((JSON, DOC, *range(11, 32)) if self.seldom(0.01) else KINDS)
        if kind in (GC, SKIP):
            length = 0 if self.seldom() else rng.randrange(1, 9)
            flag = rng.choice((0x20, 0x40, 0x80)) if self.seldom() else 0
            return bytes((kind | flag,)) + uint(length), length, False
        body, length = self.content(kind)
        left, right, parent, key = self.place(client, clock, made, types)
        return item(kind, body, left, right, parent, key), length, kind == TYPE

    def place(
        self, client: int, clock: int, made: Mapping[int, int], types: Sequence[Id]
    ) -> tuple[Id | None, Id | None, str | Id, str | None]:
        """Neighbours, or a parent with or without a key."""
        rng = self.random

        def some() -> Id:
            others = [other for other in made if other != client and made[other]] or [MISSING]
            other = client if clock and rng.random() < 0.5 else rng.choice(others)
            end = clock if other == client else made.get(other, 3)
            return other, max(0, rng.randrange(end + 1) - (0 if self.seldom(0.05) else 1))

        n = rng.random()
        if n < 0.65:
            return some() if n < 0.5 else None, some() if n > 0.35 else None, "", None
        parent: str | Id = rng.choice(NAMES)
        if n < 0.85:
            parent = rng.choice(types) if types and rng.random() < 0.8 else some()
        return None, None, parent, rng.choice(("a", "é", "", "__proto__")) if rng.random() < 0.4 else None

    def content(self, kind: int) -> tuple[bytes, int]:
        """Its bytes and its length in clocks."""
        rng = self.random
        if kind == STRING:
            value = "" if self.seldom() else rng.choice(STRINGS) * rng.choice((1, 1, 3))
            return text(rng.choice(BAD_TEXT) if self.seldom(0.01) else value), len(value.encode("utf-16-le")) // 2
        if kind == DELETED:
            length = 0 if self.seldom() else rng.randrange(1, 9)
            return uint(length), length
        if kind == ANY:
            count = 0 if self.seldom() else rng.choice((1, 1, 2, 5))
            return uint(count) + b"".join(self.value(0) for _ in range(count)), count
        if kind == JSON:
            return uint(1) + self.json(), 1
        if kind == EMBED:
            return self.json(), 1
        if kind == FORMAT:
            return text(rng.choice(("bold", "link", "é", "__proto__" if self.seldom(0.1) else "ychange"))) + self.json(), 1
        if kind == TYPE:
            ref = 7 if self.seldom() else rng.randrange(7)
            return uint(ref) + (text(rng.choice(("p", "É", ""))) if ref in (3, 5) else b""), 1
        return text("guid") + b"\x76\0" if kind == DOC else text(rng.randbytes(rng.randrange(4))), 1

    def json(self) -> bytes:
        return text(self.random.choice(BAD_JSON if self.seldom(0.03) else JSONS))

    def value(self, depth: int) -> bytes:
        """What lib0's `writeAny` could have written, as good as always."""
        rng = self.random
        if self.seldom(0.005):
            return rng.choice((bytes((rng.randrange(256),)), bytes((117, 1)) * rng.choice((63, 64, 65, 200)) + b"\x7e"))
        kind = rng.choice(VALUES)
        head = bytes((kind,))
        if kind == 125:
            return head + rng.choice(INTEGERS)
        if kind == 124:
            return head + rng.randbytes(4)
        if kind in (122, 123):
            return head + rng.choice((rng.randbytes(8), struct.pack(">d", 0.1)))
        if kind in (116, 119):
            return head + text(rng.choice(BAD_TEXT) if self.seldom(0.01) else rng.choice(STRINGS))
        if kind in (117, 118):
            values = [self.value(depth + 1) for _ in range(rng.randrange(4) if depth < 4 else 0)]
            if kind == 118:
                values = [text(rng.choice(STRINGS if self.seldom(0.05) else STRINGS[:8])) + value for value in values]
            return head + uint(len(values)) + b"".join(values)
        return head
