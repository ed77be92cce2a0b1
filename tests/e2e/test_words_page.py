"""One changes what a line is while another writes in it, at the same time or away; and what of it never left a browser."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.conftest import Studio
from tests.e2e.visitors import Line, Visitor, ask, browser, new_room


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


KEPT = """async () => {
  const [{ name }] = (await indexedDB.databases()).filter(({ name }) => name.startsWith("tutti/"));
  const ask = (request) => new Promise((done) => { request.onsuccess = () => done(request.result); });
  const rows = await ask((await ask(indexedDB.open(name))).transaction("updates").objectStore("updates").getAll());
  return new TextDecoder("latin1").decode(rows.at(-1)).includes("\\x01.") && rows.length > 20;
}"""
"""Whether this browser has kept the last letter: each is an update of its own."""


async def test_words_of_a_closed_tab_whose_pen_is_gone_are_offered(studio: Studio, chromium: Path) -> None:
    room = await new_room(studio.url, studio.token())
    line = Line(studio.port)
    await line.mend()
    async with browser(chromium) as chrome:
        jonas = await Visitor.arrive(chrome)
        await jonas.join(room["invite"].replace(f":{studio.port}/", f":{line.port}/"), "Jonas")
        await jonas.write("Sent.")
        await jonas.standing("Saved")
        members = (await ask(studio.url, room["token"], "GET", f"/api/rooms/{room['room']}/members"))["members"]
        member = next(m["id"] for m in members if m["name"] == "Jonas")
        await line.cut()
        await jonas.standing("Offline")
        await jonas.page.keyboard.type(" Written on a train.")
        await jonas.page.wait_for_function(KEPT)
        url = jonas.page.url
        await jonas.page.close()
        await ask(studio.url, room["token"], "PATCH", f"/api/rooms/{room['room']}/members/{member}", json={"role": "spectator"})
        await line.mend()
        jonas.page = await jonas.context.new_page()
        await jonas.page.goto(url)
        await jonas.page.get_by_text("was never sent").wait_for()
        assert await jonas.page.locator("q.unsent").inner_text() == "Written on a train."
        await jonas.page.get_by_role("button", name="Let them go").click()
        await jonas.sees("Sent.")
        assert await jonas.page.locator("q.unsent").count() == 0
    await line.cut()
