"""A long stretch written without a connection arrives whole."""

from __future__ import annotations

import aiohttp

from tests.conftest import Studio
from tests.yjs_clients import yjs_clients

LONG_BYTES = 5 << 20


async def test_five_mebibytes_written_offline_arrive_whole(studio: Studio) -> None:
    token = studio.token(role="lead")
    async with yjs_clients() as clients:
        writer = await clients.open(studio.url, "train", token, saved=True)
        await writer.insert("On a train: ")
        await writer.all_saved()
        await writer.order("disconnect")
        stretch = "the quick brown fox 🦊 " * (LONG_BYTES // 25)
        assert len(stretch.encode()) > LONG_BYTES * 0.95
        for at in range(0, len(stretch), 100_000):
            await writer.insert(stretch[at : at + 100_000])
        await writer.order("connect")
        written = (await writer.all_saved()).text
        assert sorted(written.split()) == sorted(("On a train: " + stretch).split())
        other = await clients.open(studio.url, "train", studio.token(), kind="plain")
        await other.reads(written)
    async with (
        aiohttp.ClientSession(studio.url, headers={"Authorization": f"Bearer {token}"}) as session,
        session.get("/api/rooms/train/documents/main?format=update") as response,
    ):
        assert response.status == 200
        assert len(await response.read()) > LONG_BYTES * 0.95
