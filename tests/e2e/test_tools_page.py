"""The writing tools: finding and replacing in a long page, the outline, words and a goal, only the text, keys, paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.async_api import expect

from tests.conftest import Studio
from tests.e2e.axe import faults
from tests.e2e.visitors import Visitor, ask, browser, new_room

CHAPTERS = 15
LINE = "The lamp turned over the grey water and nobody on the quay could say whose light it was. "


def long_page() -> str:
    """Some twenty thousand words, with one that is there once a chapter."""
    paragraphs = "\n\n".join([LINE * 6] * 12)
    return "\n\n".join(f"# Chapter {number}\n\nHere Mirela begins. {paragraphs}" for number in range(1, CHAPTERS + 1))


async def test_tools_in_a_long_page(start_studio: Callable[..., Studio], chromium: Path) -> None:
    studio = start_studio()
    room = await new_room(studio.url, studio.token())
    path = f"/api/rooms/{room['room']}/documents/main"
    text = {"Content-Type": "text/markdown"}
    await ask(studio.url, studio.token(), "PUT", path, data=long_page(), headers=text)
    async with browser(chromium) as chrome:
        amara = await Visitor.arrive(chrome)
        page = amara.page
        await amara.join(room["invite"], "Amara")
        await page.get_by_text("Here Mirela begins.").first.wait_for()

        # The outline: its chapters, a jump, and where one is.
        await page.get_by_role("tab", name="Outline").click()
        outline = page.get_by_role("navigation", name="Outline")
        await expect(outline.get_by_role("button")).to_have_count(CHAPTERS)
        await outline.get_by_role("button", name="Chapter 11").click()
        await expect(page.get_by_role("heading", name="Chapter 11")).to_be_in_viewport()
        await expect(outline.locator("[aria-current]")).to_have_text("Chapter 11")

        # Found, gone through, replaced as one change that one undo takes back.
        await page.keyboard.press("Control+h")
        find = page.get_by_role("search", name="Find")
        await page.get_by_label("Find in this page").fill("mirela")
        await find.get_by_text(f"of {CHAPTERS}").wait_for()
        await expect(page.locator(".found-now")).to_be_in_viewport()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Shift+Enter")
        assert await faults(page) == []
        await find.get_by_label("Replace with").fill("Ines")
        await find.get_by_role("button", name="Replace", exact=True).click()
        await find.get_by_text(f"of {CHAPTERS - 1}").wait_for()
        await find.get_by_role("button", name="Replace all").click()
        await find.get_by_text(f"Replaced {CHAPTERS - 1} times.").wait_for()
        await page.keyboard.press("Escape")
        await amara.standing("Saved")
        assert ((await amara.words()) or "").count("Ines") == CHAPTERS
        await page.keyboard.press("Control+z")
        await page.get_by_text("Here Mirela begins.").first.wait_for()
        assert ((await amara.words()) or "").count("Ines") == 1

        # Words, and a goal that is this person's own.
        await page.get_by_title("Words, and a goal for you alone").click()
        await page.get_by_text("to read").wait_for()
        await page.get_by_label("A goal for this page, in words").fill("60000")
        await page.get_by_role("button", name="Keep it", exact=True).click()
        await page.get_by_text("words to go").wait_for()

        # Only the text; and what is on paper.
        await page.keyboard.press("Control+Alt+f")
        await expect(page.get_by_role("toolbar")).to_have_count(0)
        await expect(page.locator(".written-now")).to_have_count(1)
        assert await faults(page) == []
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("toolbar").first).to_be_visible()
        await page.keyboard.press("Control+/")
        await page.get_by_role("dialog").get_by_text("Find and replace").wait_for()
        await page.keyboard.press("Escape")
        await page.emulate_media(media="print")
        assert await page.locator(".top").is_hidden()
        assert await page.locator(".page").is_visible()
        assert amara.complaints == []
