"""The doors as people meet them in the page: coming in, the pen lent and taken back, a closed door, following somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Studio
from tests.e2e.axe import faults
from tests.e2e.visitors import Visitor, browser


@pytest.fixture(scope="module")
def house(start_studio: Callable[..., Studio]) -> Iterator[Studio]:
    studio = start_studio("--open-lobby")
    yield studio
    studio.end()


async def test_who_opens_a_room_leads_it(house: Studio, chromium: Path) -> None:
    async with browser(chromium) as chrome:
        amara = await Visitor.arrive(chrome)
        await amara.page.goto(house.url)
        await amara.page.get_by_label("What will you make?").fill("Four in the morning")
        assert await faults(amara.page) == []
        await amara.page.get_by_label("Your name").fill("Amara")
        await amara.page.keyboard.press("Enter")
        await amara.page.wait_for_url("**/room/**")
        await amara.write("One of us sleeping")
        assert await faults(amara.page) == []
        assert amara.complaints == []
