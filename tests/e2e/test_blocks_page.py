"""What a page can hold, as people write it: screenplays, songs, pictures, what is pasted, and words still being composed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.conftest import Studio
from tests.e2e.axe import faults
from tests.e2e.visitors import Visitor, ask, browser, new_room

LINES = """() => [...document.querySelectorAll(".page > *")].map((line) => {
  const copy = line.cloneNode(true);
  for (const caret of copy.querySelectorAll(".caret, .ProseMirror-separator, .ProseMirror-trailingBreak")) caret.remove();
  return [line.dataset.node ?? line.localName, copy.textContent];
})"""

LOADS = """(address) => new Promise((answer) => {
  const image = new Image();
  image.onload = () => answer(true);
  image.onerror = () => answer(false);
  image.src = address;
})"""

PASTED = Path(__file__).parents[2] / "static/tests/pasted"
PASTE = """([type, text]) => {
  const data = new DataTransfer();
  data.setData(type, text);
  const event = new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
  document.querySelector(".page").dispatchEvent(event);
}"""


@pytest.fixture(scope="module")
def house(start_studio: Callable[..., Studio]) -> Iterator[Studio]:
    studio = start_studio("--open-lobby")
    yield studio
    studio.end()


async def page_of(house: Studio, kind: str) -> tuple[dict[str, Any], str, str]:
    """A room with a document of this kind: the room, a lead's token, and where the document is."""
    room = await new_room(house.url, house.token(role="lead"))
    path = f"/api/rooms/{room['room']}/documents"
    document = await ask(house.url, room["token"], "POST", path, json={"title": "Harbour", "kind": kind})
    return room, room["token"], f"{house.url}/room/{room['room']}/{document['id']}"


async def arrive(chrome: Any, room: dict[str, Any], url: str, name: str, **options: Any) -> Visitor:
    visitor = await Visitor.arrive(chrome, **options)
    await visitor.join(room["invite"], name)
    await visitor.page.goto(url)
    await visitor.page.wait_for_selector(".page[contenteditable=true]")
    await visitor.page.locator(".page").click()
    return visitor


async def lines(visitor: Visitor) -> list[list[str]]:
    found: list[list[str]] = await visitor.page.evaluate(LINES)
    return found


async def test_a_screenplay_by_keyboard_alone(house: Studio, chromium: Path) -> None:
    room, _, url = await page_of(house, "script")
    async with browser(chromium) as chrome:
        mei = await arrive(chrome, room, url, "Mei")
        keys = mei.page.keyboard
        await keys.type("int. kitchen")
        await keys.press("Tab")
        await keys.type("n")
        await mei.page.get_by_role("option", name="NIGHT").wait_for()
        active = await mei.page.locator(".page").get_attribute("aria-activedescendant")
        assert active
        assert await mei.page.locator(f"#{active}").inner_text() == "NIGHT"
        assert await faults(mei.page) == []
        await keys.press("Enter")
        await keys.press("Enter")
        await keys.type("Rain on the window.")
        await keys.press("Tab")
        await keys.type("Mei")
        await keys.press("Enter")
        await keys.type("It never stops.")
        await keys.press("Enter")
        await keys.type("Jonas")
        await keys.press("Tab")
        await keys.type("low")
        await keys.press("Enter")
        await keys.type("Listen.")
        await keys.press("Enter")
        await keys.type("m")
        await mei.page.get_by_role("option", name="Mei").wait_for()
        await keys.press("Enter")
        await keys.press("Enter")
        await keys.type("I hear it.")
        assert await lines(mei) == [
            ["sceneHeading", "int. kitchen - NIGHT"],
            ["action", "Rain on the window."],
            ["character", "Mei"],
            ["dialogue", "It never stops."],
            ["character", "Jonas"],
            ["parenthetical", "(low)"],
            ["dialogue", "Listen."],
            ["character", "Mei"],
            ["dialogue", "I hear it."],
        ]
        name = mei.page.locator("[data-node=character]").first
        assert await name.evaluate("line => getComputedStyle(line).textTransform") == "uppercase"
        assert await mei.page.evaluate("document.fonts.check('16px \"Courier Prime\"')")
        assert await faults(mei.page) == []
        await mei.standing("Saved")
        assert mei.complaints == []


