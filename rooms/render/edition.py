"""Edition: what a document is written out with beside its own words (title, writers, remarks), and how suggestions count.

It goes to the worker in front of the document's pieces. Formats that have no place for something leave it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

import msgspec

from rooms.render.tree import Mark, Node, joined

ENDINGS: Final = {"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp"}
"""How files of pictures end, by their media types."""

Suggestions = Literal["open", "accepted"]

_ANNOTATIONS: Final = {"comment", "insertion", "deletion"}
"""Marks that say something about the text and are no part of it."""


class Remark(msgspec.Struct, frozen=True, array_like=True):
    """One comment of a thread."""

    name: str
    text: str
    time_ms: int


class Edition(msgspec.Struct, frozen=True):
    """`suggestions` that are open leave the text as it was before anybody proposed them; accepted ones count as done.

    `remarks` are the threads that are to be shown, by their ids. `images` are the ids and media types of the images whose bytes
    come along, in their order. `language` is a tag of BCP 47, `und` where nobody said.
    """

    title: str = ""
    writers: tuple[str, ...] = ()
    language: str = "und"
    suggestions: Suggestions = "open"
    remarks: dict[str, tuple[Remark, ...]] = msgspec.field(default_factory=dict)
    images: tuple[tuple[str, str], ...] = ()


class Picture(NamedTuple):
    media_type: str
    data: bytes


Pictures = Mapping[str, Picture]
"""Images by their ids."""


def settled(tree: Node, edition: Edition) -> Node:
    """The tree as its readers should see it: every suggestion decided, comments only where they are to be shown."""
    dropped = "deletion" if edition.suggestions == "accepted" else "insertion"
    return Node(tree.type, tree.attrs, _settled(tree.content, dropped, edition), tree.marks, tree.text)


def _settled(nodes: Iterable[Node], dropped: str, edition: Edition) -> list[Node]:
    kept: list[Node] = []
    for node in nodes:
        if any(mark.type == dropped for mark in node.marks):
            continue
        marks = [mark for mark in node.marks if _stays(mark, edition)]
        kept.append(Node(node.type, node.attrs, _settled(node.content, dropped, edition), marks, node.text))
    return joined(kept)


def _stays(mark: Mark, edition: Edition) -> bool:
    return mark.type not in _ANNOTATIONS or (mark.type == "comment" and mark.attrs.get("id") in edition.remarks)
