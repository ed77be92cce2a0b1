"""Arranging: a tree as it was found, put in the order that the formats rely on. Nothing is dropped.

Afterwards blocks hold blocks; paragraphs and headings hold only text, hard breaks and unknown inline nodes; code holds only
text; lists hold only list items, and neither these nor quotes are empty. Two people who edit at once, or another program,
can leave a document in any other order.
"""

from __future__ import annotations

from collections.abc import Iterable

from rooms.render.tree import Node, joined, make, schema, words


def arranged(tree: Node) -> list[Node]:
    """The blocks of a document."""
    return _blocks(tree.content)


def _is_block(node: Node) -> bool:
    """Whether it can't be in a line of text. Of an unknown node its surroundings decide: in a paragraph it is inline."""
    known = schema().nodes.get(node.type)
    return known is not None and known.is_block


def _is_inline(node: Node) -> bool:
    known = schema().nodes.get(node.type)
    return known is not None and not known.is_block


def _blocks(nodes: Iterable[Node]) -> list[Node]:
    """As the content of a node that holds blocks: stray text is put into paragraphs."""
    blocks: list[Node] = []
    stray: list[Node] = []
    for node in nodes:
        if _is_inline(node):
            stray.append(Node(node.type, node.attrs, [], node.marks, node.text))
            continue
        if stray:
            blocks.append(make("paragraph", joined(stray)))
            stray = []
        blocks.extend(_block(node))
    if stray:
        blocks.append(make("paragraph", joined(stray)))
    return blocks


def _block(node: Node) -> list[Node]:
    known = schema().nodes.get(node.type)
    if node.type == "doc":
        return _blocks(node.content)
    if node.type == "codeBlock":
        return [_code(node)]
    if known is not None and known.is_textblock:
        return _textblock(node)
    if node.type in ("bulletList", "orderedList"):
        items = [_item(item.content if item.type == "listItem" else [item]) for item in node.content]
        return [Node(node.type, node.attrs, items)] if items else []
    if node.type == "listItem":
        return [make("bulletList", [_item(node.content)])]
    if node.type == "blockquote":
        return [make("blockquote", _blocks(node.content) or [make("paragraph")])]
    if node.type == "horizontalRule":
        return [make("horizontalRule"), *_blocks(node.content)]
    return [Node(node.type, node.attrs, _blocks(node.content))]


def _item(nodes: Iterable[Node]) -> Node:
    return make("listItem", _blocks(nodes) or [make("paragraph")])


def _code(node: Node) -> Node:
    """Its text alone; blocks in it become lines."""
    parts = [words(inner) + ("\n" if _is_block(inner) else "") for inner in node.content]
    text = "".join(parts).removesuffix("\n") if any(map(_is_block, node.content)) else "".join(parts)
    return Node(node.type, node.attrs, [Node("text", text=text)] if text else [])


def _textblock(node: Node) -> list[Node]:
    """The node itself, or its parts before and after the blocks that lie in it."""
    blocks: list[Node] = []
    line: list[Node] = []
    for inner in node.content:
        if _is_block(inner):
            if line:
                blocks.append(Node(node.type, node.attrs, joined(line)))
                line = []
            blocks.extend(_block(inner))
        elif _is_inline(inner):
            line.append(Node(inner.type, inner.attrs, [], inner.marks, inner.text))
        else:
            text = words(inner)
            line.append(Node(inner.type, inner.attrs, [Node("text", text=text)] if text else []))
    if line or not blocks:
        blocks.append(Node(node.type, node.attrs, joined(line)))
    return blocks
