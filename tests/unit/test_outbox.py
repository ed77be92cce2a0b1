"""Outbox: frames, and what happens to a connection that is slow, silent or merely quiet. Over real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from rooms.meter import Silent
from rooms.model import Limits
from server import outbox as module
from server.outbox import PING, SocketOutbox, close_frame, frame

LIMITS = Limits(outbox_bytes=1 << 16, send_buffer_bytes=1 << 14, silence_s=0.3, ping_s=0.1)


class Dropped(Silent):
    def __init__(self) -> None:
        self.reasons: list[str] = []

    def dropped(self, reason: str) -> None:
        self.reasons.append(reason)


@dataclass
class Pair:
    outbox: SocketOutbox
    client: socket.socket
    meter: Dropped

    async def received(self, size: int) -> bytes:
        return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self.client, size), 5)


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    server, client = socket.socketpair()
    client.setblocking(False)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=server)
    meter = Dropped()
    yield Pair(SocketOutbox(transport, LIMITS, meter, loop, b"\x82\x00"), client, meter)
    transport.abort()
    client.close()
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("size", "head"), [(5, b"\x82\x05"), (300, b"\x82\x7e\x01\x2c"), (70_000, b"\x82\x7f" + bytes(5) + b"\x01\x11\x70")]
)
def test_frames_are_unmasked_and_binary(size: int, head: bytes) -> None:
    assert frame(b"x" * size) == head + b"x" * size


def test_reasons_are_cut_at_a_character() -> None:
    made = close_frame(4400, "é" * 100)
    assert len(made) == made[1] + 2 <= 127
    assert made[4:].decode() == "é" * 61


async def test_what_waits_is_bounded_in_bytes(pair: Pair) -> None:
    for _ in range(40):
        pair.outbox.write(frame(b"x" * 8000))
    assert pair.meter.reasons == ["bytes"]
    assert pair.outbox.closed


async def test_a_snapshot_may_wait_and_what_follows_is_bounded_again(pair: Pair) -> None:
    pair.outbox.snapshot(frame(b"x" * 500_000))
    pair.outbox.write(frame(b"y" * 1000))
    assert pair.meter.reasons == []
    taken = 0
    while taken < 501_000:
        taken += len(await pair.received(1 << 16))
        await asyncio.sleep(0)
    pair.outbox.tend()
    for _ in range(40):
        pair.outbox.write(frame(b"x" * 8000))
    assert pair.meter.reasons == ["bytes"]


async def test_one_edit_larger_than_the_bound_goes_to_who_had_taken_everything(pair: Pair) -> None:
    pair.outbox.write(frame(b"x" * (2 * LIMITS.outbox_bytes)))
    assert pair.meter.reasons == []
    pair.outbox.write(frame(b"y"))
    assert pair.meter.reasons == ["bytes"]


async def test_who_is_silent_is_dropped_and_who_answers_is_not(pair: Pair) -> None:
    for _ in range(10):
        pair.outbox.heard()
        pair.outbox.tend()
        await asyncio.sleep(0.05)
    assert pair.meter.reasons == []
    assert PING in await pair.received(1000)
    for _ in range(10):
        pair.outbox.tend()
        await asyncio.sleep(0.05)
    assert pair.meter.reasons == ["silent"]


async def test_who_takes_slowly_but_takes_is_not_dropped(pair: Pair) -> None:
    pair.outbox.snapshot(frame(b"x" * 400_000))
    for _ in range(10):
        pair.outbox.tend()
        await asyncio.sleep(0.1)
        await pair.received(20_000)
    assert pair.meter.reasons == []


async def test_a_quiet_connection_hears_something(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEEPALIVE_S", 0.2)
    for _ in range(6):
        pair.outbox.heard()
        pair.outbox.tend()
        await asyncio.sleep(0.05)
    assert b"\x82\x00" in await pair.received(1000)
