"""What readers of a document get where something is suggested in it: whole lines, and none that nobody has agreed to."""

from __future__ import annotations

import pytest

from rooms.render.edition import Edition, settled
from rooms.render.tree import Node, make, make_mark, make_text, words

NEW = make_mark("insertion", id="s1", member="mei")
OTHER = make_mark("insertion", id="s2", member="ida")
STRUCK = make_mark("deletion", id="s3", member="mei")


def page(*lines: list[Node]) -> Node:
    return Node("doc", content=[make("paragraph", line) for line in lines])


def lines(tree: Node) -> list[str]:
    return [words(block) for block in tree.content]


OLD = make_text("old")


@pytest.mark.parametrize(
    ("tree", "before", "after"),
    [
        (page([OLD], [make_text("new", [NEW])], [OLD]), ["old", "old"], ["old", "new", "old"]),
        (page([OLD, make_text("ne", [NEW])], [make_text("w", [NEW]), OLD]), ["oldold"], ["oldne", "wold"]),
        (page([OLD, make_text("a", [NEW])], [make_text("b", [OTHER]), OLD]), ["old", "old"], ["olda", "bold"]),
        (
            page([OLD, make_text("a", [NEW])], [make_text("b", [NEW])], [make_text("c", [NEW]), OLD]),
            ["oldold"],
            ["olda", "b", "cold"],
        ),
        (page([make_text("a", [NEW])], [make_text("b", [NEW]), OLD]), ["old"], ["a", "bold"]),
        (page([make_text("all", [NEW])]), [""], ["all"]),
        (page([OLD], []), ["old", ""], ["old", ""]),
        (page([OLD, make_text("x", [STRUCK])], [make_text("y", [STRUCK])], [OLD]), ["oldx", "y", "old"], ["old", "old"]),
        (page([OLD, make_text("a", [NEW])], [], [make_text("b", [NEW]), OLD]), ["oldold"], ["olda", "", "bold"]),
        (page([OLD, make_text("a", [NEW])], [], [make_text("b", [OTHER]), OLD]), ["old", "", "old"], ["olda", "", "bold"]),
        (
            page([OLD], [make_text("a", [NEW])], [], [make_text("b", [NEW])], [OLD]),
            ["old", "old"],
            ["old", "a", "", "b", "old"],
        ),
        (page([OLD], [make_text("a", [NEW])], []), ["old", ""], ["old", "a", ""]),
        (
            page(
                [OLD, make_text("a", [NEW])], [make_text("b", [NEW]), make_text("c", [OTHER])], [make_text("d", [OTHER]), OLD]
            ),
            ["oldold"],
            ["olda", "bc", "dold"],
        ),
        (page([OLD, make_text("a", [NEW]), make("hardBreak"), make_text("b", [NEW])]), ["old"], ["olda\nb"]),
        (page([OLD, make("hardBreak"), make_text("b", [NEW])]), ["old\n"], ["old\nb"]),
    ],
    ids=[
        "a new line",
        "a line parted",
        "two suggestions",
        "three lines",
        "from the first",
        "all of it",
        "an empty line",
        "struck",
        "an empty line in one",
        "an empty line between two",
        "an empty line between new ones",
        "an empty line after a new one",
        "two in a row of lines",
        "a line break in one",
        "a line break before one",
    ],
)
def test_lines_that_are_only_suggested(tree: Node, before: list[str], after: list[str]) -> None:
    assert lines(settled(tree, Edition())) == before
    assert lines(settled(tree, Edition(suggestions="accepted"))) == after
