"""A long document: how fast a server takes it as it is typed, and how soon somebody who opens it has all of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from tests.bench.bench import Bench, median
from tests.bench.errors import BenchError
from tests.bench.generator import Facts, Filled, Kept, Opened, play, playing
from tests.bench.servers import UNLIMITED, Server, Tutti, running
from tests.bench.verdict import Figure

ROOM = "novel"
WINDOWS = {"at once": 1_000_000, "200 at a time": 200}
"""How many updates may be on their way: as fast as the connection takes them, or as an offline client's replay in portions."""
WARM_OPENS = 5
PATIENCE_S = 30.0
LINGER_S = 3.0
"""Who typed stays so long: the peer stores two seconds after the last edit, we fold."""


async def typed_in(bench: Bench) -> list[Figure]:
    """A document of 250,000 operations in 25,000 updates: typed in by one connection until a second has all of it, with
    nothing held back and with at most 200 updates on their way; then opened after a restart, and with somebody in the room.
    Our limits of what is read from one connection are raised for it."""
    path, facts = await bench.story()
    taken: dict[tuple[str, str], list[float]] = {}
    opened: dict[tuple[str, str], list[float]] = {}
    incomplete: list[str] = []
    for _ in range(bench.runs):
        for kind in bench.kinds:
            for window, count in WINDOWS.items():
                bench.say(f"typed-in: {kind.name}, {window}")
                await bench.quiet()
                async with running(kind(bench.folder(), UNLIMITED)) as server:
                    filled = await fill(server, ROOM, path, window=count)
                    bench.keep("typed-in", {"server": kind.name, "window": count, **msgspec.to_builtins(filled)})
                    taken.setdefault((kind.name, window), []).append(filled.updates / filled.received_ms * 1000)
                    if not filled.complete:
                        incomplete.append(f"{kind.name} typed in {window}")
                    if window == "at once":
                        for how, opens in (await _opens(bench, server, facts)).items():
                            opened.setdefault((kind.name, how), []).append(median(o.complete_ms for o in opens))
                            incomplete += [f"{kind.name} opened {how}" for o in opens if not o.complete]
                            bench.keep(
                                "typed-in", {"server": kind.name, "opened": how, "opens": [_without_clocks(o) for o in opens]}
                            )
    ours_incomplete = [what for what in incomplete if what.startswith(Tutti.name)]
    marks = tuple(f"incomplete: {what}" for what in dict.fromkeys(incomplete))

    def figure(
        name: str,
        unit: str,
        values: dict[tuple[str, str], list[float]],
        key: str,
        *,
        at_least: float | None = None,
        at_most: float | None = None,
    ) -> Figure:
        peer = bench.peer.name if bench.peer else "peer"
        against = median(values[peer, key]) if (peer, key) in values else None
        return Figure("typed-in", name, unit, median(values[Tutti.name, key]), against, peer, at_most, at_least, marks=marks)

    return [
        *(figure(f"updates taken, {window}", "/s", taken, window, at_least=1.0) for window in WINDOWS),
        figure("complete after a restart", "ms", opened, "cold", at_most=1.0),
        figure("complete with somebody in", "ms", opened, "warm", at_most=1.0),
        Figure("typed-in", "incomplete documents", "", len(ours_incomplete), at_most=0, must=True),
    ]


async def fill(server: Server, room: str, path: Path, *, window: int, linger_s: float = LINGER_S) -> Filled:
    """Types the document at `path` into a room of a server."""
    plan = {
        "server": server.spoken_to(2),
        "room": room,
        "document": str(path),
        "window": window,
        "wait_saved": isinstance(server, Tutti),
        "linger_s": linger_s,
        "patience_s": PATIENCE_S,
    }
    return await play("fill", plan, Filled)


async def open_room(server: Server, room: str, want: int | None = None, patience_s: float = PATIENCE_S) -> Opened:
    """Opens a room until it has `want` clocks, or nothing new has come for `patience_s`."""
    plan = {"server": server.spoken_to(), "room": room, "want": want, "patience_s": patience_s}
    return await play("open", plan, Opened)


async def _opens(bench: Bench, server: Server, facts: Facts) -> dict[str, list[Opened]]:
    await server.stop()
    await server.start()
    await bench.quiet()
    cold = [await open_room(server, ROOM, facts.clock_sum)]
    async with playing("keep", {"server": server.spoken_to(), "room": ROOM}) as keeper:
        await keeper.event("begin")
        warm = [await open_room(server, ROOM, facts.clock_sum) for _ in range(WARM_OPENS)]
        keeper.end()
        await keeper.result(Kept)
    return {"cold": cold, "warm": warm}


def _without_clocks(opened: Opened) -> dict[str, Any]:
    facts: dict[str, Any] = msgspec.to_builtins(opened)
    del facts["clocks"]
    return facts


def behind(facts: Facts, share: float) -> dict[str, int]:
    """A state vector that has every client, and only `share` of what each typed."""
    if not 0 < share < 1:
        raise BenchError("A stale state vector has a part of the document.")
    return {client: int(clock * share) for client, clock in facts.clocks.items()}
