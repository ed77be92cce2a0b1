"""Pictures over a real server: sent, made anew, handed out to whoever may read, and to nobody else."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator

import aiohttp
import pytest
from PIL import Image

from rooms.model import Role
from tests.wire.running import Running, studio

ROOM = "/api/rooms/attic/images"


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


@pytest.fixture
def writer(running: Running) -> dict[str, str]:
    return bearer(running.token("attic", create=True))


async def send(
    session: aiohttp.ClientSession, who: dict[str, str], data: bytes, kind: str = "image/png"
) -> tuple[int, dict[str, object]]:
    async with session.post(ROOM, headers={**who, "Content-Type": kind}, data=data) as response:
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


async def test_a_room_has_so_much_space(running: Running, session: aiohttp.ClientSession) -> None:
    who = bearer(running.token("attic"))
    answers = await asyncio.gather(*(send(session, who, png(180, 180)) for _ in range(3)))
    assert {(status, answer.get("code")) for status, answer in answers} == {(201, None), (409, "full")}
    kept = {path.name for path in (running.data / "images").iterdir()}
    assert {answer["id"] for status, answer in answers if status == 201} <= kept
    assert len(kept) == sum(status == 201 for status, _ in answers) + 2  # and those of the tests above: nothing was left behind
