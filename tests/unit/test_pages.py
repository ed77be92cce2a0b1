"""The page over a real socket, from a folder of the test's own: what is kept, what is asked for again, what isn't served."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from server.pages import mount_pages, policy
from server.settings import load

Client = TestClient[web.Request, web.Application]

FILES = {
    "index.html": b"<!doctype html><title>Tutti</title>",
    "favicon.svg": b"<svg/>",
    "assets/main-abc.js": b"export {}\n" * 100,
    "assets/main-abc.js.gz": b"\x1f\x8b not really",
    "assets/font-def.woff2": b"font",
    ".secret": b"no",
    "notes.md": b"no",
}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    folder = tmp_path / "page"
    for name, body in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
    (tmp_path / "outside.txt").write_bytes(b"no")
    (folder / "assets/link.txt").symlink_to(folder / "assets")  # to a folder: no file
    app = web.Application()
    mount_pages(app, load({}, {}), lambda: folder)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_every_address_people_see_is_the_page(client: Client) -> None:
    tags = set()
    for path in ("/", "/join", "/room/a", "/room/a/b", "/index.html"):
        response = await client.get(path)
        assert (response.status, await response.read()) == (200, FILES["index.html"])
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert response.headers["Cache-Control"] == "no-cache"
        tags.add(response.headers["ETag"])
    assert len(tags) == 1


async def test_a_page_that_is_known_isn_t_sent_again(client: Client) -> None:
    tag = (await client.get("/")).headers["ETag"]
    for known in (tag, f'"other", W/{tag}', "*"):
        response = await client.get("/room/a", headers={"If-None-Match": known})
        assert (response.status, response.headers["ETag"], await response.read()) == (304, tag, b"")
        assert "Content-Security-Policy" in response.headers
    assert (await client.get("/", headers={"If-None-Match": '"other"'})).status == 200


async def test_assets_are_kept_for_ever_and_sent_compressed(client: Client) -> None:
    plain = await client.get("/assets/main-abc.js", headers={"Accept-Encoding": "identity"})
    assert (await plain.read(), plain.headers["Content-Type"]) == (
        FILES["assets/main-abc.js"],
        "text/javascript; charset=utf-8",
    )
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    small = await client.request("GET", "/assets/main-abc.js", headers={"Accept-Encoding": "gzip"}, auto_decompress=False)
    assert (small.headers["Content-Encoding"], small.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert await small.read() == FILES["assets/main-abc.js.gz"]
    font = await client.get("/assets/font-def.woff2")
    assert font.headers["Content-Type"] == "font/woff2"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/",
        "/assets/none.js",
        "/assets/main-abc.js.gz",
        "/assets/link.txt",
        "/assets/../index.html.",
        "/assets/%2e%2e/%2e%2e/outside.txt",
        "/%2e%2e/outside.txt",
        "/..%2foutside.txt",
        "/.secret",
        "/notes.md",
        "/room",
        "/room/a/b/c",
        "/assets/main-abc.js%00",
    ],
)
async def test_nothing_else_is_served(client: Client, path: str) -> None:
    from yarl import URL

    response = await client.get(URL(path, encoded=True))
    assert (response.status, await response.text()) == (404, "There is no such page.\n")


async def test_pages_are_only_read(client: Client) -> None:
    assert (await client.post("/")).status == 405
    head = await client.head("/assets/main-abc.js", headers={"Accept-Encoding": "identity"})
    assert (head.status, head.headers["Content-Length"]) == (200, str(len(FILES["assets/main-abc.js"])))


def test_the_policy_names_our_own_sockets_alone() -> None:
    assert "connect-src 'self' ws://a.example:8 wss://a.example:8;" in policy("a.example:8", load({}, {}))
    public = policy("ignored", load({"public_url": "https://studio.example.org"}, {}))
    assert "connect-src 'self' ws://studio.example.org wss://studio.example.org;" in public
    for directive in (
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ):
        assert directive in public


async def test_without_a_built_page_the_address_says_so() -> None:
    def find() -> Path:
        raise RuntimeError("The page isn't built yet.")

    app = web.Application()
    mount_pages(app, load({}, {}), find)
    async with TestClient(TestServer(app)) as client:
        response = await client.get("/room/a")
        assert (response.status, await response.text()) == (503, "The page isn't built yet.\n")
        assert (await client.get("/index.html")).status == 404
