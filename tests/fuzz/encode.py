"""Encodes updates by hand, struct by struct, sound or not: what no library would write (v1 of Yjs' encoding)."""

from __future__ import annotations

from collections.abc import Sequence

Id = tuple[int, int]
"""Client and clock."""

GC, DELETED, JSON, BINARY, STRING, EMBED, FORMAT, TYPE, ANY, DOC, SKIP = range(11)


def uint(n: int) -> bytes:
    """Any number from 0 on, also those that are too large."""
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def text(value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return uint(len(data)) + data


def item(
    content: int,
    body: bytes,
    left: Id | None = None,
    right: Id | None = None,
    parent: str | bytes | Id = "text",
    key: str | bytes | None = None,
) -> bytes:
    """A struct with content. `parent` and `key` are written only where there are no neighbours, as in Yjs."""
    info = content | (0x80 if left else 0) | (0x40 if right else 0) | (0x20 if key is not None else 0)
    out = bytes((info,))
    for neighbour in (left, right):
        if neighbour:
            out += uint(neighbour[0]) + uint(neighbour[1])
    if not left and not right:
        out += b"\0" + uint(parent[0]) + uint(parent[1]) if isinstance(parent, tuple) else b"\1" + text(parent)
        if key is not None:
            out += text(key)
    return out + body


def string(value: str | bytes, **place: object) -> bytes:
    return item(STRING, text(value), **place)  # type: ignore[arg-type]


def gc(length: int) -> bytes:
    return bytes((GC,)) + uint(length)


def skip(length: int) -> bytes:
    return bytes((SKIP,)) + uint(length)


def update(
    clients: Sequence[tuple[int, int, Sequence[bytes]]] = (), deletes: Sequence[tuple[int, Sequence[tuple[int, int]]]] = ()
) -> bytes:
    """`clients`: id, first clock, structs. `deletes`: client, ranges of clock and length."""
    out = uint(len(clients))
    for client, clock, structs in clients:
        out += uint(len(structs)) + uint(client) + uint(clock) + b"".join(structs)
    out += uint(len(deletes))
    for client, ranges in deletes:
        out += uint(client) + uint(len(ranges)) + b"".join(uint(clock) + uint(length) for clock, length in ranges)
    return out
