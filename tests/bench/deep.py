"""How deep the water is: the most that a server delivers in a room of fifty before somebody waits too long."""

from __future__ import annotations

from tests.bench.bench import Bench, Measured, marks
from tests.bench.errors import BenchError
from tests.bench.servers import UNLIMITED, Server, running
from tests.bench.verdict import Figure

WRITERS = 10
READERS = 40
FIRST_RATE = 16.0
P99_MS = 100.0
NEAR = 1.15
"""The search ends when what failed is within this factor of what worked."""
STEPS = 14


async def deep(bench: Bench) -> list[Figure]:
    """10 writers and 40 readers; the rate is doubled, then halved in, until the 99th percentile exceeds 100 ms or something
    isn't delivered. Our limits of what is read from one connection are raised for it. A step at which the generator was the
    bottleneck ends the search: then the figure is the least that the server can."""
    best = {kind.name: await _search(bench, kind) for kind in bench.kinds}
    ours, *rest = best.values()
    peer = bench.peer.name if bench.peer else "peer"
    at_least = [f"{name}: at least" for name, (_, limited) in best.items() if limited]

    def rate(measured: Measured) -> float:
        return measured.typed.deliveries_in_time / measured.typed.seconds

    def per_cpu_s(measured: Measured) -> float:
        return measured.typed.deliveries_in_time / measured.cpu_s

    return [
        Figure(
            "deep",
            name,
            unit,
            of(ours[0]),
            of(rest[0][0]) if rest else None,
            peer,
            at_least=1.0,
            marks=(*at_least, *marks([ours[0]])),
        )
        for name, unit, of in (("deliveries", "/s", rate), ("deliveries per second of server CPU", "", per_cpu_s))
    ]


async def _search(bench: Bench, kind: type[Server]) -> tuple[Measured, bool]:
    """The best step that held, and whether the generator set the end."""
    best: Measured | None = None
    good, bad, rate = 0.0, 0.0, FIRST_RATE
    for _ in range(2 if bench.quick else STEPS):
        bench.say(f"deep: {kind.name} at {rate:.0f}/s each")
        await bench.quiet()
        seconds = 1 if bench.quick else 3
        shape = {"rooms": ["deep"], "writers": WRITERS, "readers": READERS, "rate": rate, "seconds": seconds, "drain_s": 2}
        async with running(kind(bench.folder(), UNLIMITED)) as server:
            measured = await bench.type(server, shape, WRITERS + READERS)
        bench.keep("deep", {"server": kind.name, "rate": rate, **measured.facts()})
        p99_ms = measured.typed.p99_ms
        if measured.complete and p99_ms is not None and p99_ms <= P99_MS:
            best, good = measured, rate
            if measured.generator_limited:
                return best, True
        else:
            bad = rate
            if measured.generator_limited and best is not None:
                return best, True
        if bad and good and bad / good < NEAR:
            break
        rate = (good + bad) / 2 if bad else rate * 2
    if best is None:
        raise BenchError(f"{kind.name} did not hold {FIRST_RATE:.0f} edits a second of each of {WRITERS} writers.")
    return best, False
