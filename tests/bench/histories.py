"""What looking back on a long document costs, and what a quiet room feels of it."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import time
from collections import defaultdict
from typing import Any

from tests.bench.bench import Bench, Measured, marks, median
from tests.bench.isolation import FOLDING, Disturbance, measure, nothing, prepare
from tests.bench.servers import Tutti, running
from tests.bench.verdict import Figure

PAUSE = {"TUTTI_LIMIT_HISTORY_PAUSE_S": "0.05"}
"""The document is typed in within seconds: so short a pause makes moments of it."""
DOCUMENT = "/api/rooms/long-0/documents/main"
TOOK = ("list", "difference", "from nothing", "authors", "restore")
AT_MOST_MS = 2000.0


async def histories(bench: Bench) -> list[Figure]:
    """The moments of a document of 250,000 operations listed; one compared with the one before, and with the empty page; who
    wrote what; and a page from its middle and its end brought back in turn, one request after the other without a pause. In
    five other rooms two writers and three readers do as in `isolation`."""
    path, _ = await bench.story()
    data = await prepare(bench, path, 1)
    runs: dict[str, list[Measured]] = {"alone": [], "histories": []}
    taken: dict[str, list[float]] = defaultdict(list)
    for _ in range(bench.runs):
        for name, disturb in (("alone", nothing), ("histories", _look_back(taken))):
            bench.say(f"history: {name}")
            await bench.quiet()
            folder = bench.folder()
            shutil.copytree(data, folder, dirs_exist_ok=True)
            async with running(Tutti(folder, FOLDING | PAUSE)) as server:
                measured, facts = await measure(bench, server, disturb)
            shutil.rmtree(folder)
            runs[name].append(measured)
            bench.keep("history", {"during": name, **facts, **measured.facts()})
    quiet = median(run.typed.p99_ms for run in runs["alone"])
    p99 = median(run.typed.p99_ms for run in runs["histories"])
    limited = ("generator-limited",) if any(run.generator_limited for run in runs["histories"]) else ()
    return [
        *(Figure("history", what, "ms", median(taken[what]), at_most=AT_MOST_MS) for what in TOOK if taken[what]),
        Figure("history", "p99 alone", "ms", quiet, marks=marks(runs["alone"])),
        Figure("history", "p99 meanwhile", "ms", p99, quiet, "alone", at_most=2.0, marks=limited),
    ]


def _look_back(taken: dict[str, list[float]]) -> Disturbance:
    async def disturb(server: Tutti, enough: asyncio.Event) -> dict[str, Any]:
        done = 0

        async def took(what: str, path: str, method: str = "GET") -> bytes:
            nonlocal done
            began = time.monotonic()
            body = await server.ask(method, f"{DOCUMENT}{path}")
            taken[what].append((time.monotonic() - began) * 1000)
            done += 1
            return body

        moments = json.loads(await server.get(f"{DOCUMENT}/history"))["moments"]
        last, middle = moments[0]["seq"], (moments[0]["seq"] + moments[-1]["first"]) // 2
        places = itertools.cycle((middle, last))
        while True:
            await took("list", "/history")
            await took("difference", f"/history/{middle}?since={middle - 200}")
            await took("from nothing", f"/history/{last}?since=0")
            await took("authors", "/authors")
            await took("restore", f"/history/{next(places)}/restore", "POST")
            if enough.is_set():
                return {"requests": done, "moments": len(moments), "rows": last}

    return disturb
