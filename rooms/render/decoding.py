"""Decoding: the items of an update, and what it deletes. For the worker process.

Reads nothing but updates that the scan has accepted (`rooms/scan.py`, which tells the layout), and checks nothing again.
"""

from __future__ import annotations

import struct
from typing import Any

import msgspec

from rooms.render.items import ANY, DELETED, FORMAT, GC, SKIP, TEXT, TYPE, XML_ELEMENT, Branch, Id, Item, units
from rooms.varint import read_uint


def read(update: bytes) -> tuple[list[list[Item]], list[tuple[int, int, int]]]:
    """Its items, a list for each client, and what it deletes."""
    queues: list[list[Item]] = []
    clients, at = read_uint(update, 0)
    for _ in range(clients):
        count, at = read_uint(update, at)
        client, at = read_uint(update, at)
        clock, at = read_uint(update, at)
        queue: list[Item] = []
        for _ in range(count):
            item, at = _read_item(update, at, client, clock)
            clock += item.length
            if item.kind != SKIP:
                queue.append(item)
        queues.append(queue)
    deletes: list[tuple[int, int, int]] = []
    clients, at = read_uint(update, at)
    for _ in range(clients):
        client, at = read_uint(update, at)
        count, at = read_uint(update, at)
        for _ in range(count):
            start, at = read_uint(update, at)
            length, at = read_uint(update, at)
            deletes.append((client, start, start + length))
    return queues, deletes


def _read_item(update: bytes, at: int, client: int, clock: int) -> tuple[Item, int]:
    info = update[at]
    at += 1
    kind = info & 31
    if kind in (GC, SKIP):
        length, at = read_uint(update, at)
        return Item(client, clock, length, kind, None), at
    origin = right_origin = None
    parent: Id | str | None = None
    key = None
    if info & 0x80:
        other, at = read_uint(update, at)
        n, at = read_uint(update, at)
        origin = (other, n)
    if info & 0x40:
        other, at = read_uint(update, at)
        n, at = read_uint(update, at)
        right_origin = (other, n)
    if not info & 0xC0:
        named = update[at]
        at += 1
        if named:
            parent, at = _text(update, at)
        else:
            other, at = read_uint(update, at)
            n, at = read_uint(update, at)
            parent = (other, n)
        if info & 0x20:
            key, at = _text(update, at)
    item, at = _read_content(update, at, client, clock, kind)
    item.origin = origin
    item.right_origin = right_origin
    item.parent = parent
    item.key = key
    return item, at


def _read_content(update: bytes, at: int, client: int, clock: int, kind: int) -> tuple[Item, int]:
    if kind == TEXT:
        text, at = _text(update, at)
        if not text.isascii() and max(text) > "\uffff":
            text = units(text)
        return Item(client, clock, len(text), TEXT, text), at
    if kind == DELETED:
        length, at = read_uint(update, at)
        return Item(client, clock, length, DELETED, None), at
    if kind == ANY:
        count, at = read_uint(update, at)
        values: list[Any] = []
        for _ in range(count):
            value, at = _read_any(update, at)
            values.append(value)
        return Item(client, clock, count, ANY, values), at
    item = Item(client, clock, 1, kind, None)
    if kind == TYPE:
        type_kind = update[at]
        at += 1
        name = ""
        if type_kind == XML_ELEMENT:
            name, at = _text(update, at)
        item.content = Branch(type_kind, name, item)
    elif kind == FORMAT:
        key, at = _text(update, at)
        value, at = _text(update, at)
        item.content = (key, msgspec.json.decode(value))
    else:  # an embed or bytes
        length, at = read_uint(update, at)
        at += length
    return item, at


def _text(update: bytes, at: int) -> tuple[str, int]:
    length, at = read_uint(update, at)
    return update[at : at + length].decode(), at + length


def _read_any(update: bytes, at: int) -> tuple[Any, int]:  # noqa: C901 - a table of kinds
    """A value as lib0's `writeAny` writes it. The scan has bounded its depth."""
    kind = update[at]
    at += 1
    if kind == 119:
        return _text(update, at)
    if kind == 125:
        return _read_int(update, at)
    if kind in (120, 121):
        return kind == 120, at
    if kind == 123:
        return struct.unpack_from(">d", update, at)[0], at + 8
    if kind == 124:
        return struct.unpack_from(">f", update, at)[0], at + 4
    if kind == 122:
        return struct.unpack_from(">q", update, at)[0], at + 8
    if kind == 116:
        length, at = read_uint(update, at)
        return None, at + length
    if kind == 117:
        count, at = read_uint(update, at)
        values = []
        for _ in range(count):
            value, at = _read_any(update, at)
            values.append(value)
        return values, at
    if kind == 118:
        count, at = read_uint(update, at)
        entries = {}
        for _ in range(count):
            key, at = _text(update, at)
            entries[key], at = _read_any(update, at)
        return entries, at
    return None, at


def _read_int(update: bytes, at: int) -> tuple[int, int]:
    byte = update[at]
    at += 1
    number, shift, sign = byte & 63, 6, -1 if byte & 64 else 1
    while byte > 127:
        byte = update[at]
        at += 1
        number += (byte & 127) << shift
        shift += 7
    return sign * number, at
