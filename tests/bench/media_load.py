"""Sound for a relay to forward: publishers that send stamped packets at an even pace, and listeners that count what comes.

A program of its own, on a core of its own: `python -m tests.bench.media_load PLAN`, which prints what it saw as JSON.
Connections come about in asyncio; then one loop takes the sockets over, sends what is due and empties every listener's socket
every two milliseconds. It never blocks on them: to wake a local receiver would cost the sender, which no distant one does.

A packet holds the time at which it was made. At one listener in SAMPLE it is opened again after the run, and compared with the
time at which the kernel says it came: so the way through the relay counts, and not how late this program looks.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import struct
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp
import msgspec

from tests.bench.janus import Janus
from tests.bench.machine import busy_s, usage
from tests.media_client import Client

SAMPLE = 8
DRAIN_S = 0.002
QUIET_S = 0.3
STALL_S = 0.05
STALLS_PER_S = 4
TIMESTAMPNS = 35
"""SO_TIMESTAMPNS and SCM_TIMESTAMPNS of Linux, which `socket` doesn't name."""
STAMP = struct.Struct("!Q")
PAD = bytes(91)
"""With it a payload has 100 bytes, as Opus has at 40 kbit/s."""
AT_ONCE = 6


class Plan(msgspec.Struct, frozen=True):
    """What is to be done. `stages` people come to each of `rooms` by /stage; else publishers and listeners by WHIP and WHEP."""

    url: str
    tokens: list[str]
    rooms: list[str]
    pid: int
    publishers: int
    listeners: int
    slots: int
    packet_ms: float
    seconds: float
    both: bool = False
    janus: str = ""
    host: str = "127.0.0.1"
    stall: bool = False
    """Whether the process `pid` itself (and none of its children) is stopped for 50 ms, four times a second."""


class Forwarded(msgspec.Struct, frozen=True):
    """What came of it. Times in ms; `cpu_s` and memory are those of the whole process tree."""

    seconds: float
    sent: int
    expected: int
    delivered: int
    cpu_s: float
    p50_ms: float
    p99_ms: float
    worst_ms: float
    samples: int
    generator_cpu_s: float
    late_p99_ms: float
    other_cores: float
    """What other programs took of the machine meanwhile."""
    rss_mb: float
    rss_kb_per_listener: float


@dataclass
class Publisher:
    """One stream that goes in."""

    client: Client
    out: socket.socket

    def send(self) -> None:
        packet = self.client.packet(b"\xfc" + STAMP.pack(time.time_ns()) + PAD)
        self.out.send(self.client.dtls.tx.protect(packet))


@dataclass
class Listener:
    """One socket that packets come to. `kept` are those of a sampled one, with their times."""

    client: Client
    socket: socket.socket
    sampled: bool
    count: int = 0
    kept: list[tuple[bytes, int]] = field(default_factory=list)

    def drain(self) -> None:
        receive = self.socket.recv
        try:
            if self.sampled:
                while True:
                    self._keep()
            while True:
                data = receive(2048)
                if data[0] > 127 and not 191 < data[1] < 224:
                    self.count += 1
        except BlockingIOError:
            return

    def _keep(self) -> None:
        data, ancillary, _, _ = self.socket.recvmsg(2048, 64)
        if data[0] > 127 and not 191 < data[1] < 224:
            self.count += 1
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
            self.kept.append((data, seconds * 1_000_000_000 + nanoseconds))

    def delays_ms(self) -> list[float]:
        found = []
        for data, came_ns in self.kept:
            packet = self.client.dtls.rx.unprotect(data)
            start = 12 + 4 * (packet[0] & 15)
            if packet[0] & 16:
                start += 4 + 4 * int.from_bytes(packet[start + 2 : start + 4], "big")
            (made_ns,) = STAMP.unpack_from(packet, start + 1)
            found.append((came_ns - made_ns) / 1e6)
        return found


def taken_over(client: Client) -> socket.socket:
    """The socket of a connection, no longer asyncio's."""
    taken = socket.socket(fileno=os.dup(client.transport.get_extra_info("socket").fileno()))
    client.transport.close()
    taken.setblocking(False)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    taken.setsockopt(socket.SOL_SOCKET, TIMESTAMPNS, 1)
    taken.connect(client.relay)
    return taken


