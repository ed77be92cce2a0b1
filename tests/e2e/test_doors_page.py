"""The doors as people meet them in the page: coming in and back in, the pen lent and taken back, a closed door, a shut way in,
following somebody. Each state is looked at by axe in light and in dark."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, WebSocketRoute

from tests.conftest import Studio
from tests.e2e.axe import faults
from tests.e2e.visitors import WAIT_MS, Visitor, ask, browser, room_with_links


@pytest.fixture(scope="module")
def house(start_studio: Callable[..., Studio]) -> Iterator[Studio]:
    studio = start_studio("--open-lobby")
    yield studio
    studio.end()


async def choose(page: Page, command: str) -> None:
    """Runs a command of the room's menu."""
    await page.get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name=command).click()


async def until(page: Page, expression: str) -> None:
    """Waits until this is true in the page. Unlike `wait_for_function` it needs no eval, which the page's policy forbids."""
    async with asyncio.timeout(WAIT_MS / 1000):
        while not await page.evaluate(expression):
            await asyncio.sleep(0.05)


async def test_who_opens_a_room_leads_it_and_finds_back_in(house: Studio, chromium: Path) -> None:
    async with browser(chromium) as chrome:
        amara, elsewhere = await Visitor.arrive(chrome), await Visitor.arrive(chrome)
        page = amara.page
        await page.goto(house.url)
        await page.get_by_label("What will you make?").fill("Four in the morning")
        assert await faults(page) == []
        await page.get_by_label("Your name").fill("Amara")
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Keep this link").wait_for()
        link = await page.get_by_label("Your way back in").input_value()
        assert await faults(page) == []
        await page.keyboard.press("Escape")
        await amara.write("One of us sleeping")
        await amara.standing("Saved")
        await page.reload()
        await amara.sees("One of us sleeping")
        assert await page.get_by_role("heading", name="Keep this link").count() == 0

        await elsewhere.page.goto(link)
        await elsewhere.page.get_by_role("button", name="Go in").wait_for()
        assert await faults(elsewhere.page) == []
        await elsewhere.page.keyboard.press("Tab")
        await elsewhere.page.keyboard.press("Enter")
        await elsewhere.page.wait_for_selector(".page")
        await elsewhere.sees("One of us sleeping")
        await elsewhere.page.get_by_role("button", name="Who is here").click()
        await elsewhere.page.get_by_text("you lead").wait_for()
        await elsewhere.page.goto(link[:-3])
        await elsewhere.page.get_by_role("button", name="Go in").click()
        await elsewhere.page.get_by_role("alert").wait_for()
        assert await faults(elsewhere.page) == []
        await elsewhere.page.get_by_role("link", name="To your rooms").click()
        await elsewhere.page.get_by_role("link", name="Four in the morning as Amara").wait_for()
        assert await faults(elsewhere.page) == []
        assert amara.complaints == elsewhere.complaints == []


class Slow:
    """Holds back what the room tells a page, as a slow network does, while `held` is a list."""

    def __init__(self) -> None:
        self.held: list[str | bytes] | None = None
        self._page: WebSocketRoute | None = None

    async def on(self, page: Page) -> None:
        await page.route_web_socket(re.compile("/socket.io/"), self._between)

    def _between(self, page: WebSocketRoute) -> None:
        self._page = page
        server = page.connect_to_server()
        page.on_message(server.send)
        server.on_message(self._told)

    def _told(self, message: str | bytes) -> None:
        if self.held is not None:
            self.held.append(message)
        elif self._page is not None:
            self._page.send(message)

    def release(self) -> None:
        held, self.held = self.held or [], None
        for message in held:
            self._told(message)


