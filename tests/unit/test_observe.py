"""Readiness, metrics and log lines, over a registry that is made to say what it would in trouble."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from rooms.blobs import FolderBlobs
from rooms.model import Limits, Role
from rooms.registry import Registry
from rooms.render import Worker
from rooms.store.sql import SqlStore
from server.auth import Auth, admit
from server.observe import Metrics, mount_health

Client = TestClient[web.Request, web.Application]


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
async def registry(tmp_path: Path, metrics: Metrics) -> AsyncIterator[Registry]:
    limits = Limits()
    worker = Worker(limits)
    store = SqlStore(f"sqlite:///{tmp_path}/t.sqlite", limits)
    registry = Registry(store, worker, limits, metrics, asyncio.get_running_loop(), bytes, FolderBlobs(tmp_path / "images"))
    metrics.watch(registry, worker)
    await registry.open()
    yield registry
    await registry.close()


@pytest.fixture
async def client(registry: Registry, metrics: Metrics) -> AsyncIterator[Client]:
    app = web.Application()
    mount_health(app, registry, metrics)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_ready_is_who_can_save_and_isn_t_stopping(client: Client, registry: Registry) -> None:
    assert (await client.get("/readyz")).status == 200
    registry.failing["songs"] = "Nothing can be saved just now."
    registry.draining = True
    response = await client.get("/readyz")
    assert response.status == 503
    assert await response.text() == "The studio is stopping.\nsongs: Nothing can be saved just now."
    assert (await client.get("/healthz")).status == 200  # it lives all the same
    registry.draining = False


async def test_what_is_counted(client: Client, registry: Registry, metrics: Metrics) -> None:
    metrics.updates(3)
    metrics.deliveries(40)
    metrics.pulse(0.003)
    metrics.commit(0.03)
    metrics.dropped("silent")
    metrics.rejected("not_granted")
    registry.failing["songs"] = "no"
    auth = Auth(b"s" * 32, 60)
    async with admit(registry, auth, "r", auth.sign("r", "m", "Ada", role=Role.SPECTATOR, create=True)) as (room, member):

        class Page:
            def __init__(self) -> None:
                self.member = member

            def send(self, event: object) -> None:
                pass

            def close(self, error: Exception) -> None:
                pass

        page = Page()
        room.enter(page)
        lines = (await (await client.get("/metrics")).text()).splitlines()
        room.leave(page)
    for line in (
        "tutti_updates_total 3.0",
        "tutti_deliveries_total 40.0",
        "tutti_pulse_seconds_count 1.0",
        'tutti_commit_seconds_bucket{le="0.05"} 1.0',
        'tutti_outbox_dropped_total{reason="silent"} 1.0',
        'tutti_rejected_total{reason="not_granted"} 1.0',
        "tutti_rooms 1.0",
        'tutti_members{role="spectator"} 1.0',
        'tutti_members{role="lead"} 0.0',
        "tutti_unsaved_rooms 1.0",
        "tutti_worker_failures_total 0.0",
    ):
        assert line in lines


LOGGING = """
import logging, sys
from server.observe import start_logging
start_logging(sys.argv[1])
logging.getLogger("rooms.test").warning("it %s", "happened", extra={"room": "songs"})
token = "s3cret"
try:
    raise ValueError("no")
except ValueError:
    logging.getLogger("rooms.test").exception("it failed")
"""


@pytest.mark.parametrize("form", ["json", "console"])
def test_log_lines_say_where_and_when_and_no_more(form: str) -> None:
    done = subprocess.run([sys.executable, "-c", LOGGING, form], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert "s3cret" not in done.stderr
    assert "ValueError: no" in done.stderr
    if form == "json":
        first, second = map(json.loads, done.stderr.splitlines())
        assert (first["event"], first["level"], first["logger"], first["room"]) == (
            "it happened",
            "warning",
            "rooms.test",
            "songs",
        )
        assert first["timestamp"].endswith("Z")
        assert second["exception"].startswith("Traceback")
    else:
        assert "it happened" in done.stderr.splitlines()[0]
        assert "room=songs" in done.stderr.splitlines()[0]
