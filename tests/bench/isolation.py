"""What a quiet room feels of a room with a long document: opened cold, folded, exported; or joined again and again."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec

from tests.bench.bench import Bench, Measured, marks, median
from tests.bench.documents import behind, fill
from tests.bench.generator import Facts, Rejoined, playing
from tests.bench.servers import UNLIMITED, Tutti, running
from tests.bench.verdict import Figure

LONG_ROOMS = 12
NEVER = "1000000000"
UNFOLDED = UNLIMITED | {
    "TUTTI_LIMIT_FOLD_ROWS": NEVER,
    "TUTTI_LIMIT_FOLD_ROWS_AT_CLOSE": NEVER,
    "TUTTI_LIMIT_PULSE_S": "0.0001",
}
"""While the documents are typed in: hardly anything is merged and nothing folded, so that each has thousands of rows."""
FOLDING = {"TUTTI_LIMIT_FOLD_ROWS_AT_CLOSE": "1"}
COLD = {"TUTTI_LIMIT_ROOM_IDLE_S": "0.001"}
"""A room is closed as soon as a request has been answered, and loaded again for the next."""
WINDOW = 16
STALE_SHARE = 0.9
QUIET_ROOMS = 5

Disturbance = Callable[[Tutti, asyncio.Event], Coroutine[Any, Any, dict[str, Any]]]
"""Goes on until the event is set, and says what it did."""


async def isolation(bench: Bench) -> list[Figure]:
    """Five rooms of two writers and three readers, 10 edits a second in each, evenly, so that none waits for a pulse. Alone;
    beside a process that isn't the studio's and takes all of a core, which shows what the machine adds; while other rooms'
    documents (250,000 operations, in thousands of rows) are loaded cold, exported as Markdown and as JSON,
    and folded, one request after the other without a pause; and while a client whose state vector has nine tenths of such a
    document joins it again as soon as it has its answer."""
    path, facts = await bench.story()
    runs: dict[str, list[Measured]] = {"alone": [], "stranger": [], "exports": [], "rejoins": []}
    long_rooms = 2 if bench.quick else LONG_ROOMS
    data = await prepare(bench, path, long_rooms)
    disturbances = {"alone": nothing, "stranger": _stranger, "exports": _exports(long_rooms), "rejoins": _rejoins(facts)}
    for _ in range(bench.runs):
        for name, disturb in disturbances.items():
            bench.say(f"isolation: {name}")
            await bench.quiet()
            folder = bench.folder()
            shutil.copytree(data, folder, dirs_exist_ok=True)
            async with running(Tutti(folder, FOLDING | (COLD if name == "exports" else {}))) as server:
                measured, facts_of_it = await measure(bench, server, disturb)
            shutil.rmtree(folder)
            runs[name].append(measured)
            bench.keep("isolation", {"during": name, **facts_of_it, **measured.facts()})
    quiet = median(run.typed.p99_ms for run in runs["alone"])
    beside = median(run.typed.p99_ms for run in runs["stranger"])
    figures = [
        Figure("isolation", "p99 alone", "ms", quiet, marks=marks(runs["alone"])),
        Figure("isolation", "p99 beside a stranger", "ms", beside, quiet, "alone"),
    ]
    for name, what in (("exports", "p99 during exports"), ("rejoins", "p99 during rejoins")):
        p99 = median(run.typed.p99_ms for run in runs[name])
        # The worker and whoever disturbs take CPU by design, so only the generator's own trouble is marked.
        limited = ("generator-limited",) if any(run.generator_limited for run in runs[name]) else ()
        figures.append(Figure("isolation", what, "ms", p99, quiet, "alone", at_most=2.0, marks=limited))
    return figures


async def prepare(bench: Bench, path: Path, rooms: int) -> Path:
    """A data folder with long documents that were never folded."""
    server = Tutti(bench.folder(), UNFOLDED)
    async with running(server):
        for number in range(rooms):
            bench.say(f"isolation: typing document {number + 1}")
            await fill(server, f"long-{number}", path, window=WINDOW)
    return server.folder


async def measure(bench: Bench, server: Tutti, disturb: Disturbance) -> tuple[Measured, dict[str, Any]]:
    seconds = 2 if bench.quick else 15
    rooms = [f"quiet-{number}" for number in range(QUIET_ROOMS)]
    shape = {"rooms": rooms, "writers": 2, "readers": 3, "rate": 5, "even": True, "seconds": seconds, "warm_s": 2}
    enough = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        disturbing = group.create_task(disturb(server, enough))
        try:
            measured = await bench.type(server, shape, 5)
        finally:
            enough.set()
    return measured, disturbing.result()


async def nothing(server: Tutti, enough: asyncio.Event) -> dict[str, Any]:
    await enough.wait()
    return {}


async def _stranger(server: Tutti, enough: asyncio.Event) -> dict[str, Any]:
    """As polite as the studio's own worker, and as busy."""
    busy = await asyncio.create_subprocess_exec("nice", "-n", "10", sys.executable, "-c", "while True: list(range(100_000))")
    try:
        await enough.wait()
    finally:
        busy.kill()
        await busy.wait()
    return {}


def _exports(rooms: int) -> Disturbance:
    """Nobody is in these rooms, so each export loads the document cold; the first close of each folds it."""

    async def disturb(server: Tutti, enough: asyncio.Event) -> dict[str, Any]:
        taken_ms: list[float] = []
        for number, form in itertools.cycle(itertools.product(range(rooms), ("markdown", "json"))):
            if enough.is_set():
                break
            began = time.monotonic()
            await server.get(f"/api/rooms/long-{number}/documents/main?format={form}")
            taken_ms.append((time.monotonic() - began) * 1000)
        return {"exports": len(taken_ms), "median_export_ms": median(taken_ms)}

    return disturb


def _rejoins(facts: Facts) -> Disturbance:
    async def disturb(server: Tutti, enough: asyncio.Event) -> dict[str, Any]:
        plan = {"server": server.spoken_to(), "room": "long-0", "clocks": behind(facts, STALE_SHARE), "pause_ms": 0}
        async with playing("rejoin", plan) as joiner:
            await joiner.event("begin")
            await enough.wait()
            joiner.end()
            done: dict[str, Any] = msgspec.to_builtins(await joiner.result(Rejoined))
        return done

    return disturb