async def test_the_pen_is_asked_for_lent_and_taken_in_mid_sentence(house: Studio, chromium: Path) -> None:
    links = await room_with_links(house)
    slow = Slow()
    async with browser(chromium) as chrome:
        amara, tomas, ida = [await Visitor.arrive(chrome) for _ in range(3)]
        await slow.on(tomas.page)
        await amara.join(links["co-lead"], "Amara")
        await tomas.join(links["spectator"], "Tomás")
        await ida.join(links["spectator"], "Ida")
        await amara.write("The sea kept its own time.")
        await tomas.sees("The sea kept its own time.")

        await tomas.page.get_by_role("button", name="Ask for it").click()
        await tomas.page.get_by_text("You asked for the pen").wait_for()
        await amara.page.get_by_text("Tomás would like the pen.").wait_for()
        await ida.page.get_by_role("button", name="Ask for it").click()
        await amara.page.get_by_role("button", name="See who else asks").wait_for()
        assert await faults(tomas.page) == await faults(amara.page) == []
        await amara.page.get_by_role("button", name="Give it for 10 min").click()
        await amara.page.get_by_text("Ida would like the pen.").wait_for()
        await amara.page.get_by_role("button", name="Not now").click()
        await tomas.page.get_by_text("You have the pen for 10 minutes.").wait_for()
        assert await tomas.page.get_by_role("timer").inner_text() == "10 min left"
        await tomas.write("")
        await tomas.page.keyboard.press("End")
        await tomas.page.keyboard.type(" Count me in.")
        await amara.sees("The sea kept its own time. Count me in.")
        await tomas.standing("Saved")
        assert await faults(tomas.page) == []

        await amara.page.get_by_role("button", name="Who is here").click()
        row = amara.page.locator(".person-row", has_text="Tomás")
        await row.get_by_text("has the pen, 10 min left").wait_for()
        await row.get_by_role("button", name="Take the pen back").click()
        assert await faults(amara.page) == []
        slow.held = []
        await row.get_by_role("button", name="Take it back now").click()
        await row.get_by_role("button", name="Give the pen").wait_for()
        await tomas.page.keyboard.type(" At four.")
        await tomas.standing("Saving…")
        slow.release()
        await tomas.page.get_by_text("The pen went back before all you did was sent.").wait_for()
        assert await tomas.page.get_by_text("The pen went back").count() == 1
        assert await tomas.page.locator("q.unsent").inner_text() == "At four."
        assert await faults(tomas.page) == []
        await tomas.page.get_by_role("button", name="Let them go").click()
        await tomas.sees("The sea kept its own time. Count me in.")
        await tomas.page.get_by_text("Ask for the pen?").wait_for()
        assert await amara.words() == "The sea kept its own time. Count me in."
        assert amara.complaints == tomas.complaints == ida.complaints == []


KEPT = """async () => (await indexedDB.databases()).map(({ name }) => name).filter((name) => name.startsWith("tutti/"))"""


async def test_behind_a_closed_door_nothing_is_left(house: Studio, chromium: Path) -> None:
    links = await room_with_links(house)
    async with browser(chromium) as chrome:
        amara, ida = await Visitor.arrive(chrome), await Visitor.arrive(chrome)
        await amara.join(links["co-lead"], "Amara")
        await ida.join(links["spectator"], "Ida")
        await amara.write("Nobody knows who did it but the gardener.")
        await ida.sees("Nobody knows who did it but the gardener.")
        await until(ida.page, f"({KEPT})().then((names) => names.length > 0)")

        await choose(amara.page, "Close the door while you draft")
        await amara.page.get_by_text("Door closed").wait_for()
        await ida.page.get_by_role("heading", name="The door is closed while they draft.").wait_for()
        assert "gardener" not in await ida.page.content()
        await until(ida.page, f"({KEPT})().then((names) => names.length === 0)")
        assert await faults(ida.page) == await faults(amara.page) == []
        await amara.write(" Or the cook.")
        await ida.reopen(".ending")
        await ida.page.get_by_text("Amara is inside.").wait_for()
        assert "gardener" not in await ida.page.content()
        assert await ida.page.evaluate(KEPT) == []

        words = await amara.words()
        assert words is not None
        await choose(amara.page, "Open the door to who reads")
        await ida.page.wait_for_selector(".page")
        await ida.sees(words)
        await choose(amara.page, "Only writers talk on the board")
        await ida.page.get_by_text("Only who writes the text talks on the board just now.").wait_for()
        assert await faults(ida.page) == []
        assert amara.complaints == ida.complaints == []


