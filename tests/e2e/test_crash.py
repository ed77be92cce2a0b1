"""SIGKILL while somebody types: whatever was called saved is there, and the rest comes in from who typed it.

`TUTTI_CRASHES` asks for more kills.
"""

from __future__ import annotations

import asyncio
import os
import random

import pytest

from tests.conftest import Studio
from tests.yjs_clients import Clients, yjs_clients

ROOM = "room"
CRASHES = int(os.environ.get("TUTTI_CRASHES", "2"))


@pytest.mark.parametrize("rate", [100, 1000])
async def test_nothing_that_was_called_saved_is_lost(studio: Studio, rate: int) -> None:
    seed = random.randrange(1 << 20)
    print(f"seed {seed}")  # noqa: T201 (pytest shows it where the test fails)
    rng = random.Random(seed)
    async with yjs_clients() as clients:
        writer = await clients.open(studio.url, ROOM, studio.token(), kind="plain", saved=True)
        typed = 0
        for _ in range(CRASHES):
            await writer.all_saved()
            await writer.order("type", rate=rate, first=typed)
            await asyncio.sleep(rng.uniform(0.3, 1.5))
            await asyncio.to_thread(studio.kill9)
            await writer.closed()
            look = await writer.look()
            saved = typed + look.saved - look.answered
            assert saved > typed, "it was typing, and was told"

            await asyncio.to_thread(studio.restart)
            found = await read_anew(clients, studio)
            assert found == list(range(len(found))), "in the order in which it was typed"
            assert len(found) >= saved

            await writer.order("stop")
            typed = len((await writer.look()).text.split())
            assert typed > saved
            await writer.order("connect")
            await writer.all_saved()
            assert await read_anew(clients, studio) == list(range(typed))
    assert "Traceback" not in studio.log()


async def read_anew(clients: Clients, studio: Studio) -> list[int]:
    """The numbers that a new client reads."""
    reader = await clients.open(studio.url, ROOM, studio.token(), kind="plain")
    look = await reader.until(lambda look: "step2" in look.received)
    await reader.order("disconnect")
    return [int(number) for number in look.text.split()]
