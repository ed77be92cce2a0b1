"""Items: what Yjs keeps a document as, with what was deleted still in its place; the types that hold them.

Records without behaviour of their own: `rooms/render/decoding.py` reads them from updates, `rooms/render/replay.py` puts them
where they belong.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, Final

GC: Final = 0
DELETED: Final = 1
TEXT: Final = 4
FORMAT: Final = 6
TYPE: Final = 7
ANY: Final = 8
SKIP: Final = 10

XML_ELEMENT: Final = 3

Id = tuple[int, int]
Authors = int | tuple[int, ...]
"""The client that wrote it; one for each UTF-16 unit where they differ."""


class Item:
    """One piece of the list. `created` and `deleted` are rows of the log, `deleted` 0 while it is there."""

    __slots__ = (
        "by",
        "client",
        "clock",
        "content",
        "created",
        "deleted",
        "key",
        "kind",
        "left",
        "length",
        "origin",
        "parent",
        "right",
        "right_origin",
    )

    def __init__(self, client: int, clock: int, length: int, kind: int, content: Any) -> None:
        self.client = client
        self.clock = clock
        self.length = length
        self.kind = kind
        self.content = content
        """A TEXT's string, one character for each UTF-16 unit; a FORMAT's key and value; a TYPE's Branch; an ANY's values."""
        self.origin: Id | None = None
        self.right_origin: Id | None = None
        self.parent: Branch | Id | str | None = None
        self.key: str | None = None
        self.left: Item | None = None
        self.right: Item | None = None
        self.created = 0
        self.deleted = 0
        self.by: Authors = client

    def was_there(self, at: int) -> bool:
        """Whether it was to be seen after the row `at`."""
        return self.created <= at and (not self.deleted or self.deleted > at)

    def authors(self) -> tuple[int, ...]:
        return self.by if isinstance(self.by, tuple) else (self.by,) * self.length


class Branch:
    """A shared type: a list of items, and for each key the newest item."""

    __slots__ = ("item", "kind", "map", "name", "start")

    def __init__(self, kind: int, name: str, item: Item | None) -> None:
        self.kind = kind
        self.name = name
        self.item = item
        self.start: Item | None = None
        self.map: dict[str, Item] = {}

    def items(self) -> Iterator[Item]:
        item = self.start
        while item is not None:
            yield item
            item = item.right


class Blocks:
    """The items of one client, by their clocks."""

    __slots__ = ("items", "starts", "state")

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.items: list[Item] = []
        self.state = 0


def units(text: str) -> str:
    """One character for each UTF-16 unit, which is how Yjs counts."""
    data = text.encode("utf-16-le")
    return "".join(map(chr, struct.unpack(f"<{len(data) // 2}H", data)))


def characters(text: str) -> str:
    """Its reverse; half a pair becomes the sign for what can't be shown."""
    if text.isascii() or not any("\ud800" <= unit <= "\udfff" for unit in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
