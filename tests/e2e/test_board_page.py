"""The board as people meet it: calling somebody, what is new, changing and taking back what was said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.async_api import expect

from tests.conftest import Studio
from tests.e2e.axe import faults
from tests.e2e.visitors import Visitor, browser, new_room

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
