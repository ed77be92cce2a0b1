"""Engine.IO (protocol 4) for the live channel: python-engineio, with what a server in the open needs around it.

What it adds: frames are checked before anything reads them, what waits for a connection is counted, a write that gets nowhere
ends it, JSONP isn't spoken, and nothing that a stranger sends ends in a trace in the log.

It leans on names of python-engineio's that are not part of its documented interface: `_async` (the table of its drivers),
`sockets`, a socket's `queue`, `connected` and `closed`. `tests/wire/test_live_abuse.py` fails where one of them is gone.

Written for speed: a packet for everybody in a room is framed once and written to each page's transport. That costs 25 µs a page
where waking a task for each cost 75 (300 pages, a busy 2-core machine, one sitting).
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from functools import cached_property
from socket import SO_SNDBUF, SOL_SOCKET
from typing import Any

import engineio  # type: ignore[import-untyped]
from aiohttp import WSMsgType, web
from engineio.async_drivers.aiohttp import translate_request  # type: ignore[import-untyped]
from engineio.packet import MESSAGE, PING, Packet  # type: ignore[import-untyped]

from rooms.meter import Meter
from rooms.model import Limits
from server.outbox import frame
from server.rate import Bucket

FRAME = re.compile(r"1|2probe|3|5|4[0-2]/.*", re.DOTALL)
"""What a page may send: close, probe, pong, upgrade, or one of Socket.IO's packets connect, disconnect and event."""
FRAME_BYTES = 64 << 10
FRAMES_PER_S = 50
FRAMES_AT_ONCE = 200
PACKETS_PER_POST = 16
SEPARATOR = "\x1e"
UPGRADE = "5"
GOODBYE_S = 1.0


class Message(Packet):  # type: ignore[misc]
    """A Socket.IO packet for any number of pages: encoded once, and framed once."""

    def __init__(self, text: str) -> None:
        super().__init__(MESSAGE, text)

    @cached_property
    def frame(self) -> bytes:
        return _text_frame(self)


class Waiting(asyncio.Queue[Any]):
    """What waits for one page. Where it has a WebSocket that has caught up, packets are written to it at once.

    Only pings still take the way through python-engineio's writer: it ends a connection that it has nothing to do for.
    """

    def __init__(self) -> None:
        super().__init__()
        self.wire: Wire | None = None
        self._direct = False
        self._chars = 0

    @property
    def size(self) -> int:
        """How much waits, about."""
        return self._chars + (self.wire.unsent if self.wire is not None else 0)

    def put_nowait(self, item: Any) -> None:
        if self._direct and self.wire is not None and item is not None and item.packet_type != PING:
            self.wire.write(item.frame if isinstance(item, Message) else _text_frame(item))
        else:
            super().put_nowait(item)

    async def get(self) -> Any:
        if self.wire is not None and self.empty():
            self._direct = True  # the writer asks for more when it has sent all it had
        return await super().get()

    def _put(self, item: Any) -> None:
        self._chars += _chars(item)
        super()._put(item)

    def _get(self) -> Any:
        item = super()._get()
        self._chars -= _chars(item)
        return item


class Wire:
    """One page's WebSocket, as python-engineio drives it."""

    def __init__(self, socket: Any, handler: Callable[[Wire], Awaitable[None]], limits: Limits, meter: Meter) -> None:
        self._socket = socket
        self._handler = handler
        self._limits = limits
        self._meter = meter
        self._ws = web.WebSocketResponse(max_msg_size=FRAME_BYTES, compress=False, timeout=GOODBYE_S)
        self._transport: asyncio.Transport
        self._pace = Bucket(FRAMES_PER_S, FRAMES_AT_ONCE)

    async def __call__(self, environ: dict[str, Any]) -> web.StreamResponse:
        request: web.Request = environ["aiohttp.request"]
        await self._ws.prepare(request)
        transport = request.transport
        if transport is None:
            return self._ws  # gone already
        self._transport = transport
        if self._limits.send_buffer_bytes:
            transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_SNDBUF, self._limits.send_buffer_bytes)
        if not self._socket.connected:  # else it begins by polling, until UPGRADE
            self._socket.queue.wire = self
        await self._handler(self)
        return self._ws

    @property
    def unsent(self) -> int:
        return self._transport.get_write_buffer_size()

    def write(self, frame: bytes) -> None:
        """Sends a frame at once. What isn't taken lies in the transport's buffer: `Waiting.size` tells."""
        if not self._ws.closed and not self._transport.is_closing():
            self._transport.write(frame)

    def abort(self) -> None:
        self._transport.abort()

    async def wait(self) -> str:
        """The next frame. Raises OSError, which ends the connection, for anything else."""
        message = await self._ws.receive()
        if message.type is not WSMsgType.TEXT or not FRAME.fullmatch(message.data) or not self._pace.take():
            raise OSError("not a frame that is taken here")
        if message.data == UPGRADE:
            self._socket.queue.wire = self
        return str(message.data)

    async def send(self, frame: str) -> None:
        """Raises OSError where the page hasn't taken it in time."""
        try:
            async with asyncio.timeout(self._limits.silence_s):
                await self._ws.send_str(frame)
        except TimeoutError:
            self._meter.dropped("silent")
            self.abort()
            raise

    async def close(self) -> None:
        await self._ws.close()
        asyncio.get_running_loop().call_later(GOODBYE_S, self.abort)  # for a page that takes nothing any more


