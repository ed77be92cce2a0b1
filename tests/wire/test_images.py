"""Pictures over a real server: sent, made anew, handed out to whoever may read, and to nobody else."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import docx
import pytest
from PIL import ExifTags, Image

from rooms.model import Role
from tests.wire.running import Running, studio, tutti

ROOM = "/api/rooms/attic/images"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("images") / "data"
    limits = {"IMAGE_BYTES": "100000", "IMAGE_SIDE_PX": "500", "IMAGE_BYTES_PER_ROOM": "50000"}
    with studio(folder, **{f"TUTTI_LIMIT_{name}": value for name, value in limits.items()}) as running:
        yield running


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def png(width: int = 40, height: int = 30) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((width, height), 64).save(out, "PNG")
    return out.getvalue()


def jpeg_with_a_place() -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = "Brighton"
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.fixture
def writer(running: Running) -> dict[str, str]:
    return bearer(running.token("attic", create=True))


async def send(
    session: aiohttp.ClientSession, who: dict[str, str], data: bytes, kind: str = "image/png", to: str = ROOM
) -> tuple[int, dict[str, object]]:
    async with session.post(to, headers={**who, "Content-Type": kind}, data=data) as response:
        answer: dict[str, object] = await response.json(content_type=None)
        return response.status, answer


async def test_a_picture_goes_in_and_comes_out(
    running: Running, session: aiohttp.ClientSession, writer: dict[str, str]
) -> None:
    status, made = await send(session, writer, png(), "image/gif")
    assert (status, made["media_type"], made["width"], made["height"]) == (201, "image/png", 40, 30)
    reader = bearer(running.token("attic", role=Role.SPECTATOR))
    async with session.get(f"{ROOM}/{made['id']}", headers=reader) as response:
        body = await response.read()
        assert response.status == 200
        assert response.content_type == "image/png"
        assert response.headers["Cache-Control"] == "no-store"  # nothing of it is left once the door is closed
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response.headers["Content-Security-Policy"]
        assert len(body) == made["bytes"]
        assert Image.open(io.BytesIO(body)).size == (40, 30)
    assert (running.data / "images" / str(made["id"])).read_bytes() == body
    async with session.get(f"{ROOM}/{made['id']}", headers=writer) as response:
        assert response.headers["Cache-Control"] == "private, max-age=31536000, immutable"


async def test_who_may(running: Running, session: aiohttp.ClientSession, writer: dict[str, str]) -> None:
    spectator = bearer(running.token("attic", role=Role.SPECTATOR))
    stranger = bearer(running.token("cellar", create=True))
    _, made = await send(session, writer, png())
    assert (await send(session, spectator, png()))[0] == 403
    assert (await send(session, {}, png()))[0] == 401
    assert (await send(session, stranger, png()))[0] == 401
    for who, path, status in (
        ({}, f"{ROOM}/{made['id']}", 401),
        (stranger, f"{ROOM}/{made['id']}", 401),
        (stranger, f"/api/rooms/cellar/images/{made['id']}", 404),
        (writer, f"{ROOM}/nothing", 404),
        (writer, f"{ROOM}/..%2Fsecret", 404),
    ):
        async with session.get(path, headers=who) as response:
            assert response.status == status, path


async def test_what_is_not_taken(session: aiohttp.ClientSession, writer: dict[str, str]) -> None:
    for data, kind, status, code in (
        (png(), "image/svg+xml", 415, "unsupported"),
        (b"<svg/>", "image/png", 400, "bad_request"),
        (b"", "image/png", 400, "bad_request"),
        (png(501, 1), "image/png", 400, "bad_request"),
        (b"\x00" * 100_001, "image/png", 413, "too_large"),
    ):
        answered, problem = await send(session, writer, data, kind)
        assert (answered, problem["code"]) == (status, code), (data[:9], problem)


async def test_a_word_file_brings_its_pictures(running: Running, session: aiohttp.ClientSession, tmp_path: Path) -> None:
    """Each as if it had been sent by itself; what can't be taken leaves a sentence, and the text arrives all the same."""
    file = docx.Document()
    file.add_paragraph("Before")
    for data in (jpeg_with_a_place(), png(501, 1), png(20, 10)):
        file.add_picture(io.BytesIO(data))
    file.add_paragraph("After")
    saved = tmp_path / "album.docx"
    file.save(str(saved))
    who = bearer(running.token("album", create=True))
    path = "/api/rooms/album/documents/main"
    async with session.post(
        "/api/rooms/album/preview", headers={**who, "Content-Type": WORD}, data=saved.read_bytes()
    ) as response:
        assert (await response.text()).count("<img") == 3
    async with session.put(path, headers={**who, "Content-Type": WORD}, data=saved.read_bytes()) as response:
        assert response.status == 200, await response.text()

    async def content() -> list[Any]:
        async with session.get(path, headers=who) as response:
            found: list[Any] = (await response.json())["content"]
            return found

    before, photo, lost, drawing, after = await content()
    assert [before["content"][0]["text"], after["content"][0]["text"]] == ["Before", "After"]
    assert lost["content"][0]["text"].startswith("[A picture: A picture can be 500 pixels wide")
    for node, media_type, size in ((photo, "image/jpeg", (40, 30)), (drawing, "image/png", (20, 10))):
        async with session.get(f"/api/rooms/album/images/{node['attrs']['id']}", headers=who) as response:
            assert (response.status, response.content_type) == (200, media_type)
            picture = Image.open(io.BytesIO(await response.read()))
            assert (picture.size, dict(picture.getexif())) == (size, {})
    brought = await asyncio.to_thread(tutti, "import", str(saved), "--room", "album", "--data", str(running.data))
    assert brought.returncode == 0, brought.stderr
    async with session.get("/api/rooms/album/documents", headers=who) as response:
        [_, added] = (await response.json())["documents"]
    path = f"/api/rooms/album/documents/{added['id']}"
    assert [node["type"] for node in await content()] == ["paragraph", "image", "paragraph", "image", "paragraph"]


