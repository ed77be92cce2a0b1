"""What wire tests share: a studio, clients of both kinds, a session, a room.

Whoever needs limits of their own starts a server of their own: as `house` or, for the session and the room, as `running`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
import pytest_asyncio

from tests.conftest import Studio
from tests.wire.live_pages import Pages, live_pages
from tests.wire.rest import Caller, Opened
from tests.wire.running import Running
from tests.yjs_clients import Clients, yjs_clients


@pytest.fixture(scope="module")
def house(start_studio: Callable[..., Studio]) -> Studio:
    return start_studio()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clients() -> AsyncIterator[Clients]:
    async with yjs_clients() as clients:
        yield clients


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
