"""What wire tests share: a session, and a room. Each file starts a server of its own, with the limits that it needs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.wire.live_pages import Pages, live_pages
from tests.wire.rest import Caller, Opened
from tests.wire.running import Running


@pytest.fixture
async def session(running: Running) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(running.url, timeout=aiohttp.ClientTimeout(60)) as session:
        yield session


@pytest.fixture
def anyone(session: aiohttp.ClientSession) -> Caller:
    return Caller(session)


@pytest.fixture
async def opened(anyone: Caller) -> Opened:
    answer = await anyone(201, "POST", "/api/rooms", {"title": "Songs", "name": "Ada"})
    return Opened(answer["room"], Caller(anyone.session, answer["token"]), answer)


@pytest.fixture
async def pages() -> AsyncIterator[Pages]:
    async with live_pages() as pages:
        yield pages
