"""What unit tests share: a registry over an empty folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rooms.registry import Registry
from tests.unit.room_world import open_registry


@pytest.fixture
async def registry(tmp_path: Path) -> AsyncIterator[Registry]:
    registry = open_registry(tmp_path)
    await registry.open()
    yield registry
    await registry.drain()
    await registry.close()
