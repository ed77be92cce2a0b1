"""Comments and suggestions as people meet them: two writers and a reader."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.conftest import Studio
from tests.e2e.axe import faults
from tests.e2e.visitors import Visitor, ask, browser, new_room, picture

COMMENT = "Control+Alt+m"


@pytest.fixture(scope="module")
def house(start_studio: Callable[..., Studio]) -> Iterator[Studio]:
    studio = start_studio()
    yield studio
    studio.end()


async def select(page: Page, words: str, *, before: bool = False) -> None:
    """Selects words in the text, as somebody who drags over them; or with `before` puts the cursor in front of them."""
    await page.evaluate(
        """([words, before]) => {
          const page = document.querySelector(".page");
          const walker = document.createTreeWalker(page, NodeFilter.SHOW_TEXT);
          const places = [];
          let text = "";
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            if (node.parentElement.closest(".caret")) continue;
            for (let at = 0; at < node.data.length; at++) places.push([node, at]);
            text += node.data;
          }
          const start = text.indexOf(words);
          if (start < 0) throw new Error(`nowhere: ${words} in ${text}`);
          page.focus();
          const [last, end] = places[start + words.length - 1];
          if (before) getSelection().collapse(...places[start]);
          else getSelection().setBaseAndExtent(...places[start], last, end + 1);
        }""",
        [words, before],
    )
    await page.wait_for_timeout(100)  # the editor hears of it with the browser's next event


async def go(page: Page, keys: str) -> None:
    """Moves the cursor in the text, as somebody who clicked into it before: what gets the focus first settles."""
    await page.locator(".page").focus()
    await page.wait_for_timeout(100)
    await page.keyboard.press(keys)
    await page.wait_for_timeout(100)


async def talked_about(page: Page, words: str, how: str = ".commented") -> None:
    """Waits until these words, and no others, are shown as talked about. Others' cursors may stand in them."""
    await page.wait_for_function(
        "([how, words]) => [...document.querySelectorAll(`.page ${how}`)].map((e) => e.textContent).join('') === words",
        arg=[how, words],
    )


