"""Fixtures of the contract suites: an empty store on every database that one can be opened on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rooms.store import Store
from rooms.store.sql import SqlStore
from tests.contract.store_places import LIMITS, Failing, Scribe, SqlitePlace

PLACES = [SqlitePlace]


@pytest.fixture(scope="session", params=PLACES)
def template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[type[SqlitePlace], Path]:
    """An empty database, made once: a new one takes a process that migrates it."""
    file = tmp_path_factory.mktemp("template") / "tutti.db"

    async def make() -> None:
        store = SqlStore(f"sqlite:///{file}", LIMITS)
        await store.open(lambda room, error: None)
        await store.close()

    asyncio.run(make())
    kind: type[SqlitePlace] = request.param
    return kind, file


@pytest.fixture
def place(template: tuple[type[SqlitePlace], Path], tmp_path: Path) -> SqlitePlace:
    kind, file = template
    return kind(tmp_path, file)


@pytest.fixture
def failing() -> Failing:
    return Failing()


@pytest.fixture
async def store(place: SqlitePlace, failing: Failing) -> AsyncIterator[Store]:
    opened = place.store()
    await opened.open(failing)
    yield opened
    await opened.close()


@pytest.fixture
async def impatient(place: SqlitePlace, failing: Failing) -> AsyncIterator[Store]:
    opened = place.impatient_store()
    await opened.open(failing)
    yield opened
    await opened.close()


@pytest.fixture
def scribe(store: Store) -> Scribe:
    return Scribe(store)
