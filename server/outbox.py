"""Outbox: the way out to one WebSocket. Frames are written straight to the transport, and what may wait there is bounded.

A server's frames carry no mask (RFC 6455, section 5.1), so one encoded frame serves every reader; a write is then one system
call, which is what a delivery costs. There is no queue of our own: what the kernel doesn't take lies in the transport's buffer.

**At the bound** the connection is dropped (`tutti_outbox_dropped_total`): when something is to be added, however large, while
more than `limits.outbox_bytes` wait beyond its first snapshot (reason `bytes`), or when for `limits.silence_s` it has neither
sent a byte nor taken one of those that wait for it, though it is pinged every `limits.ping_s` (reason `silent`). Nothing is
lost: the client comes back and asks, by its state vector, for what it lacks. The others never wait for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from socket import SO_SNDBUF, SOL_SOCKET

from rooms.errors import StudioError
from rooms.meter import Meter
from rooms.model import Limits

PING = b"\x89\x00"
KEEPALIVE_S = 15.0
"""So long after the last message an empty one is sent: `y-websocket` gives a connection up that is silent for 30 s, and hears
no pings."""
GOODBYE_S = 1.0
"""How long a closed connection may take to say goodbye, before it is hung up."""
SWEEP_S = 1.0


def frame(message: bytes) -> bytes:
    """One unmasked binary frame (RFC 6455, section 5.2)."""
    size = len(message)
    if size < 126:
        return bytes((0x82, size)) + message
    if size < 1 << 16:
        return b"\x82\x7e" + size.to_bytes(2) + message
    return b"\x82\x7f" + size.to_bytes(8) + message


def pong(payload: bytes) -> bytes:
    """The answer to a ping; control frames carry at most 125 bytes."""
    return bytes((0x8A, len(payload))) + payload


def close_frame(code: int, reason: str) -> bytes:
    """Reasons are cut to what a control frame holds, at a character's boundary."""
    text = reason.encode()[:123].decode(errors="ignore").encode()
    return bytes((0x88, 2 + len(text))) + code.to_bytes(2) + text


class SocketOutbox:
    """Implements `rooms.desk.Outbox` over a transport."""

    __slots__ = (
        "_alive",
        "_bound",
        "_drained",
        "_keepalive",
        "_limits",
        "_loop",
        "_meter",
        "_pinged",
        "_sent",
        "_sent_before",
        "_spoke",
        "_transport",
        "closed",
        "held",
    )

    def __init__(
        self,
        transport: asyncio.Transport,
        limits: Limits,
        meter: Meter,
        loop: asyncio.AbstractEventLoop,
        keepalive: bytes = b"",
    ) -> None:
        """`keepalive` is a frame that says nothing, for clients that hear no pings."""
        self.closed = False
        self.held = False
        """We have stopped reading for a while, and can't hear its pongs."""
        self._transport = transport
        self._limits = limits
        self._meter = meter
        self._loop = loop
        self._bound = limits.outbox_bytes
        self._sent = 0
        self._drained = 0
        self._sent_before = 0
        self._keepalive = keepalive
        self._alive = self._pinged = self._spoke = loop.time()
        if limits.send_buffer_bytes:
            transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_SNDBUF, limits.send_buffer_bytes)

    def write(self, frame: bytes) -> None:
        if self.closed or self._transport.is_closing():  # written to after its end, uvloop's transport raises
            return
        if self._transport.get_write_buffer_size() > self._bound:
            self._drop("bytes")
            return
        self._transport.write(frame)
        self._sent += len(frame)

    def snapshot(self, frame: bytes) -> None:
        self._bound += len(frame)
        self.write(frame)

    def heard(self) -> None:
        """It sent something, if only a pong."""
        self._alive = self._loop.time()

    def pong(self, payload: bytes) -> None:
        self.write(pong(payload))

    def close(self, error: StudioError) -> None:
        self.finish(error.close, str(error))

    def finish(self, code: int, reason: str = "") -> None:
        """Says goodbye, and hangs up when the other side has, or after a while."""
        if self.closed:
            return
        self.closed = True
        if not self._transport.is_closing():
            self._transport.write(close_frame(code, reason))
        self._loop.call_later(GOODBYE_S, self._transport.abort)

    def hang_up(self) -> None:
        """Closes the transport once what waits has been sent, within `finish`'s time."""
        self.closed = True
        self._transport.close()

    def _drop(self, reason: str) -> None:
        self._meter.dropped(reason)
        self.closed = True
        self._transport.abort()  # a close frame would only wait behind the rest

    def tend(self) -> None:
        """Called every `SWEEP_S`: pings, and drops a silent connection."""
        if self.closed:
            return
        now = self._loop.time()
        waiting = self._transport.get_write_buffer_size()
        drained = self._sent - waiting
        if self.held or (waiting and drained > self._drained):  # it takes what waits, though slowly
            self._alive = now
        self._drained = drained
        self._bound = self._limits.outbox_bytes + max(0, min(self._bound - self._limits.outbox_bytes, waiting))
        if now - self._alive > self._limits.silence_s:
            self._drop("silent")
            return
        if self._sent != self._sent_before:
            self._spoke = now
        if now - self._spoke >= KEEPALIVE_S:
            self._spoke = now
            self.write(self._keepalive)
        if now - self._pinged >= self._limits.ping_s:
            self._pinged = now
            self.write(PING)
        self._sent_before = self._sent


class Outboxes:
    """All outboxes of a door, and the sweep over them."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        """Set while there is none."""
        self.gone.set()
        self._open: set[SocketOutbox] = set()

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[SocketOutbox]:
        return iter(list(self._open))

    def add(self, outbox: SocketOutbox) -> None:
        self._open.add(outbox)
        self.gone.clear()

    def discard(self, outbox: SocketOutbox) -> None:
        self._open.discard(outbox)
        if not self._open:
            self.gone.set()

    async def sweep(self) -> None:
        """Tends every outbox for ever."""
        while True:
            await asyncio.sleep(SWEEP_S)
            for outbox in self:
                outbox.tend()
