"""/yjs: the y-websocket protocol over aiohttp. Admits, seats at a desk, and passes each binary message to it.

Frames out go by the outbox, past aiohttp's writer; frames in come from aiohttp's reader, which bounds what waits to be read.
The socket is always accepted and then closed with a code, since a browser can't see the status of a failed upgrade.
"""

from __future__ import annotations

import asyncio
import logging

from aiohttp import WSMsgType, web

from rooms.desk import Connection, Desk
from rooms.errors import BadRequestError, NotGrantedError, ShuttingDownError, StudioError
from rooms.meter import Meter
from rooms.model import Limits
from rooms.registry import Registry
from rooms.wire import awareness_message
from server.auth import Auth, admit
from server.origin import is_own_origin
from server.outbox import GOODBYE_S, Outboxes, SocketOutbox, frame
from server.pace import Pace
from server.settings import Settings

log = logging.getLogger(__name__)

FRAMING_BYTES = 16
"""What the sync protocol adds around an update."""
GOING_AWAY = 1001
KEEPALIVE = frame(awareness_message([]))


class YSocket:
    """The door."""

    def __init__(self, registry: Registry, auth: Auth, settings: Settings, meter: Meter) -> None:
        self.outboxes = Outboxes()
        self._registry = registry
        self._auth = auth
        self._settings = settings
        self._limits: Limits = settings.limits
        self._meter = meter

    def mount(self, app: web.Application) -> None:
        app.router.add_get("/yjs/{room}", self.handle)
        app.router.add_get("/yjs/{room}/{document}", self.handle)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        ws = web.WebSocketResponse(
            compress=False,
            autoping=False,
            autoclose=False,
            max_msg_size=self._limits.message_bytes + FRAMING_BYTES,
        )
        await ws.prepare(request)
        transport = request.transport
        if transport is None:
            return ws  # gone already
        outbox = SocketOutbox(transport, self._limits, self._meter, asyncio.get_running_loop(), KEEPALIVE)
        self.outboxes.add(outbox)
        try:
            await self._converse(request, ws, outbox)
        except StudioError as error:
            self._meter.rejected(getattr(error, "reason", error.code))
            outbox.close(error)
        except Exception:  # a door: whatever goes wrong in here ends this connection alone
            log.exception("a connection failed")
            outbox.close(StudioError())
        finally:
            await self._goodbye(ws, outbox)
            self.outboxes.discard(outbox)
        return ws

    async def _converse(self, request: web.Request, ws: web.WebSocketResponse, outbox: SocketOutbox) -> None:
        if self._registry.draining:
            raise ShuttingDownError
        if not is_own_origin(request, self._settings):
            raise NotGrantedError("This page belongs to another site.")
        query, names = request.query, request.match_info
        async with admit(self._registry, self._auth, names["room"], query.get("token")) as (room, member):
            desk = await room.desk(names.get("document"))
            connection = room.sit(desk, member, outbox, wants_saved=query.get("saved") == "1")
            try:
                await self._listen(ws, desk, connection, outbox)
            finally:
                room.rise(desk, connection)

    async def _listen(self, ws: web.WebSocketResponse, desk: Desk, connection: Connection, outbox: SocketOutbox) -> None:
        time = asyncio.get_running_loop().time
        pace = Pace(self._limits, time())
        while not outbox.closed:
            message = await ws.receive()
            outbox.heard()
            kind, data = message.type, message.data
            if kind is WSMsgType.BINARY:
                counts = await desk.receive(connection, data)
                wait = pace.spend(len(data), time()) if counts else 0.0
                if wait > 0:
                    outbox.held = True
                    await asyncio.sleep(wait)
                    outbox.held = False
            elif kind is WSMsgType.PING:
                pace.spend(0, time())
                outbox.pong(data)
            elif kind is WSMsgType.TEXT:
                raise BadRequestError("Text frames are not spoken here; send binary ones.")
            elif kind is not WSMsgType.PONG:
                return

    async def _goodbye(self, ws: web.WebSocketResponse, outbox: SocketOutbox) -> None:
        """Answers the other side's close, or waits for it to answer ours: data left unread would destroy our last words."""
        outbox.finish(ws.close_code or GOING_AWAY)
        try:
            async with asyncio.timeout(GOODBYE_S):
                while (await ws.receive()).type in {WSMsgType.BINARY, WSMsgType.TEXT, WSMsgType.PING, WSMsgType.PONG}:
                    pass
        except (TimeoutError, RuntimeError):
            log.debug("a connection ended without a goodbye")
        outbox.hang_up()

    async def drain(self) -> None:
        """Tells everybody that the studio restarts, and waits a moment for them to go."""
        for outbox in self.outboxes:
            outbox.close(ShuttingDownError())
        try:
            async with asyncio.timeout(2 * GOODBYE_S):
                await self.outboxes.gone.wait()
        except TimeoutError:
            log.warning("some connections did not go", extra={"connections": len(self.outboxes)})
