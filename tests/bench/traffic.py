"""Typing in rooms: what a delivery costs and how long it takes. A busy room, a writer with an audience, many small rooms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.bench.bench import Bench, Measured, marks, median
from tests.bench.servers import running
from tests.bench.verdict import Figure

ROOM_RATES = (5, 20)


async def room(bench: Bench) -> list[Figure]:
    """10 writers and 40 readers in a room, each writer 5 and 20 edits a second."""
    figures: list[Figure] = []
    for rate in ROOM_RATES:
        shape = {"rooms": ["room"], "writers": 10, "readers": 40, "rate": rate, "seconds": 1 if bench.quick else 8}
        figures += await _compare(bench, "room", f"{rate}/s: ", shape)
    return figures


async def fanout(bench: Bench) -> list[Figure]:
    """One writer, 20 edits a second, and 500 readers."""
    readers = 50 if bench.quick else 500
    shape = {"rooms": ["hall"], "writers": 1, "readers": readers, "rate": 20, "seconds": 1 if bench.quick else 8}
    return await _compare(bench, "fanout", "", shape)


async def many(bench: Bench) -> list[Figure]:
    """500 rooms of two people, each one edit a second. The memory is that of rooms and people, and in all."""
    names = [f"room-{number}" for number in range(50 if bench.quick else 500)]
    shape = {"rooms": names, "writers": 2, "readers": 0, "rate": 1, "seconds": 2 if bench.quick else 10, "warm_s": 2}
    return await _compare(bench, "many", "", shape, memory=True)


async def _compare(bench: Bench, benchmark: str, prefix: str, shape: dict[str, Any], *, memory: bool = False) -> list[Figure]:
    """Ours and the peer's runs take turns, each on a new server."""
    runs: dict[str, list[Measured]] = {kind.name: [] for kind in bench.kinds}
    people = shape["writers"] + shape["readers"]
    for _ in range(bench.runs):
        for kind in bench.kinds:
            bench.say(f"{benchmark}: {kind.name} {prefix}")
            await bench.quiet()
            async with running(kind(bench.folder())) as server:
                measured = await bench.type(server, shape, people)
            runs[kind.name].append(measured)
            bench.keep(benchmark, {"server": kind.name, **shape, "rooms": len(shape["rooms"]), **measured.facts()})
    ours, *rest = runs.values()
    theirs = rest[0] if rest else []
    seen = marks(ours) + marks(theirs, "peer: ")

    def figure(
        name: str, unit: str, values: Sequence[float | None], others: Sequence[float | None], at_most: float | None = None
    ) -> Figure:
        against = median(others) if others else None
        return Figure(
            benchmark,
            prefix + name,
            unit,
            median(values),
            against,
            bench.peer.name if bench.peer else "peer",
            at_most,
            marks=seen,
        )

    figures = [
        figure("server CPU per delivery", "µs", [r.cpu_us for r in ours], [r.cpu_us for r in theirs], at_most=1.0),
        figure("p50", "ms", [r.typed.p50_ms for r in ours], [r.typed.p50_ms for r in theirs]),
        figure("p99", "ms", [r.typed.p99_ms for r in ours], [r.typed.p99_ms for r in theirs]),
    ]
    missing = sum(run.missing + run.typed.lost_connections for run in ours)
    figures.append(Figure(benchmark, f"{prefix}not delivered", "", missing, at_most=0, must=True))
    if memory:
        grown = [r.rss_mb - r.idle_rss_mb for r in ours], [r.rss_mb - r.idle_rss_mb for r in theirs]
        in_all = [r.rss_mb for r in ours], [r.rss_mb for r in theirs]
        joined = [r.typed.join_ms for r in ours], [r.typed.join_ms for r in theirs]
        figures += [
            figure("memory over idle", "MB", *grown, at_most=1.0),
            figure("memory in all", "MB", *in_all, at_most=1.0),
            figure("time until all had joined", "ms", *joined),
        ]
    return figures
