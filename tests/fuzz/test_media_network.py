"""A bad network between people and the relay: a UDP proxy that loses, doubles, delays and so reorders, from a seed. Reports say
what it did, a listener gets everything that came through once, and nothing grows."""

from __future__ import annotations

import asyncio
import gc
import os
import random
from collections import Counter
from collections.abc import AsyncIterator

import pytest_asyncio

from rooms.model import Limits
from rooms.stage import Opening
from server.media import rtcp
from server.media.node import Node
from tests.media_client import PATIENCE_S, Client, close_all

SEED = int(os.environ.get("TUTTI_FUZZ_SEED", "20260901"))
HOST = "127.0.0.1"
LOST, DOUBLED = 0.05, 0.03
DELAY_S = 0.03
PACKETS = 2000
WARM = 400
STEP_S = 0.002
CLOCK_HZ = 48_000


class Side(asyncio.DatagramProtocol):
    """One socket of the proxy: what comes to it leaves by the other."""

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        self.other: Side
        self.to: tuple[str, int] | None = None
        self.transport: asyncio.DatagramTransport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.to = self.to or addr
        self.proxy.pass_on(data, self.other)

    def send(self, data: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.sendto(data, self.to)


PROXIES: list[Proxy] = []
"""Those with sockets: a test's end closes them."""


class Proxy:
    """Between one client and the relay. Sound fares badly; checks, handshakes and reports pass."""

    def __init__(self, seed: int) -> None:
        self.did: Counter[str] = Counter()
        self.calm = True
        self._chance = random.Random(seed)
        self._loop = asyncio.get_running_loop()

    async def open(self, relay: tuple[str, int]) -> tuple[str, int]:
        """Its address for the client, before the relay's."""
        sides = []
        PROXIES.append(self)
        for _ in range(2):
            transport, side = await self._loop.create_datagram_endpoint(lambda: Side(self), local_addr=(HOST, 0))
            side.transport = transport
            sides.append(side)
        self.near, self.far = sides
        self.near.other, self.far.other = self.far, self.near
        self.far.to = relay
        return _name(self.near)

    def close(self) -> None:
        for side in (self.near, self.far):
            side.transport.close()

    def pass_on(self, data: bytes, to: Side) -> None:
        if not 127 < data[0] < 192 or 191 < data[1] < 224:
            to.send(data)
            return
        self.did["came"] += 1
        if self.calm:
            self.did["passed"] += 1
            to.send(data)
            return
        if self._chance.random() < LOST:
            self.did["lost"] += 1
            return
        for _ in range(1 + (self._chance.random() < DOUBLED)):
            self.did["passed"] += 1
            self._loop.call_later(self._chance.random() * DELAY_S, to.send, data)


def _name(side: Side) -> tuple[str, int]:
    host, port = side.transport.get_extra_info("sockname")
    return host, port


class Far(Client):
    """A client behind a proxy."""

    def __init__(self, *ways: str, seed: int) -> None:
        super().__init__(*ways)
        self.proxy = Proxy(seed)
        self.twice = 0

    async def open(self, answer: str) -> Far:
        self.read(answer)
        near = await self.proxy.open(self.relay)
        await self.connect(answer.replace(f" {self.relay[0]} {self.relay[1]} ", f" {near[0]} {near[1]} "))
        return self

    @property
    def seen_as(self) -> object:
        return _name(self.proxy.far)

    def datagram_received(self, data: bytes, addr: object) -> None:
        try:
            super().datagram_received(data, addr)
        except Exception as error:
            if "replay" not in str(error):
                raise
            self.twice += 1


@pytest_asyncio.fixture
async def node() -> AsyncIterator[Node]:
    node = Node(Limits(packets_per_s=1 << 40, stage_silence_s=3600), host=HOST, port=0, public=())
    yield node
    await node.shut()
    close_all()
    while PROXIES:
        PROXIES.pop().close()
    await asyncio.sleep(0)


async def come(node: Node, name: str, way: str, seed: int) -> Far:
    client = Far(way, seed=seed)
    opening = Opening(name, "songs", 1, client.offer, way == "sendonly", way == "recvonly")
    return await client.open(await node.open(opening, lambda _: None))


async def sing(singer: Client, packets: int) -> None:
    """In time with the RTP clock, so that jitter is the network's."""
    loop = asyncio.get_running_loop()
    for _ in range(packets):
        packet = bytearray(singer.packet())
        packet[4:8] = (int(loop.time() * CLOCK_HZ) & 0xFFFFFFFF).to_bytes(4, "big")
        singer.play(bytes(packet))
        await asyncio.sleep(STEP_S)
    await asyncio.sleep(2 * DELAY_S)


async def test_reports_say_what_the_network_did_and_nothing_grows(node: Node) -> None:
    singer, listener = await come(node, "singer", "sendonly", SEED), await come(node, "listener", "recvonly", SEED + 1)
    networks = singer.proxy, listener.proxy
    heard = 0

    async def hear(packets: int) -> None:
        nonlocal heard
        await sing(singer, packets)
        heard += len(listener.heard)
        listener.heard.clear()
        singer.reports.clear()
        listener.reports.clear()

    await hear(1)
    for network in networks:
        network.calm = False
    await hear(WARM)
    gc.collect()
    objects, tasks = len(gc.get_objects()), len(asyncio.all_tasks())
    for _ in range(4):
        await hear(PACKETS // 4)
    gc.collect()
    assert len(gc.get_objects()) - objects < 200
    assert len(asyncio.all_tasks()) == tasks
    for network in networks:  # so that nobody must guess what the last one was
        network.calm = True
    await sing(singer, 1)
    heard += len(listener.heard)

    up, down = (network.did for network in networks)
    comes = node.report("singer").comes
    assert comes is not None
    assert up["came"] == PACKETS + WARM + 2
    assert up["lost"] > PACKETS * LOST / 2
    assert comes.packets == up["came"] - up["lost"]
    assert comes.dropped == {"replay": up["passed"] - comes.packets}
    assert comes.jitter_ms > 1
    assert node.totals().forwarded == down["came"] == comes.packets
    assert heard == down["came"] - down["lost"] == down["passed"] - listener.twice

    def told() -> bool:
        return any(block.lost == up["lost"] for report in singer.reports for block in rtcp.read(report).blocks)

    await singer.until(told)
    listener.tell(fraction=0, lost=down["lost"], jitter=480)
    async with asyncio.timeout(PATIENCE_S):
        while node.report("listener").goes[0].lost != down["lost"]:
            await asyncio.sleep(0.02)
    comes = node.report("singer").comes
    assert comes is not None
    assert comes.lost == up["lost"]
    assert node.totals().lost_out == down["lost"]
