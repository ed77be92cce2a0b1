"""A page's history as two writers meet it: moments, what changed, names, the way back, and who wrote what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.conftest import Studio
from tests.e2e.axe import faults
from tests.e2e.visitors import Visitor, ask, browser, new_room, picture

PHONE = {"width": 390, "height": 844}
PAUSE_MS = 2300


@pytest.fixture(scope="module")
def house(start_studio: Callable[..., Studio]) -> Iterator[Studio]:
    """People there pause for two seconds."""
    studio = start_studio(TUTTI_LIMIT_HISTORY_PAUSE_S="2")
    yield studio
    studio.end()


def passage(page: Page, name: str) -> Locator:
    return page.locator(f'.by[data-name="{name}"]')


async def authors_of(page: Page) -> list[tuple[str, str]]:
    """The passages as they are shown: whose, and what."""
    found: list[list[str]] = await page.evaluate(
        """() => [...document.querySelectorAll(".past .by")].map((e) => [e.dataset.name, e.lastChild.textContent])"""
    )
    return [(name, words) for name, words in found]


async def test_two_writers_look_back_and_bring_a_page_back(house: Studio, chromium: Path) -> None:
    room = await new_room(house.url, house.token(role="lead"), title="The lighthouse")
    async with browser(chromium) as chrome:
        amara = await Visitor.arrive(chrome, viewport={"width": 1280, "height": 800})
        ben = await Visitor.arrive(chrome, viewport=PHONE)
        await amara.join(room["invite"], "Amara")
        await ben.join(room["invite"], "Ben")
        page = amara.page

        await amara.write("The lamp was lit at dusk. Nobody came up the stairs.")
        await amara.standing("Saved")
        await page.wait_for_timeout(PAUSE_MS)
        await ben.sees("The lamp was lit at dusk. Nobody came up the stairs.")
        await ben.write("")
        await ben.page.keyboard.press("Control+End")
        await ben.page.keyboard.type(" Then a knock.")
        await ben.standing("Saved")
        await ben.page.wait_for_timeout(PAUSE_MS)

        # Amara splits the paragraph before Ben's words: her editor writes them anew, and they stay his.
        await amara.sees("The lamp was lit at dusk. Nobody came up the stairs. Then a knock.")
        await page.locator(".page[contenteditable=true]").click()
        await page.keyboard.press("Control+End")
        for _ in " Then a knock.":
            await page.keyboard.press("ArrowLeft")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Control+Home")
        await page.keyboard.press("Control+ArrowRight")
        await page.keyboard.press("Control+ArrowRight")
        await page.keyboard.press("Control+Shift+ArrowLeft")
        await page.keyboard.type("light")
        await amara.standing("Saved")

        await page.get_by_role("tab", name="History").click()
        moments = page.locator(".moment")
        await expect(moments).to_have_count(3)
        await expect(moments.nth(1)).to_contain_text("Ben")
        await moments.nth(0).get_by_role("button").first.click()
        past = page.locator(".past")
        await expect(past.locator(".entries del").first).to_contain_text("lamp")
        await expect(past.locator(".entries ins").first).to_contain_text("light")
        await expect(page.locator(".page[contenteditable=true]")).to_be_hidden()
        await picture(page, "history-changes")
        assert await faults(page) == []

        await page.get_by_label("Compared with").select_option("the empty page")
        await expect(past.locator(".entries del")).to_have_count(0)

        # A name, and another one.
        await page.get_by_role("button", name="Name this moment").click()
        await page.get_by_label("What to call this moment").fill("The knock")
        await page.keyboard.press("Enter")
        await expect(moments.nth(0)).to_contain_text("The knock")
        await page.get_by_role("button", name="Rename").click()
        await page.get_by_label("What to call it").fill("A knock at the door")
        await page.keyboard.press("Enter")
        await expect(past.locator("h2")).to_contain_text("A knock at the door")

        # Who wrote what, then by keyboard alone.
        await past.get_by_role("button", name="Who wrote what").click()
        await passage(page, "Ben").first.wait_for()
        assert [words for name, words in await authors_of(page) if name == "Ben"] == [" Then a knock."]
        await past.get_by_role("document").focus()
        await page.keyboard.press("ArrowRight")
        await expect(passage(page, "Amara").first).to_be_focused()
        await picture(page, "history-authors")
        assert await faults(page) == []
        await past.get_by_role("button", name="Ben", exact=True).click()
        await expect(passage(page, "Amara")).to_have_count(0)

        # Back to what Amara had before Ben came; he is told, and his next word isn't lost.
        await moments.nth(2).get_by_role("button").first.click()
        await page.get_by_role("button", name="Bring this page back").click()
        await expect(past).to_have_count(0)
        await amara.sees("The lamp was lit at dusk. Nobody came up the stairs.")
        await ben.sees("The lamp was lit at dusk. Nobody came up the stairs.")
        await ben.page.get_by_text("Amara brought back the page of").first.wait_for()
        await expect(moments.nth(0)).to_contain_text("Amara brought back the page of")
        await page.wait_for_timeout(PAUSE_MS)
        await ben.page.locator(".page[contenteditable=true]").click()
        await ben.page.keyboard.press("Control+End")
        await ben.page.keyboard.type(" Yet.")
        await amara.sees("The lamp was lit at dusk. Nobody came up the stairs. Yet.")
        await expect(moments).to_have_count(5)
        await picture(page, "history-list")

        # On a phone the difference is in one line.
        await ben.page.get_by_role("button", name="Board").click()
        await ben.page.get_by_role("tab", name="History").click()
        await picture(ben.page, "history-list-phone")
        await ben.page.locator(".moment").nth(2).get_by_role("button").first.click()
        await ben.page.locator(".past .inline del").first.wait_for()
        await picture(ben.page, "history-phone")
        assert await faults(ben.page) == []
        await ben.page.keyboard.press("Escape")
        await expect(ben.page.locator(".past")).to_have_count(0)
        assert amara.complaints == ben.complaints == []


async def test_who_only_reads_has_no_history(house: Studio, chromium: Path) -> None:
    token = house.token(role="lead")
    room = await new_room(house.url, token)
    path = f"/api/rooms/{room['room']}"
    await ask(house.url, token, "PUT", f"{path}/documents/main", data=b"A line.", headers={"Content-Type": "text/plain"})
    invite = await ask(house.url, token, "POST", f"{path}/invites", json={"role": "spectator"})
    async with browser(chromium) as chrome:
        ida = await Visitor.arrive(chrome)
        await ida.join(invite["url"], "Ida")
        await ida.sees("A line.")
        await expect(ida.page.get_by_role("tab", name="Board")).to_be_visible()
        await expect(ida.page.get_by_role("tab", name="History")).to_have_count(0)