async def test_a_song_of_two(house: Studio, chromium: Path) -> None:
    room, _, url = await page_of(house, "song")
    async with browser(chromium) as chrome:
        mei, jonas = await arrive(chrome, room, url, "Mei"), await arrive(chrome, room, url, "Jonas")
        keys = mei.page.keyboard
        await keys.type("[Verse 1]")
        await keys.press("Enter")
        await keys.type("[Am]One of us [F]sleeping")
        chord = jonas.page.locator(".chord-name", has_text="F")
        await chord.click()
        field = jonas.page.get_by_role("textbox", name="Chord")
        assert await field.input_value() == "F"
        assert await faults(jonas.page) == []
        await mei.page.keyboard.press("Home")
        await mei.page.keyboard.type("Only ")  # before it, while the field is open
        await field.fill("Fmaj7")
        await field.press("Enter")
        await mei.page.locator(".chord-name", has_text="Fmaj7").wait_for()
        assert await faults(mei.page) == []
        assert (await lines(mei))[:2] == [["section", "Verse 1"], ["lyric", "Only AmOne of us Fmaj7sleeping"]]
        await keys.press("ControlOrMeta+a")
        copied = await mei.page.evaluate(
            """() => {
              const data = new DataTransfer();
              document.querySelector(".page").dispatchEvent(new ClipboardEvent("copy", {clipboardData: data, bubbles: true}));
              return data.getData("text/plain");
            }"""
        )
        assert copied == "{start_of_verse: Verse 1}\nOnly [Am]One of us [Fmaj7]sleeping\n{end_of_verse}"
        assert mei.complaints == jonas.complaints == []


async def test_pictures_of_two(house: Studio, chromium: Path, tmp_path: Path) -> None:
    boat = tmp_path / "boat.png"
    Image.new("RGB", (320, 200), "navy").save(boat)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    room, _, url = await page_of(house, "story")
    async with browser(chromium) as chrome:
        mei, jonas = await arrive(chrome, room, url, "Mei"), await arrive(chrome, room, url, "Jonas")
        await mei.page.keyboard.type("Before.")
        async with mei.page.expect_file_chooser() as chooser:
            await mei.page.get_by_role("button", name="Picture", exact=True).click()
        await (await chooser.value).set_files([boat])
        picture = jonas.page.locator("figure img[src^='blob:']")
        await picture.wait_for()
        words = mei.page.get_by_label("What the picture shows")
        await words.fill("A boat at night")
        await words.press("Enter")
        await jonas.page.get_by_alt_text("A boat at night").wait_for()
        address = await picture.get_attribute("src")
        assert address
        assert address.startswith("blob:")
        assert await jonas.page.evaluate(LOADS, address) is True
        await mei.page.get_by_role("button", name="Take the picture out").click()
        await picture.wait_for(state="detached")
        assert await jonas.page.evaluate(LOADS, address) is False
        async with mei.page.expect_file_chooser() as chooser:
            await mei.page.get_by_role("button", name="Picture", exact=True).click()
        await (await chooser.value).set_files([broken])
        await mei.page.get_by_role("button", name="Try again").wait_for()
        await mei.page.get_by_role("button", name="Leave it out").click()
        await mei.page.locator(".sending").wait_for(state="detached")
        assert await lines(mei) == [["p", "Before."], ["p", ""]]
        assert mei.complaints == jonas.complaints == []


async def test_nobody_breaks_what_is_being_composed(house: Studio, chromium: Path) -> None:
    room, _, url = await page_of(house, "story")
    async with browser(chromium) as chrome:
        mei, jonas = await arrive(chrome, room, url, "Mei"), await arrive(chrome, room, url, "Jonas")
        await jonas.page.keyboard.type("Rain. Sun")
        await mei.sees("Rain. Sun")
        await mei.page.keyboard.press("End")
        for _ in "Sun":  # not at Jonas' end: two who write in one place at once get their words side by side, in either order
            await mei.page.keyboard.press("ArrowLeft")
        method = await mei.context.new_cdp_session(mei.page)
        for composed in ("k", "か", "かぜ"):
            await method.send(
                "Input.imeSetComposition", {"text": composed, "selectionStart": len(composed), "selectionEnd": len(composed)}
            )
            await jonas.page.keyboard.press("Home")
            await jonas.page.keyboard.type("x")
            await jonas.page.keyboard.press("End")
            await jonas.page.keyboard.type("y")
        await jonas.page.locator(".page", has_text="かぜ").wait_for()
        held = await mei.words()
        assert held == "Rain. かぜSun"  # what the other wrote meanwhile waits
        await method.send("Input.insertText", {"text": "風"})
        await mei.page.locator(".page", has_text="xxx").wait_for()
        words = await mei.words()
        assert words
        assert words == "xxxRain. 風Sunyyy"
        await jonas.sees(words)
        await mei.page.keyboard.press("Backspace")  # and it goes on as before
        # As Android's keyboards delete: the last word is composed again, one letter shorter.
        await mei.page.keyboard.press("Home")
        await mei.page.keyboard.type("wind")
        await method.send(
            "Input.imeSetComposition",
            {"text": "win", "selectionStart": 3, "selectionEnd": 3, "replacementStart": 0, "replacementEnd": 4},
        )
        await jonas.page.keyboard.press("End")
        await jonas.page.keyboard.type("z")
        await method.send("Input.insertText", {"text": "win"})
        await mei.page.locator(".page", has_text="z").wait_for()
        words = await mei.words()
        assert words
        assert words.startswith("winxxx")
        await jonas.sees(words)
        await mei.standing("Saved")
        assert mei.complaints == jonas.complaints == []


