"""Comments and suggestions under four editors at once: the page's own, who type, delete, split, join, format, paste, comment,
suggest, accept and reject (`static/tests/reviews.ts`). Half of the sessions go offline for a while, undo and redo.

All editors and what the server writes out agree; no suggestion is left half; what was written plainly stays when everything is
rejected, and is proposed by nobody. A thread lies on the words it was put on, or is gone with them: always, when everybody
hears of everything at once. Apart, a few letters may go astray, which are counted: those of a line that several people
moved, brought back and talked about before any of them heard of another.

`TUTTI_SESSIONS_SEED` asks for another run, `TUTTI_REVIEWS` for a longer one.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from typing import Any

import msgspec
import pytest

from rooms.render.document import read
from rooms.render.edition import Edition, settled
from rooms.render.tree import Node, schema, words
from tests.conftest import NODE_SCRIPTS

SEED = int(os.environ.get("TUTTI_SESSIONS_SEED", "1500"))
SESSIONS = int(os.environ.get("TUTTI_REVIEWS", "25"))
SECONDS = 300
ASTRAY = 0.05
"""Of the letters, how many may lie under a thread that wasn't put on them, after sessions apart in four short paragraphs."""
LOST = 0.015
"""And how many may have lost the thread that was put on them."""


class Review(msgspec.Struct):
    update: str
    json: dict[str, Any]
    plain: str
    accepted: str
    faults: list[str]
    astray: list[str]
    lost: list[str]
    threads: tuple[int, int]
    pieces: int


def reviews(kind: str) -> list[Review]:
    node = shutil.which("node")
    assert node, "the tests need Node"
    command = [node, str(NODE_SCRIPTS / "editors.mjs"), str(SEED), str(SESSIONS), kind]
    done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return [msgspec.json.decode(line, type=Review) for line in done.stdout.splitlines()]


def pieces(tree: Node) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Every stretch of text: in which kind of block it is, and what is said of it."""
    found: list[tuple[str, str, list[tuple[str, str]]]] = []
    todo = [(node, tree.type) for node in reversed(tree.content)]
    while todo:
        node, parent = todo.pop()
        if node.type == "text":
            marks = sorted((mark.type, str(mark.attrs.get("id"))) for mark in node.marks)
            if found and found[-1][0] == parent and found[-1][2] == marks:
                found[-1] = (parent, found[-1][1] + (node.text or ""), marks)
            else:
                found.append((parent, node.text or "", marks))
        todo.extend((inner, node.type) for inner in reversed(node.content))
    return found


def lines(tree: Node) -> str:
    """The words of each line of the text, in a line of their own."""
    known = schema().nodes.get(tree.type)
    if known is not None and known.is_textblock:
        return words(tree)
    return "\n".join(lines(node) for node in tree.content)


@pytest.mark.parametrize("kind", ["together", "apart"])
def test_everybody_agrees_on_what_is_said_and_proposed(kind: str) -> None:
    found = reviews(kind)
    for number, review in enumerate(found):
        said = f"{kind}, seed {SEED + number}"
        assert review.faults == [], said
        tree = read(base64.b64decode(review.update))
        assert pieces(tree) == pieces(msgspec.convert(review.json, Node)), said
        assert lines(settled(tree, Edition())) == review.plain, said
        assert lines(settled(tree, Edition(suggestions="accepted"))) == review.accepted, said
    assert sum(review.threads[1] for review in found) > SESSIONS / 2
    assert sum(review.pieces for review in found) > SESSIONS
    letters = sum(len(review.plain) for review in found)
    assert sum(len(review.astray) for review in found) < ASTRAY * letters
    assert sum(len(review.lost) for review in found) < LOST * letters
