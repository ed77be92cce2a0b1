"""Marks as brackets: where along a line of text each mark begins and ends, properly nested. Shared by HTML and Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from rooms.render.tree import Mark, Node

AHEAD: Final = 64
"""So far ahead it is looked how long a mark lasts; of those that begin together the longest is the outermost."""


class Step(NamedTuple):
    """Before `node`: marks that end, innermost first, and marks that begin, outermost first. `node` is None at the end."""

    ending: list[Mark]
    beginning: list[Mark]
    node: Node | None


def steps(line: Sequence[Node]) -> Iterator[Step]:
    """Every node of the line with what ends and begins before it; then what ends after the last."""
    wanted = _wanted(line)
    current: list[Mark] = []
    for at, node in enumerate(line):
        keep = next((i for i, mark in enumerate(current) if mark not in wanted[at]), len(current))
        ending = current[keep:][::-1]
        current = current[:keep]
        missing = [mark for mark in wanted[at] if mark not in current]
        if len(missing) > 1:
            missing.sort(key=lambda mark: -_lasts(mark, wanted, at))
        current += missing
        yield Step(ending, missing, node)
    yield Step(current[::-1], [], None)


def _lasts(mark: Mark, wanted: Sequence[Sequence[Mark]], at: int) -> int:
    end = min(at + AHEAD, len(wanted))
    return next((i for i in range(at, end) if mark not in wanted[i]), end) - at


def _wanted(line: Sequence[Node]) -> list[list[Mark]]:
    """The marks of each node. One that isn't text, as a hard break, has what the text before and after it shares."""
    after: list[list[Mark]] = []
    marks: list[Mark] = []
    for node in reversed(line):
        if node.type == "text":
            marks = node.marks
        after.append(marks)
    after.reverse()
    wanted: list[list[Mark]] = []
    marks = []
    for node, following in zip(line, after, strict=True):
        if node.type == "text":
            marks = node.marks
            wanted.append(marks)
        else:
            wanted.append([mark for mark in marks if mark in following])
    return wanted
