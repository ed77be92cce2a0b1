"""JSON in: a tree in ProseMirror's form, checked against the schema to the last attribute."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import msgspec

from rooms.errors import BadRequestError
from rooms.render.tree import DEPTH, Attr, Mark, MarkType, Node, NodeType, filled, is_allowed, joined, ordered, schema, together

LARGEST = 2**53 - 1
"""The largest integer that JavaScript holds."""


def from_json(source: bytes) -> Node:
    """The tree, every attribute filled in. Raises BadRequestError, saying what is wrong and where."""
    try:
        tree = msgspec.json.decode(source, type=Node)
    except RecursionError:
        raise _deep() from None
    except msgspec.DecodeError as error:
        raise BadRequestError(f"This is not a document in JSON: {error}.") from None
    if tree.type != "doc":
        raise _wrong("$", "the outermost node must be of type doc")
    return _node(tree, "$", 0)


def _wrong(where: str, what: str) -> BadRequestError:
    return BadRequestError(f"At {where}: {what}.")


def _deep() -> BadRequestError:
    return BadRequestError(f"Nodes can be nested {DEPTH} deep, and these are nested deeper.")


def _node(node: Node, where: str, depth: int) -> Node:
    kind = schema().nodes.get(node.type)
    if kind is None:
        raise _wrong(where, f"there is no node of type {node.type}")
    if node.type == "text":
        return _text(node, where)
    if depth > DEPTH:
        raise _deep()
    if node.text is not None:
        raise _wrong(where, f"a {node.type} has content, not text")
    if node.marks and kind.is_block:
        raise _wrong(where, f"a {node.type} has no marks")
    _marks(node.marks, where)  # a hard break's are checked; they aren't kept, since the CRDT has no place for them
    content = [_node(inner, f"{where}.content[{at}]", depth + 1) for at, inner in enumerate(node.content)]
    _check_content(node, kind, where)
    return Node(node.type, _attrs(kind.attrs, node.attrs, where), joined(content))


def _text(node: Node, where: str) -> Node:
    if not node.text:
        raise _wrong(where, "text can't be empty")
    if node.content or node.attrs:
        raise _wrong(where, "text has neither content nor attributes")
    return Node("text", marks=_marks(node.marks, where), text=node.text)


def _check_content(node: Node, kind: NodeType, where: str) -> None:
    if not _pattern(kind.content).fullmatch("".join(f"{inner.type} " for inner in node.content)):
        wanted = f"{kind.content}" if kind.content else "nothing"
        raise _wrong(where, f"the content of a {node.type} must be: {wanted}")
    for mark in (mark for inner in node.content for mark in inner.marks):
        if not kind.takes(mark.type):
            raise _wrong(where, f"text in a {node.type} has no {mark.type}")


@cache
def _pattern(expression: str) -> re.Pattern[str]:
    """A content expression, as in `paragraph block*`, for the types of the content, each followed by a space."""
    parts: list[str] = []
    for word in expression.split():
        name = word.rstrip("*+?")
        types = [kind for kind, node in schema().nodes.items() if name in (kind, node.group)]
        parts.append(f"(?:(?:{'|'.join(types)}) ){word[len(name) :]}")
    return re.compile("".join(parts))


def _marks(marks: list[Mark], where: str) -> list[Mark]:
    result: list[Mark] = []
    for mark in marks:
        kind = schema().marks.get(mark.type)
        if kind is None:
            raise _wrong(where, f"there is no mark of type {mark.type}")
        result.append(Mark(mark.type, _mark_attrs(kind, mark, where)))
    kept = together(result)
    if len(kept) < len(result):
        lost = next(mark.type for mark in result if mark not in kept or result.count(mark) > 1)
        raise _wrong(where, f"the mark {lost} can't be there beside the others")
    return ordered(result)


def _mark_attrs(kind: MarkType, mark: Mark, where: str) -> dict[str, Any]:
    return _attrs(kind.attrs, mark.attrs, f"{where}, {mark.type}")


def _attrs(attrs: dict[str, Attr], given: dict[str, Any], where: str) -> dict[str, Any]:
    for name in given:
        if name not in attrs:
            raise _wrong(where, f"there is no attribute {name}")
    result = filled(attrs, given)
    for name, value in result.items():
        _check_value(attrs[name], value, f"{where}, {name}")
    return result


def _check_value(attr: Attr, value: object, where: str) -> None:  # noqa: C901 - a list of cases
    if attr.values is not None:
        if type(value) not in map(type, attr.values) or value not in attr.values:
            raise _wrong(where, f"must be one of {', '.join(map(str, attr.values))}")
    elif attr.schemes is not None:
        if not is_allowed(value):
            raise _wrong(where, f"must be an address that begins with {', '.join(s + ':' for s in attr.schemes)}")
    elif value is None and attr.default is None:
        return
    elif isinstance(attr.default, bool):
        if type(value) is not bool:
            raise _wrong(where, "must be true or false")
    elif isinstance(attr.default, int) or attr.type == "integer":
        if type(value) is not int or abs(value) > LARGEST:
            raise _wrong(where, "must be a whole number")
    elif not isinstance(value, str):
        raise _wrong(where, "must be text or null" if attr.default is None else "must be text")
