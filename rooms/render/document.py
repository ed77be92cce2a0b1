"""Between a CRDT document and the tree: builds a `Doc`, reads its words, replaces them. Runs in the worker process only.

The mapping is y-prosemirror's, which the page's editor uses: a node is an XmlElement, neighbouring pieces of text are one
XmlText, marks are its formatting (`bold: {}`), and attributes that are null aren't stored.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pycrdt
from pycrdt import Doc, TransactionEvent, XmlElement, XmlFragment, XmlText

from rooms.marks import hashed_name
from rooms.render.amend import amend, steps
from rooms.render.tree import DEPTH, Mark, Node, filled, joined, ordered, schema
from rooms.render.updates import NOTHING, merged
from rooms.scan import read_state

UNKNOWN: Final = "unknown"
"""The type of what is in the document but is no node: a number, a map, an embed."""

Child = XmlElement | XmlFragment | XmlText | None

_HASHED_MARK = re.compile(r"(.*)--[a-zA-Z0-9+/=]{8}", re.DOTALL)
"""How y-prosemirror names a mark that may be there several times."""


def open_doc(update: bytes, client_id: int | None = None) -> tuple[Doc[Any], XmlFragment]:
    doc: Doc[Any] = Doc(client_id=client_id)
    doc.apply_update(update)
    return doc, doc.get(schema().fragment, type=XmlFragment)


def read(update: bytes) -> Node:
    """The tree of a document."""
    doc, fragment = open_doc(update)
    with doc.transaction():
        return Node("doc", content=joined(node for child in _children(fragment) for node in _nodes(child, 1)))


def _children(parent: XmlFragment | XmlElement) -> list[Child]:
    """All of them; None for one that is no XML.

    pycrdt's own iterator ends at the first such child without a word, and reading it by its index panics.
    """
    found: list[Child] = list(parent.children)
    count = len(parent.children)
    return found if len(found) == count else [_child(parent, at) for at in range(count)]


def _child(parent: XmlFragment | XmlElement, at: int) -> Child:
    try:
        child: Child = parent.children[at]
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        return None
    return child


def _nodes(child: object, depth: int) -> list[Node]:
    """The nodes that a child is: several for text. What lies deeper than DEPTH is there as its text alone."""
    if isinstance(child, XmlText):
        return [node for value, marks in child.diff() for node in _chunk(value, marks or {}, depth)]
    if not isinstance(child, XmlElement | XmlFragment):
        return [Node(UNKNOWN)]
    if depth > DEPTH:
        return list(_text_below(child))
    content = joined(node for inner in _children(child) for node in _nodes(inner, depth + 1))
    if isinstance(child, XmlFragment):
        return content
    kind = child.tag or UNKNOWN
    known = schema().nodes.get(kind)
    return [Node(kind, filled(known.attrs if known else {}, _attributes(child)), content)]


def _chunk(value: object, marks: Mapping[str, Any], depth: int) -> list[Node]:
    if isinstance(value, str):
        return [Node("text", marks=_marks(marks), text=value)]
    if isinstance(value, XmlElement | XmlText):
        return _nodes(value, depth)
    return [Node(UNKNOWN, {"value": _plain(value)})]


def _text_below(child: XmlElement | XmlFragment) -> Iterator[Node]:
    todo: list[Child] = [child]
    while todo:
        child_ = todo.pop()
        if isinstance(child_, XmlText):
            yield from (Node("text", marks=_marks(m or {}), text=t) for t, m in child_.diff() if isinstance(t, str))
        elif child_ is not None:
            todo.extend(reversed(_children(child_)))


def _marks(formatting: Mapping[str, Any]) -> list[Mark]:
    marks: list[Mark] = []
    for name, value in formatting.items():
        hashed = _HASHED_MARK.fullmatch(name)
        kind = hashed[1] if hashed else name
        known = schema().marks.get(kind)
        attrs = _plain(value) if isinstance(value, dict) else {}
        mark = Mark(kind, filled(known.attrs if known else {}, attrs))
        again = mark in marks if known and known.is_repeatable else known and any(other.type == kind for other in marks)
        if name != "ychange" and not again:
            marks.append(mark)
    return ordered(marks)


def _attributes(element: XmlElement) -> dict[str, Any]:
    pairs = element.attributes.__iter__()  # of its own type pycrdt says too little for a plain loop
    return {name: _plain(value) for name, value in pairs if name != "ychange"}


def _plain(value: Any) -> Any:
    """A value as JSON has it. All numbers come as floats; shared types have no place in a tree."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, bool | int | float | str) else None


def replace(pieces: Sequence[bytes], tree: Node) -> bytes:
    """The update that makes the document read as `tree`, by a client that wasn't in it before.

    Blocks and words that are as they should be stay untouched, with their authors, anchors and cursors. The update holds the
    new change alone, not what was deleted before.
    """
    update = merged(pieces)
    doc, fragment = open_doc(update, fresh_client(update))
    changes: list[bytes] = []

    def note(event: TransactionEvent) -> None:
        changes.append(event.update)

    with doc.transaction():
        old = [_nodes(child, 1) for child in _children(fragment)]
    new = [[block] for block in tree.content]
    shorter = min(len(old), len(new))
    head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    tail = next((at for at in range(shorter - head) if old[-1 - at] != new[-1 - at]), shorter - head)
    subscription = doc.observe(note)
    with doc.transaction():
        old, wanted = old[head : len(old) - tail], tree.content[head : len(new) - tail]
        for a1, a2, b1, b2 in steps(old, wanted):
            if (a2 - a1, b2 - b1) == (1, 1) and amend(_child(fragment, head + a1), old[a1], wanted[b1], mark_name):
                continue
            if a2 > a1:
                del fragment.children[head + a1 : head + a2]
            _insert(fragment, head + a1, wanted[b1:b2])
    subscription.drop()
    return merged(changes) if changes else NOTHING


def fresh_client(update: bytes) -> int:
    used = read_state(pycrdt.get_state(update))
    while (client := secrets.randbelow(2**32)) in used:
        pass
    return client


def _insert(parent: XmlFragment | XmlElement, at: int, nodes: Sequence[Node]) -> None:
    text: XmlText | None = None
    end = 0
    for node in nodes:
        if node.type == "text":
            if text is None:
                text = parent.children.insert(at, XmlText())
                at, end = at + 1, 0
            words = node.text or ""
            text.insert(end, words, {mark_name(mark): mark.attrs for mark in node.marks})
            end += len(words.encode())
        else:
            text = None
            element = parent.children.insert(at, XmlElement(node.type))
            at += 1
            for name, value in node.attrs.items():
                if value is not None:
                    element.attributes[name] = value
            _insert(element, 0, node.content)


def mark_name(mark: Mark) -> str:
    """What a mark is called in Yjs."""
    known = schema().marks.get(mark.type)
    return mark.type if known is None or not known.is_repeatable else hashed_name(mark.type, mark.attrs)
