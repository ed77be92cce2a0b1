"""What every benchmark is given: the servers to compare, how often and how long to run, and a place to work in."""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from tests.bench.errors import BenchError
from tests.bench.generator import Facts, Typed, play
from tests.bench.machine import CALM_CORES, Usage, busy_s, calm
from tests.bench.servers import Server, Tutti

GENERATOR_CORES = 0.85
GENERATOR_LAG_MS = 20.0
"""Beyond these the generator was the bottleneck."""
CACHE = Path(__file__).parents[2] / ".cache" / "bench"
STORY_VERSION = 1
"""Goes up whenever `document.mjs` makes another story of the same parameters."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Typing, and what the server spent on the measured part of it."""

    typed: Typed
    cpu_s: float
    rss_mb: float
    idle_rss_mb: float
    other_cores: float
    """What other programs took of the machine meanwhile."""

    @property
    def cpu_us(self) -> float:
        """Server CPU for each edit that reached another client."""
        return self.cpu_s * 1e6 / max(1, self.typed.deliveries_in_time)

    @property
    def complete(self) -> bool:
        return self.missing == 0 and self.typed.lost_connections == 0

    @property
    def generator_limited(self) -> bool:
        typed = self.typed
        return typed.generator_cpu_s / typed.seconds > GENERATOR_CORES or typed.lag_p99_ms > GENERATOR_LAG_MS

    @property
    def missing(self) -> int:
        """Edits that were sent and had not reached somebody when the generator gave up."""
        return self.typed.expected - self.typed.delivered

    def facts(self) -> dict[str, Any]:
        own = {"cpu_s": self.cpu_s, "rss_mb": self.rss_mb, "idle_rss_mb": self.idle_rss_mb, "other_cores": self.other_cores}
        typed: dict[str, Any] = msgspec.to_builtins(self.typed)
        return own | typed | {"cpu_us_per_delivery": self.cpu_us}


@dataclass(slots=True)
class Bench:
    """One sitting."""

    work: Path
    peer: type[Server] | None = None
    runs: int = 3
    quick: bool = False
    patience_s: float = 20.0
    """How long to wait, before each run, for the machine to be calm."""
    raw: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Everything that was measured, by benchmark."""

    @property
    def kinds(self) -> list[type[Server]]:
        """Ours first, then the peer."""
        return [Tutti, *([self.peer] if self.peer else [])]

    def folder(self) -> Path:
        """A new folder for a server."""
        return Path(tempfile.mkdtemp(dir=self.work))

    def say(self, text: str) -> None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def keep(self, benchmark: str, facts: dict[str, Any]) -> None:
        self.raw.setdefault(benchmark, []).append(facts)

    async def quiet(self) -> None:
        """Waits for a calm machine, for a while."""
        await calm(0 if self.quick else self.patience_s)

    async def type(self, server: Server, plan: dict[str, Any], people: int) -> Measured:
        """Types into a running server, and reads its CPU over the measured part."""
        idle = server.usage()
        seen: list[tuple[Usage, float]] = []

        def look() -> None:
            seen.append((server.usage(), busy_s()))

        whole = {"units": 1, "even": False, "warm_s": 1, "drain_s": 15, **plan, "server": server.spoken_to(people)}
        typed = await play("type", whole, Typed, on={"begin": look, "end": look})
        (before, busy_before), (after, busy_after) = seen
        cpu_s = after.cpu_s - before.cpu_s
        others = (busy_after - busy_before - cpu_s - typed.generator_cpu_s) / typed.seconds
        return Measured(typed, cpu_s, after.rss_mb, idle.rss_mb, max(0.0, others))

    async def story(self) -> tuple[Path, Facts]:
        """A document of 250,000 operations in 25,000 updates, made with yjs once and kept."""
        operations, per_update = (20_000 if self.quick else 250_000), 10
        path = CACHE / f"story-{STORY_VERSION}-{operations}-{per_update}.bin"
        facts = path.with_suffix(".json")
        if not facts.exists():
            CACHE.mkdir(parents=True, exist_ok=True)
            self.say(f"making a document of {operations:,} operations")
            plan = {"path": str(path), "facts": str(facts), "operations": operations, "operations_per_update": per_update}
            return path, await play("document", plan, Facts)
        return path, msgspec.json.decode(facts.read_bytes(), type=Facts)


def median(values: Iterable[float | None]) -> float:
    """Raises BenchError where something was not measured: it is never left out silently."""
    known: list[float] = []
    for value in values:
        if value is None:
            raise BenchError("Nothing was delivered, so there is nothing to judge.")
        known.append(value)
    return statistics.median(known)


def marks(runs: Sequence[Measured], whose: str = "") -> tuple[str, ...]:
    """Why not to trust these runs, if there is a reason."""
    reasons = []
    if any(run.generator_limited for run in runs):
        reasons.append("generator-limited")
    if runs and (most := max(run.other_cores for run in runs)) > CALM_CORES:
        reasons.append(f"others took up to {most:.1f} cores")
    if any(not run.complete for run in runs):
        reasons.append("not all delivered")
    return tuple(f"{whose}{reason}" for reason in reasons)
