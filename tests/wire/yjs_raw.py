"""A WebSocket at /yjs that says whatever bytes it is told, and two people in a room whom that must not disturb."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import jwt

from rooms.wire import UPDATE, sync_message
from tests.conftest import Studio
from tests.yjs_clients import PATIENCE_S, Client, Clients, Closed

RECEIVE_BYTES = 64 << 20


class Raw:
    """One connection."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws

    async def send(self, message: bytes) -> None:
        await self.ws.send_bytes(message)

    async def update(self, update: bytes) -> None:
        await self.send(sync_message(UPDATE, update))

    async def next(self, *kinds: int) -> bytes:
        """The next message of one of these kinds."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message = await self.ws.receive()
                assert message.type is aiohttp.WSMsgType.BINARY, f"the connection ended: {message}"
                if message.data[0] in kinds:
                    return bytes(message.data)

    async def answers(self) -> None:
        """Returns when the server has read everything sent so far: it answers in order."""
        await self.send(b"\x00\x00\x01\x00")
        while (await self.next(0))[1] != 1:
            pass

    async def closed(self) -> Closed:
        """How the server ends the connection."""
        async with asyncio.timeout(PATIENCE_S):
            while (message := await self.ws.receive()).type is aiohttp.WSMsgType.BINARY:
                pass
        assert message.type is aiohttp.WSMsgType.CLOSE, f"the connection ended without a goodbye: {message}"
        return Closed(message.data, message.extra or "")


@asynccontextmanager
async def raw_socket(
    studio: Studio, path: str, token: str | None, *, saved: bool = False, headers: dict[str, str] | None = None
) -> AsyncIterator[Raw]:
    """A connection to /yjs/`path`."""
    query = ({"token": token} if token is not None else {}) | ({"saved": "1"} if saved else {})
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{studio.url}/yjs/{path}", params=query, headers=headers, max_msg_size=RECEIVE_BYTES) as ws,
    ):
        yield Raw(ws)


async def refusal(studio: Studio, path: str, token: str | None, *, headers: dict[str, str] | None = None) -> Closed:
    """How a connection ends that is never let in."""
    async with raw_socket(studio, path, token, headers=headers) as raw:
        return await raw.closed()


def member_id(token: str) -> str:
    return str(jwt.decode(token, options={"verify_signature": False})["sub"])


async def get(studio: Studio, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(studio.url + path) as response:
        return response.status, await response.text()


async def rejected(studio: Studio, reason: str) -> float:
    """How often something was refused for this reason."""
    _, metrics = await get(studio, "/metrics")
    wanted = f'tutti_rejected_total{{reason="{reason}"}} '
    return sum(float(line.removeprefix(wanted)) for line in metrics.splitlines() if line.startswith(wanted))


class Neighbours:
    """Two people who write in a room."""

    def __init__(self, studio: Studio, room: str, clients: Clients, first: Client, second: Client) -> None:
        self.studio = studio
        self.room = room
        self.clients = clients
        self.first = first
        self.second = second

    async def write_on(self) -> None:
        """They still write together, and who comes now reads what they read."""
        await self.first.insert("and so on. ")
        written = (await self.first.look()).text
        both = [await self.second.reads(written), await self.first.look()]
        assert [look.closes for look in both] == [[], []]
        newcomer = await self.clients.open(self.studio.url, self.room, self.studio.token(), kind="plain")
        await newcomer.reads(written)
        await newcomer.order("disconnect")


@asynccontextmanager
async def undisturbed(studio: Studio, room: str, clients: Clients) -> AsyncIterator[Neighbours]:
    """Whatever happens within, two people in the room write on, and nothing is logged as a bug."""
    pid = studio.pid
    first = await clients.open(studio.url, room, studio.token(name="Ana"))
    second = await clients.open(studio.url, room, studio.token(name="Bo"))
    await first.insert("Once upon a time ")
    await second.reads("Once upon a time ")
    neighbours = Neighbours(studio, room, clients, first, second)
    yield neighbours
    await neighbours.write_on()
    for client in (first, second):
        await client.order("disconnect")
    assert studio.pid == pid
    assert (await get(studio, "/healthz"))[0] == 200
    assert "Traceback" not in studio.log(), studio.log()
