"""The README's pictures: `python -m tests.pictures` plays an evening in a real studio and takes them into docs/pictures.

Not a test, but made of the tests' parts: the same visitors in the same browser.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from rooms.model import Role
from tests.e2e.visitors import Visitor, ask, browser, new_room
from tests.wire.running import Running, start

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
WIDE = {"width": 1360, "height": 850}
PHONE = {"width": 390, "height": 844}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def chord(name: str) -> dict[str, Any]:
    return {"type": "chord", "attrs": {"name": name}}


def block(kind: str, *content: dict[str, Any] | str, **attrs: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"type": kind, "content": [text(c) if isinstance(c, str) else c for c in content]}
    return {**made, "attrs": attrs} if attrs else made


SONG = {
    "type": "doc",
    "content": [
        block("heading", "Night boats", level=1),
        block("section", "Verse 1"),
        block("lyric", chord("Am"), "Four in the morning, one of us ", chord("F"), "sleeping"),
        block("lyric", chord("C"), "one hundred apart and the ", chord("G"), "kettle on"),
        block("lyric", chord("Am"), "somebody hums what the ", chord("F"), "other one’s keeping"),
        block("lyric", chord("C"), "somebody’s here when the ", chord("G"), "light is gone"),
        block("section", "Chorus"),
        block("lyric", chord("F"), "Oh, night boats, ", chord("C"), "carry it over"),
    ],
}

STORY = {
    "type": "doc",
    "content": [
        block("heading", "The lighthouse keeper’s radio", level=1),
        block(
            "paragraph",
            "Every evening at six the radio in the lighthouse said nothing, and Ines answered it. She told it what the sea had "
            "done that day, which boats had waved, and that the lamp was lit. It was polite to answer.",
        ),
        block(
            "paragraph",
            "On the first of November it said something back. Not a word: a breath, as people take one before they sing.",
        ),
    ],
}

SCRIPT = {
    "type": "doc",
    "content": [
        block("sceneHeading", "INT. LIGHTHOUSE - NIGHT"),
        block("action", "Rain against glass. INES (60s) winds the lamp with one hand and holds the receiver with the other."),
        block("character", "INES"),
        block("parenthetical", "(to the radio)"),
        block("dialogue", "The lamp is lit. Nobody asked, but it is."),
        block("action", "Static. Then, under it, somebody breathes in."),
        block("character", "VOICE"),
        block("dialogue", "We were wondering when you would stop talking and sing."),
    ],
}


async def evening(studio: Running, chrome: Browser) -> None:
    operator = studio.token("*", role=Role.LEAD, name="Amara")
    room = await new_room(studio.url, operator, "Night boats")
    name = room["room"]
    facts = await ask(studio.url, room["token"], "GET", f"/api/rooms/{name}")
    readers = await ask(studio.url, room["token"], "POST", f"/api/rooms/{name}/invites", json={"role": "spectator"})
    pages = {"song": facts["main"]}
    for title, kind in (("Story", "story"), ("Script", "script")):
        made = await ask(studio.url, room["token"], "POST", f"/api/rooms/{name}/documents", json={"title": title, "kind": kind})
        pages[kind] = made["id"]
    for kind, tree in (("song", SONG), ("story", STORY), ("script", SCRIPT)):
        await ask(studio.url, room["token"], "PUT", f"/api/rooms/{name}/documents/{pages[kind]}", json=tree)
    await ask(
        studio.url,
        room["token"],
        "PATCH",
        f"/api/rooms/{name}/documents/{pages['song']}",
        json={"title": "Song", "kind": "song"},
    )

    amara, ken, lucia, ida, noor = [await Artist.arrive(chrome, viewport=WIDE) for _ in range(5)]
    for writer, called in ((amara, "Amara"), (ken, "Ken"), (lucia, "Lucía")):
        await writer.join(room["invite"], called)
    for reader, called in ((ida, "Ida"), (noor, "Noor")):
        await reader.join(readers["url"], called)
    await ken.say("I hear it in three, not four")
    await lucia.say("Then leave two beats after ‘over’")
    await amara.say("Chorus is open, whoever has it, write it")
    await lucia.end_of("sleeping")
    await ken.end_of("carry it over")
    await ken.page.keyboard.press("Enter")
    await ken.page.keyboard.type("and bring back the quiet we")
    await amara.standing("Saved")
    await amara.picture("room")
    await amara.page.emulate_media(color_scheme="dark")
    await amara.open("Script", "We were wondering")
    await ken.open("Script", "We were wondering")
    await ken.end_of("but it is.")
    await amara.picture("script-dark")

    mei = await Artist.arrive(chrome, viewport=PHONE, device_scale_factor=2, has_touch=True, is_mobile=True)
    await mei.join(room["invite"], "Mei")
    await mei.open("Story", "On the first of November")
    await lucia.open("Story", "On the first of November")
    await lucia.end_of("polite to answer.")
    await lucia.page.keyboard.type(" Somebody had to")
    await mei.picture("phone")


class Artist(Visitor):
    """A visitor who also takes pictures."""

    async def say(self, words: str) -> None:
        await self.page.get_by_label("Say something").fill(words)
        await self.page.keyboard.press("Enter")

    async def open(self, title: str, until: str) -> None:
        await self.page.get_by_role("navigation").get_by_role("link", name=title).click()
        await self.page.locator(".page", has_text=until).wait_for()

    async def end_of(self, words: str) -> None:
        """Puts the cursor behind these words."""
        line = self.page.locator(".page > *", has_text=words).first
        await line.click()
        await line.evaluate("line => getSelection().selectAllChildren(line) ?? getSelection().collapseToEnd()")

    async def picture(self, name: str) -> None:
        await asyncio.sleep(1)  # names at cursors, and *Saved*, come a moment late
        FOLDER.mkdir(exist_ok=True)
        await self.page.screenshot(path=FOLDER / f"{name}.png")


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        studio = start(Path(folder) / "data")
        try:
            async with browser(Path(os.environ["TUTTI_CHROMIUM"])) as chrome:
                await evening(studio, chrome)
        finally:
            studio.stop()


if __name__ == "__main__":
    asyncio.run(main())
