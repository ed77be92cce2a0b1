"""The live channel and what no client would send: raw frames and requests, and a page that takes nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from tests.wire.live_pages import POLLING_PATH, WEBSOCKET_PATH, Pages
from tests.wire.rest import Caller
from tests.wire.running import Running, studio

LIMITS = {
    "TUTTI_LIMIT_BOARD_MESSAGE_CHARS": "60000",
    "TUTTI_LIMIT_SEND_BUFFER_BYTES": "16384",
    "TUTTI_LIMIT_SILENCE_S": "3",
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with studio(tmp_path_factory.mktemp("abuse") / "data", **LIMITS) as running:
        yield running


async def raw(session: aiohttp.ClientSession) -> tuple[aiohttp.ClientWebSocketResponse, dict[str, Any]]:
    ws = await session.ws_connect(WEBSOCKET_PATH)
    hello = await ws.receive_str()
    assert hello[0] == "0"
    return ws, json.loads(hello[1:])


async def admitted(session: aiohttp.ClientSession, token: str) -> aiohttp.ClientWebSocketResponse:
    ws, _ = await raw(session)
    await ws.send_str(f'40/room,{{"token":"{token}"}}')
    assert (await ws.receive_str()).startswith('40/room,{"sid":')
    assert (await ws.receive_str()).startswith('42/room,["welcome",')
    return ws


BAD_FRAMES = [
    "",
    "x",
    "9",
    "4",
    "44",
    "42/room",
    "42/room,",
    "42/room,[]",
    "42/room,{}",
    '42/room,["connect",{},{}]',
    '42/room,["disconnect"]',
    '42/room,["\\u0063onnect",{},{}]',
    '42/room,[["say"]]',
    "42/room,[5]",
    "42/room," + "[" * 60_000,
    "4" + "[" * 60_000,
    "3" + "[" * 60_000,
    '42/room,["say",' + "1" * 5000 + "]",
    "42/room," + "1" * 200 + '["say"]',
    "42/other,[1]",
    '42["say",{}]',
    "40",
    "40/other,{}",
    "43/room,1[]",
    '451-/room,["say",{"_placeholder":true,"num":0}]',
    '42/room,["say","' + "x" * 70_000 + '"]',
]


@pytest.mark.parametrize("frame", BAD_FRAMES, ids=range(len(BAD_FRAMES)))
async def test_a_frame_that_is_none_ends_its_connection_alone(
    running: Running, session: aiohttp.ClientSession, frame: str
) -> None:
    bystander = await admitted(session, running.token("frames", create=True, name="Bystander"))
    ws = await admitted(session, running.token("frames", name="Odd"))
    await ws.send_str(frame)
    async with asyncio.timeout(20):
        while (await ws.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
    assert ws.closed
    await bystander.send_str('42/room,7["look",{"document":null}]')
    async with asyncio.timeout(20):
        while await bystander.receive_str() != "43/room,7[{}]":
            pass
    await bystander.close()


async def test_binary_frames_end_the_connection(running: Running, session: aiohttp.ClientSession) -> None:
    ws = await admitted(session, running.token("binary", create=True))
    await ws.send_bytes(b"\x00")
    async with asyncio.timeout(20):
        while (await ws.receive()).type is aiohttp.WSMsgType.TEXT:
            pass


async def test_a_flood_ends_the_connection(running: Running, session: aiohttp.ClientSession) -> None:
    ws = await admitted(session, running.token("flood", create=True))
    for _ in range(400):
        await ws.send_str("3")
    async with asyncio.timeout(20):
        with contextlib.suppress(ConnectionError):
            while (message := await ws.receive()).type is aiohttp.WSMsgType.TEXT:
                if message.data == "2":
                    await ws.send_str("3")  # else it would end for its silence


async def dropped(session: aiohttp.ClientSession) -> float:
    async with session.get("/metrics") as response:
        counts = re.findall(r"^tutti_outbox_dropped_total\{.*\} (\S+)$", await response.text(), re.MULTILINE)
    return sum(map(float, counts))


async def test_a_page_that_takes_nothing_is_dropped_and_nobody_waits_for_it(
    running: Running, pages: Pages, session: aiohttp.ClientSession
) -> None:
    token = running.token("slow", create=True, name="Ada")
    ada = Caller(session, token)
    quick = await pages.open(running.url, {"token": token}, transports=["websocket"])
    await quick.told("welcome")
    before = await dropped(session)
    slow = await admitted(session, running.token("slow", name="Slow"))
    await quick.until(lambda look: "Slow" in look.here())
    slow.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection = slow._conn
    assert connection is not None
    transport = connection.transport
    assert isinstance(transport, asyncio.Transport)
    transport.pause_reading()
    for number in range(80):
        await ada(201, "POST", "/api/rooms/slow/board", {"text": f"{number} " + "x" * 59_000})
    assert (await quick.told("message", 80))["text"].startswith("79 ")
    await quick.until(lambda look: "Slow" not in look.here())
    assert await dropped(session) > before
    transport.resume_reading()
    await slow.close()


@pytest.mark.parametrize(
    ("method", "query", "body"),
    [
        ("POST", "", b"40/room,"),
        ("POST", "&sid=nobody", b"40/room,"),
        ("GET", "&sid=nobody", None),
        ("GET", "&j=0", None),
        ("GET", "&j=x", None),
        ("GET", "&transport=carrier-pigeon", None),
    ],
)
async def test_requests_that_are_none(session: aiohttp.ClientSession, method: str, query: str, body: bytes | None) -> None:
    path = "/socket.io/?EIO=4" + ("&transport=polling" if "transport" not in query else "") + query
    async with session.request(method, path, data=body) as response:
        assert response.status == 400
    async with session.get("/socket.io/?EIO=3&transport=polling") as response:
        assert response.status == 400


@pytest.mark.parametrize(
    "body", [b"", b"x", b"\xff", b"4[", b"d=40/room,", b"\x1e".join([b"3"] * 17), b"42/room," + b"[" * 50_000, b"3" * 70_000]
)
async def test_posts_that_are_none(session: aiohttp.ClientSession, body: bytes) -> None:
    async with session.post(await polling(session), data=body) as response:
        assert response.status in {200, 400, 413}
        assert response.status == 200 or len(await response.text()) < 200


async def polling(session: aiohttp.ClientSession) -> str:
    """A connection that begins by polling, by its path."""
    async with session.get(POLLING_PATH) as response:
        return f"{POLLING_PATH}&sid={json.loads((await response.text())[1:])['sid']}"


async def test_a_poll_of_a_page_that_goes_is_answered(session: aiohttp.ClientSession) -> None:
    path = await polling(session)

    async def poll() -> tuple[int, str]:
        async with session.get(path) as response:
            return response.status, await response.text()

    polled = asyncio.create_task(poll())
    await asyncio.sleep(0.1)
    async with session.post(path, data=b"1") as response:
        assert response.status == 200
    assert await polled == (200, "")


async def test_a_connection_in_no_room_is_ended(session: aiohttp.ClientSession) -> None:
    ws, _ = await raw(session)
    async with asyncio.timeout(20):
        while (message := await ws.receive()).type is aiohttp.WSMsgType.TEXT:
            if message.data == "2":
                await ws.send_str("3")  # else it would end for its silence


async def post(session: aiohttp.ClientSession, path: str, body: str) -> None:
    async with session.post(path, data=body) as response:
        await response.read()


async def test_a_poll_that_ends_while_it_knocks_leaves_nobody_behind(running: Running, session: aiohttp.ClientSession) -> None:
    token = running.token("ghosts", create=True, name="Ghost")
    for _ in range(10):
        path = await polling(session)
        await asyncio.gather(post(session, path, f'40/room,{{"token":"{token}"}}'), post(session, path, "1"))
    ws = await admitted(session, running.token("ghosts", name="Witness"))
    await asyncio.sleep(0.3)  # presence is told a little later
    async with session.get("/api/rooms/ghosts", headers={"Authorization": f"Bearer {token}"}) as response:
        assert [who["name"] for who in (await response.json())["here"]] == ["Witness"]
    await ws.close()