async def by_http(plan: Plan) -> Forwarded:
    turn = asyncio.Semaphore(AT_ONCE)
    async with aiohttp.ClientSession(plan.url) as session:

        async def come(door: str, room: str, token: str, *ways: str) -> Client:
            async with turn:
                client = Client(*ways)
                headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
                async with session.post(f"/{door}/{room}", data=client.offer, headers=headers) as response:
                    answer = await response.text()
                    if response.status != 201:
                        raise RuntimeError(answer)
                return await client.connect(answer)

        if plan.both:
            ways = ("sendrecv", *["recvonly"] * (plan.slots - 1))
            before = usage(plan.pid).rss_mb
            everybody = await asyncio.gather(
                *(come("stage", room, plan.tokens[person], *ways) for room in plan.rooms for person in range(plan.publishers))
            )
            return measure(plan, everybody, everybody, before)
        (room,) = plan.rooms
        publishers = await asyncio.gather(
            *(come("whip", room, plan.tokens[person], "sendonly") for person in range(plan.publishers))
        )
        before = usage(plan.pid).rss_mb
        listening = (come("whep", room, plan.tokens[0], *["recvonly"] * plan.slots) for _ in range(plan.listeners))
        return measure(plan, publishers, await asyncio.gather(*listening), before)


async def by_janus(plan: Plan) -> Forwarded:
    async with Janus(plan.janus, plan.host) as janus:
        publishers = [await janus.publish() for _ in range(plan.publishers)]
        before = usage(plan.pid).rss_mb
        # Each hears `slots` of them, as far apart as there are listeners.
        turn = asyncio.Semaphore(AT_ONCE)

        async def listen(number: int) -> Client:
            async with turn:
                return await janus.listen([(number + place) % plan.publishers for place in range(plan.slots)])

        return measure(plan, publishers, await asyncio.gather(*map(listen, range(plan.listeners))), before)


def play(plan: Plan, publishers: list[Publisher], listeners: list[Listener], seconds: float) -> tuple[int, list[float]]:
    """Sends and drains for so long, then drains what is on its way. How many were sent, and how late each was, in ms."""
    step_s = plan.packet_ms / 1000 / len(publishers)
    late: list[float] = []
    begun = time.perf_counter()
    drained = stalled = begun
    stopped = False
    count = int(seconds / step_s)
    while len(late) < count:
        now = time.perf_counter()
        due = begun + len(late) * step_s
        if now >= due:
            publishers[len(late) % len(publishers)].send()
            late.append((now - due) * 1000)
        if plan.stall and now - stalled > (STALL_S if stopped else 1 / STALLS_PER_S - STALL_S):
            stalled, stopped = now, not stopped
            os.kill(plan.pid, signal.SIGSTOP if stopped else signal.SIGCONT)
        if now - drained > DRAIN_S:
            drained = now
            for listener in listeners:
                listener.drain()
        else:
            time.sleep(max(0.0, min(due + step_s, drained + DRAIN_S) - time.perf_counter()))
    if stopped:
        os.kill(plan.pid, signal.SIGCONT)
    end = time.perf_counter() + QUIET_S
    while time.perf_counter() < end:
        for listener in listeners:
            listener.drain()
        time.sleep(DRAIN_S)
    return count, late


def measure(plan: Plan, publishing: Sequence[Client], listening: Sequence[Client], before_mb: float) -> Forwarded:
    """Plays, with everybody connected. `before_mb` is the memory of the tree before the listeners came. It blocks asyncio's
    loop: what is to be measured lives as long as those who set it up."""
    gc.disable()
    sockets = {client: taken_over(client) for client in dict.fromkeys([*publishing, *listening])}
    publishers = [Publisher(client, sockets[client]) for client in publishing]
    listeners = [Listener(client, sockets[client], number % SAMPLE == 0) for number, client in enumerate(listening)]
    play(plan, publishers, listeners, 1.0)
    for listener in listeners:
        listener.count = 0
        listener.kept.clear()
    before, own, busy, begun = usage(plan.pid), time.process_time(), busy_s(), time.perf_counter()
    sent, late = play(plan, publishers, listeners, plan.seconds)
    seconds, after = time.perf_counter() - begun, usage(plan.pid)
    own, busy = time.process_time() - own, busy_s() - busy
    delays = sorted(delay for listener in listeners for delay in listener.delays_ms())
    late.sort()
    return Forwarded(
        seconds=plan.seconds,
        sent=sent,
        expected=sent * (plan.slots if plan.both else plan.listeners * plan.slots // plan.publishers),
        delivered=sum(listener.count for listener in listeners),
        cpu_s=after.cpu_s - before.cpu_s,
        p50_ms=at(delays, 0.5),
        p99_ms=at(delays, 0.99),
        worst_ms=delays[-1] if delays else 0.0,
        samples=len(delays),
        generator_cpu_s=own * plan.seconds / seconds,
        late_p99_ms=at(late, 0.99),
        other_cores=max(0.0, (busy - own - (after.cpu_s - before.cpu_s)) / seconds),
        rss_mb=after.rss_mb,
        rss_kb_per_listener=(after.rss_mb - before_mb) * 1024 / max(1, len(listeners)),
    )


def at(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def main() -> None:
    plan = msgspec.json.decode(sys.argv[1], type=Plan)
    found = asyncio.run(by_janus(plan) if plan.janus else by_http(plan))
    sys.stdout.buffer.write(msgspec.json.encode(found))


if __name__ == "__main__":
    main()
