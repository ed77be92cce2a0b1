"""The scan against the two that read updates: yjs, in a browser, and yrs, inside pycrdt.

Whatever yjs makes, the scan accepts. Whatever the scan accepts, yjs applies without a throw (into an empty document, onto one
that holds its predecessors, before they come) and reads, and pycrdt merges into something that the scan accepts again and that
holds the same. `TUTTI_FUZZ_SEED` and `TUTTI_FUZZ_COUNT` ask for another run or a longer one.
"""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import struct
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pycrdt
import pytest

from rooms.errors import UpdateRefusedError
from rooms.model import Limits
from rooms.ranges import Ranges
from rooms.scan import Run, Scan, read_state, scan
from tests.fuzz.mutate import Mutator

NODE = Path(__file__).parents[1] / "node"
SEED = int(os.environ.get("TUTTI_FUZZ_SEED", "20240611"))
COUNT = int(os.environ.get("TUTTI_FUZZ_COUNT", "100000"))
SESSIONS = 24
NO_BASE = 0xFFFFFFFF
LIMITS = Limits()


@dataclass(frozen=True)
class Corpus:
    file: Path
    updates: list[tuple[bytes, bytes]]
    """What a client sent, and what its replica held before."""
    derived: list[bytes]
    """Merges, diffs and whole states."""

    def everything(self) -> list[bytes]:
        return [update for pair in self.updates for update in pair] + self.derived


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    node = shutil.which("node")
    assert node, "node is not on the path"
    assert (NODE / "node_modules/yjs").is_dir(), "yjs is missing: run `npm ci --ignore-scripts` in tests/node"
    print(f"seed {SEED}")
    file = tmp_path_factory.mktemp("corpus") / "corpus.json"
    made = subprocess.run([node, NODE / "corpus.mjs", str(SEED), str(SESSIONS)], capture_output=True, check=True, timeout=60)
    file.write_bytes(made.stdout)
    data = json.loads(made.stdout)
    decode = base64.b64decode
    updates = [(decode(entry["update"]), decode(entry["base"])) for entry in data["updates"]]
    return Corpus(file, updates, [decode(update) for update in data["derived"]])


def joined(runs: Iterable[Run]) -> list[Run]:
    return sorted(Ranges(runs))


def assert_same(merged: bytes, parts: Iterable[Scan]) -> None:
    """The merge holds exactly what its parts hold, and is as sound as they are."""
    parts = list(parts)
    found = scan(merged, LIMITS)
    assert joined(found.runs) == joined(run for part in parts for run in part.runs), merged.hex()
    assert joined(found.deletes) == joined(run for part in parts for run in part.deletes), merged.hex()


def test_what_yjs_makes_is_accepted(corpus: Corpus) -> None:
    assert len(corpus.updates) > 300
    kinds = set()
    for update in corpus.everything():
        found = scan(update, LIMITS)
        kinds.update(
            word
            for word, is_there in (("runs", found.runs), ("deletes", found.deletes), ("types", found.types))
            if is_there
        )
    assert kinds == {"runs", "deletes", "types"}


def test_what_pycrdt_makes_of_it_is_accepted(corpus: Corpus) -> None:
    rng = random.Random(SEED)
    for update in corpus.everything():
        assert_same(pycrdt.merge_updates(update), [scan(update, LIMITS)])
    for _ in range(500):
        first = rng.randrange(len(corpus.updates))
        parts = [update for update, _ in corpus.updates[first : first + rng.randrange(2, 30)]]
        rng.shuffle(parts)
        merged = pycrdt.merge_updates(*parts)
        assert_same(merged, (scan(part, LIMITS) for part in parts))
        state = pycrdt.get_state(corpus.updates[first][1])
        assert scan(pycrdt.merge_updates(pycrdt.get_update(merged, state)), LIMITS).deletes_at > 0


def test_yjs_and_pycrdt_take_what_is_accepted(corpus: Corpus, tmp_path: Path) -> None:
    states = [read_state(pycrdt.get_state(base)) for _, base in corpus.updates]
    bases = [base for _, base in corpus.updates] + [b"\0\0"] * len(corpus.derived)
    states += [{}] * len(corpus.derived)
    mutator = Mutator(SEED, list(zip([update for update, _ in corpus.updates] + corpus.derived, states, strict=True)))
    rng = random.Random(SEED)
    accepted = 0
    refused: dict[str, int] = {}
    report = tmp_path / "report"
    with report.open("wb") as out:
        node = subprocess.Popen(["node", NODE / "apply.mjs", corpus.file], stdin=subprocess.PIPE, stdout=out)
    assert node.stdin
    try:
        for _ in range(COUNT):
            update, index = mutator.next()
            try:
                found = scan(update, LIMITS)
            except UpdateRefusedError as error:
                refused[error.reason] = refused.get(error.reason, 0) + 1
                continue
            accepted += 1
            state = states[index]
            base = bases[index]
            overlaps = any(start < state.get(client, 0) for client, start, _ in found.runs)
            if overlaps:  # one client, two histories: pycrdt cuts an emoji in two, and the document keeps both as they are
                merge(update, base)
                assert_same(merge(update), [found])
            else:
                assert_same(merge(update, base), [found, scan(base, LIMITS)])
            with_base = not overlaps and index < len(corpus.updates) and rng.random() < 0.25
            node.stdin.write(struct.pack("<II", len(update), index if with_base else NO_BASE) + update)
        node.stdin.close()
        assert node.wait(timeout=600) == 0
    finally:
        node.kill()
        node.wait()
    *failures, counts = (json.loads(line) for line in report.read_text().splitlines())
    print(f"seed {SEED}: {counts}, refused: {refused}")
    assert counts["updates"] == accepted > COUNT // 5
    assert counts["based"] > accepted // 10
    assert not failures, describe(failures)


def merge(*updates: bytes) -> bytes:
    try:
        return pycrdt.merge_updates(*updates)
    except BaseException as error:
        raise AssertionError(f"pycrdt can't merge what was accepted: {updates[0].hex()}") from error


def describe(failures: list[dict[str, Any]]) -> str:
    shortest = sorted(failures, key=lambda failure: len(failure["update"]))
    return "\n".join(f"{failure['step']}: {failure['error']}\n  {failure['update']}" for failure in shortest[:5])
