"""The tree: a page's document as ProseMirror JSON, and the schema that says what may be in one.

The schema is `rooms/schema.json`, which the page reads too. A tree read from a document may break it (another page's nodes,
what two people did at once); a tree read from Markdown, text or JSON keeps it. Knows nothing of CRDTs and of formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

DEPTH: Final = 100
"""How many nodes may lie inside each other. Browsers and readers of Markdown give up not far beyond."""


class Mark(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """What is said of a piece of text: bold, a link, …"""

    type: str
    attrs: dict[str, Any] = msgspec.field(default_factory=dict)


class Node(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """One node, in the shape of ProseMirror's `toJSON`: what is empty is left out."""

    type: str
    attrs: dict[str, Any] = msgspec.field(default_factory=dict)
    content: list[Node] = msgspec.field(default_factory=list)
    marks: list[Mark] = msgspec.field(default_factory=list)
    text: str | None = None


class Attr(msgspec.Struct):
    """One attribute in the schema. Without `values` its type is that of its default; where that is null, null or text, or what
    `type` says."""

    default: Any = None
    values: list[Any] | None = None
    schemes: list[str] | None = None
    type: Literal["integer"] | None = None


class NodeType(msgspec.Struct):
    content: str = ""
    group: str = ""
    marks: str | None = None
    """The marks its text may have: all of them where nothing is said."""
    attrs: dict[str, Attr] = msgspec.field(default_factory=dict)

    @property
    def is_block(self) -> bool:
        return self.group != "inline"

    @property
    def is_textblock(self) -> bool:
        return self.content in ("inline*", "text*")

    def takes(self, mark: str) -> bool:
        """Whether its text may have a mark of this type."""
        return self.marks is None or mark in self.marks.split()


class MarkType(msgspec.Struct):
    excludes: str | None = None
    """The types that can't be there beside it, its own among them; only its own where nothing is said."""
    attrs: dict[str, Attr] = msgspec.field(default_factory=dict)

    @property
    def is_repeatable(self) -> bool:
        """Whether a piece of text may have several of it."""
        return self.excludes == ""


class Schema(msgspec.Struct):
    version: int
    fragment: str
    """The name of the document's XML fragment."""
    nodes: dict[str, NodeType]
    marks: dict[str, MarkType]


@cache
def schema() -> Schema:
    return msgspec.json.decode((Path(__file__).parent.parent / "schema.json").read_bytes(), type=Schema)


def filled(attrs: Mapping[str, Attr], given: Mapping[str, Any]) -> dict[str, Any]:
    """Every attribute of the schema, with its default where it isn't given, and whatever else is given."""
    return {name: attr.default for name, attr in attrs.items()} | dict(given)


def make(kind: str, content: Iterable[Node] = (), **attrs: Any) -> Node:
    """A node of the schema, its attributes filled in."""
    return Node(kind, filled(schema().nodes[kind].attrs, attrs), list(content))


def make_mark(kind: str, **attrs: Any) -> Mark:
    return Mark(kind, filled(schema().marks[kind].attrs, attrs))


def make_text(text: str, marks: Iterable[Mark] = ()) -> Node:
    return Node("text", marks=ordered(marks), text=text)


def ordered(marks: Iterable[Mark]) -> list[Mark]:
    """In the order of the schema, then those it doesn't know by their names, several of a kind by what they say: so that equal
    text has equal marks."""
    order = list(schema().marks)
    return sorted(
        marks,
        key=lambda mark: (order.index(mark.type) if mark.type in order else len(order), mark.type, str(mark.attrs)),
    )


def joined(nodes: Iterable[Node]) -> list[Node]:
    """The same, with neighbouring text of the same marks as one node, and without empty text."""
    result: list[Node] = []
    run: list[str] = []
    marks: list[Mark] = []
    for node in nodes:
        if node.type == "text":
            if run and node.marks == marks:
                run.append(node.text or "")
                continue
            _end_run(result, run, marks)
            run, marks = [node.text or ""], node.marks
        else:
            _end_run(result, run, marks)
            run = []
            result.append(node)
    _end_run(result, run, marks)
    return result


def _end_run(result: list[Node], run: list[str], marks: list[Mark]) -> None:
    text = "".join(run)
    if text:
        result.append(Node("text", marks=marks, text=text))


def together(marks: Iterable[Mark]) -> list[Mark]:
    """Those that may be there at once: of two that exclude each other, the one whose type says so, else the first."""
    kept: list[Mark] = []
    for mark in marks:
        if not any(_excludes(other, mark) or other == mark for other in kept):
            kept = [other for other in kept if not _excludes(mark, other)]
            kept.append(mark)
    return kept


def _excludes(mark: Mark, other: Mark) -> bool:
    excludes = schema().marks[mark.type].excludes
    return mark.type == other.type if excludes is None else other.type in excludes.split()


def leaves(node: Node) -> Iterator[Node]:
    """The nodes without content in it, in order."""
    todo = [node]
    while todo:
        node = todo.pop()
        if node.content:
            todo.extend(reversed(node.content))
        else:
            yield node


def words(node: Node) -> str:
    """The text in it, a hard break being a new line."""
    return "".join(leaf.text or ("\n" if leaf.type == "hardBreak" else "") for leaf in leaves(node))


def is_allowed(href: object) -> bool:
    """Whether a link may lead there: an address of one of the schema's schemes, without control characters."""
    schemes = schema().marks["link"].attrs["href"].schemes or []
    pattern = rf"(?:{'|'.join(map(re.escape, schemes))}):[^\x00-\x1f\x7f]*"
    return isinstance(href, str) and re.fullmatch(pattern, href, re.IGNORECASE) is not None
