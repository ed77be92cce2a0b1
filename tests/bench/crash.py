"""SIGKILL while people type: nothing that was called saved may be missing, and of what others had only been sent, little."""

from __future__ import annotations

import msgspec

from tests.bench.bench import Bench
from tests.bench.documents import open_room
from tests.bench.generator import Crash, Crashed, play
from tests.bench.servers import UNLIMITED, Tutti, running
from tests.bench.verdict import Figure

ROOM = "crash"
WRITERS = 5
RATES = (20, 200)
"""Edits a second of each writer."""
KILLS = 5
LOST_MS = 50.0
"""At most the last so many milliseconds may be lost of what was delivered and not yet called saved."""


async def crash(bench: Bench) -> list[Figure]:
    """Five writers and a reader type at 100 and at 1,000 edits a second until the server gets SIGKILL; nobody who typed comes
    back. A new client says what the restarted server has. The age of what is lost counts from when it was sent."""
    figures: list[Figure] = []
    for rate in RATES:
        saved = saved_lost = delivered = delivered_lost = 0
        oldest_ms = 0.0
        for turn in range(bench.runs if bench.quick else KILLS):
            bench.say(f"crash: {rate * WRITERS}/s")
            server = Tutti(bench.folder(), UNLIMITED)
            async with running(server):
                # Of different lengths, so that the kill falls on another moment between two commits each time.
                seconds = (1 if bench.quick else 4) + 0.137 * turn
                shape = {
                    "rooms": [ROOM],
                    "writers": WRITERS,
                    "readers": 1,
                    "rate": rate,
                    "units": 1,
                    "seconds": seconds,
                    "warm_s": 0,
                }
                found = await play("crash", {**shape, "server": server.spoken_to(6), "kill": server.pid}, Crash)
                await server.gone()
                await server.start()
                have = (await open_room(server, ROOM, patience_s=1)).clocks
            for writer in found.writers:
                kept = have.get(str(writer.id), 0)
                saved += writer.saved
                saved_lost += max(0, writer.saved - kept)
                delivered += writer.delivered
                delivered_lost += max(0, writer.delivered - kept)
                oldest_ms = max(oldest_ms, oldest_lost_ms(writer, kept))
            bench.keep("crash", {"rate": rate * WRITERS, "kept": have, **msgspec.to_builtins(found)})
        prefix = f"{rate * WRITERS}/s: "
        figures += [
            Figure("crash", f"{prefix}lost of {saved} called saved", "", saved_lost, at_most=0, must=True),
            Figure("crash", f"{prefix}lost of {delivered} delivered", "", delivered_lost),
            Figure("crash", f"{prefix}age of the oldest lost", "ms", oldest_ms, at_most=LOST_MS, must=not bench.quick),
            Figure("crash", f"{prefix}edits that others got", "", delivered, at_least=1, must=True),
        ]
    return figures


def oldest_lost_ms(writer: Crashed, kept: int) -> float:
    """How long before the kill the first edit had been sent that was delivered and is gone; 0 where none is."""
    return writer.age_ms[kept] if kept < writer.delivered else 0.0
