"""The redaction against yjs: what a reader is given renders as the whole does, takes what comes later, and may be written in.

Sessions of four yjs clients whose changes reach each other late, and the scan's corpus of real updates, both seeded.
`TUTTI_FUZZ_SEED` and `TUTTI_REDACT_SESSIONS` ask for another run or a longer one.
"""

from __future__ import annotations

import base64
import json
import os
import random
from collections.abc import Iterable, Iterator, Sequence

import pycrdt
import pytest

from rooms.document import Document
from rooms.model import Limits
from rooms.ranges import Ranges
from rooms.readers import Readers
from rooms.redact import redact
from rooms.render import Worker
from rooms.scan import scan
from tests.conftest import Node

SEED = int(os.environ.get("TUTTI_FUZZ_SEED", "20240611"))
SESSIONS = int(os.environ.get("TUTTI_REDACT_SESSIONS", "320"))
STEPS = 120
LIMITS = Limits()


def assert_same_shape(raw: bytes, redacted: bytes) -> None:
    before, after = scan(raw, LIMITS), scan(redacted, LIMITS)
    assert after.runs == before.runs
    assert sorted(after.deletes) == sorted(before.deletes)


async def given_out(updates: Sequence[bytes]) -> tuple[list[str], list[str], list[str]]:
    """The pieces as writers get them, the same as readers do, and what a new reader gets; for JSON."""
    document = Document(LIMITS)
    for update in updates:
        document.receive(scan(update, LIMITS))
        document.append(update)
    readers = Readers(document, Worker(LIMITS), LIMITS)
    redacted = await readers.pieces()
    for raw, piece in zip(document.pieces(), redacted, strict=True):
        assert_same_shape(raw.update, piece.update)
        assert piece.deletes_at == scan(piece.update, LIMITS).deletes_at
    whole = await readers.whole()
    assert len(whole) == 1
    pieces = encoded(piece.update for piece in document.pieces())
    return pieces, encoded(piece.update for piece in redacted), encoded(whole)


def encoded(updates: Iterable[bytes]) -> list[str]:
    return [base64.b64encode(update).decode() for update in updates]


async def test_readers_see_what_writers_see_and_may_become_writers(node: Node) -> None:
    made = node("redact.mjs", "make", str(SEED), str(SESSIONS), str(STEPS))
    assert len(made) == SESSIONS
    lines = []
    for session, given in enumerate(made):
        updates = [base64.b64decode(update) for update in given["updates"]]
        middle = len(updates) // 2
        raw_halfway, _, halfway = await given_out(updates[:middle])
        raw_whole, pieces, whole = await given_out(updates)
        sets = {"halfway": halfway, "whole": whole, "pieces": pieces, "rawHalfway": raw_halfway, "rawWhole": raw_whole}
        lines.append(json.dumps({"session": session, "updates": given["updates"], "middle": middle, **sets}))
    checked = node("redact.mjs", "check", str(SEED), stdin="\n".join(lines) + "\n", timeout_s=300)
    wrong = {session: found["failures"] for session, found in enumerate(checked) if found["failures"]}
    assert not wrong, f"seed {SEED}: {wrong}"
    assert len(checked) == SESSIONS


@pytest.fixture(scope="module")
def corpus(node: Node) -> list[bytes]:
    (made,) = node("corpus.mjs", str(SEED), "24")
    return [base64.b64decode(update) for update in [*(entry["update"] for entry in made["updates"]), *made["derived"]]]


def cuts(update: bytes, rng: random.Random) -> Iterator[tuple[int, int, int]]:
    """Some ranges within what the update holds, which cut through anything."""
    for client, start, end in scan(update, LIMITS).runs:
        for _ in range(rng.randrange(4)):
            first = rng.randrange(start, end)
            yield client, first, min(end, first + rng.randrange(1, 8))


def test_whatever_is_cut_out_leaves_a_sound_update(corpus: list[bytes]) -> None:
    rng = random.Random(SEED)
    changed = 0
    for update in corpus:
        deleted = Ranges(cuts(update, rng))
        redacted = redact(update, deleted)
        assert_same_shape(update, redacted)
        assert redacted.endswith(update[scan(update, LIMITS).deletes_at :])
        assert redact(redacted, deleted) == redacted
        assert_same_shape(redacted, pycrdt.merge_updates(redacted))
        changed += redacted != update
        pycrdt.Doc().apply_update(redacted)
    assert changed > len(corpus) // 2


def test_nothing_is_touched_where_nothing_was_deleted(corpus: list[bytes]) -> None:
    elsewhere = Ranges([(2**52, 0, 1000)])
    assert all(redact(update, elsewhere) == update for update in corpus)
