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
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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
from tests.fuzz.refused import BREAKS_PYCRDT, BREAKS_YJS

NODE_SCRIPTS = Path(__file__).parents[1] / "node"
SEED = int(os.environ.get("TUTTI_FUZZ_SEED", "20240611"))
COUNT = int(os.environ.get("TUTTI_FUZZ_COUNT", "100000"))
SESSIONS = 24
NO_BASE = 0xFFFFFFFF
LIMITS = Limits()


@dataclass(frozen=True)
class Corpus:
    """Real updates, made by yjs (`tests/node/corpus.mjs`)."""

    file: Path
    updates: list[bytes]
    bases: list[bytes]
    """For each update, what its writer's replica held before."""
    derived: list[bytes]
    """Merges, diffs and whole states."""

    def everything(self) -> list[bytes]:
        return self.updates + self.bases + self.derived


@pytest.fixture(scope="module")
def node() -> str:
    path = shutil.which("node")
    assert path, "node is not on the path"
    assert (NODE_SCRIPTS / "node_modules/yjs").is_dir(), "yjs is missing: run `npm ci --ignore-scripts` in tests/node"
    return path


@pytest.fixture(scope="module")
def corpus(node: str, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    file = tmp_path_factory.mktemp("corpus") / "corpus.json"
    with file.open("wb") as out:
        subprocess.run([node, NODE_SCRIPTS / "corpus.mjs", str(SEED), str(SESSIONS)], stdout=out, check=True, timeout=60)
    data = json.loads(file.read_bytes())
    updates = [base64.b64decode(entry["update"]) for entry in data["updates"]]
    bases = [base64.b64decode(entry["base"]) for entry in data["updates"]]
    return Corpus(file, updates, bases, [base64.b64decode(update) for update in data["derived"]])


class Yjs:
    """`tests/node/apply.mjs` as a process: takes updates, and says over which of them yjs threw."""

    def __init__(self, node: str, corpus: Corpus, report: Path) -> None:
        self._report = report
        with report.open("wb") as out:
            self.process = subprocess.Popen(
                [node, NODE_SCRIPTS / "apply.mjs", corpus.file], stdin=subprocess.PIPE, stdout=out, bufsize=1 << 16
            )

    def apply(self, update: bytes, base: int = NO_BASE) -> None:
        assert self.process.stdin
        self.process.stdin.write(struct.pack("<II", len(update), base) + update)

    def finish(self) -> tuple[list[dict[str, Any]], dict[str, int]]:
        """The failures, and the counts."""
        assert self.process.stdin
        self.process.stdin.close()
        assert self.process.wait(timeout=120) == 0
        *failures, counts = (json.loads(line) for line in self._report.read_text().splitlines())
        return failures, counts


@contextmanager
def running_yjs(node: str, corpus: Corpus, report: Path) -> Iterator[Yjs]:
    yjs = Yjs(node, corpus, report)
    try:
        yield yjs
    finally:
        yjs.process.kill()
        yjs.process.wait()
        if yjs.process.stdin and not yjs.process.stdin.closed:
            yjs.process.stdin.detach().close()  # type: ignore[attr-defined]


def joined(runs: Iterable[Run]) -> list[Run]:
    return sorted(Ranges(runs))


def assert_same(merged: bytes, parts: Iterable[Scan]) -> None:
    """The merge holds exactly what its parts hold, and is as sound as they are."""
    parts = list(parts)
    found = scan(merged, LIMITS)
    assert joined(found.runs) == joined(run for part in parts for run in part.runs), merged.hex()
    assert joined(found.deletes) == joined(run for part in parts for run in part.deletes), merged.hex()


def merge(*updates: bytes) -> bytes:
    try:
        return pycrdt.merge_updates(*updates)
    except BaseException as error:  # a panic arrives as one
        raise AssertionError(f"pycrdt can't merge what was accepted: {updates[0].hex()}") from error


def test_what_yjs_makes_is_accepted(corpus: Corpus) -> None:
    found = [scan(update, LIMITS) for update in corpus.everything()]
    assert len(found) > 1000
    assert any(len(one.runs) > 3 for one in found)
    assert any(len(one.deletes) > 3 for one in found)
    assert any(one.types > 3 for one in found)


def test_what_pycrdt_makes_of_it_is_accepted(corpus: Corpus) -> None:
    rng = random.Random(SEED)
    for update in corpus.everything():
        assert_same(merge(update), [scan(update, LIMITS)])
    for _ in range(500):
        first = rng.randrange(len(corpus.updates))
        parts = corpus.updates[first : first + rng.randrange(2, 30)]
        rng.shuffle(parts)
        merged = merge(*parts)
        assert_same(merged, [scan(part, LIMITS) for part in parts])
        diff = scan(merge(pycrdt.get_update(merged, pycrdt.get_state(corpus.bases[first]))), LIMITS)
        assert joined(diff.deletes) == joined(scan(merged, LIMITS).deletes)


def test_yjs_and_pycrdt_take_what_is_accepted(node: str, corpus: Corpus, tmp_path: Path) -> None:
    sources = corpus.updates + corpus.derived
    bases = corpus.bases + [b"\0\0"] * len(corpus.derived)
    states = [read_state(pycrdt.get_state(base)) for base in bases]
    mutator = Mutator(SEED, list(zip(sources, states, strict=True)))
    rng = random.Random(SEED)
    refused: Counter[str] = Counter()
    with running_yjs(node, corpus, tmp_path / "report") as yjs:
        for _ in range(COUNT):
            update, index = mutator.next()
            try:
                found = scan(update, LIMITS)
            except UpdateRefusedError as error:
                refused[error.reason] += 1
                continue
            base, state = bases[index], states[index]
            overlaps = any(start < state.get(client, 0) for client, start, _ in found.runs)
            if overlaps:  # one client with two histories: no update tells, and pycrdt may cut an emoji in two
                merge(update, base)
                assert_same(merge(update), [found])
            else:
                assert_same(merge(update, base), [found, scan(base, LIMITS)])
            with_base = not overlaps and index < len(corpus.updates) and rng.random() < 0.25
            yjs.apply(update, index if with_base else NO_BASE)
        failures, counts = yjs.finish()
    print(f"seed {SEED}: {counts}, refused {refused}")  # noqa: T201 (pytest shows it where the test fails)
    assert counts["updates"] == COUNT - refused.total() > COUNT // 5
    assert counts["based"] > counts["updates"] // 10
    assert not failures, describe(failures)


def describe(failures: list[dict[str, Any]]) -> str:
    shortest = sorted(failures, key=lambda failure: len(failure["update"]))
    return "\n".join(f"{failure['step']}: {failure['error']}\n  {failure['update']}" for failure in shortest[:5])


def test_yjs_breaks_over_what_is_refused(node: str, corpus: Corpus, tmp_path: Path) -> None:
    """Shows that the refusals are needed, and that the test above can fail."""
    with running_yjs(node, corpus, tmp_path / "report") as yjs:
        for _, update in BREAKS_YJS.values():
            yjs.apply(update)
        failures, counts = yjs.finish()
    broken = {failure["update"] for failure in failures}
    assert [name for name, (_, update) in BREAKS_YJS.items() if update.hex() not in broken] == ["entry of two values"]
    assert counts["longEntries"] == 1


@pytest.mark.parametrize("name", BREAKS_PYCRDT)
def test_pycrdt_breaks_over_what_is_refused(name: str) -> None:
    """Fails where a newer pycrdt reads one of them as yjs does: then the scan can accept it."""
    update = BREAKS_PYCRDT[name][1]
    try:
        merged = merge(update)
    except AssertionError:
        return
    assert merged != update
