"""A lane: a child process (`rooms.render.process`) that does one task after the other, seen from the server.

It starts with the first task and ends when it has been idle for a while. What goes wrong in it goes wrong for one task: if the
child dies, runs out of memory or out of time, that task gets a TaskError, and the next one a new child. The event loop is
never held up by the size of what is sent or received: see `_Child`.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from itertools import count
from typing import Final, cast

import msgspec

from rooms.errors import BadRequestError, TooFastError, UpdateRefusedError, WorkerError
from rooms.model import Limits
from rooms.render.frames import LENGTH_BYTES, Call, Reply, TaskName, chunks, head

log = logging.getLogger(__name__)

WAITING: Final = 256
"""So many tasks may wait at once; beyond them a task is refused with TooFastError."""

WAITING_BYTES: Final = 256 << 20
"""So many bytes may wait at once, unless it is one task alone."""

CHUNK_BYTES: Final = 256 << 10
"""Bytes go to the child in portions of this size, and the loop turns between two of them."""

PATIENCE: Final = 4
"""A task may use `worker_seconds` of the processor, and may take this many times as long on a machine that is busy. Beyond that
it isn't the task's fault: the child has the least priority."""

STDERR_LINES: Final = 200
"""So many lines of one child's standard error are logged."""


class TaskError(WorkerError):
    """This very task was more than the worker could do, and would be so again. `why` is for the log and the store."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


class Lane:
    """Hands tasks to a child and starts it anew as often as needed. `failures` counts children that failed."""

    def __init__(self, limits: Limits) -> None:
        self.failures = 0
        self._limits = limits
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._waiting_bytes = 0
        self._ids = count(1)
        self._child: _Child | None = None
        """The one that takes tasks. Others, dismissed or killed, may not be gone yet."""
        self._children: set[_Child] = set()
        self._idle: asyncio.TimerHandle | None = None
        self._closed = False

    async def close(self) -> None:
        """Ends the child. What still waits gets a WorkerError."""
        self._closed = True
        self._stop_idling()
        for child in list(self._children):
            child.kill()
            await child.gone.wait()

    # One task

    async def run(self, task: TaskName, blobs: Sequence[bytes], format: str = "") -> tuple[msgspec.Raw, bytes]:  # noqa: A002
        """What the task of `rooms/render/tasks.py` answers. Raises what it raises, TaskError, WorkerError and TooFastError."""
        size = sum(map(len, blobs))
        if self._waiting >= WAITING or (self._waiting and self._waiting_bytes + size > WAITING_BYTES):
            raise TooFastError
        self._waiting += 1
        self._waiting_bytes += size
        try:
            async with self._turn:
                self._stop_idling()
                reply, blob = await self._do(Call(next(self._ids), task, format, list(map(len, blobs))), blobs)
        finally:
            self._waiting -= 1
            self._waiting_bytes -= size
            if not self._waiting and not self._closed:
                self._start_idling()
        match reply.kind:
            case "refused":
                raise UpdateRefusedError(*reply.words)
            case "bad":
                raise BadRequestError(*reply.words)
        return reply.facts, blob

    async def _do(self, call: Call, blobs: Sequence[bytes]) -> tuple[Reply, bytes]:
        """Has the child do it; once more, if the child was gone before it began."""
        for _ in range(2):
            if self._closed:
                raise WorkerError
            child = self._child or await self._start()
            try:
                async with asyncio.timeout(self._limits.worker_seconds * PATIENCE):
                    reply, blob = await child.ask(call, blobs)
            except TimeoutError:
                self._drop(child, f"{call.task}: no answer after {self._limits.worker_seconds * PATIENCE:g} s")
                raise WorkerError from None
            except ChildProcessError as error:
                why = str(error)
            except BaseException:  # cancelled: nobody waits for the answer any more, and the child has better things to do
                self._child = None
                child.kill()
                raise
            else:
                if reply.kind != "failed":
                    return reply, blob
                why = reply.words[0]
            if self._closed:
                raise WorkerError
            self._drop(child, f"{call.task}: {why}")
            if child.began:
                raise TaskError(f"{call.task}: {why}")
        raise WorkerError

    # The child

    async def _start(self) -> _Child:
        limits = msgspec.json.encode(self._limits).decode()
        command = [sys.executable, "-P", "-m", "rooms.render.process", limits]
        try:
            _, child = await asyncio.get_running_loop().subprocess_exec(lambda: _Child(self._lost), *command)
        except OSError as error:
            self.failures += 1
            log.warning("the worker process could not be started: %s", error)
            raise WorkerError from error
        self._children.add(child)
        self._child = child
        return child

    def _drop(self, child: _Child, why: str) -> None:
        """Gives up a child that failed."""
        if child is self._child:
            self._child = None
            self.failures += 1
            log.warning("the worker process failed: %s", why)
        child.kill()

    def _lost(self, child: _Child) -> None:
        """It is gone, whether it was asked to or not."""
        self._children.discard(child)
        if not self._closed:
            self._drop(child, child.end)

    def _start_idling(self) -> None:
        self._idle = asyncio.get_running_loop().call_later(self._limits.worker_idle_s, self._dismiss)

    def _stop_idling(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _dismiss(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.dismiss()


class _Child(asyncio.SubprocessProtocol):
    """One child process, and the frames that go to and fro.

    Bytes are written in chunks, each when the one before has left; what arrives is put together once, when it is complete.
    """

    def __init__(self, lost: Callable[[_Child], None]) -> None:
        self.began = False
        """Whether it has received the whole of the task it was last asked, and started on it."""
        self.gone = asyncio.Event()
        self.end = ""
        """How it ended."""
        self._lost = lost
        self._writable = asyncio.Event()
        self._writable.set()
        self._answer: asyncio.Future[tuple[Reply, bytes]] | None = None
        self._parser = self._parse()
        self._needed = next(self._parser)
        self._received: list[bytes] = []
        self._received_bytes = 0
        self._lines_left = STDERR_LINES

    async def ask(self, call: Call, blobs: Sequence[bytes]) -> tuple[Reply, bytes]:
        """Raises ChildProcessError where it ends before it has answered."""
        if self.gone.is_set():
            raise ChildProcessError(self.end)
        self.began = False
        self._answer = asyncio.get_running_loop().create_future()
        for chunk in chunks([head(call), *blobs], CHUNK_BYTES):
            self._stdin.write(chunk)
            await self._writable.wait()
            if self.gone.is_set():
                break
        return await self._answer

    def dismiss(self) -> None:
        """Lets it end by itself: its input is over."""
        self._stdin.close()

    def kill(self) -> None:
        if not self.gone.is_set():
            with suppress(ProcessLookupError):
                self._transport.kill()

    def _parse(self) -> Generator[int, bytes, None]:
        """Asks for so many bytes, and is sent them."""
        while True:
            length = int.from_bytes((yield LENGTH_BYTES), "little")
            reply = msgspec.msgpack.decode((yield length), type=Reply)
            if reply.kind == "began":
                self.began = True
                continue
            blob = (yield reply.size) if reply.size else b""
            if self._answer is not None and not self._answer.done():
                self._answer.set_result((reply, blob))

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.SubprocessTransport, transport)
        self._stdin = cast(asyncio.WriteTransport, self._transport.get_pipe_transport(0))

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 2:
            self._log(data)
            return
        self._received.append(data)
        self._received_bytes += len(data)
        while self._received_bytes >= self._needed:
            received = b"".join(self._received)
            part, rest = received[: self._needed], received[self._needed :]
            self._received, self._received_bytes = [rest], len(rest)
            self._needed = self._parser.send(part)

    def _log(self, data: bytes) -> None:
        lines = data.decode(errors="replace").splitlines()[: self._lines_left]
        self._lines_left -= len(lines)
        for line in lines:
            log.warning("the worker process says: %s", line)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.end = _end(self._transport.get_returncode())
        self._transport.close()  # the process has ended; asyncio wants to hear it from us, too
        self.gone.set()
        self._writable.set()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ChildProcessError(self.end))
        self._lost(self)


def _end(code: int | None) -> str:
    if code == -signal.SIGPROF:
        return "it used up its processor time"
    return f"it was ended by {signal.Signals(-code).name}" if code and code < 0 else f"it ended with status {code}"
