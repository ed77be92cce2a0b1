"""Sound through the relay, and through Janus where it is installed: what a forward costs, and how long it takes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from tests.bench.bench import GENERATOR_CORES, Bench, median
from tests.bench.errors import BenchError
from tests.bench.janus import JanusServer, own_address
from tests.bench.machine import CALM_CORES
from tests.bench.media_load import Forwarded
from tests.bench.servers import Server, Tutti, running
from tests.bench.verdict import Figure

LOAD_S = 240.0
SECONDS = 8.0
LATE_MS = 5.0


@dataclass(frozen=True)
class Shape:
    """Who is there, and how often they send."""

    publishers: int
    listeners: int
    slots: int
    packet_ms: float = 20.0
    stages: int = 1
    both: bool = False
    stall: bool = False

    @property
    def forwards(self) -> int:
        """In a second."""
        heard = self.publishers * self.stages * self.slots if self.both else self.listeners * self.slots
        return int(heard * 1000 / self.packet_ms)


SHAPES: Mapping[str, Shape] = {
    "8 heard by 100": Shape(8, 100, 8),
    "56 heard by 7 each": Shape(56, 56, 7),
    "7 stages of 8, 10 ms": Shape(8, 8, 7, packet_ms=10.0, stages=7, both=True),
    "8 heard by 100, the studio stalls": Shape(8, 100, 8, stall=True),
}
BESIDE = ("8 heard by 100", "56 heard by 7 each")
"""What Janus does, too. There a listener asks for the seven it hears; on a stage with more people than places it hears
the first seven who came, so that ours sends as much to as many, from fewer."""
CPU_AT_MOST = {"8 heard by 100": 1 / 1.1, "56 heard by 7 each": 1 / 1.2}
P99_AT_MOST = {"8 heard by 100": 1.2}


class Relay(Tutti):
    """A studio whose sound comes to loopback."""

    def _command(self) -> list[str]:
        return [*super()._command(), "--media-host", "127.0.0.1", "--media-port", "0"]


async def media(bench: Bench) -> list[Figure]:
    """Payloads of 100 bytes, 50 packets a second from each publisher (100 where it says 10 ms), 8 s each after one to warm up.
    The server with all its processes on one core, the load on another. Janus' video room with one event loop, where it is
    installed, in turn with ours. CPU is of the whole process tree. Where the studio stalls, its process (not the relay's) is
    stopped for 50 ms four times a second."""
    if (os.cpu_count() or 1) < 2:
        raise BenchError("This needs two cores: one for the server, one for the load.")
    kinds: list[type[Server]] = [Relay]
    try:
        JanusServer.check()
        kinds.append(JanusServer)
    except BenchError as error:
        bench.say(str(error))
    found: dict[tuple[str, str], list[Forwarded]] = {}
    for _ in range(bench.runs):
        for name, shape in SHAPES.items():
            for kind in kinds if name in BESIDE else kinds[:1]:
                bench.say(f"media: {name}, {kind.name}")
                await bench.quiet()
                forwarded = await _once(bench, kind, shape)
                found.setdefault((name, kind.name), []).append(forwarded)
                bench.keep("media", {"shape": name, "server": kind.name, **msgspec.to_builtins(forwarded)})
    return [figure for name in SHAPES for figure in _figures(name, found)]


async def _once(bench: Bench, kind: type[Server], shape: Shape) -> Forwarded:
    server = kind(bench.folder())
    async with running(server):
        _pin(server.pid, 0)
        plan: dict[str, Any] = {
            "url": f"http://127.0.0.1:{server.port}",
            "tokens": server.tokens(max(shape.publishers, 1)),
            "rooms": [f"media-{number}" for number in range(shape.stages)],
            "pid": server.pid,
            "publishers": shape.publishers,
            "listeners": shape.listeners,
            "slots": shape.slots,
            "packet_ms": shape.packet_ms,
            "seconds": 1.0 if bench.quick else SECONDS,
            "both": shape.both,
            "stall": shape.stall,
        }
        if isinstance(server, JanusServer):
            plan |= {"janus": server.url, "host": own_address()}
        command = [sys.executable, "-m", "tests.bench.media_load", msgspec.json.encode(plan).decode()]
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        _pin(process.pid, 1)
        try:
            async with asyncio.timeout(LOAD_S):
                said, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            raise BenchError("The load did not end in time.") from None
        if process.returncode:
            raise BenchError("The load came to nothing.")
    return msgspec.json.decode(said, type=Forwarded)


def _pin(pid: int, core: int) -> None:
    """To one core; children that come later stay with it. Where cores are counted otherwise, to the one in that place."""
    cores = sorted(os.sched_getaffinity(0))
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {cores[core % len(cores)]})


def _figures(name: str, found: Mapping[tuple[str, str], list[Forwarded]]) -> list[Figure]:
    ours, peer = found[name, Relay.name], found.get((name, JanusServer.name), [])
    lost = max(run.expected - run.delivered for run in ours)
    most = max(run.other_cores for run in [*ours, *peer])
    marks = tuple(
        mark
        for mark, is_so in (
            ("generator-limited", any(run.generator_cpu_s / run.seconds > GENERATOR_CORES for run in [*ours, *peer])),
            (f"others took up to {most:.1f} cores", most > CALM_CORES),
            ("sent late", any(run.late_p99_ms > LATE_MS for run in [*ours, *peer])),
            ("Janus lost some", any(run.delivered < run.expected for run in peer)),
        )
        if is_so
    )
    whose, cpu, p99 = "Janus" if peer else "", median(_cost_us(run) for run in ours), median(run.p99_ms for run in ours)
    stalls = SHAPES[name].stall
    return [
        Figure(
            "media",
            f"{name}: CPU of a forward",
            "µs",
            cpu,
            median(_cost_us(run) for run in peer) if peer else None,
            whose,
            at_most=CPU_AT_MOST.get(name) if peer else None,
            marks=marks,
        ),
        Figure("media", f"{name}: forwards", "/s", SHAPES[name].forwards),
        Figure("media", f"{name}: of a core", "", median(run.cpu_s / run.seconds for run in ours)),
        Figure(
            "media",
            f"{name}: p99",
            "ms",
            p99,
            median(run.p99_ms for run in peer) if peer else None,
            whose,
            at_most=5.0 if stalls else P99_AT_MOST.get(name) if peer else None,
            marks=marks,
        ),
        Figure("media", f"{name}: lost", "", float(lost), at_most=0, must=True),
        Figure("media", f"{name}: memory for each who listens", "kB", median(run.rss_kb_per_listener for run in ours)),
    ]


def _cost_us(run: Forwarded) -> float:
    return run.cpu_s * 1e6 / max(1, run.delivered)
