"""A stage on which people come and go for half an hour: what they leave behind."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import aiohttp
import msgspec

from tests.bench.bench import Bench
from tests.bench.machine import tree
from tests.bench.media import Relay
from tests.bench.servers import running
from tests.bench.verdict import Figure
from tests.media_client import OPEN, Client

MINUTES = 30.0
EVERY_S = 2.0
PEOPLE = 8
"""So many are on stage at a time; with each who comes the first of them leaves. Every other one is gone without a word."""
PACKET_S = 0.02
SETTLE_S = 3.0
LIMITS = {"TUTTI_LIMIT_STAGE_SILENCE_S": "5", "TUTTI_LIMIT_ROOM_IDLE_S": "1"}


async def soak(bench: Bench) -> list[Figure]:
    """Half an hour, once: every 2 s somebody comes to a stage of eight and the first of them goes, by DELETE or without a word.
    They all play, 50 packets a second. Memory is that of the whole process tree, and open files are those of all its processes,
    after the first tenth and at the end; then everybody goes."""
    seconds = 20.0 if bench.quick else MINUTES * 60
    server = Relay(bench.folder(), LIMITS)
    async with running(server), aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as session:
        on_stage: list[tuple[Client, str]] = []
        tokens = server.tokens(PEOPLE)
        headers = {"Authorization": f"Bearer {tokens[0]}"}
        begun, came, early_mb, files = time.monotonic(), 0, 0.0, 0
        playing = asyncio.create_task(_play(on_stage))
        while (passed := time.monotonic() - begun) < seconds:
            client = Client("sendrecv", *["recvonly"] * (PEOPLE - 2))
            said = {"Authorization": f"Bearer {tokens[came % PEOPLE]}", "Content-Type": "application/sdp"}
            async with session.post("/stage/soak", data=client.offer, headers=said) as response:
                answer, place = await response.text(), response.headers["Location"]
            on_stage.append((await client.connect(answer), place))
            came += 1
            if len(on_stage) > PEOPLE:
                gone, left = on_stage.pop(0)
                if came % 2:
                    await (await session.delete(left, headers=headers)).release()
                gone.transport.close()
                OPEN.remove(gone)
            if not early_mb and passed > seconds / 10:
                early_mb, files = server.usage().rss_mb, _files(server.pid)
            await asyncio.sleep(EVERY_S if not bench.quick else 0.2)
        late_mb, late_files = server.usage().rss_mb, _files(server.pid)
        playing.cancel()
        for _, left in on_stage:
            await (await session.delete(left, headers=headers)).release()
        await asyncio.sleep(float(LIMITS["TUTTI_LIMIT_STAGE_SILENCE_S"]) + SETTLE_S)
        async with session.get("/api/rooms/soak/stage", headers=headers) as response:
            left_over = msgspec.json.decode(await response.read())["sessions"]
        bench.keep("soak", {"came": came, "rss_mb": [early_mb, late_mb], "files": [files, late_files]})
    while OPEN:
        OPEN.pop().transport.close()
    return [
        Figure("soak", "memory at the end", "MB", late_mb, early_mb, "after a tenth", at_most=1.1),
        Figure("soak", "open files more than then", "", late_files - files, at_most=2, must=True),
        Figure("soak", "sessions left over", "", len(left_over), at_most=0, must=True),
        Figure("soak", "who came", "", came),
    ]


async def _play(on_stage: list[tuple[Client, str]]) -> None:
    while True:
        for client, _ in on_stage:
            client.play()
            client.heard.clear()
            client.reports.clear()
        await asyncio.sleep(PACKET_S)


def _files(pid: int) -> int:
    return sum(len(list(Path(f"/proc/{process}/fd").iterdir())) for process in tree(pid))
