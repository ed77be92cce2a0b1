"""A room that this device has been in opens without the studio: it reads, takes words, and brings them along later."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from playwright.async_api import Page

from tests.conftest import Studio
from tests.e2e.visitors import WAIT_MS, Visitor, ask, browser, new_room

SHELL_IS_KEPT = """async () => {
  await navigator.serviceWorker.ready;
  const [name] = await caches.keys();
  return name !== undefined && (await (await caches.open(name)).match("/")) !== undefined;
}"""
COPY_IS_WHOLE = """async (name) => {
  // Opened before the page has made it, it would be another one.
  if (!(await indexedDB.databases()).some((kept) => kept.name === name)) return false;
  return new Promise((resolve) => {
    const request = indexedDB.open(name);
    request.onsuccess = () => {
      const asked = request.result.transaction("custom").objectStore("custom").get("whole");
      asked.onsuccess = () => { request.result.close(); resolve(asked.result === 1); };
    };
  });
}"""
PASTE = """(text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  document.querySelector(".page").dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""
LONG_BYTES = 5 << 20


async def until(page: Page, script: str, argument: object = None) -> None:
    async with asyncio.timeout(WAIT_MS / 1000):
        while not await page.evaluate(script, argument):
            await asyncio.sleep(0.1)


async def kept(visitor: Visitor, room: dict[str, str]) -> None:
    """Waits until this device could open the room by itself."""
    await until(visitor.page, SHELL_IS_KEPT)
    documents = await ask(room["url"], room["token"], "GET", f"/api/rooms/{room['room']}/documents")
    await until(visitor.page, COPY_IS_WHOLE, f"tutti/{room['room']}/{documents['documents'][0]['id']}")


async def test_a_room_opens_without_the_studio(studio: Studio, chromium: Path) -> None:
    made = await new_room(studio.url, studio.token(role="lead"), name="Ida")
    room = {"url": studio.url, "room": made["room"], "token": made["token"]}
    spectators = await ask(studio.url, made["token"], "POST", f"/api/rooms/{made['room']}/invites", json={"role": "spectator"})
    async with browser(chromium) as chrome:
        mei, tomas = await Visitor.arrive(chrome), await Visitor.arrive(chrome)
        await mei.join(made["invite"], "Mei")
        await mei.write("Once upon a time")
        await mei.standing("Saved")
        await tomas.join(spectators["url"], "Tomás")
        await tomas.sees("Once upon a time")
        await kept(mei, room)
        await kept(tomas, room)
        assert studio.stop() == 0

        await mei.reopen(".page[contenteditable=true]")
        await mei.sees("Once upon a time")
        await mei.standing("Offline")
        assert await mei.page.get_by_text("what you write stays here and joins when you're back").is_visible()
        await mei.page.locator(".page").click()
        await mei.page.keyboard.press("End")
        await mei.page.keyboard.type(", far from any network")
        await asyncio.sleep(1.0)  # y-indexeddb writes as it goes; a person closes a tab no sooner
        await mei.reopen(".page[contenteditable=true]")
        await mei.sees("Once upon a time, far from any network")
        await tomas.reopen(".page")
        await tomas.sees("Once upon a time")
        assert await tomas.page.get_by_text("this is the page as you last saw it").is_visible()
        assert await tomas.page.locator(".page[contenteditable=true]").count() == 0
        await mei.page.goto(f"{studio.url}/")
        await mei.page.get_by_text("The lighthouse song").wait_for()
        await mei.page.go_back()
        await mei.sees("Once upon a time, far from any network")

        studio.restart()
        await mei.standing("Saved")
        await tomas.sees("Once upon a time, far from any network")
        await mei.write(" - and back.")
        await mei.standing("Saved")
        words = await mei.words()
        assert words is not None
        await tomas.sees(words)
        text = await ask(studio.url, made["token"], "GET", f"/api/rooms/{made['room']}/documents/main?format=text")
        assert text.strip() == words

        # Who was removed meanwhile sees the room no more, and not from memory either.
        members = await ask(studio.url, made["token"], "GET", f"/api/rooms/{made['room']}/members")
        (gone,) = (member["id"] for member in members["members"] if member["name"] == "Tomás")
        await ask(studio.url, made["token"], "DELETE", f"/api/rooms/{made['room']}/members/{gone}")
        await tomas.page.get_by_text("You are no longer in this room").wait_for()
        assert studio.stop() == 0
        await tomas.reopen("main.alone")
        await tomas.page.get_by_text("The studio can't be reached just now").wait_for()
        assert await tomas.page.locator(".page").count() == 0
        assert [mei.complaints, tomas.complaints] == [[], []]


async def test_a_door_that_was_closed_meanwhile_is_known_before_anything_is_shown(studio: Studio, chromium: Path) -> None:
    """What a reader's device keeps can't be taken from it while it is offline. With the studio there it shows none of it."""
    made = await new_room(studio.url, studio.token(role="lead"), name="Ida")
    room = {"url": studio.url, "room": made["room"], "token": made["token"]}
    path = f"/api/rooms/{made['room']}"
    spectators = await ask(studio.url, made["token"], "POST", f"{path}/invites", json={"role": "spectator"})
    await ask(studio.url, made["token"], "PUT", f"{path}/documents/main", data="Once upon a time", headers=TEXT)
    async with browser(chromium) as chrome:
        tomas = await Visitor.arrive(chrome)
        await tomas.context.add_init_script(NOTES_WHAT_IS_SHOWN)
        await tomas.join(spectators["url"], "Tomás")
        await tomas.sees("Once upon a time")
        assert await tomas.page.evaluate("shown") is True
        await kept(tomas, room)
        url = tomas.page.url
        await tomas.page.goto("about:blank")
        await ask(studio.url, made["token"], "PATCH", path, json={"closed": True})

        await tomas.page.goto(url)
        await tomas.page.get_by_text("The door is closed while they draft").wait_for()
        await until(tomas.page, "async () => !(await indexedDB.databases()).some(({ name }) => name.startsWith('tutti/'))")
        assert await tomas.page.evaluate("shown") is False
        assert studio.stop() == 0
        await tomas.page.reload()  # and from memory it is as closed
        await tomas.page.get_by_text("The door is closed while they draft").wait_for()
        assert await tomas.page.evaluate("shown") is False
        assert tomas.complaints == []


NOTES_WHAT_IS_SHOWN = """
  globalThis.shown = false;
  new MutationObserver(() => {
    shown ||= document.documentElement?.textContent.includes("Once upon") === true;
  }).observe(document, { childList: true, subtree: true, characterData: true });
"""
TEXT = {"Content-Type": "text/plain"}


async def test_five_mebibytes_written_offline_arrive_whole(studio: Studio, chromium: Path) -> None:
    made = await new_room(studio.url, studio.token(role="lead"), name="Ida")
    room = {"url": studio.url, "room": made["room"], "token": made["token"]}
    line = "the quick brown fox jumps over the lazy dog "
    paragraphs = [f"{n:03} " + line * (LONG_BYTES // 100 // len(line) + 1) for n in range(100)]
    async with browser(chromium) as chrome:
        mei = await Visitor.arrive(chrome)
        await mei.join(made["invite"], "Mei")
        await mei.standing("Saved")
        await kept(mei, room)
        assert studio.stop() == 0
        await mei.reopen(".page[contenteditable=true]")
        await mei.page.locator(".page").click()
        await mei.page.evaluate(PASTE, "\n\n".join(paragraphs))
        await asyncio.sleep(2.0)
        await mei.reopen(".page[contenteditable=true]")
        studio.restart()
        await mei.standing("Saved")
        text = await ask(studio.url, made["token"], "GET", f"/api/rooms/{made['room']}/documents/main?format=text")
        assert [part.strip() for part in text.split("\n") if part.strip()] == [part.strip() for part in paragraphs]
        assert mei.complaints == []


async def test_a_new_version_is_offered_and_comes_when_one_reloads(
    start_studio: Callable[..., Studio], chromium: Path, tmp_path: Path
) -> None:
    """The studio is stopped, gets another build of the page, and is there again: nothing is reloaded by itself."""
    for folder in ("rooms", "server"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    page = tmp_path / "server" / "static"
    shutil.copytree(ROOT / "static/dist", page)
    studio = start_studio(PYTHONPATH=str(tmp_path))
    made = await new_room(studio.url, studio.token(role="lead"), name="Ida")
    async with browser(chromium) as chrome:
        mei = await Visitor.arrive(chrome)
        await mei.join(made["invite"], "Mei")
        await mei.write("Once upon a time")
        await mei.standing("Saved")
        await until(mei.page, SHELL_IS_KEPT)
        assert studio.stop() == 0
        old = another_build(page)
        studio.restart()
        await mei.page.get_by_text("A new version is here.").wait_for()
        await mei.sees("Once upon a time")
        assert await mei.page.evaluate(LOADED, old) is True
        await mei.page.get_by_role("button", name="Reload").click()
        await mei.page.wait_for_function(LOADED, arg="-new.js")
        await mei.sees("Once upon a time")
        assert await mei.page.get_by_text("A new version is here.").count() == 0
        assert mei.complaints == []


ROOT = Path(__file__).parents[2]
LOADED = """(name) => performance.getEntriesByType("resource").some((entry) => entry.name.includes(name))"""


def another_build(page: Path) -> str:
    """The same page with other names for all of its scripts, as if they had changed; returns what the room's was."""
    for packed in (*page.glob("**/*.br"), *page.glob("**/*.gz")):
        packed.unlink()
    scripts = list(page.glob("assets/*.js"))
    (room,) = page.glob("assets/room-*.js")
    for file in (page / "index.html", page / "worker.js", *scripts):
        text = file.read_text()
        for script in scripts:
            text = text.replace(script.name, f"{script.stem}-new.js")
        file.write_text(text)
    worker = (page / "worker.js").read_text()
    (page / "worker.js").write_text(re.sub(r'"version":"\w+"', '"version":"new"', worker, count=1))
    for script in scripts:
        script.rename(script.with_stem(f"{script.stem}-new"))
    return room.name
