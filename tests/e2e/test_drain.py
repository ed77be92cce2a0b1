"""SIGTERM with 200 members writing: everybody is told, nothing is lost, and the server is out in a few seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack

import aiohttp

from rooms.wire import SAVED
from tests.conftest import Studio
from tests.unit.writer import Writer, update
from tests.yjs_clients import yjs_clients

MEMBERS = 200
OUT_S = 5.0
"""What the studio promises; the machine decides how much sooner it is."""


async def write_and_wait(socket: aiohttp.ClientWebSocketResponse, writer: Writer) -> int | None:
    """Writes a word, waits until it is saved, and then for the end. Returns the close code."""
    await socket.send_bytes(update(writer.type(f"{writer.doc.client_id} ")))
    async for message in socket:
        if message.type is aiohttp.WSMsgType.BINARY and message.data[0] == SAVED:
            break
    async for _ in socket:
        pass
    return socket.close_code


async def test_two_hundred_members_are_sent_away_and_nothing_is_lost(start_studio: Callable[..., Studio]) -> None:
    studio = start_studio()
    token = studio.token()
    url = f"{studio.url}/yjs/hall?token={token}&saved=1"
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        sockets = [await stack.enter_async_context(session.ws_connect(url)) for _ in range(MEMBERS)]
        talks = [asyncio.create_task(write_and_wait(socket, Writer(n + 1))) for n, socket in enumerate(sockets)]
        async with asyncio.timeout(60):
            while len(await written(studio, token)) < MEMBERS:
                await asyncio.sleep(0.1)
        began = time.monotonic()
        stopping = asyncio.create_task(asyncio.to_thread(studio.stop))
        codes = await asyncio.gather(*talks)
        status = await stopping
        took_s = time.monotonic() - began
    assert set(codes) == {1012}
    assert status == 0
    assert took_s <= OUT_S
    assert "Traceback" not in studio.log()
    studio.restart()
    assert await written(studio, token) == {str(n + 1) for n in range(MEMBERS)}


async def test_two_hundred_providers_come_back_by_themselves(start_studio: Callable[..., Studio]) -> None:
    """y-websocket's own, in mid-sentence when the server is told to stop, and writing on while it is away."""
    studio = start_studio()
    token = studio.token()
    async with yjs_clients() as clients:
        providers = [await clients.open(studio.url, "hall", token) for _ in range(MEMBERS)]
        for provider in providers:
            await provider.until(lambda look: look.synced is True)
        await asyncio.gather(*(provider.insert(f"{n} ") for n, provider in enumerate(providers)))
        began = time.monotonic()
        assert await asyncio.to_thread(studio.stop) == 0
        assert time.monotonic() - began <= OUT_S
        for n, provider in enumerate(providers[:20]):
            await provider.insert(f"{MEMBERS + n} ")
        for provider in providers:
            look = await provider.until(lambda look: not look.connected)
            assert look.closes[0].code == 1012
        await asyncio.to_thread(studio.restart)
        words = MEMBERS + 20
        texts = {(await p.until(lambda look: len(look.text.split()) == words and look.synced is True)).text for p in providers}
        assert len(texts) == 1
        assert sorted(map(int, texts.pop().split())) == list(range(words))
    assert "Traceback" not in studio.log()


async def written(studio: Studio, token: str) -> set[str]:
    """The words in the text root `text`, as a new client reads them."""
    reader = Writer(10_000)
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{studio.url}/api/rooms/hall/documents/main?format=update"
    async with aiohttp.request("GET", url, headers=headers) as answer:
        assert answer.ok, await answer.text()
        reader.doc.apply_update(await answer.read())
    return set(str(reader).split())
