"""Amending: the smallest change that makes blocks read as others do, so that cursors and what others type now stay in place.

Blocks are matched as wholes, and words inside a block of text that is amended, by the standard library's `difflib`. It may take
its time with pages of equal words: beyond `PAIRS` blocks are replaced whole, and so is the text of a block.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

import msgspec
from pycrdt import XmlElement, XmlText

from rooms.render.tree import Mark, Node

PAIRS: Final = 1_000_000
ALIKE: Final = 0.5
"""A block that has so much in common with another is amended; others are replaced."""

_WORD = re.compile(r"\w+|\s+|.", re.DOTALL)

Step = tuple[int, int, int, int]
"""Old blocks from here to there become the new ones from here to there."""
Piece = tuple[str, list[Mark]]


def steps(old: Sequence[Sequence[Node]], new: Sequence[Node]) -> list[Step]:
    """What has to be done, the last first, so that the places before it stay. Each old block is a list of nodes."""
    a = [b"".join(map(msgspec.json.encode, nodes)) for nodes in old]
    b = [msgspec.json.encode(node) for node in new]
    if len(a) * len(b) > PAIRS:
        return [(0, len(a), 0, len(b))]
    opcodes = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    found = [step for what, *step in opcodes if what != "equal"]
    return [pair for a1, a2, b1, b2 in reversed(found) for pair in reversed(list(_pairs(old, new, (a1, a2, b1, b2))))]


def _pairs(old: Sequence[Sequence[Node]], new: Sequence[Node], step: Step) -> Iterator[Step]:
    """The same step, with each block that can be amended on its own."""
    a, a_end, b, b_end = step
    if (a_end - a) * (b_end - b) > PAIRS // 1000:
        yield step
        return
    for j in range(b, b_end):
        i = next((i for i in range(a, a_end) if len(old[i]) == 1 and _are_alike(old[i][0], new[j])), None)
        if i is None:
            continue
        if i > a or j > b:
            yield a, i, b, j
        yield i, i + 1, j, j + 1
        a, b = i + 1, j + 1
    if a < a_end or b < b_end:
        yield a, a_end, b, b_end


def _are_alike(old: Node, new: Node) -> bool:
    if not (old.type == new.type and old.attrs == new.attrs and _is_text(old) and _is_text(new)):
        return False
    before, after = _plain(old), _plain(new)
    return SequenceMatcher(None, _WORD.findall(before), _WORD.findall(after)).ratio() >= ALIKE


def _is_text(node: Node) -> bool:
    return bool(node.content) and all(inner.type == "text" for inner in node.content)


def _plain(node: Node) -> str:
    return "".join(inner.text or "" for inner in node.content)


def amend(child: object, old: Sequence[Node], new: Node, named: Callable[[Mark], str]) -> bool:
    """Makes a block read as `new`, word by word; False where it isn't a block of text like it.

    `named` says what a mark is called in Yjs.
    """
    if not isinstance(child, XmlElement) or len(old) != 1 or not _are_alike(old[0], new) or len(child.children) != 1:
        return False
    text = child.children[0]
    if not isinstance(text, XmlText):
        return False
    before, after = _words(old[0]), _words(new)
    ends = [0]
    for word, _ in before:
        ends.append(ends[-1] + len(word.encode()))
    matcher = SequenceMatcher(None, [_key(piece) for piece in before], [_key(piece) for piece in after], autojunk=False)
    opcodes = matcher.get_opcodes() if len(before) * len(after) <= PAIRS else [("replace", 0, len(before), 0, len(after))]
    for what, a1, a2, b1, b2 in reversed(opcodes):
        if what == "equal":
            continue
        if a2 > a1:
            del text[ends[a1] : ends[a2]]
        at = ends[a1]
        for word, marks in after[b1:b2]:
            text.insert(at, word, {named(mark): mark.attrs for mark in marks})
            at += len(word.encode())
    return True


def _words(node: Node) -> list[Piece]:
    return [(word, inner.marks) for inner in node.content for word in _WORD.findall(inner.text or "")]


def _key(piece: Piece) -> tuple[str, bytes]:
    return piece[0], msgspec.json.encode(piece[1])
