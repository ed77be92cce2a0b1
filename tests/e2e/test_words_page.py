"""One changes what a line is while another writes in it, in two browsers: at the same time, and while the other one is away."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.conftest import Studio
from tests.e2e.visitors import Line, Visitor, browser, new_room


async def html(visitor: Visitor) -> str:
    kinds = "nodes => nodes.map(node => node.localName + ':' + node.textContent)"
    return " ".join(await visitor.page.locator(".page :is(p, h1, h2, h3)").evaluate_all(kinds))


async def agree(*visitors: Visitor) -> str:
    """What all of them see, once they do."""
    for _ in range(100):
        seen = {await html(visitor) for visitor in visitors}
        if len(seen) == 1:
            return seen.pop()
        await asyncio.sleep(0.1)
    raise AssertionError(f"they don't agree: {seen}")


async def test_words_go_along_with_the_line_they_are_written_in(studio: Studio, chromium: Path) -> None:
    room = await new_room(studio.url, studio.token())
    line = Line(studio.port)
    await line.mend()
    async with browser(chromium) as chrome:
        amara, jonas = [await Visitor.arrive(chrome) for _ in range(2)]
        await amara.join(room["invite"], "Amara")
        await jonas.join(room["invite"].replace(f":{studio.port}/", f":{line.port}/"), "Jonas")
        await amara.write("The sea kept its own time")
        await jonas.sees("The sea kept its own time")

        # Away: what is written meanwhile arrives in a line that is gone.
        await line.cut()
        await jonas.standing("Offline")
        await jonas.page.locator(".page").click()
        await jonas.page.keyboard.press("Control+End")
        await jonas.page.keyboard.type(" and we kept ours")
        await amara.page.keyboard.press("Control+Alt+1")
        await amara.page.locator(".page h1").wait_for()
        await amara.standing("Saved")
        await line.mend()
        await jonas.standing("Saved")
        await jonas.page.get_by_text("Your words were moved with it.").wait_for()
        assert await agree(amara, jonas) == "h1:The sea kept its own time and we kept ours"
        # The cursor went along, too.
        await jonas.page.keyboard.type(", said Jonas")
        await jonas.standing("Saved")
        assert await agree(amara, jonas) == "h1:The sea kept its own time and we kept ours, said Jonas"

        # At the same time: the line changes under the hand that writes in it.
        async def change() -> None:
            for keys in ["Control+Alt+2", "Control+Shift+8", "Control+Alt+0", "Control+Shift+b", "Control+Alt+1"] * 2:
                await amara.page.keyboard.press(keys)
                await asyncio.sleep(0.15)

        written = "".join(f" {number}" for number in range(30))
        await asyncio.gather(change(), jonas.page.keyboard.type(written, delay=25))
        await jonas.standing("Saved")
        await amara.standing("Saved")
        assert "".join((await agree(amara, jonas)).split(" said ")[1]) == f"Jonas{written}"
        assert amara.complaints == [] == jonas.complaints
    await line.cut()
