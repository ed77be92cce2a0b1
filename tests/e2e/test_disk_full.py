"""The disk is full while people write: nothing is lost, people are told, and saving resumes by itself.

Once the server's files may suddenly not grow any more (RLIMIT_FSIZE, set from outside), once its folder is a small file system
that somebody fills. Only root can mount one; for anybody else both are the first kind.
"""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from tests.conftest import Studio
from tests.e2e.visitors import Visitor, ask, browser, new_room
from tests.wire.live_pages import live_pages
from tests.yjs_clients import yjs_clients

DISK = "24m"
CHUNK = 100_000
CHUNKS = 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder that is a file system of its own, where this may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(disk)]
    mounted = sys.platform == "linux" and os.geteuid() == 0 and subprocess.run(mount, capture_output=True).returncode == 0
    yield disk
    if mounted:
        subprocess.run(["umount", "--lazy", disk], check=True)


@contextmanager
def full(studio: Studio) -> Iterator[None]:
    """Leaves the studio no room meanwhile."""
    if os.path.ismount(studio.data):
        ballast = studio.data / "ballast"
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(bytes(1 << 16)):
                pass
        assert os.statvfs(studio.data).f_bavail == 0
        yield
        ballast.unlink()
        return
    before = resource.prlimit(studio.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(studio.pid, resource.RLIMIT_FSIZE, (1024, before[1]))
    yield
    resource.prlimit(studio.pid, resource.RLIMIT_FSIZE, before)


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
        with full(studio):
            await amara.page.keyboard.type(" meanwhile,")
            await until_ready(studio, 503)
            await jonas.sees("Before, meanwhile,")
            for visitor in (amara, jonas):
                await visitor.page.get_by_text("Nothing can be saved just now").first.wait_for()
            assert await amara.page.locator(".saved").inner_text() != "Saved"
        await until_ready(studio, 200)
        await amara.page.keyboard.type(" after.")
        await amara.standing("Saved")
        await amara.page.get_by_text("Nothing can be saved just now").first.wait_for(state="hidden")
        studio.kill9()
        studio.restart()
        assert (await ask(studio.url, studio.token(), "GET", path)).strip() == "Before, meanwhile, after."
        assert amara.complaints == jonas.complaints == []


async def test_a_full_disk_loses_no_word(start_studio: Callable[..., Studio], small_disk: Path) -> None:
    studio = start_studio(data=small_disk)
    pid, token = studio.pid, studio.token()
    async with yjs_clients() as clients, live_pages() as pages:
        writer = await clients.open(studio.url, "room", token, kind="plain", saved=True)
        friend = await clients.open(studio.url, "room", studio.token())
        page = await pages.open(studio.url, {"token": token, "room": "room"})
        assert (await page.told("welcome"))["saving"]["ok"] is True
        await writer.insert("before ")
        await writer.all_saved()

        with full(studio):
            for chunk in range(CHUNKS):
                await writer.insert(f"{chunk}".zfill(CHUNK))
            await until_ready(studio, 503)
            told = await page.told("saving")
            assert (told["ok"], bool(told["sentence"])) == (False, True)
            await friend.insert("beside ", at=0)
            written = (await writer.until(lambda look: look.text.startswith("beside before "))).text
            assert len(written) == CHUNK * CHUNKS + len("beside before ")
            await friend.reads(written)
            look = await writer.look()
            assert (look.connected, look.saved < look.sent) == (True, True)
            with pytest.raises(AssertionError, match="503"):
                await ask(studio.url, token, "POST", "/api/rooms/room/board", json={"text": "Is anybody there?"})
            late = await pages.open(studio.url, {"token": token, "room": "room"})
            assert (await late.told("welcome"))["saving"]["ok"] is False
        await until_ready(studio, 200)
        assert (await page.told("saving", 2)) == {"ok": True}
        await writer.all_saved()
        assert studio.pid == pid
        await asyncio.to_thread(studio.kill9)
        await asyncio.to_thread(studio.restart)
        reader = await clients.open(studio.url, "room", token, kind="plain")
        await reader.reads(written)
        await friend.reads(written)
    studio.end()