async def test_nothing_runs_and_nothing_is_fetched_that_is_pasted(house: Studio, chromium: Path) -> None:
    room, _, url = await page_of(house, "story")
    async with browser(chromium) as chrome:
        mei = await arrive(chrome, room, url, "Mei")
        asked: list[str] = []
        spoken: list[str] = []
        mei.page.on("request", lambda request: asked.append(request.url))
        mei.page.on("dialog", lambda dialog: spoken.append(dialog.message))
        for file in sorted(PASTED.glob("*.html")):
            await mei.page.keyboard.press("ControlOrMeta+a")
            await mei.page.evaluate(PASTE, ["text/html", file.read_text()])
            links = await mei.page.locator(".page a").evaluate_all("links => links.map((link) => link.protocol)")
            assert set(links) <= {"https:"}
            if file.stem == "hostile":
                assert [words for _, words in await lines(mei)] == ["Hello one two three", "End"]
        await mei.page.keyboard.press("ControlOrMeta+a")
        await mei.page.keyboard.press("Delete")
        await mei.page.evaluate(PASTE, ["text/plain", "## Three\n\n- rope\n- a **lamp**"])
        await mei.page.locator(".page h2", has_text="Three").wait_for()
        assert await mei.page.locator(".page strong", has_text="lamp").count() == 1
        assert spoken == []
        assert [address for address in asked if not address.startswith((house.url, house.url.replace("http", "ws")))] == []
        await mei.standing("Saved")
        assert mei.complaints == []


MOVED_THEN_DRAWN = """() => {
  const page = document.querySelector(".page"), { view } = page.editor, dispatch = view.dispatch;
  view.dispatch = (tr) => {
    if (tr.getMeta("yjs-cursor$")?.awarenessUpdated) {
      delete view.dispatch;
      getSelection().collapse(page.querySelector("p").firstChild, 2);
    }
    dispatch.call(view, tr);
  };
}"""


async def test_cursors_far_away_are_drawn_when_one_comes_near(house: Studio, chromium: Path) -> None:
    room, token, url = await page_of(house, "story")
    path = f"/api/rooms/{room['room']}/documents/{url.rpartition('/')[2]}"
    text = "\n\n".join(f"Line {number} of a long page." for number in range(400))
    await ask(house.url, token, "PUT", path, data=text.encode(), headers={"Content-Type": "text/plain"})
    async with browser(chromium) as chrome:
        mei, jonas = await arrive(chrome, room, url, "Mei"), await arrive(chrome, room, url, "Jonas")
        await jonas.page.keyboard.press("ControlOrMeta+End")
        await jonas.page.keyboard.type(" The last.")
        await mei.page.get_by_text("The last.").wait_for(state="attached")
        caret = mei.page.locator(".caret:has([data-name=Jonas])")
        await caret.wait_for(state="detached")
        await mei.page.keyboard.press("ControlOrMeta+End")
        await caret.wait_for()

        # Mei's browser moves her own cursor, and Jonas' is drawn anew before it says so: hers isn't put back.
        await mei.page.evaluate(MOVED_THEN_DRAWN)
        await jonas.page.keyboard.press("Home")
        await mei.page.wait_for_function("() => document.querySelector('.page').editor.state.selection.from === 3")
        assert mei.complaints == jonas.complaints == []