async def test_two_writers_and_a_reader_talk_about_words(house: Studio, chromium: Path) -> None:
    token = house.token(role="lead")
    room = await new_room(house.url, token)
    invite = await ask(house.url, token, "POST", f"/api/rooms/{room['room']}/invites", json={"role": "spectator"})
    async with browser(chromium) as chrome:
        mei, tomas = await Visitor.arrive(chrome), await Visitor.arrive(chrome)
        ida = await Visitor.arrive(chrome, viewport={"width": 390, "height": 844})
        await mei.join(room["invite"], "Mei")
        await tomas.join(room["invite"], "Tomás")
        await ida.join(invite["url"], "Ida")
        text = "The lighthouse stood where the map had only sea."
        await mei.write(text)
        await tomas.sees(text)

        # Begun by keys, on the words that are selected.
        await select(mei.page, "lighthouse")
        await mei.page.keyboard.press(COMMENT)
        comment = mei.page.get_by_label("Your comment")
        await comment.press_sequentially("Whose is it? @To")
        await mei.page.get_by_role("option", name="Tomás").wait_for()
        await picture(mei.page, "calling-wide")
        await comment.press("Enter")
        await expect(comment).to_have_value("Whose is it? @Tomás ")
        await mei.page.keyboard.press("Control+Enter")
        await expect(mei.page.locator(".commented.active")).to_have_text("lighthouse")

        # The other one hears of it while looking elsewhere, also after a reload; sees which words, answers beside them.
        await tomas.page.get_by_role("tab", name="Mei wrote to you").wait_for()
        await tomas.page.reload()
        await tomas.page.get_by_role("tab", name="Mei wrote to you").click()
        await tomas.page.get_by_text("to you", exact=True).wait_for()
        await expect(tomas.page.locator(".waiting-calls")).to_have_count(0)
        await talked_about(tomas.page, "lighthouse")
        thread = tomas.page.locator(".thread")
        await expect(thread).to_contain_text("Whose is it?")
        await thread.get_by_label("Reply").fill("The keeper's daughter's.")
        await thread.get_by_role("button", name="Reply").click()
        await expect(mei.page.locator(".thread")).to_contain_text("The keeper's daughter's.")

        # Text around it is changed and the paragraph split in the middle of the words: it stays.
        await tomas.page.locator(".page").click()
        await select(tomas.page, "The", before=True)
        await tomas.page.keyboard.type("Look: ")
        await mei.sees(f"Look: {text}")
        await select(mei.page, "house", before=True)
        await mei.page.keyboard.press("Enter")
        await expect(tomas.page.locator(".page p .commented")).to_have_text(["light", "house"])
        await mei.page.keyboard.press("Backspace")
        await talked_about(tomas.page, "lighthouse")

        # The cursor in the words and the thread beside them find each other.
        await go(tomas.page, "Control+End")
        await expect(tomas.page.locator(".thread.active")).to_have_count(0)
        await thread.get_by_role("button", name="lighthouse", exact=True).click()
        await talked_about(tomas.page, "lighthouse", ".commented.active")
        await expect(tomas.page.locator(".thread.active")).to_have_count(1)

        # A comment of one's own is changed; others' can't be.
        await expect(thread.get_by_role("button", name="Edit")).to_have_count(1)
        await thread.get_by_role("button", name="Edit").click()
        await thread.get_by_label("Your comment").fill("The keeper's.")
        await thread.get_by_role("button", name="Save").click()
        await expect(mei.page.locator(".thread")).to_contain_text("edited")

        # Who only reads sees it, on a phone as a sheet below the words, and has nothing to say it with.
        await ida.page.evaluate("document.querySelector('#tab-comments')?.click()")
        await expect(ida.page.locator(".thread")).to_contain_text("The keeper's.")
        await talked_about(ida.page, "lighthouse")
        await expect(ida.page.locator(".thread textarea")).to_have_count(0)
        await picture(mei.page, "comments-wide")
        await picture(ida.page, "comments-phone")
        assert await faults(mei.page) == []
        assert await faults(ida.page) == []

        # Resolved, it goes behind a switch, and can be opened again.
        await select(tomas.page, "only", before=True)
        await mei.page.locator(".thread").get_by_role("button", name="Resolve").click()
        await expect(tomas.page.locator(".page .commented")).to_have_count(0)
        await expect(tomas.page.locator(".thread")).to_have_count(0)
        await tomas.page.get_by_label("Show what is resolved").check()
        await expect(thread).to_contain_text("Resolved by Mei")
        await thread.get_by_role("button", name="Open it again").click()
        await talked_about(ida.page, "lighthouse")

        # With its words gone it says so; with the words back it is there again.
        await select(mei.page, "lighthouse")
        await mei.page.keyboard.press("Delete")
        await expect(thread).to_contain_text("The words are gone")
        await mei.page.keyboard.press("Control+z")
        await talked_about(tomas.page, "lighthouse")

        # A copy of the words is no second anchor.
        await select(mei.page, "lighthouse")
        await mei.page.keyboard.press("Control+c")
        await go(mei.page, "Control+End")
        await mei.page.keyboard.press("Control+v")
        await tomas.sees("Look: The lighthouse stood where the map had only sea.lighthouse")
        await talked_about(tomas.page, "lighthouse")
        assert mei.complaints == tomas.complaints == ida.complaints == []


async def proposed(page: Page) -> list[str]:
    """What is suggested in the text, in its order: + for an insertion, - for a deletion."""
    found: list[str] = await page.evaluate(
        """() => {
          const walker = document.createTreeWalker(document.querySelector(".page"), NodeFilter.SHOW_TEXT);
          const pieces = [];
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const { parentElement: around } = node;
            if (around.closest(".caret")) continue;
            const sign = around.closest(".inserted") ? "+" : around.closest(".deleted") ? "-" : " ";
            if (pieces.at(-1)?.startsWith(sign)) pieces[pieces.length - 1] += node.data;
            else pieces.push(sign + node.data);
          }
          return pieces.filter((piece) => !piece.startsWith(" "));
        }"""
    )
    return found


async def proposes(page: Page, *pieces: str) -> None:
    try:
        async with asyncio.timeout(20):
            while await proposed(page) != list(pieces):
                await asyncio.sleep(0.05)
    except TimeoutError:
        assert await proposed(page) == list(pieces)


