"""The composition root: the one place that picks Store, Blobs, Worker and Meter and wires them to the doors.

And the life of a server. A start is: migrate, open, listen. An end (SIGTERM, SIGINT) is a drain: admit nobody, commit what
came, tell everybody, close.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Awaitable, Callable

from aiohttp import web

from rooms.blobs import FolderBlobs
from rooms.registry import Registry
from rooms.render import Worker
from rooms.store.sql import SqlStore
from server.api import mount_api
from server.api.problems import errors_answered
from server.api.table import Doors
from server.auth import Auth, load_secret
from server.live import Live
from server.media.keeper import Keeper
from server.observe import AccessLog, Metrics, mount_health, route_noted
from server.outbox import frame
from server.pages import mount_pages
from server.settings import Settings
from server.tls import Tls
from server.whip import mount_stage
from server.ysocket import YSocket

log = logging.getLogger(__name__)

SWITCH_S = 0.0005
"""How long another thread may hold the interpreter while the event loop waits for it: a loading document is scanned in one."""
SHUTDOWN_S = 3.0
"""How long requests that are under way may take once the server stops."""


class Studio:
    """One running server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.auth = Auth(load_secret(settings), settings.token_s)
        self.store = SqlStore(settings.database_url, settings.limits, on_commit=self.metrics.commit)
        self.blobs = FolderBlobs(settings.data / "images")
        self.worker = Worker(settings.limits)
        self.media = Keeper(settings.limits, host=settings.media_host, port=settings.media_port, public=settings.public_ip)
        self.tls: Tls | None = None
        """Set before `listen` where the settings ask for it."""
        self.port = settings.port

    async def open(self) -> None:
        """Opens the store and the registry over it, and no door. Raises StudioError where that can't be."""
        loop = asyncio.get_running_loop()
        self.registry = Registry(
            self.store, self.worker, self.settings.limits, self.metrics, loop, frame, self.blobs, self.media
        )
        self.metrics.watch(self.registry, self.worker, self.media)
        await self.registry.open()

    async def close(self) -> None:
        await self.media.shut()
        await self.registry.close()

    async def listen(self) -> None:
        """Opens the doors. Raises OSError where the address can't be listened on."""
        sys.setswitchinterval(SWITCH_S)
        settings = self.settings
        app = web.Application(middlewares=[route_noted, errors_answered], client_max_size=settings.limits.copy_bytes)
        self.ysocket = YSocket(self.registry, self.auth, settings, self.metrics)
        self.ysocket.mount(app)
        self.live = Live(self.registry, self.auth, settings, self.metrics)
        self.live.mount(app)
        mount_health(app, self.registry, self.metrics)
        mount_api(app, Doors(settings, self.registry, self.store, self.auth))
        mount_stage(app)
        mount_pages(app, settings)
        self.runner = web.AppRunner(
            app,
            access_log=logging.getLogger("tutti.access"),
            access_log_class=AccessLog,
            shutdown_timeout=SHUTDOWN_S,
            handle_signals=False,
        )
        await self.runner.setup()
        context = None if self.tls is None else self.tls.context
        site = web.TCPSite(self.runner, settings.host, settings.port, backlog=1024, reuse_address=True, ssl_context=context)
        await site.start()
        self.port = self.runner.addresses[0][1]
        self._tending = [asyncio.create_task(self.ysocket.outboxes.sweep(), name="sweep")]
        if self.tls is not None:
            self._tending.append(asyncio.create_task(self.tls.keep_fresh(), name="certificate"))
        gc.collect()
        gc.freeze()  # what was imported stays; later collections need not look at it

    async def stop(self) -> None:
        """Drains: what was received is committed before anybody is sent away."""
        await self.registry.drain()
        await asyncio.gather(self.ysocket.drain(), self.live.drain())
        for task in self._tending:
            task.cancel()
        await self.runner.cleanup()


async def serve(settings: Settings, announce: Callable[[Studio], Awaitable[None]]) -> None:
    """Runs a server until SIGTERM or SIGINT; `announce` is awaited once it listens. Raises StudioError where it can't start."""
    studio = Studio(settings)
    if settings.has_tls:
        studio.tls = Tls(settings)
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end.set)
    await studio.open()
    try:
        await studio.listen()
        if studio.tls is not None:
            loop.add_signal_handler(signal.SIGHUP, studio.tls.reload)
        try:
            await announce(studio)
            await end.wait()
        finally:
            await studio.stop()
    finally:
        await studio.close()
