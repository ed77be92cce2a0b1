"""Rooms that come and go: what they leave behind in memory, and whether all that was written in them is there next time."""

from __future__ import annotations

import asyncio
import time

import msgspec

from tests.bench.bench import Bench, median
from tests.bench.generator import Churned, play
from tests.bench.servers import Tutti, running
from tests.bench.verdict import Figure

ROUNDS = 3
EDITS = 5
TOGETHER = 50
PATIENCE_S = 30.0
SETTLE_S = 3.0


async def churn(bench: Bench) -> list[Figure]:
    """2,000 rooms, 50 at a time: opened, five edits written, left at once. Three rounds over the same rooms."""
    names = [f"churn-{number}" for number in range(100 if bench.quick else 2000)]
    growth: list[float] = []
    first: list[float] = []
    still_open = missing = 0.0
    for _ in range(bench.runs):
        server = Tutti(bench.folder())
        rss_mb: list[float] = []
        async with running(server):
            for turn in range(ROUNDS):
                bench.say(f"churn: round {turn + 1}")
                plan = {"server": server.spoken_to(), "rooms": names, "together": TOGETHER, "edits": EDITS, "round": turn}
                churned = await play("churn", plan, Churned)
                missing += churned.missing
                still_open = max(still_open, await _closed(server))
                await asyncio.sleep(0 if bench.quick else SETTLE_S)
                rss_mb.append(server.usage().rss_mb)
                bench.keep("churn", {"round": turn + 1, "rss_mb": rss_mb[-1], **msgspec.to_builtins(churned)})
        first.append(rss_mb[0])
        growth.append(rss_mb[-1])
    return [
        Figure("churn", "memory after the third round", "MB", median(growth), median(first), "the first", at_most=1.05),
        Figure("churn", "rooms still open", "", still_open, at_most=0),
        Figure("churn", "characters missing", "", missing, at_most=0, must=True),
    ]


async def _closed(server: Tutti) -> float:
    """Waits until no room is open; returns how many still are."""
    end = time.monotonic() + PATIENCE_S
    while True:
        rooms = await server.metric("tutti_rooms")
        if not rooms or time.monotonic() > end:
            return rooms
        await asyncio.sleep(0.2)
