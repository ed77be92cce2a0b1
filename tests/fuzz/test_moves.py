"""Nobody's words are lost when several people change one place at once: four of the page's own editors type, put chords and
pictures in, split, join, wrap, drag, undo, change what lines are, go offline, come back, and close their page and open it again
(`static/tests/moves.ts`).

No character, chord or picture is there twice, so it is known of each whether it is there, and whether somebody who saw it
deleted it. Without the page's keeper a quarter of the characters is lost, and a third is there twice.

`TUTTI_SESSIONS_SEED` asks for another run, `TUTTI_MOVES` for a longer one.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess

import msgspec

from rooms.render.document import read
from rooms.render.tree import Node, words
from tests.conftest import NODE_SCRIPTS

SEED = int(os.environ.get("TUTTI_SESSIONS_SEED", "1000"))
SESSIONS = int(os.environ.get("TUTTI_MOVES", "30"))
SECONDS = 300
DOUBLED = 1 / 1000
"""Of the characters, how many may be there twice: what was moved is found by its text, and a lone letter may be missed."""


class Outcome(msgspec.Struct):
    update: str
    text: str
    typed: int
    kept: int
    lost: list[str]
    doubled: list[str]
    faults: list[str]


def outcomes() -> list[Outcome]:
    node = shutil.which("node")
    assert node, "the tests need Node"
    command = [node, str(NODE_SCRIPTS / "editors.mjs"), str(SEED), str(SESSIONS), "moves"]
    done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return [msgspec.json.decode(line, type=Outcome) for line in done.stdout.splitlines()]


def characters(tree: Node) -> str:
    return words(tree) if tree.type == "text" else "".join(characters(node) for node in tree.content)


def test_all_that_nobody_deleted_is_there_once() -> None:
    found = outcomes()
    for number, outcome in enumerate(found):
        said = f"seed {SEED + number}"
        assert outcome.faults == [], said
        assert outcome.lost == [], said
        assert sorted(characters(read(base64.b64decode(outcome.update)))) == sorted(outcome.text.replace("\n", "")), said
    kept = sum(outcome.kept for outcome in found)
    assert kept > 50 * SESSIONS
    assert sum(len(outcome.doubled) for outcome in found) <= kept * DOUBLED
