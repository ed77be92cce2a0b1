"""Who wrote what, held against sessions in which the test knows who typed each character.

The page's own editors run under Node (`tests/node/editors.mjs`): they split and join paragraphs, drag, paste and undo, and
y-prosemirror then deletes text and writes it anew under another client id. No character is typed twice.

`TUTTI_SESSIONS_SEED` asks for another run, `TUTTI_LINEAGE_SESSIONS` for a longer one.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache

import msgspec
import pytest

from rooms.render.document import read
from rooms.render.lineage import Lineage
from rooms.render.passages import Reader
from rooms.render.replay import Replay
from rooms.render.tree import words
from rooms.render.updates import merged
from tests.conftest import NODE_SCRIPTS

SEED = int(os.environ.get("TUTTI_SESSIONS_SEED", "644801"))
SESSIONS = int(os.environ.get("TUTTI_LINEAGE_SESSIONS", "50"))
WILD = max(10, SESSIONS // 5)
COUNTS = {"calm": SESSIONS, "plain": SESSIONS, "wild": WILD}
SECONDS = 300


class Session(msgspec.Struct):
    rows: list[str]
    typed: dict[str, int]
    text: str

    @property
    def updates(self) -> list[bytes]:
        return [base64.b64decode(row) for row in self.rows]


@cache
def sessions() -> dict[str, list[Session]]:
    """Of each kind, from one process: to start it takes longer than many sessions."""
    node = shutil.which("node")
    assert node, "the tests need Node"
    command = [node, str(NODE_SCRIPTS / "editors.mjs"), str(SEED)]
    command += [word for kind, count in COUNTS.items() for word in (str(count), kind)]
    done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr.decode()
    lines = iter(done.stdout.splitlines())
    return {kind: [msgspec.json.decode(next(lines), type=Session) for _ in range(n)] for kind, n in COUNTS.items()}


@dataclass
class Found:
    """The text at one moment: each character, and whom the replay calls its author."""

    characters: str
    authors: list[str | None]

    def wrong(self, session: Session) -> list[str]:
        return [c for c, author in zip(self.characters, self.authors, strict=True) if author != str(session.typed[c])]


def found(replay: Replay, at: int, session: Session) -> Found:
    owners = {client: str(client) for client in session.typed.values()}
    runs = [run for block in Reader(replay, at, owners).blocks() for run in block.runs]
    characters = "".join(run.text for run in runs)
    return Found(characters, [run.member for run in runs for _ in run.text])


def play(session: Session) -> Replay:
    replay = Replay()
    lineage = Lineage(replay, {})
    for row, update in enumerate(session.updates, 1):
        replay.play(row, update)
        lineage.follow()
    return replay


@pytest.mark.parametrize("kind", ["calm", "plain"])
def test_every_character_has_its_author_at_every_moment(kind: str) -> None:
    for number, session in enumerate(sessions()[kind]):
        replay = play(session)
        assert found(replay, replay.row, session).characters == session.text.replace("\n", "")
        for row in range(1, replay.row + 1):
            wrong = found(replay, row, session).wrong(session)
            assert not wrong, f"{kind}, seed {SEED + number}, row {row}: {''.join(wrong)}"


def test_hardly_a_character_loses_its_author_to_people_who_drag_and_undo_offline() -> None:
    """Where several steps of somebody who was away come as one, a letter may be all that is left of a passage."""
    total = wrong = 0
    for number, session in enumerate(sessions()["wild"]):
        replay = play(session)
        now = found(replay, replay.row, session)
        assert now.characters == session.text.replace("\n", ""), f"seed {SEED + number}"
        total += len(now.characters)
        wrong += len(now.wrong(session))
    assert wrong <= total / 50, f"seed {SEED}: {wrong} of {total}"


def test_a_replay_reads_as_the_document_did_at_every_moment() -> None:
    for number, session in enumerate(sessions()["wild"][:5]):
        replay = play(session)
        for row in range(1, replay.row + 1):
            then = "".join(words(block) for block in read(merged(session.updates[:row])).content)
            assert found(replay, row, session).characters == then.replace("\n", ""), f"seed {SEED + number}, row {row}"
