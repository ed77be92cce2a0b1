"""Taking a page along as files, and bringing files in: by the menu, by dropping one, and from the lobby."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
from PIL import Image
from playwright.async_api import Locator

from tests.conftest import Studio
from tests.e2e.axe import faults
from tests.e2e.visitors import Visitor, browser, new_room

DROP = """([name, type, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name, { type }));
  for (const kind of ["dragover", "drop"]) {
    document.querySelector(".page").dispatchEvent(
      new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data }),
    );
  }
}"""

BEGINS = {
    "Word": b"PK",
    "EPUB": b"PK",
    "Markdown": "Büro".encode(),
    "Web page": b"<!doctype html>",
    "Text": "Büro".encode(),
}


def album(folder: Path) -> Path:
    """A Word file with a picture, and with what is none."""
    file = docx.Document()
    for name, data in (("sea", drawn("PNG")), ("plan", drawn("BMP"))):
        file.add_paragraph(f"The {name}:")
        shape: Any = file.add_picture(io.BytesIO(data))
        shape._inline.docPr.set("descr", f"The {name}")
    file.save(str(folder / "album.docx"))
    return folder / "album.docx"


def drawn(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 120), "navy").save(out, kind)
    return out.getvalue()


async def command(visitor: Visitor, name: str) -> Locator:
    """Opens a form from the menu; returns its dialog."""
    await visitor.page.get_by_role("button", name="More", exact=True).click()
    await visitor.page.get_by_role("menuitem", name=name).click()
    return visitor.page.get_by_role("dialog", name=name.rstrip("…"))


async def test_a_page_leaves_as_files_and_files_become_pages(
    start_studio: Callable[..., Studio], chromium: Path, tmp_path: Path
) -> None:
    studio = start_studio("--open-lobby")
    room = await new_room(studio.url, studio.token(), "Tide & Zeit")
    async with browser(chromium) as chrome:
        ada = await Visitor.arrive(chrome, locale="en-GB")
        await ada.join(room["invite"], "Ada")
        await ada.standing("Saved")
        await ada.write("Büro am Meer")
        await ada.standing("Saved")

        dialog = await command(ada, "Take it with you…")
        files: dict[str, Path] = {}
        for title, begin in BEGINS.items():
            async with ada.page.expect_download() as waiting:
                await dialog.get_by_role("button", name=f"Download as {title}").click()
            download = await waiting.value
            assert download.suggested_filename.startswith("Tide & Zeit.")
            files[title] = tmp_path / download.suggested_filename
            await download.save_as(files[title])
            assert files[title].read_bytes().startswith(begin)
        assert await dialog.get_by_role("button", name="Download as ChordPro").count() == 0
        assert await dialog.get_by_role("button", name="Download the whole room").count() == 0
        assert await faults(ada.page) == []
        await ada.page.keyboard.press("Escape")

        for number, title in enumerate(["Word", "Markdown", "Web page", "Text"]):
            dialog = await command(ada, "Bring in a file…")
            await dialog.get_by_label("Word, Markdown, Fountain").set_input_files(files[title])
            await dialog.get_by_role("region", name="So it will be").get_by_text("Büro am Meer").wait_for()
            if number == 0:
                assert await faults(ada.page) == []
            await dialog.get_by_label("What the page is called").fill(f"From {title}")
            await dialog.get_by_role("button", name="Add it as a new page").click()
            await ada.page.get_by_role("link", name=f"From {title}").wait_for()
            await ada.sees("Büro am Meer")

        # The pictures in a Word file come along, and one that can't be read leaves a sentence.
        dialog = await command(ada, "Bring in a file…")
        await dialog.get_by_label("Word, Markdown, Fountain").set_input_files(album(tmp_path))
        await dialog.get_by_role("region", name="So it will be").get_by_text("Picture: The sea").wait_for()
        await dialog.get_by_role("button", name="Add it as a new page").click()
        await ada.page.locator(".page figure img[src^='blob:'][alt='The sea']").wait_for()
        await ada.page.locator(".page", has_text="This is no picture that can be read here").wait_for()

        # A file that can't be read says so, and nothing has changed.
        dialog = await command(ada, "Bring in a file…")
        await dialog.get_by_label("Word, Markdown, Fountain").set_input_files(
            {"name": "broken.docx", "mimeType": "", "buffer": b"PK nonsense"}
        )
        await dialog.get_by_text("This Word file is damaged").wait_for()
        await ada.page.keyboard.press("Escape")

        # One that is dropped is shown first, and then takes the page's place.
        await ada.page.evaluate(DROP, ["act.fountain", "", "INT. SEA - NIGHT\n\nMEI\nYou came.\n"])
        dialog = ada.page.get_by_role("dialog", name="Bring in a file")
        await dialog.get_by_text("You came.").wait_for()
        name = dialog.locator("[data-node=character]")
        assert await name.evaluate("line => getComputedStyle(line).textTransform") == "uppercase"
        assert await faults(ada.page) == []
        await dialog.get_by_role("button", name="Put it in place of “album”").click()
        await ada.sees("INT. SEA - NIGHTMEIYou came.")
        assert ada.complaints == []

        bo = await Visitor.arrive(chrome)
        await bo.page.goto(studio.url)
        await bo.page.get_by_label("What will you make?").fill("A script")
        await bo.page.get_by_label("Your name").fill("Bo")
        await bo.page.get_by_label("A file to begin with").set_input_files(
            {"name": "a.md", "mimeType": "", "buffer": b"# From the *lobby*"}
        )
        await bo.page.get_by_role("button", name="Open it").click()
        await bo.page.wait_for_url("**/room/**")
        await bo.page.wait_for_selector(".page")
        await bo.sees("From the lobby")
        await bo.page.get_by_role("dialog", name="Keep this link").get_by_role("button", name="Close").click()
        # Whoever leads takes all of it along, and opens it again from the lobby.
        dialog = await command(bo, "Take it with you…")
        async with bo.page.expect_download() as waiting:
            await dialog.get_by_role("button", name="Download the whole room").click()
        bundle = tmp_path / (await waiting.value).suggested_filename
        await (await waiting.value).save_as(bundle)
        assert bundle.name == "A script.tutti"
        first = bo.page.url
        await bo.page.goto(studio.url)
        await bo.page.get_by_label("Your name").fill("Bo again")
        await bo.page.get_by_label("A file to begin with").set_input_files(bundle)
        await bo.page.get_by_role("button", name="Open it").click()
        await bo.page.wait_for_url("**/room/**")
        await bo.sees("From the lobby")
        assert bo.page.url != first
        assert bo.complaints == []
