"""The store in a process of its own that is killed in mid-write, or whose disk is full: what it called committed is there."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.engine.url import make_url

from rooms.model import Limits
from rooms.store.migrate import prepare
from rooms.store.sql import SqlStore

WRITER = """
import asyncio, os, random, sys
from rooms.model import Limits
from rooms.store import LogEntry
from rooms.store.sql import SqlStore

async def main(url, seed):
    rng = random.Random(seed)
    store = SqlStore(url, Limits(commit_s=0.002))
    await store.open(lambda room, error: None)
    counts = [0] * 8
    def append(document):
        number = counts[document]
        counts[document] += 1
        update = b"%d " % number + rng.randbytes(rng.choice([0, 10, 500, 20_000]))
        told = lambda: os.write(1, b"%d %d\\n" % (document, number))
        store.append(LogEntry(f"room{document % 3}", f"d{document}", 1, ("ann",), update, (), told))
    while True:
        for document in rng.choices(range(8), k=rng.randrange(20)):
            append(document)
        await asyncio.sleep(rng.choice([0, 0, 0.001, 0.004]))

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""

FULL = """
import asyncio, json, resource, sys
from pathlib import Path
from rooms.model import Limits
from rooms.store import LogEntry
from rooms.store.sql import SqlStore

async def main(url, folder):
    committed, failing = [], []
    def told(room, error):
        failing.append(error is not None)
    store = SqlStore(url, Limits(commit_s=0.002, retry_s=0.05))
    await store.open(told)
    number = 0
    def append():
        nonlocal number
        mine = number
        number += 1
        update = b"%d " % mine + b"x" * 2000
        store.append(LogEntry("attic", "story", 1, ("ann",), update, (), lambda: committed.append(mine)))
    for _ in range(20):
        append()
    await store.flush()
    before = len(committed)
    largest = max(path.stat().st_size for path in Path(folder).iterdir())
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 50_000, hard))
    async with asyncio.timeout(30):
        while not failing:
            append()
            await asyncio.sleep(0.002)
    for _ in range(20):
        append()
        await asyncio.sleep(0.01)
    while_full = len(committed)
    readable = len((await store.load("story"))[1])
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    append()
    async with asyncio.timeout(30):
        while len(committed) < number:
            await asyncio.sleep(0.01)
    await store.close()
    in_order = committed == list(range(number))
    print(json.dumps([before, while_full, readable, number, in_order, failing]))

asyncio.run(main(sys.argv[1], sys.argv[2]))
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "tutti.db"
    prepare(make_url(f"sqlite:///{file}"))
    return file


@pytest.fixture
def url(tmp_path: Path, template: Path) -> str:
    return f"sqlite:///{shutil.copy(template, tmp_path)}"


async def stored(url: str, document: str) -> list[int]:
    store = SqlStore(url, Limits())
    await store.open(lambda room, error: None)
    rows = await store.rows(document, limit=1_000_000)
    await store.close()
    return [int(row.update.split(b" ", 1)[0]) for row in rows]


@pytest.mark.parametrize("seed", range(5))
def test_what_was_called_committed_is_there_after_a_kill(url: str, seed: int) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, url, str(seed)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(random.Random(seed).randrange(1, 1500))]
        writer.send_signal(signal.SIGKILL)
        said += writer.stdout.readlines()
    if said and not said[-1].endswith(b"\n"):
        said.pop()
    told: dict[int, list[int]] = {}
    for line in said:
        document, number = map(int, line.split())
        told.setdefault(document, []).append(number)
    assert told
    for document, numbers in told.items():
        assert numbers == list(range(len(numbers)))
        kept = asyncio.run(stored(url, f"d{document}"))
        assert kept == list(range(len(kept)))
        assert len(kept) >= len(numbers)


def test_a_full_disk_loses_nothing_and_ends_by_itself(url: str, tmp_path: Path) -> None:
    """The process may not write a file beyond some size: SQLite then fails in the commit."""
    done = subprocess.run([sys.executable, "-c", FULL, url, str(tmp_path)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    before, while_full, readable, number, in_order, failing = json.loads(done.stdout)
    assert before == 20
    assert before <= while_full < number
    assert readable == while_full
    assert in_order
    assert failing == [True, False]
    assert asyncio.run(stored(url, "story")) == list(range(number))
