"""Edition: what a document is written out with beside its own words (title, writers, remarks), and how suggestions count.

It goes to the worker in front of the document's pieces. Formats that have no place for something leave it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

import msgspec

from rooms.render.tree import Mark, Node, joined, leaves, make, schema

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
    content = _settled(tree.content, dropped, edition, set(), set()) or [make("paragraph")]
    return Node(tree.type, tree.attrs, content, tree.marks, tree.text)


def _settled(nodes: Sequence[Node], dropped: str, edition: Edition, before: set[str], after: set[str]) -> list[Node]:
    """A block of which everything is dropped goes with it, and so does what is without words between two words of one
    suggestion: an empty line, a line break. What is left of two lines around one suggestion is one again.

    `before` and `after` are the suggestions that drop the last text before the nodes and the first one after them.
    """
    edges = [_edges(node, dropped) for node in nodes]
    follows = [after]
    for edge in reversed(edges[1:]):
        follows.append(follows[-1] if edge is None else edge[0])
    kept: list[Node] = []
    through: set[str] = set()
    for node, edge, next_ in zip(nodes, edges, reversed(follows), strict=False):
        begins, ends = edge or (set[str](), set[str]())
        if edge is None and before & next_:
            continue
        content = _settled(node.content, dropped, edition, before, next_)
        gone = bool(node.content) and not content
        if node.type == "text" and begins:
            gone = True
        follows_on = bool(kept and through & begins)
        if not gone:
            marks = [mark for mark in node.marks if _stays(mark, edition)]
            if follows_on and _is_line(node) and _is_line(kept[-1]):
                kept[-1] = Node(kept[-1].type, kept[-1].attrs, joined([*kept[-1].content, *content]), kept[-1].marks)
            else:
                kept.append(Node(node.type, node.attrs, content, marks, node.text))
        through = set() if gone and kept and not follows_on else ends
        before = before if edge is None else ends
    return joined(kept)


def _edges(node: Node, dropped: str) -> tuple[set[str], set[str]] | None:
    """The suggestions that drop its first text and its last; None where it has no text."""
    texts = [leaf for leaf in leaves(node) if leaf.type == "text"]
    if not texts:
        return None
    first, last = ({str(mark.attrs.get("id")) for mark in text.marks if mark.type == dropped} for text in (texts[0], texts[-1]))
    return first, last


def _is_line(node: Node) -> bool:
    known = schema().nodes.get(node.type)
    return known is not None and known.is_textblock


def _stays(mark: Mark, edition: Edition) -> bool:
    return mark.type not in _ANNOTATIONS or (mark.type == "comment" and mark.attrs.get("id") in edition.remarks)