class Engine(engineio.AsyncServer):  # type: ignore[misc]
    """The server side of every page's connection."""

    _async: dict[str, Any]

    def __init__(self, *, limits: Limits, meter: Meter, **options: Any) -> None:
        super().__init__(**options)

        def wire(handler: Callable[[Wire], Awaitable[None]], _: object) -> Wire:
            return Wire(handler.__self__, handler, limits, meter)  # type: ignore[attr-defined]

        self._async = {**self._async, "websocket": wire, "translate_request": _checked}

    def create_queue(self, *_: Any, **__: Any) -> Waiting:
        return Waiting()

    def waiting(self, engine_id: str) -> Waiting | None:
        """What waits for a page, or None where it is gone."""
        socket = self.sockets.get(engine_id)
        return None if socket is None or socket.closed else socket.queue

    async def end(self, engine_id: str) -> None:
        """Ends a connection once what waits for it has been taken, or after a moment."""
        socket = self.sockets.get(engine_id)
        if socket is None:
            return
        try:  # a close in the same poll as our last words would come before them: socket.io-client hands words on later
            async with asyncio.timeout(GOODBYE_S):
                await socket.queue.join()
        except TimeoutError:
            pass
        await socket.close(wait=False)
        socket.queue.put_nowait(None)  # a WebSocket's writer ends here, and closes it

    def drop(self, engine_id: str) -> None:
        """Ends the WebSocket of a page that doesn't take what waits for it."""
        waiting = self.waiting(engine_id)
        if waiting is not None and waiting.wire is not None:
            waiting.wire.abort()

    def release(self, engine_id: str) -> None:
        """Answers the poll of a page that has closed its connection: python-engineio would let it wait."""
        socket = self.sockets.get(engine_id)
        if socket is not None:
            socket.queue.put_nowait(None)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Handles one request. Whatever python-engineio trips over in it was the request's fault."""
        try:
            response: web.StreamResponse = await self.handle_request(request)
        except (LookupError, NameError, ValueError, OSError):
            return web.Response(status=400, text="This is no request of a live connection.\n")
        return response


async def _checked(request: web.Request) -> dict[str, Any]:
    """The request as python-engineio reads it, after a look at what it would trust."""
    if "j" in request.query:
        raise web.HTTPBadRequest(text="JSONP is not spoken here.\n")
    environ: dict[str, Any] = translate_request(request)
    if request.method == "POST":
        body = await _post(request)
        environ["wsgi.input"] = Body(body)
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ


async def _post(request: web.Request) -> bytes:
    if (request.content_length or 0) > FRAME_BYTES:
        raise web.HTTPRequestEntityTooLarge(FRAME_BYTES, request.content_length or 0)
    try:
        async with asyncio.timeout(GOODBYE_S * 10):
            body = await request.content.read(FRAME_BYTES + 1)
            while len(body) <= FRAME_BYTES and (more := await request.content.read(FRAME_BYTES + 1 - len(body))):
                body += more
        packets = body.decode().split(SEPARATOR)
    except (TimeoutError, UnicodeDecodeError, web.RequestPayloadError):
        packets = []
    if not 0 < len(packets) <= PACKETS_PER_POST or not all(FRAME.fullmatch(packet) for packet in packets):
        raise web.HTTPBadRequest(text="These are no packets that are taken here.\n")
    return body


class Body:
    """A body that has been read, for whoever wants to read it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def read(self, _: int) -> bytes:
        return self._body


def quiet_logger() -> logging.Logger:
    """Lets through only what comes with a trace: the rest is about what strangers sent."""
    logger = logging.getLogger("tutti.engine")
    logger.setLevel(logging.ERROR)
    logger.addFilter(_has_trace)
    return logger


def _has_trace(record: logging.LogRecord) -> bool:
    return bool(record.exc_info)


def _text_frame(packet: Any) -> bytes:
    """An unmasked text frame (RFC 6455, section 5.2): the binary one with another first byte."""
    return b"\x81" + frame(packet.encode().encode())[1:]


def _chars(item: Any) -> int:
    data = getattr(item, "data", None)
    return len(data) if isinstance(data, str) else 0
