"""The media process: `python -m server.media.process SETUP`, started by `Keeper` and by nobody else.

It takes orders from its standard input and reports on its standard output. It ends, with a goodbye to everybody, when its input
does: so it never outlives the server.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from itertools import count, islice

import msgspec
import uvloop

from rooms.errors import StudioError
from rooms.model import Limits
from server.media.frames import (
    Bound,
    Close,
    Counted,
    Done,
    Ended,
    Heard,
    Mute,
    Open,
    Order,
    Refused,
    Report,
    Restart,
    frame,
    receive,
)
from server.media.node import Node

COUNTED_S = 0.5
REPORTED_EVERY = 4
"""Peers are reported on every fourth time: once in two seconds."""
PEERS_PER_REPORT = 200
UNREAD_BYTES = 1 << 20
"""Of reports. A server that doesn't read them any more has no use for this process."""


class Setup(msgspec.Struct, frozen=True):
    """What the process is told when it starts."""

    limits: Limits
    host: str
    port: int
    public: tuple[str, ...]


async def serve(setup: Setup, orders_from: int, reports_to: int) -> None:
    loop = asyncio.get_running_loop()
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), os.fdopen(orders_from, "rb"))
    out, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(reports_to, "wb"))

    def report(message: Report) -> None:
        if out.get_write_buffer_size() > UNREAD_BYTES:
            orders.feed_eof()
        else:
            out.write(frame(message))

    bound = 0

    def on_port(port: int) -> None:
        nonlocal bound
        if port != bound:
            bound = port
            report(Bound(port))

    node = Node(setup.limits, host=setup.host, port=setup.port, public=setup.public, on_port=on_port)
    counting = asyncio.create_task(_count(node, report))
    gc.collect()
    gc.freeze()
    try:
        while True:
            await _obey(node, msgspec.msgpack.decode(await receive(orders), type=Order), report)
    except EOFError:
        return
    finally:
        counting.cancel()
        await node.shut()


async def _obey(node: Node, order: Order, report: Callable[[Report], None]) -> None:
    match order:
        case Close(peer):
            node.close(peer)
            return
        case Mute(peer, muted):
            node.mute(peer, muted=muted)
            return
        case Open(id=number) | Restart(id=number):
            pass
    try:
        match order:
            case Open(_, opening):
                text: str | None = await node.open(opening, lambda peer: report(Ended(peer)))
            case Restart(_, peer, fragment):
                text = await node.restart(peer, fragment)
    except StudioError as error:
        report(Refused(number, error.code, str(error)))
    else:
        report(Done(number, text))


async def _count(node: Node, report: Callable[[Report], None]) -> None:
    told = None
    for turn in count(1):
        await asyncio.sleep(COUNTED_S)
        totals = node.totals()
        if totals != told:
            told = totals
            report(Counted(totals))
        if turn % REPORTED_EVERY == 0:
            peers = iter(node.peers())
            while some := list(islice(peers, PEERS_PER_REPORT)):
                report(Heard({peer: node.report(peer) for peer in some}))
                await asyncio.sleep(0)  # sound comes first


def main() -> None:
    setup = msgspec.json.decode(sys.argv[1], type=Setup)
    orders, reports = os.dup(0), os.dup(1)
    os.dup2(2, 1)  # what a library prints must not be taken for a report
    for ignored in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)  # meant for the server, which ends this process by closing its input
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # it would hold keys
    with suppress(OSError):
        os.nice(-5)  # sound is late sooner than anything else; only granted where we may
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(setup, orders, reports))


if __name__ == "__main__":
    main()
