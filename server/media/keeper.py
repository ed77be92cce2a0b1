"""Keeper: the media process seen from the server. Starts it when somebody is about to come on a stage, and watches it: where it
dies while people are connected it is started anew at once, on the same port. It ends with the server, and never waits for the
server's event loop.

When the process dies its peers are over: each session's owner is told, and members come back by a new offer. Nothing else in
the studio notices.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from itertools import count

import msgspec

from rooms.errors import StageDownError
from rooms.model import Limits
from rooms.stage import Ended, Opening, Report, Totals
from rooms.supervisor import Supervisor
from server.media.frames import (
    ERRORS,
    Bound,
    Close,
    Counted,
    Done,
    Heard,
    Mute,
    Order,
    Refused,
    Restart,
    frame,
    receive,
)
from server.media.frames import Ended as EndedReport
from server.media.frames import Open as OpenOrder
from server.media.frames import Report as Message

log = logging.getLogger(__name__)

ANSWER_S = 10.0
"""How long the process may take over an order."""
GOODBYE_S = 2.0
FAST_S = 5.0
"""One that died sooner than this after its start is not started by itself: only for who asks again."""
UNREAD_BYTES = 4 << 20
"""Of orders: a process that takes no more is ended."""


class Keeper:
    """A MediaNode in a process of its own."""

    def __init__(self, limits: Limits, *, host: str, port: int, public: tuple[str, ...]) -> None:
        self.failures = 0
        self.pid: int | None = None
        self._setup = {"limits": limits, "host": host, "port": port, "public": public}
        self._supervisor = Supervisor()
        self._starting = asyncio.Lock()
        self._process: Process | None = None
        self._ids = count(1)
        self._asked: dict[int, asyncio.Future[str | None]] = {}
        self._ended: dict[str, Ended] = {}
        self._reports: dict[str, Report] = {}
        self._now = self._before = Totals()
        self._started_s = 0.0
        self._closed = False

    async def warm(self) -> None:
        await self._running()

    async def open(self, opening: Opening, ended: Ended) -> str:
        self._ended[opening.peer] = ended
        try:
            answer = await self._ask(OpenOrder(next(self._ids), opening))
        except BaseException:
            self.close(opening.peer)
            raise
        return answer or ""

    async def restart(self, peer: str, fragment: str) -> str | None:
        return await self._ask(Restart(next(self._ids), peer, fragment))

    def close(self, peer: str) -> None:
        self._ended.pop(peer, None)
        self._reports.pop(peer, None)
        if self._process is not None:
            self._tell(self._process, Close(peer))

    def mute(self, peer: str, *, muted: bool) -> None:
        if self._process is not None:
            self._tell(self._process, Mute(peer, muted))

    def report(self, peer: str) -> Report:
        return self._reports.get(peer, Report())

    def totals(self) -> Totals:
        return _sum(self._before, self._now)

    async def shut(self) -> None:
        """Lets the process end by itself, and ends it where it doesn't."""
        self._closed = True
        async with self._starting:
            process = self._process
        if process is not None and process.stdin is not None:
            process.stdin.close()
            try:
                async with asyncio.timeout(GOODBYE_S):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        await self._supervisor.close()

    async def _ask(self, order: OpenOrder | Restart) -> str | None:
        process = await self._running()
        answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._asked[order.id] = answer
        try:
            self._tell(process, order)
            async with asyncio.timeout(ANSWER_S):
                return await answer
        except TimeoutError:
            log.error("the media process did not answer in time")  # noqa: TRY400 - no bug of ours to trace
            _kill(process)
            raise StageDownError from None
        finally:
            del self._asked[order.id]

    def _tell(self, process: Process, order: Order) -> None:
        if process.stdin is None or process.stdin.is_closing():
            return
        process.stdin.write(frame(order))
        if process.stdin.transport.get_write_buffer_size() > UNREAD_BYTES:
            _kill(process)

    async def _running(self) -> Process:
        async with self._starting:
            if self._closed:
                raise StageDownError
            if self._process is None:
                self._process = await self._start()
            return self._process

    async def _start(self) -> Process:
        setup = msgspec.json.encode(self._setup).decode()
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", "server.media.process", setup, stdin=PIPE, stdout=PIPE, stderr=PIPE
            )
        except OSError as error:
            self.failures += 1
            log.warning("the media process could not be started: %s", error)
            raise StageDownError from error
        self.pid = process.pid
        self._started_s = asyncio.get_running_loop().time()
        self._supervisor.start(self._watch(process), "media process")
        self._supervisor.start(_pass_on(process), "log of the media process")
        return process

    async def _watch(self, process: Process) -> None:
        try:
            await self._hear(process)
        finally:
            _kill(process)
            code = await process.wait()
            self._gone(process, code)

    async def _hear(self, process: Process) -> None:
        if process.stdout is None:
            return
        try:
            while True:
                self._heed(msgspec.msgpack.decode(await receive(process.stdout), type=Message))
        except (EOFError, ValueError):
            return

    def _heed(self, report: Message) -> None:
        match report:
            case Done(number, text):
                self._settle(number, text)
            case Refused(number, code, sentence):
                self._settle(number, ERRORS[code](sentence))
            case EndedReport(peer):
                self._reports.pop(peer, None)
                ended = self._ended.pop(peer, None)
                if ended is not None:
                    ended(peer)
            case Bound(port):
                self._setup["port"] = port
            case Counted(totals):
                self._now = totals
            case Heard(peers):
                self._reports.update((peer, report) for peer, report in peers.items() if peer in self._ended)

    def _settle(self, number: int, outcome: str | Exception | None) -> None:
        answer = self._asked.get(number)
        if answer is None or answer.done():
            return
        if isinstance(outcome, Exception):
            answer.set_exception(outcome)
        else:
            answer.set_result(outcome)

    def _gone(self, process: Process, code: int) -> None:
        if self._process is process:
            self._process = self.pid = None
        self._before, self._now = self.totals(), Totals()
        for number in list(self._asked):
            self._settle(number, StageDownError())
        self._reports.clear()
        ended, self._ended = self._ended, {}
        for peer, tell in ended.items():
            tell(peer)
        if not self._closed:
            self.failures += 1
            log.warning("the media process ended with status %s", code)
            if ended and asyncio.get_running_loop().time() - self._started_s > FAST_S:
                self._supervisor.start(self._again(), "media process, again")

    async def _again(self) -> None:
        with suppress(StageDownError):  # which has been logged
            await self._running()


async def _pass_on(process: Process) -> None:
    """What the process says on standard error, a line at a time."""
    if process.stderr is not None:
        while line := await process.stderr.readline():
            log.warning("the media process says: %s", line.decode(errors="replace").rstrip())


def _kill(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()


def _sum(before: Totals, now: Totals) -> Totals:
    if not before.buckets:
        return now
    dropped, ended = Counter(before.dropped) + Counter(now.dropped), Counter(before.ended) + Counter(now.ended)
    buckets = tuple(map(sum, zip(before.buckets, now.buckets, strict=True))) if now.buckets else before.buckets
    return replace(
        before,
        received=before.received + now.received,
        forwarded=before.forwarded + now.forwarded,
        lost_in=before.lost_in + now.lost_in,
        lost_out=before.lost_out + now.lost_out,
        dropped=dict(dropped),
        ended=dict(ended),
        buckets=buckets,
        seconds=before.seconds + now.seconds,
    )
