"""Plain text: a document's words, blocks parted by blank lines, hard breaks as new lines, with signs for lists and quotes.

A script stands as on paper, by its indents; a song has its chords above the words, where a font of one width puts them right.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from rooms.render.arrange import arranged
from rooms.render.outline import Lines, outline
from rooms.render.tree import Node, words

_INDENTS: Final = {"character": 20, "parenthetical": 15, "dialogue": 10, "transition": 40}
_CLOSE: Final = {
    ("character", "dialogue"),
    ("character", "parenthetical"),
    ("parenthetical", "dialogue"),
    ("dialogue", "parenthetical"),
    ("section", "lyric"),
    ("lyric", "lyric"),
    ("titleLine", "titleLine"),
}
"""Blocks between which there is no blank line."""


def to_text(tree: Node) -> bytes:
    return "".join(line + "\n" for line in outline(arranged(tree), leaf_lines, _CLOSE)).encode()


def leaf_lines(node: Node) -> Lines:
    """A block that holds text, or nothing, as lines."""
    match node.type:
        case "horizontalRule":
            return ["* * *"]
        case "pageBreak":
            return ["\f"]
        case "image":
            return [f"[{node.attrs.get('alt') or 'image'}]"]
        case "lyric":
            return _sung(node)
        case "titleLine" if node.attrs.get("key"):
            return f"{node.attrs['key']}: {_said(node)}".split("\n")
    if node.content or node.type in ("paragraph", "heading", "codeBlock"):
        indent = " " * _INDENTS.get(node.type, 0)
        return [indent + line if line else "" for line in _said(node).split("\n")]
    return [f"[{node.type}]"]


def _said(node: Node) -> str:
    return "".join(f"[{inner.attrs.get('name')}]" if inner.type == "chord" else _words(inner) for inner in node.content)


def _words(node: Node) -> str:
    return words(node) or f"[{node.type}]"


def _sung(node: Node) -> Lines:
    """A line of a song, its chords in a line above it. Where a chord is wider than the syllable below, that waits."""
    above, below, lines = "", "", []
    for inner in node.content:
        if inner.type == "chord":
            above_width = _width(above)
            if above and above_width >= _width(below):
                below += " " * (above_width + 1 - _width(below))
            above += " " * (_width(below) - above_width) + str(inner.attrs.get("name") or "")
            continue
        first, *more = _words(inner).split("\n")
        below += first
        for part in more:
            lines.extend([*([above] if above else []), below.rstrip()])
            above, below = "", part
    return [*lines, *([above] if above else []), below.rstrip()]


def _width(text: str) -> int:
    """In columns: East Asian characters take two, what only changes the one before takes none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
