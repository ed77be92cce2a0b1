"""The disk is full while somebody writes: nothing is lost, people are told, and saving resumes by itself.

The server's files may suddenly not grow any more (RLIMIT_FSIZE, set from outside): every commit fails as on a full disk.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Callable
from pathlib import Path

import aiohttp

from tests.conftest import Studio
from tests.e2e.visitors import Visitor, ask, browser, new_room


async def readiness(studio: Studio) -> int:
    async with aiohttp.request("GET", f"{studio.url}/readyz") as answer:
        return answer.status


async def until_ready(studio: Studio, status: int) -> None:
    async with asyncio.timeout(20):
        while await readiness(studio) != status:
            await asyncio.sleep(0.05)


async def test_words_written_on_a_full_disk_are_saved_when_there_is_room(
    start_studio: Callable[..., Studio], chromium: Path
) -> None:
    studio = start_studio()
    room = await new_room(studio.url, studio.token())
    path = f"/api/rooms/{room['room']}/documents/main?format=text"
    async with browser(chromium) as chrome:
        amara, jonas = await Visitor.arrive(chrome), await Visitor.arrive(chrome)
        await amara.join(room["invite"], "Amara")
        await jonas.join(room["invite"], "Jonas")
        await amara.write("Before,")
        await amara.standing("Saved")
        before = resource.prlimit(studio.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(studio.pid, resource.RLIMIT_FSIZE, (1024, before[1]))
        await amara.page.keyboard.type(" meanwhile,")
        await until_ready(studio, 503)
        await jonas.sees("Before, meanwhile,")
        for visitor in (amara, jonas):
            await visitor.page.get_by_text("Nothing can be saved just now").first.wait_for()
        assert await amara.page.locator(".saved").inner_text() != "Saved"
        resource.prlimit(studio.pid, resource.RLIMIT_FSIZE, before)
        await until_ready(studio, 200)
        await amara.page.keyboard.type(" after.")
        await amara.standing("Saved")
        await amara.page.get_by_text("Nothing can be saved just now").first.wait_for(state="hidden")
        studio.kill9()
        studio.restart()
        assert (await ask(studio.url, studio.token(), "GET", path)).strip() == "Before, meanwhile, after."
        assert amara.complaints == jonas.complaints == []