async def test_two_writers_suggest_and_decide_and_a_reader_sees_it(house: Studio, chromium: Path) -> None:
    token = house.token(role="lead")
    room = await new_room(house.url, token)
    path = f"/api/rooms/{room['room']}"
    invite = await ask(house.url, token, "POST", f"{path}/invites", json={"role": "spectator"})
    async with browser(chromium) as chrome:
        mei, tomas = await Visitor.arrive(chrome), await Visitor.arrive(chrome)
        ida = await Visitor.arrive(chrome, viewport={"width": 390, "height": 844})
        await mei.join(room["invite"], "Mei")
        await tomas.join(room["invite"], "Tomás")
        await ida.join(invite["url"], "Ida")
        await mei.write("The lighthouse stood where the map had only sea.")
        await tomas.sees("The lighthouse stood where the map had only sea.")

        # Typing over words, deleting backwards and typing anew are proposals; the mode says so.
        await tomas.page.locator(".page").focus()
        await tomas.page.keyboard.press("Control+Alt+s")
        await expect(tomas.page.get_by_role("button", name="Suggest instead of writing")).to_have_attribute(
            "aria-pressed", "true"
        )
        await select(tomas.page, "stood")
        await tomas.page.keyboard.type("was built")
        await proposes(mei.page, "-stood", "+was built")
        await expect(tomas.page.locator(".at-cursor .mode")).to_have_text("Suggesting")
        await tomas.page.keyboard.press("Control+End")
        for _ in range(3):
            await tomas.page.keyboard.press("Backspace")
        await proposes(mei.page, "-stood", "+was built", "-ea.")
        await tomas.page.keyboard.press("Backspace")
        await tomas.page.keyboard.type("water.")
        await proposes(mei.page, "-stood", "+was built", "+water.", "-sea.")

        # Mei writes in the same place meanwhile; that is no proposal.
        await select(mei.page, "uilt", before=True)
        await mei.page.keyboard.type("!")
        await proposes(tomas.page, "-stood", "+was b", "+uilt", "+water.", "-sea.")
        await mei.page.keyboard.press("Backspace")
        await proposes(tomas.page, "-stood", "+was built", "+water.", "-sea.")

        # A reader sees what is proposed, or reads without; what is exported is without.
        await proposes(ida.page, "-stood", "+was built", "+water.", "-sea.")
        text = await ask(house.url, token, "GET", f"{path}/documents/main?format=text")
        assert text.strip() == "The lighthouse stood where the map had only sea."
        await ida.page.evaluate("document.querySelector('#tab-suggestions').click()")
        await picture(ida.page, "suggestions-phone")
        await ida.page.get_by_label("Read without suggestions").check()
        await expect(ida.page.locator(".page ins").first).to_be_hidden()

        # At the cursor, with the name of who proposes it; and beside the page.
        await select(mei.page, "built", before=True)
        await expect(mei.page.locator(".at-cursor")).to_contain_text("Tomás")
        await mei.page.get_by_role("tab", name="Suggestions").click()
        await expect(mei.page.locator(".suggestion.active")).to_contain_text("was built")
        await picture(mei.page, "suggestions-wide")
        await picture(tomas.page, "suggesting-wide")
        assert await faults(mei.page) == []
        assert await faults(ida.page) == []
        await mei.page.locator(".at-cursor").get_by_role("button", name="Accept").click()
        await mei.sees("The lighthouse was built where the map had only water.sea.")
        await mei.page.locator(".suggestion").get_by_role("button", name="Reject").click()
        await mei.sees("The lighthouse was built where the map had only sea.")
        await tomas.sees("The lighthouse was built where the map had only sea.")

        # All at once, by two of them, over the end of a paragraph; taken back by undo.
        await tomas.page.keyboard.press("Control+End")
        await tomas.page.keyboard.press("Enter")
        await tomas.page.keyboard.type("And nobody knew.")
        await mei.page.get_by_role("checkbox", name="Suggest instead of writing").check()
        await select(mei.page, "only ")
        await mei.page.keyboard.press("Delete")
        await proposes(ida.page, "-only ", "+And nobody knew.")
        await mei.page.get_by_role("button", name="Accept all", exact=True).click()
        await ida.sees("The lighthouse was built where the map had sea.And nobody knew.")
        await proposes(tomas.page)
        await mei.page.locator(".page").focus()
        await mei.page.keyboard.press("Control+z")
        await proposes(tomas.page, "-only ", "+And nobody knew.")
        await mei.page.get_by_role("button", name="Reject all", exact=True).click()
        await tomas.sees("The lighthouse was built where the map had only sea.")
        await tomas.standing("Saved")
        assert mei.complaints == tomas.complaints == ida.complaints == []
