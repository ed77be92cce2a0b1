"""People in browsers: each in a context of its own, so that nothing passes between them but by the studio."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiohttp
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.conftest import Studio

WAIT_MS = 30_000
PICTURES = os.environ.get("TUTTI_TEST_PICTURES")
"""A folder to leave pictures of the page in, for whoever wants to see it."""

WORDS = """() => {
  const page = document.querySelector(".page");
  if (!page) return null;
  const copy = page.cloneNode(true);
  for (const caret of copy.querySelectorAll(".caret, .ProseMirror-separator, .ProseMirror-trailingBreak")) caret.remove();
  return copy.textContent.replaceAll("\\u2060", "");
}"""


@asynccontextmanager
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


class Visitor:
    """One person at one page. What goes wrong in the page's console is kept in `complaints`."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self.context = context
        self.page = page
        self.complaints: list[str] = []
        self._watch(page)

    @classmethod
    async def arrive(cls, browser: Browser, **options: Any) -> Self:
        context = await browser.new_context(**options)
        context.set_default_timeout(WAIT_MS)
        return cls(context, await context.new_page())

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: self.complaints.append(line.text) if "Content Security Policy" in line.text else None)

    async def join(self, link: str, name: str) -> None:
        """Opens an invite, gives a name, and comes into the room."""
        await self.page.goto(link)
        await self.page.get_by_role("textbox").fill(name)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_url("**/room/**")
        await self.page.wait_for_selector(".page")

    async def reopen(self, selector: str = ".page") -> None:
        """Closes the tab and opens the same address in a new one, until this is there."""
        url = self.page.url
        await self.page.close()
        self.page = await self.context.new_page()
        self._watch(self.page)
        await self.page.goto(url)
        await self.page.wait_for_selector(selector)

    async def words(self) -> str | None:
        """What the page says, without other people's cursors."""
        words: str | None = await self.page.evaluate(WORDS)
        return words

    async def sees(self, words: str) -> None:
        """Waits until the page says this. Fails with what it says instead."""
        try:
            async with asyncio.timeout(WAIT_MS / 1000):
                while await self.words() != words:
                    await asyncio.sleep(0.05)
        except TimeoutError:
            assert await self.words() == words

    async def standing(self, word: str) -> None:
        """Waits until the top bar says this of the document: Saved, Saving…, Offline."""
        await self.page.locator(".saved", has_text=word).wait_for()

    async def write(self, text: str) -> None:
        await self.page.locator(".page[contenteditable=true]").click()
        await self.page.keyboard.type(text)


async def picture(page: Page, name: str) -> None:
    """The page as it is now, in light and in dark."""
    if PICTURES is None:
        return
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        await page.wait_for_timeout(200)
        await page.screenshot(path=Path(PICTURES) / f"{name}-{scheme}.png")
    await page.emulate_media(color_scheme=None)


async def new_room(url: str, token: str, title: str = "The lighthouse song", **more: Any) -> dict[str, Any]:
    """What POST /api/rooms answers."""
    room: dict[str, Any] = await ask(url, token, "POST", "/api/rooms", json={"title": title, **more})
    return room


async def ask(url: str, token: str, method: str, path: str, **body: Any) -> Any:
    """One REST request; returns the JSON of its answer, or its text."""
    headers = {"Authorization": f"Bearer {token}", **body.pop("headers", {})}
    async with aiohttp.request(method, url + path, headers=headers, **body) as answer:
        assert answer.ok, await answer.text()
        return await answer.json() if answer.content_type == "application/json" else await answer.text()


class Line:
    """A network between one person and the studio that a test can cut: a TCP relay with a port of its own."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self._to = port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.sleep(0.1)  # whatever is on its way ends by itself

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, back}
        await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
        self._open -= {writer, back}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass  # one side was cut, and with the closing below the other is
        finally:
            writer.close()


async def room_with_links(studio: Studio) -> dict[str, str]:
    """A new room, as a link a role."""
    token = studio.token(role="lead")
    room = await new_room(studio.url, token)
    links = {}
    for role in ("co-lead", "contributor", "spectator"):
        made = await ask(studio.url, token, "POST", f"/api/rooms/{room['room']}/invites", json={"role": role})
        links[role] = made["url"]
    return links