async def test_a_way_in_is_closed_and_who_came_by_it_is_out(house: Studio, chromium: Path) -> None:
    links = await room_with_links(house)
    async with browser(chromium) as chrome:
        amara, ida, rude, late = [await Visitor.arrive(chrome) for _ in range(4)]
        await amara.join(links["co-lead"], "Amara")
        await ida.join(links["contributor"], "Ida")
        await rude.join(links["spectator"], "Rude")

        await amara.page.get_by_role("button", name="Invite", exact=True).click()
        await amara.page.get_by_text("Rude came by it.").wait_for()
        await amara.page.get_by_role("radio", name="read along").check()
        await amara.page.get_by_label("For", exact=True).select_option(label="one person")
        await amara.page.get_by_role("button", name="Make a link").click()
        once = await amara.page.get_by_label("The link").input_value()
        await amara.page.get_by_text("for one more person").wait_for()
        assert await faults(amara.page) == []
        await amara.page.keyboard.press("Escape")

        await amara.page.get_by_role("button", name="Who is here").click()
        row = amara.page.locator(".person-row", has_text="Rude")
        await row.get_by_role("button", name="More").click()
        assert await faults(amara.page) == []
        await row.get_by_role("button", name="Put Rude out…").click()
        assert await faults(amara.page) == []
        await row.get_by_role("button", name="…and close the way they came by").click()
        await rude.page.get_by_role("link", name="To your rooms").wait_for()
        assert await faults(rude.page) == []
        await row.wait_for(state="detached")
        await amara.page.keyboard.press("Escape")
        await late.page.goto(links["spectator"])
        await late.page.get_by_role("alert").wait_for()
        assert await faults(late.page) == []

        await choose(amara.page, "Let nobody new in")
        await amara.page.get_by_text("Locked").wait_for()
        await late.page.goto(once)
        await late.page.get_by_text("locked", exact=False).wait_for()
        assert await faults(late.page) == []
        # Who is a member needs no way in any more.
        await ida.page.goto(links["co-lead"])
        await ida.page.get_by_role("link", name="Go in").click()
        await ida.page.wait_for_selector(".page")
        await ida.page.close()
        await amara.page.get_by_role("button", name="Who is here").click()
        await amara.page.get_by_text("Nobody else is here just now.").wait_for()
        await amara.page.get_by_text("Not here just now", exact=True).click()
        await amara.page.locator(".away .person-row", has_text="Ida").wait_for()
        # Who was put out can be let in again, and comes by the browser they were here with.
        await amara.page.get_by_text("Put out", exact=True).click()
        await amara.page.get_by_role("button", name="Let in again: Rude").click()
        await amara.page.get_by_text("Rude may come in again").wait_for()
        assert await faults(amara.page) == []
        await rude.page.reload()
        await rude.page.wait_for_selector(".page")
        assert await faults(amara.page) == []
        assert amara.complaints == ida.complaints == rude.complaints == late.complaints == []


IN_SIGHT = """() => {
  const sheet = document.querySelector(".sheet").getBoundingClientRect();
  const caret = document.querySelector(".caret")?.getBoundingClientRect();  // drawn anew now and then
  return caret !== undefined && caret.top > sheet.top && caret.bottom < sheet.bottom;
}"""
SCROLLED = "document.querySelector('.sheet').scrollTop"


async def test_somebody_is_followed_until_one_looks_elsewhere(house: Studio, chromium: Path) -> None:
    links = await room_with_links(house)
    async with browser(chromium) as chrome:
        mei, ida = await Visitor.arrive(chrome), await Visitor.arrive(chrome, reduced_motion="reduce")
        await mei.join(links["contributor"], "Mei")
        await ida.join(links["spectator"], "Ida")
        await ask(
            house.url,
            house.token(),
            "PUT",
            f"/api/rooms/{mei.page.url.rsplit('/', 1)[1]}/documents/main",
            data="\n\n".join(f"Line {number} of a long night." for number in range(40)),
            headers={"Content-Type": "text/markdown"},
        )
        await mei.page.get_by_text("Line 39").wait_for()
        await mei.page.locator(".page[contenteditable=true]").focus()
        await mei.page.keyboard.press("Control+End")
        await ida.page.get_by_text("Line 39").wait_for()
        assert await ida.page.evaluate(SCROLLED) == 0

        await ida.page.get_by_role("button", name="Follow Mei").click()
        await ida.page.get_by_text("You follow Mei").wait_for()
        await until(ida.page, f"({IN_SIGHT})()")
        assert await ida.page.evaluate(SCROLLED) > 0
        assert await faults(ida.page) == []
        await mei.page.keyboard.press("Control+Home")
        await until(ida.page, f"{SCROLLED} < 100 && ({IN_SIGHT})()")

        await mei.page.get_by_role("button", name="Add a page").click()
        await mei.page.get_by_label("What it is called").fill("Lyrics")
        await mei.page.keyboard.press("Enter")
        await mei.page.wait_for_url(re.compile("/room/[^/]+/[^/]+$"))
        await mei.page.locator(".page[contenteditable=true]").wait_for()
        await mei.write("Four in the morning")
        await ida.sees("Four in the morning")

        await ida.page.go_back()
        await ida.page.get_by_text("Line 39").wait_for()
        await ida.page.get_by_text("You follow Mei").wait_for(state="detached")
        await ida.page.get_by_role("button", name="Follow Mei").click()
        await ida.sees("Four in the morning")

        await ida.page.keyboard.press("Escape")
        await ida.page.get_by_text("You follow Mei").wait_for(state="detached")
        await mei.page.get_by_role("link", name="Story").click()
        await mei.page.get_by_text("Line 39").wait_for()
        assert await ida.words() == "Four in the morning"
        await ida.page.get_by_role("button", name="Who is here").click()
        await ida.page.get_by_role("button", name="Follow: Mei").click()
        await ida.page.get_by_text("Line 39").wait_for()
        await ida.page.mouse.move(300, 400)
        await ida.page.mouse.wheel(0, 300)
        await ida.page.get_by_text("You follow Mei").wait_for(state="detached")
        assert mei.complaints == ida.complaints == []