async def test_a_page_with_pictures_in_it_brings_them(running: Running, session: aiohttp.ClientSession) -> None:
    """What Tutti itself wrote: one's own are the same in their room, and another room's own afterwards."""
    here, there = bearer(running.token("here", create=True)), bearer(running.token("there", create=True))
    _, sent = await send(session, here, jpeg_with_a_place(), "image/jpeg", to="/api/rooms/here/images")
    page = f"<p>The sea</p><img data-image='{sent['id']}' alt='waves' width='80' height='60'>"
    path = "/api/rooms/{}/documents/main"
    kind = {"Content-Type": "text/html"}
    async with session.put(path.format("here"), headers={**here, **kind}, data=page) as response:
        assert response.status == 200, await response.text()
    async with session.get(path.format("here") + "?format=html&whole=true", headers=here) as response:
        written = await response.read()
    for room, who in (("here", here), ("there", there)):
        async with session.put(path.format(room), headers={**who, **kind}, data=written) as response:
            assert response.status == 200, await response.text()
        async with session.get(path.format(room), headers=who) as response:
            image = (await response.json())["content"][-1]
        assert (image["attrs"]["alt"], image["attrs"]["width"], image["attrs"]["height"]) == ("waves", 80, 60)
        assert (image["attrs"]["id"] == sent["id"]) is (room == "here")
        async with session.get(f"/api/rooms/{room}/images/{image['attrs']['id']}", headers=who) as response:
            assert (response.status, Image.open(io.BytesIO(await response.read())).size) == (200, (40, 30))


async def test_a_room_has_so_much_space(running: Running, session: aiohttp.ClientSession) -> None:
    who = bearer(running.token("attic"))
    answers = await asyncio.gather(*(send(session, who, png(180, 180)) for _ in range(3)))
    assert {(status, answer.get("code")) for status, answer in answers} == {(201, None), (409, "full")}
    kept = {path.name for path in (running.data / "images").iterdir()}
    assert {answer["id"] for status, answer in answers if status == 201} <= kept
    before = 2 + 4 + 2  # of the tests above: nothing was left behind
    assert len(kept) == sum(status == 201 for status, _ in answers) + before
