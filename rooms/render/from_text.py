"""Plain text in: blank lines part paragraphs, every other new line is a hard break."""

from __future__ import annotations

import re

from rooms.render.tree import Node, joined, make, make_text

_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")


def from_text(source: str) -> Node:
    text = re.sub(r"\r\n?", "\n", source)
    return Node("doc", content=[_paragraph(part) for part in _BLANK_LINES.split(text.strip("\n"))])


def _paragraph(text: str) -> Node:
    nodes: list[Node] = []
    for at, line in enumerate(text.split("\n")):
        if at:
            nodes.append(make("hardBreak"))
        nodes.append(make_text(line))
    return make("paragraph", joined(nodes))
