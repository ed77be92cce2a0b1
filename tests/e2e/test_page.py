"""The page as people meet it: coming in, reading along, the pen, an older page, a studio that is killed."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Route

from tests.conftest import Studio
from tests.e2e.visitors import Visitor, ask, browser, new_room


@pytest.fixture(scope="module")
def house(start_studio: Callable[..., Studio]) -> Iterator[Studio]:
    """One studio for the tests that don't kill theirs."""
    studio = start_studio("--open-lobby")
    yield studio
    studio.end()


async def test_from_the_lobby_to_two_people_writing(house: Studio, chromium: Path) -> None:
    async with browser(chromium) as chrome:
        amara, jonas = await Visitor.arrive(chrome), await Visitor.arrive(chrome, viewport={"width": 390, "height": 844})
        await amara.page.goto(house.url)
        await amara.page.get_by_label("What will you make?").fill("Four in the morning")
        await amara.page.get_by_label("Your name").fill("Amara")
        await amara.page.keyboard.press("Enter")
        await amara.page.get_by_role("heading", name="Keep this link").wait_for()
        await amara.page.keyboard.press("Escape")
        await amara.write("One of us sleeping")
        await amara.standing("Saved")
        await amara.page.get_by_role("button", name="Invite").click()
        await amara.page.get_by_role("button", name="Make a link").click()
        link = await amara.page.get_by_label("The link").input_value()
        await amara.page.keyboard.press("Escape")
        await jonas.join(link, "Jonas")
        await jonas.sees("One of us sleeping")
        await jonas.write("")
        await jonas.page.keyboard.press("End")
        await jonas.page.keyboard.type(", one hundred apart")
        await amara.sees("One of us sleeping, one hundred apart")
        await amara.page.locator(".caret-name[data-name=Jonas]").wait_for(state="attached")
        await amara.page.get_by_label("Say something").fill("and leave two beats")
        await amara.page.keyboard.press("Enter")
        await jonas.page.get_by_role("button", name="Board").click()
        await jonas.page.get_by_text("and leave two beats").wait_for()
        assert amara.complaints == jonas.complaints == []


async def test_who_reads_along_has_no_pen_until_it_is_given(house: Studio, chromium: Path) -> None:
    token = house.token(role="lead")
    room = await new_room(house.url, token)
    name = room["room"]
    invite = await ask(house.url, token, "POST", f"/api/rooms/{name}/invites", json={"role": "spectator"})
    async with browser(chromium) as chrome:
        writer, ida = await Visitor.arrive(chrome), await Visitor.arrive(chrome)
        await writer.join(room["invite"], "Mei")
        await ida.join(invite["url"], "Ida")
        await writer.write("The sea kept its own time.")
        await ida.sees("The sea kept its own time.")
        page = ida.page.locator(".page")
        assert await page.get_attribute("contenteditable") == "false"
        await ida.page.get_by_text("You can read along").first.wait_for()
        members = await ask(house.url, token, "GET", f"/api/rooms/{name}/members")
        (member,) = [m["id"] for m in members["members"] if m["name"] == "Ida"]
        await ask(house.url, token, "PATCH", f"/api/rooms/{name}/members/{member}", json={"role": "contributor"})
        await ida.page.locator(".page[contenteditable=true]").wait_for()
        await ida.write("")
        await ida.page.keyboard.press("End")
        await ida.page.keyboard.type(" Count me in.")
        await writer.sees("The sea kept its own time. Count me in.")
        await ida.standing("Saved")
        await ask(house.url, token, "PATCH", f"/api/rooms/{name}/members/{member}", json={"role": "spectator"})
        await ida.page.locator(".page[contenteditable=false]").wait_for()
        await ask(house.url, token, "DELETE", f"/api/rooms/{name}/members/{member}")
        await ida.page.get_by_text("no longer in this room", exact=False).first.wait_for()
        assert writer.complaints == ida.complaints == []


async def test_an_older_page_reads_and_does_not_touch(house: Studio, chromium: Path) -> None:
    """The page's own schema version is made older on its way to the browser; the document must stay as it is."""
    token = house.token()
    room = await new_room(house.url, token)
    path = f"/api/rooms/{room['room']}/documents/main"
    await ask(house.url, token, "PUT", path, data="# Kept\n\nas it *is*", headers={"Content-Type": "text/markdown"})
    before = await ask(house.url, token, "GET", f"{path}?format=json")
    changed: list[str] = []

    async def make_older(route: Route) -> None:
        answer = await route.fetch()
        body = await answer.text()
        older = re.sub(r"version:\d+,fragment", "version:0,fragment", body)
        if older != body:
            changed.append(route.request.url)
        await route.fulfill(response=answer, body=older)

    async with browser(chromium) as chrome:
        visitor = await Visitor.arrive(chrome)
        await visitor.context.route("**/assets/*.js", make_older)
        sockets: list[str] = []
        visitor.page.on("websocket", lambda socket: sockets.append(socket.url))
        await visitor.join(room["invite"], "Amara")
        await visitor.page.get_by_role("button", name="Reload").wait_for()
        await visitor.page.get_by_text("as it").wait_for()
        assert await visitor.page.locator("[contenteditable=true]").count() == 0
        assert changed
        assert not any("/yjs/" in url for url in sockets)
    assert await ask(house.url, token, "GET", f"{path}?format=json") == before


async def test_saved_is_never_said_of_what_a_killed_studio_did_not_keep(
    start_studio: Callable[..., Studio], chromium: Path
) -> None:
    studio = start_studio()
    room = await new_room(studio.url, studio.token())
    async with browser(chromium) as chrome:
        visitor = await Visitor.arrive(chrome)
        await visitor.join(room["invite"], "Amara")
        await visitor.write("ab")
        await visitor.standing("Saved")
        await visitor.page.keyboard.press("Backspace")
        await visitor.standing("Saved")
        studio.kill9()
        await visitor.standing("Offline")
        await visitor.page.keyboard.type("c")
        assert await visitor.page.locator(".saved").inner_text() == "Offline"
        studio.restart()
        await visitor.standing("Saved")
        text = await ask(studio.url, studio.token(), "GET", f"/api/rooms/{room['room']}/documents/main?format=text")
        assert text.strip() == "ac"
        assert visitor.complaints == []


async def test_a_page_that_cannot_be_opened_says_so_and_takes_a_copy(
    start_studio: Callable[..., Studio], chromium: Path
) -> None:
    studio = start_studio()
    room = await new_room(studio.url, studio.token())
    async with browser(chromium) as chrome:
        visitor = await Visitor.arrive(chrome)
        await visitor.join(room["invite"], "Amara")
        await visitor.write("precious")
        await visitor.standing("Saved")
        studio.stop()
        with sqlite3.connect(studio.data / "tutti.sqlite") as database:
            database.execute("update log set \"update\" = x'0102'")
        database.close()
        studio.restart()
        await visitor.reopen(".top")
        await visitor.page.get_by_text("This page can't be opened. Nothing was changed.").first.wait_for()
        await visitor.page.get_by_role("button", name=re.compile("copy", re.IGNORECASE)).first.click()
        await visitor.page.get_by_text("It was sent in and is kept").wait_for()
        with sqlite3.connect(studio.data / "tutti.sqlite") as database:
            (copy,) = database.execute("select data from copy").fetchone()
            assert database.execute('select distinct "update" from log').fetchall() == [(b"\x01\x02",)]
        database.close()
        assert [b"p" in copy, b"s" in copy] == [True, True]
