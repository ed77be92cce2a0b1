"""Plain text: a document's words, blocks parted by blank lines, hard breaks as new lines, with signs for lists and quotes."""

from __future__ import annotations

from rooms.render.arrange import arranged
from rooms.render.outline import Lines, outline
from rooms.render.tree import Node, words


def to_text(tree: Node) -> bytes:
    return "".join(line + "\n" for line in outline(arranged(tree), _leaf)).encode()


def _leaf(node: Node) -> Lines:
    if node.type == "horizontalRule":
        return ["* * *"]
    if node.type in ("paragraph", "heading", "codeBlock"):
        return "".join(words(inner) or f"[{inner.type}]" for inner in node.content).split("\n")
    return [f"[{node.type}]"]
