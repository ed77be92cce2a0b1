"""A reader that stops reading, like a phone in a tunnel: when it is dropped, what others feel, what it finds on return."""

from __future__ import annotations

import asyncio
import socket
import time

from tests.bench.bench import Bench, Measured, marks, median
from tests.bench.documents import open_room
from tests.bench.errors import BenchError
from tests.bench.servers import Tutti, running
from tests.bench.verdict import Figure

ROOM = "tunnel"
RECEIVE_BUFFER_BYTES = 4096
SEND_BUFFER = {"TUTTI_LIMIT_SEND_BUFFER_BYTES": "65536"}
EDIT_BYTES = 1000
EDITS_PER_S = 50
AT_MOST_S = 15.0
LOOK_S = 0.2
PATIENCE_S = 60.0
JOIN = b"\x82\x84\x00\x00\x00\x00\x00\x00\x01\x00"
"""A masked binary frame with a SyncStep1 of the empty state vector."""


async def slow_reader(bench: Bench) -> list[Figure]:
    """One writer of 1 kB edits, 50 a second, and ten readers; then the same with one more reader, whose receive buffer has
    4 kB and who stops reading. The server's send buffers are set to 64 kB, all its other limits are the defaults."""
    alone: list[Measured] = []
    beside: list[Measured] = []
    dropped_s: list[float] = []
    missing = 0.0
    for _ in range(bench.runs):
        bench.say("slow-reader")
        await bench.quiet()
        server = Tutti(bench.folder(), SEND_BUFFER)
        async with running(server):
            alone.append(await _type(bench, server, f"{ROOM}-quiet", 2 if bench.quick else 10))
            typing = asyncio.create_task(_type(bench, server, ROOM, 18 if bench.quick else 22))
            with await asyncio.to_thread(_join, server):
                dropped_s.append(await _dropped(server))
                beside.append(await typing)
            want = beside[-1].typed.sent_in_all * EDIT_BYTES
            returned = await open_room(server, ROOM, want, patience_s=2)
            missing += want - sum(returned.clocks.values())
        for during, measured in (("alone", alone[-1]), ("beside", beside[-1])):
            bench.keep("slow-reader", {"during": during, "dropped_s": dropped_s[-1], **measured.facts()})
    quiet = median(run.typed.p99_ms for run in alone)
    return [
        Figure("slow-reader", "dropped after", "s", median(dropped_s), at_most=AT_MOST_S),
        Figure("slow-reader", "p99 of the others alone", "ms", quiet, marks=marks(alone)),
        Figure(
            "slow-reader",
            "p99 of the others beside it",
            "ms",
            median(run.typed.p99_ms for run in beside),
            quiet,
            "alone",
            at_most=2.0,
            marks=marks(beside),
        ),
        Figure("slow-reader", "characters missing on return", "", missing, at_most=0, must=True),
    ]


async def _type(bench: Bench, server: Tutti, room: str, seconds: float) -> Measured:
    shape = {
        "rooms": [room],
        "writers": 1,
        "readers": 10,
        "rate": EDITS_PER_S,
        "units": EDIT_BYTES,
        "even": True,
        "seconds": seconds,
    }
    return await bench.type(server, shape, 11)


def _join(server: Tutti) -> socket.socket:
    """Joins the room, and reads no more once it has the first answer."""
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)  # before connecting: it sets the window
    slow.connect(("127.0.0.1", server.port))
    path = server.path.format(room=ROOM, token=server.tokens(12)[-1])
    slow.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    if b" 101 " not in slow.recv(RECEIVE_BUFFER_BYTES):
        raise BenchError("The slow reader was not let in.")
    slow.sendall(JOIN)
    slow.recv(RECEIVE_BUFFER_BYTES)
    return slow


async def _dropped(server: Tutti) -> float:
    """How long it takes from now until the server has dropped a connection, in seconds. The reader itself would not notice:
    what it never read comes before the end."""
    began = time.monotonic()
    while not await server.metric("tutti_outbox_dropped_total"):
        await asyncio.sleep(LOOK_S)
        if time.monotonic() - began > PATIENCE_S:
            raise BenchError("The slow reader was not dropped within a minute.")
    return time.monotonic() - began
