"""Blocks as lines of plain characters, with the signs that Markdown and plain text share: `-`, `1.`, `>`."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import Final

from rooms.render.tree import Node, schema

Lines = list[str]
Leaf = Callable[[Node], Lines]
"""Writes a paragraph, a heading, a code block, a rule or what the schema doesn't know, as one line at least."""

LAST_NUMBER: Final = 999_999_999
"""The highest number that Markdown takes as the beginning of a list item."""


def outline(blocks: Sequence[Node], leaf: Leaf, close: Container[tuple[str, str]] = ()) -> Lines:
    """The blocks, with a blank line between two of them, but for those whose types are `close`."""
    lines: Lines = []
    before = ""
    second = False
    for block in blocks:
        if lines and (before, block.type) not in close:
            lines.append("")
        second = before == block.type and not second
        lines.extend(_block(block, leaf, second=second))
        before = block.type
    return lines


def _block(node: Node, leaf: Leaf, *, second: bool) -> Lines:
    if node.type == "blockquote":
        return [f"> {line}" if line else ">" for line in outline(node.content, leaf)]
    if node.type in ("bulletList", "orderedList"):
        return _list(node, leaf, second=second, tight=_is_tight(node))
    known = schema().nodes.get(node.type)
    if node.content and not (known is not None and known.is_textblock):
        return outline(node.content, leaf)
    return leaf(node)


def _list(node: Node, leaf: Leaf, *, second: bool, tight: bool) -> Lines:
    """`second` is a list right after one of its kind: another sign tells them apart."""
    number = start(node)
    lines: Lines = []
    for item in node.content:
        if node.type == "bulletList":
            sign = "+ " if second else "- "
        else:
            sign = f"{number}{')' if second else '.'} "
            number = min(number + 1, LAST_NUMBER)
        if lines and not tight:
            lines.append("")
        inner = _tight_item(item, leaf) if tight else outline(item.content, leaf)
        indent = " " * len(sign)
        lines.append(sign + inner[0])
        lines.extend(indent + line if line else "" for line in inner[1:])
    return lines


def start(node: Node) -> int:
    """The first number of an ordered list; 1 where it has none that can be written."""
    first = node.attrs.get("start")
    return first if type(first) is int and 0 <= first <= LAST_NUMBER else 1


def _is_tight(node: Node) -> bool:
    """Whether it is written without blank lines: every item is a paragraph, with at most one such list of bullets below it."""
    return all(
        [inner.type for inner in item.content] in (["paragraph"], ["paragraph", "bulletList"])
        and all(_is_tight(below) for below in item.content[1:])
        for item in node.content
    )


def _tight_item(item: Node, leaf: Leaf) -> Lines:
    lines = list(leaf(item.content[0]))
    for below in item.content[1:]:
        lines.extend(_list(below, leaf, second=False, tight=True))
    return lines
