"""The board as people meet it: calling somebody, what is new, changing and taking back what was said."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from playwright.async_api import expect

from tests.conftest import Studio
from tests.e2e.axe import faults
from tests.e2e.visitors import Visitor, ask, browser, new_room

PHONE = {"width": 390, "height": 844}


async def test_what_is_said_on_the_board(start_studio: Callable[..., Studio], chromium: Path) -> None:
    studio = start_studio()
    room = await new_room(studio.url, studio.token())
    async with browser(chromium) as chrome:
        amara, ken = await Visitor.arrive(chrome), await Visitor.arrive(chrome, viewport=PHONE)
        await amara.join(room["invite"], "Amara Obi")
        await ken.join(room["invite"], "Ken")
        board, field = amara.page.get_by_role("log"), amara.page.get_by_label("Say something")

        # Names are completed, and who is called is told while they look elsewhere.
        await field.fill("first line")
        await field.press("Enter")
        await ken.page.get_by_role("button", name="Board: new").wait_for()
        await field.press_sequentially("@K")
        await amara.page.get_by_role("option", name="Ken").wait_for()
        await field.press("Enter")
        await expect(field).to_have_value("@Ken ")
        await field.press_sequentially("see https://a.example/b.")
        await field.press("Enter")
        await ken.page.get_by_role("button", name="Amara Obi wrote to you").click()
        await ken.page.get_by_text("New since you looked").wait_for()
        await ken.page.get_by_text("to you", exact=True).wait_for()
        link = ken.page.get_by_role("link", name="https://a.example/b")
        assert (await link.get_attribute("rel"), await link.inner_text()) == ("noopener noreferrer", "https://a.example/b")
        assert await faults(ken.page) == []

        # It was read, on whatever device; what is being typed is still there.
        await ken.page.wait_for_timeout(1500)
        await ken.page.get_by_label("Say something").fill("not yet sent")
        await ken.page.reload()
        await ken.page.get_by_role("button", name="Board", exact=True).click()
        await expect(ken.page.get_by_label("Say something")).to_have_value("not yet sent")
        await ken.page.get_by_text("first line").wait_for()
        assert await ken.page.get_by_text("New since you looked").count() == 0

        # The last thing said is changed from the empty field, and the first is deleted.
        await field.press("ArrowUp")
        await amara.page.get_by_role("textbox", name="What you said").fill("another line")
        await amara.page.keyboard.press("Enter")
        await ken.page.get_by_text("another line").wait_for()
        await ken.page.get_by_text("changed", exact=True).wait_for()
        await board.get_by_text("first line").hover()
        await amara.page.get_by_label("Change or delete what you said").first.click()
        await amara.page.get_by_role("button", name="Delete it").click()
        await ken.page.get_by_text("was deleted.").wait_for()
        assert await ken.page.get_by_text("first line").count() == 0
        assert await ken.page.get_by_label("Change or delete").count() == 0
        assert amara.complaints == ken.complaints == []


async def test_pages_in_order_and_a_sprint_by_one_clock(start_studio: Callable[..., Studio], chromium: Path) -> None:
    studio = start_studio()
    room = await new_room(studio.url, studio.token())
    async with browser(chromium) as chrome:
        amara, ken = await Visitor.arrive(chrome), await Visitor.arrive(chrome, viewport=PHONE)
        # Ken's machine is five hours fast.
        await ken.context.add_init_script("const now = Date.now; Date.now = () => now() + 5 * 3600_000;")
        await amara.join(room["invite"], "Amara")
        await ken.join(room["invite"], "Ken")
        pages = [visitor.page.get_by_role("navigation", name="Pages of this room") for visitor in (amara, ken)]

        for title, kind in (("Verse", "Song"), ("Loose ends", "Notes")):
            await amara.page.get_by_role("button", name="Add a page").click()
            await amara.page.get_by_label("What it is called").fill(title)
            await amara.page.get_by_label(kind, exact=True).check()
            await amara.page.get_by_role("button", name="Add it").click()
            await expect(pages[1].get_by_role("link").last).to_have_text(title)
        await pages[1].get_by_role("link", name="Loose ends").click()
        await ken.write("Who rows?")
        await ken.standing("Saved")
        await pages[0].get_by_role("link", name="Loose ends").focus()
        await amara.page.keyboard.press("Shift+ArrowLeft")
        await expect(pages[1].get_by_role("link")).to_have_text(["Story", "Loose ends", "Verse"])
        await amara.page.keyboard.press("Shift+ArrowLeft")
        await expect(pages[1].get_by_role("link")).to_have_text(["Loose ends", "Story", "Verse"])
        await pages[0].get_by_role("link", name="Verse").drag_to(pages[0].get_by_role("link", name="Story"))
        await expect(pages[1].get_by_role("link")).to_have_text(["Loose ends", "Verse", "Story"])

        # Removed under Ken's hands, it says so, and he can bring it back with what was written.
        await amara.page.get_by_role("button", name="This page").click()
        await amara.page.get_by_role("button", name="Remove this page").click()
        await amara.page.get_by_role("button", name="Remove Loose ends").click()
        await ken.page.get_by_text("Loose ends was removed").wait_for()
        assert await faults(ken.page) == []
        await ken.page.get_by_role("button", name="Bring it back").click()
        await ken.sees("Who rows?")
        await expect(pages[0].get_by_role("link")).to_have_text(["Loose ends", "Verse", "Story"])

        await amara.page.get_by_role("button", name="More", exact=True).click()
        await amara.page.get_by_role("menuitem", name="Write together for a while").click()
        await amara.page.get_by_label("For how many minutes").fill("2")
        await amara.page.get_by_label("A prompt, if you like").fill("Rain")
        await amara.page.get_by_label("now", exact=True).check()
        await amara.page.get_by_role("button", name="Write for 2 minutes").click()
        sprint = ken.page.get_by_role("region", name="Sprint")
        await expect(sprint.get_by_role("timer")).to_have_text(re.compile("^(2:00|1:5.)$"))
        await sprint.get_by_text("Rain").wait_for()
        await ken.write("Me.")
        await amara.page.get_by_text("with Amara, Ken").wait_for()
        await ken.page.reload()
        await sprint.get_by_text("with Amara, Ken").wait_for()
        assert await faults(ken.page) == []
        assert await sprint.get_by_role("button", name="End it now").count() == 0
        await amara.page.get_by_role("button", name="End it now").click()
        await ken.page.get_by_text("The sprint is over.", exact=False).first.wait_for()
        await amara.page.get_by_text("Sprint: ‘Rain’, 1 min, with Amara, Ken").wait_for()
        assert amara.complaints == ken.complaints == []


async def test_a_sprint_ends_by_itself(studio: Studio, chromium: Path) -> None:
    """Its last seconds alone: what is kept of it is changed while there is no server, since a minute is the least it lasts."""
    room = await new_room(studio.url, studio.token(role="lead"))
    async with browser(chromium) as chrome:
        amara = await Visitor.arrive(chrome)
        await amara.join(room["invite"], "Amara")
        await ask(studio.url, room["token"], "POST", f"/api/rooms/{room['room']}/sprint", json={"minutes": 9, "prompt": "Rain"})
        sprint = amara.page.get_by_role("region", name="Sprint")
        await expect(sprint.get_by_role("timer")).to_have_text(re.compile("^(9:00|8:..)$"))
        assert studio.stop() == 0
        with closing(sqlite3.connect(studio.data / "tutti.sqlite")) as database, database:
            (kept,) = database.execute("select sprint from room where id = ?", (room["room"],)).fetchone()
            ends = json.dumps({**json.loads(kept), "end_ms": int((time.time() + 15) * 1000)})
            database.execute("update room set sprint = ? where id = ?", (ends, room["room"]))
        studio.restart()
        await expect(sprint.get_by_role("timer")).to_have_text(re.compile("^0:..$"))
        await amara.write("Drops.")  # whoever writes is in it
        await sprint.get_by_text("Amara").wait_for()
        await sprint.get_by_text("The sprint is over. Rain").wait_for()
        await amara.page.get_by_text(re.compile("^Sprint: ‘Rain’, 1 min, with .*Amara$")).wait_for()
        await sprint.get_by_role("button", name="All right").click()
        await sprint.wait_for(state="hidden")
        assert amara.complaints == []
