"""REST: what isn't taken, and what every answer has: headers, health, the log. Over a real socket to a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from tests.wire.rest import Caller, Opened, chunks
from tests.wire.running import Running, studio, tutti


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with studio(
        tmp_path_factory.mktemp("requests") / "data", TUTTI_ENTRIES_PER_MINUTE="100000", TUTTI_LIMIT_NAME_CHARS="40"
    ) as running:
        yield running


# What isn't taken


@pytest.mark.parametrize("body", [{}, {"title": ""}, {"title": " \u200b"}, {"title": 5}, {"title": "x" * 201}, [], "x", None])
async def test_bodies_that_are_not_understood(anyone: Caller, body: Any) -> None:
    problem = await anyone(400, "POST", "/api/rooms", data=json.dumps(body), headers={"Content-Type": "application/json"})
    assert problem["code"] == "bad_request"


@pytest.mark.parametrize("body", [b"", b"{", b'{"title": "\\ud800"}', b'{"title": "\xff"}', b"[" * 60_000])
async def test_bodies_that_are_no_json(anyone: Caller, body: bytes) -> None:
    await anyone(400, "POST", "/api/rooms", data=body, headers={"Content-Type": "application/json"})


async def test_bodies_of_the_wrong_kind_or_size(anyone: Caller) -> None:
    await anyone(415, "POST", "/api/rooms", data=b'{"title": "T"}', headers={"Content-Type": "text/plain"})
    await anyone(415, "POST", "/api/rooms", data={"title": "T"})
    await anyone(413, "POST", "/api/rooms", {"title": "T" * 70_000})
    await anyone(413, "POST", "/api/rooms", data=chunks(1), headers={"Content-Type": "application/json"})


async def test_names_are_limited_by_a_setting(anyone: Caller) -> None:
    await anyone(201, "POST", "/api/rooms", {"title": "T", "name": "é" * 40})
    await anyone(400, "POST", "/api/rooms", {"title": "T", "name": "é" * 41})


async def test_other_sites_change_nothing(anyone: Caller, running: Running, opened: Opened) -> None:
    for origin in ("https://evil.example", "null", running.url + ".evil.example"):
        problem = await anyone(403, "POST", "/api/rooms", {"title": "T"}, headers={"Origin": origin})
        assert problem["code"] == "other_site"
    await anyone(201, "POST", "/api/rooms", {"title": "T"}, headers={"Origin": running.url})
    async with anyone.session.get(
        opened.path, headers={"Origin": "https://evil.example", "Authorization": f"Bearer {opened.lead.token}"}
    ) as response:
        assert response.status == 200
        assert not [name for name in response.headers if name.startswith("Access-Control")]


async def test_addresses_and_methods(anyone: Caller, opened: Opened) -> None:
    for path in ("/api", "/api/", "/api/nothing", "/api/rooms/a/b/c"):
        for method in ("GET", "POST"):
            assert (await anyone(404, method, path))["code"] == "not_found"
    for path, allowed in (
        ("/api/join", "OPTIONS, POST"),
        ("/api/rooms", "GET, HEAD, OPTIONS, POST"),
        (opened.path, "GET, HEAD, OPTIONS, PATCH, PUT"),
    ):
        async with anyone.session.delete(path) as response:
            assert (response.status, response.headers["Allow"]) == (405, allowed)
            assert (await response.json(content_type="application/problem+json"))["code"] == "method_not_allowed"
        async with anyone.session.options(path) as response:
            assert (response.status, response.headers["Allow"]) == (204, allowed)
    bearer = {"Authorization": f"Bearer {opened.lead.token}"}
    async with anyone.session.get(opened.path, headers=bearer) as whole:
        length = len(await whole.read())
    async with anyone.session.head(opened.path, headers=bearer) as response:
        assert (response.status, int(response.headers["Content-Length"]), await response.read()) == (200, length, b"")


async def test_the_openapi_document_is_served(anyone: Caller) -> None:
    document = await anyone(200, "GET", "/api/openapi.json")
    assert document["openapi"] == "3.1.0"
    assert document["components"]["schemas"]["Join"]["properties"]["name"]["maxLength"] == 40
    printed = json.loads(tutti("openapi", TUTTI_LIMIT_NAME_CHARS="40").stdout)
    assert printed == document


# Health, pages, headers, logs


async def test_health(session: aiohttp.ClientSession, opened: Opened) -> None:
    for path in ("/healthz", "/readyz"):
        async with session.get(path) as response:
            assert (response.status, await response.text()) == (200, "ok")
    async with session.get("/metrics") as response:
        assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        text = await response.text()
    for name in (
        "tutti_rooms ",
        'tutti_members{role="lead"} 0.0',
        "tutti_updates_total ",
        "tutti_deliveries_total ",
        "tutti_pulse_seconds_bucket{",
        "tutti_commit_seconds_bucket{",
        "tutti_unsaved_rooms 0.0",
        "tutti_worker_failures_total 0.0",
        "# TYPE tutti_outbox_dropped_total counter",
        "# TYPE tutti_rejected_total counter",
    ):
        assert f"\n{name}" in f"\n{text}", text


async def test_headers_of_every_answer(session: aiohttp.ClientSession) -> None:
    for path in ("/", "/join", "/room/a", "/room/a/b", "/nothing", "/api/nothing", "/healthz", "/api/openapi.json"):
        async with session.get(path) as response:
            headers = response.headers
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "no-referrer"
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert "microphone=(self), " in headers["Permissions-Policy"]
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
            assert "unsafe" not in headers["Content-Security-Policy"]


async def test_the_log_says_what_happened_and_not_what_was_said(opened: Opened, running: Running) -> None:
    await opened.lead(201, "POST", f"{opened.path}/board", {"text": "between us"})
    await opened.lead(404, "GET", f"/api/nothing/{opened.lead.token}", params={"token": opened.lead.token or ""})
    async with opened.lead.session.get("/", headers={"X-Bad": "x"}, params={"token": opened.lead.token or ""}):
        pass
    reader, writer = await asyncio.open_connection(*running.url.removeprefix("http://").split(":"))
    writer.write(f"GET /?token={opened.lead.token} HTTP/1.1\r\nHo st: \x00\r\n\r\n".encode())
    await writer.drain()
    assert (await reader.read()).startswith(b"HTTP/1.")
    writer.close()
    await writer.wait_closed()
    log = running.logged()
    assert f"room={opened.room}" in log
    assert "route=/api/rooms/{room}/board" in log
    for secret in (opened.lead.token or "", "between us", "Ada", "Songs"):
        assert secret not in log


async def test_who_hangs_up_in_the_middle_of_a_body_leaves_no_trace(running: Running, anyone: Caller) -> None:
    before = running.logged().count("status=400")
    _, writer = await asyncio.open_connection(*running.url.removeprefix("http://").split(":"))
    head = "POST /api/rooms HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    writer.write(head.encode() + b'{"ti')
    await writer.drain()
    await anyone(201, "POST", "/api/rooms", {"title": "T"})  # by then the other request is being read
    writer.close()
    async with asyncio.timeout(10):
        while running.logged().count("status=400") == before:
            await asyncio.sleep(0.01)
    assert "Traceback" not in running.logged()
