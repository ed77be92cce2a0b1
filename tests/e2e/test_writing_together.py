"""Four people in four browsers write in one paragraph. Every character is counted: none lost, none doubled."""

from __future__ import annotations

import asyncio
import base64
import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Node, Studio
from tests.e2e.visitors import Line, Visitor, ask, browser, new_room

WRITING_S = 60
SEED = 20_260


async def write_at_random(visitor: Visitor, letter: str, end: asyncio.Event, chance: random.Random) -> int:
    """Types one letter, here and there, until the end. Returns how many."""
    typed = 0
    keyboard = visitor.page.keyboard
    await visitor.page.locator(".page[contenteditable=true]").click()
    while not end.is_set():
        if chance.random() < 0.3:
            await keyboard.press(chance.choice(["Home", "End", "ArrowLeft", "ArrowRight"]))
        await keyboard.type(letter)
        typed += 1
        await asyncio.sleep(chance.uniform(0.04, 0.16))
    return typed


def logged_updates(studio: Studio) -> str:
    with sqlite3.connect(studio.data / "tutti.sqlite") as database:
        rows = database.execute('select "update" from log order by seq').fetchall()
    database.close()
    return "\n".join(base64.b64encode(update).decode() for (update,) in rows)


async def test_none_lost_none_doubled(
    start_studio: Callable[..., Studio], chromium: Path, node: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print(f" seed {SEED} ", end="", flush=True)  # noqa: T201 - to be found when it fails
    studio = start_studio()
    room = await new_room(studio.url, studio.token())
    line = Line(studio.port)
    await line.mend()
    async with browser(chromium) as chrome:
        visitors = [await Visitor.arrive(chrome) for _ in range(4)]
        for visitor, name in zip(visitors, ["Amara", "Jonas", "Mei", "Tomás"], strict=True):
            link = room["invite"]
            if visitor is visitors[3]:
                link = link.replace(f":{studio.port}/", f":{line.port}/")
            await visitor.join(link, name)
            await visitor.standing("Saved")
        await visitors[0].write(".")  # so that there is one paragraph to write in
        for visitor in visitors:
            await visitor.sees(".")

        end = asyncio.Event()
        away = visitors[3]
        typing = [
            asyncio.create_task(write_at_random(visitor, letter, end, random.Random(SEED + n)))
            for n, (visitor, letter) in enumerate(zip(visitors[:3], "abc", strict=True))
        ]
        online = asyncio.Event()
        typed_there = asyncio.create_task(write_at_random(away, "d", online, random.Random(SEED)))
        await asyncio.sleep(WRITING_S / 4)
        online.set()
        expected = await typed_there

        await line.cut()
        await away.standing("Offline")
        await away.page.keyboard.type("d" * 40, delay=15)
        for _ in range(15):
            await away.page.keyboard.press("Backspace")
        expected += 25
        await asyncio.sleep(1.0)  # y-indexeddb writes as it goes; a person closes a tab no sooner
        studio.kill9()
        await asyncio.sleep(WRITING_S / 12)
        studio.restart()
        await line.mend()
        await away.reopen()
        await away.standing("Saved")
        await asyncio.sleep(WRITING_S / 2)
        end.set()
        counts = [await task for task in typing]

        for visitor in visitors:
            await visitor.standing("Saved")
        words = await visitors[0].words()
        assert words is not None
        for visitor in visitors:
            await visitor.sees(words)
        truth = dict(zip(".abcd", [1, *counts, expected], strict=True))
        assert Counter(words) == truth
        assert [visitor.complaints for visitor in visitors] == [[], [], [], []]
        rendered = await ask(studio.url, studio.token(), "GET", f"/api/rooms/{room['room']}/documents/main?format=text")
        assert rendered.strip() == words
        fresh = await Visitor.arrive(chrome)
        await fresh.join(room["invite"], "Ida")
        await fresh.sees(words)
    await line.cut()
    assert studio.stop() == 0
    (read,) = node("log-text.mjs", stdin=logged_updates(studio))
    assert read == {"words": words, "missing": False}
