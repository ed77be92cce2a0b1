"""What a browser has to fetch before somebody can write: little, compressed, and from nowhere else."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Response

from tests.conftest import Studio
from tests.e2e.visitors import Visitor, browser, new_room

FIRST_LOAD_BYTES = 300_000
"""Everything but fonts, as it goes over the wire."""


async def test_the_first_load_of_a_room_is_small_and_asks_no_other_host(studio: Studio, chromium: Path) -> None:
    room = await new_room(studio.url, studio.token(role="lead"))
    answers: list[Response] = []
    async with browser(chromium) as chrome:
        mei = await Visitor.arrive(chrome)
        mei.page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - it wants a function of its own
        await mei.join(room["invite"], "Mei")
        await mei.write("Begun.")
        await mei.standing("Saved")
        weights = {answer.url: (await answer.request.sizes())["responseBodySize"] for answer in answers if not _is_font(answer)}
    assert {urlsplit(url).netloc for url in weights} == {urlsplit(studio.url).netloc}
    heaviest = sorted(((size, urlsplit(url).path) for url, size in weights.items()), reverse=True)
    assert 50_000 < sum(weights.values()) <= FIRST_LOAD_BYTES, heaviest[:8]
    assert mei.complaints == []


def _is_font(answer: Response) -> bool:
    return answer.request.resource_type == "font"
