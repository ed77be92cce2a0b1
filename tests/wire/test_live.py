"""The live channel over real sockets: socket.io-client, a real server. `test_live_abuse.py` has what no client would send."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from rooms.model import Role
from tests.wire.live_pages import POLLING_PATH, WEBSOCKET_PATH, Page, Pages
from tests.wire.rest import Caller, Opened
from tests.wire.running import Running, studio

WEBSOCKET = {"transports": ["websocket"]}
POLLING = {"transports": ["polling"]}
EITHER: dict[str, Any] = {}
SETTINGS = {"closed": False, "locked": False, "talk": "everyone"}
LIMITS = {
    "TUTTI_LIMIT_BOARD_MESSAGE_CHARS": "60000",
    "TUTTI_LIMIT_MEMBERS_PER_ROOM": "3",
    "TUTTI_LIMIT_NAME_CHARS": "40",
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("live") / "data"
    with studio(folder, **LIMITS) as running:
        yield running


# Coming in


@pytest.mark.parametrize("transports", [EITHER, WEBSOCKET, POLLING], ids=["upgraded", "websocket", "polling"])
async def test_a_page_is_welcomed(running: Running, pages: Pages, opened: Opened, transports: Any) -> None:
    room = opened.answer
    page = await pages.open(running.url, {"token": room["token"]}, **transports)
    welcome = await page.told("welcome")
    document = welcome["room"]["main"]
    assert welcome == {
        "protocol": 1,
        "schema": 2,
        "version": welcome["version"],
        "you": room["member"],
        "room": {"room": room["room"], "title": "Songs", "kind": "story", "main": document, "settings": SETTINGS},
        "documents": [{"id": document, "title": "Story", "place": 0, "kind": "story"}],
        "here": [{**room["member"], "looks": None, "hand": None, "wants": None}],
        "board": {"messages": [], "more": False, "read": None},
        "saving": {"ok": True},
        "sprint": None,
        "stage": [],
    }
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", welcome["version"])
    wanted = transports.get("transports", ["websocket"])[0]
    look = await page.until(lambda look: look.transport == wanted)
    assert look.told[0][0] == "welcome"
    said = await page.emit("say", {"text": "hello"})
    assert said["message"]["text"] == "hello"
    assert await page.told("message") == said["message"]


async def test_who_is_refused_is_told_why(running: Running, pages: Pages, opened: Opened) -> None:
    for auth, code in (
        ({"token": "nonsense"}, "unknown_person"),
        ({"token": f"{opened.lead.token}x"}, "unknown_person"),
        ({"token": running.token("nowhere")}, "no_such_room"),
        ({"token": running.token("*")}, "no_such_room"),
        ({"token": running.token("*"), "room": ".."}, "no_such_room"),
        ({"token": 5}, "bad_request"),
        ({}, "bad_request"),
    ):
        page = await pages.open(running.url, auth, **WEBSOCKET)
        look = await page.until(lambda look: bool(look.refusals))
        refusal = look.refusals[0]
        assert refusal.data == {"code": code, "message": refusal.message}
        assert (look.connected, look.active, look.told) == (False, False, [])


async def test_the_operator_comes_in_everywhere(running: Running, pages: Pages) -> None:
    page = await pages.open(running.url, {"token": running.token("*", name="Op"), "room": "made-live"}, **WEBSOCKET)
    welcome = await page.told("welcome")
    assert (welcome["room"]["room"], welcome["you"]["name"], welcome["you"]["role"]) == ("made-live", "Op", "contributor")


async def test_a_guest_s_room_is_the_token_s(running: Running, pages: Pages, opened: Opened, anyone: Caller) -> None:
    other = await anyone(201, "POST", "/api/rooms", {"title": "Other"})
    page = await pages.open(running.url, {"token": opened.lead.token, "room": other["room"]}, **WEBSOCKET)
    assert (await page.told("welcome"))["room"]["room"] == opened.room


async def test_a_full_room(running: Running, pages: Pages) -> None:
    for number in range(3):
        page = await pages.open(running.url, {"token": running.token("crowd", create=True, name=f"P{number}")}, **WEBSOCKET)
        await page.told("welcome")
    late = await pages.open(running.url, {"token": running.token("crowd", name="Late")}, **WEBSOCKET)
    look = await late.until(lambda look: bool(look.refusals))
    assert look.refusals[0].data is not None
    assert look.refusals[0].data["code"] == "full"


async def test_other_sites_don_t_come_in(running: Running, session: aiohttp.ClientSession) -> None:
    for origin, status in (("https://evil.example", 400), ("null", 400), (running.url, 200)):
        async with session.get(POLLING_PATH, headers={"Origin": origin}) as response:
            assert response.status == status
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await session.ws_connect(WEBSOCKET_PATH, origin="https://evil.example")


# What pages tell and are told


async def two(running: Running, pages: Pages, room: str, **options: Any) -> tuple[Page, Page]:
    token = running.token(room, role=Role.LEAD, name="Ada", create=True)
    first = await pages.open(running.url, {"token": token}, **options)
    await first.told("welcome")
    second = await pages.open(running.url, {"token": running.token(room, name="Bo")}, **options)
    await second.told("welcome")
    return first, second


async def test_presence(running: Running, pages: Pages) -> None:
    first, second = await two(running, pages, "presence")
    await first.until(lambda look: look.here() == {"Ada": None, "Bo": None})
    document = (await second.look()).of("welcome")[0]["room"]["main"]
    assert await second.emit("look", {"document": document}) == {}
    await first.until(lambda look: look.here() == {"Ada": None, "Bo": document})
    assert (await second.emit("look", {"document": "none"}))["error"]["code"] == "not_found"
    assert await second.emit("look", {"document": None}) == {}
    await first.until(lambda look: look.here() == {"Ada": None, "Bo": None})
    await second.order("close")
    await first.until(lambda look: look.here() == {"Ada": None})


async def test_two_tabs_are_one_person(running: Running, pages: Pages) -> None:
    token = running.token("tabs", create=True, name="Ada")
    first = await pages.open(running.url, {"token": token}, **WEBSOCKET)
    await first.told("welcome")
    second = await pages.open(running.url, {"token": token}, **WEBSOCKET)
    assert len((await second.told("welcome"))["here"]) == 1
    await second.order("close")
    renamed = (await first.emit("rename", {"name": "Ada L."}))["you"]
    assert await first.told("you") == renamed
    await first.until(lambda look: look.here() == {"Ada L.": None})


async def test_the_board(running: Running, pages: Pages) -> None:
    first, second = await two(running, pages, "board")
    said = [(await second.emit("say", {"text": f"number {number}"}))["message"] for number in range(3)]
    await first.told("message", 3)
    assert (await first.look()).of("message") == said
    third = await pages.open(running.url, {"token": running.token("board", name="Cy")}, **WEBSOCKET)
    assert (await third.told("welcome"))["board"] == {"messages": said, "more": False, "read": None}
    edited = (await second.emit("edit", {"message": said[0]["id"], "text": "number naught"}))["message"]
    assert await third.told("edited") == {"message": edited}
    assert edited == {**said[0], "text": "number naught", "edited": edited["edited"]}
    assert (await first.emit("edit", {"message": said[0]["id"], "text": "mine"}))["error"]["code"] == "not_granted"
    assert await second.emit("delete", {"message": said[1]["id"]}) == {}
    assert await third.told("deleted") == {"id": said[1]["id"]}


async def test_how_far_somebody_has_read_holds_over_their_pages(running: Running, pages: Pages) -> None:
    first, second = await two(running, pages, "reading")
    said = [(await second.emit("say", {"text": f"number {number}"}))["message"]["id"] for number in range(3)]
    token = running.token("reading", create=True, name="Ada")
    elsewhere = await pages.open(running.url, {"token": token}, **WEBSOCKET)
    me = (await elsewhere.told("welcome"))["you"]["id"]
    again = await pages.open(running.url, {"token": token}, **WEBSOCKET)
    assert (await again.told("welcome"))["you"]["id"] == me
    assert await again.emit("seen", {"message": said[1]}) == {}
    assert await elsewhere.told("read") == {"message": said[1]}
    assert await again.emit("seen", {"message": said[0]}) == {}
    assert await again.emit("seen", {"message": said[2] + 1000}) == {}
    assert (await elsewhere.told("read", 3))["message"] == said[2]
    assert (await first.look()).of("read") == []
    third = await pages.open(running.url, {"token": token}, **WEBSOCKET)
    assert (await third.told("welcome"))["board"]["read"] == said[2]


async def test_a_sprint_reaches_every_page_and_comes_with_the_welcome(
    running: Running, pages: Pages, session: aiohttp.ClientSession
) -> None:
    first, second = await two(running, pages, "sprint")
    assert (await first.emit("join_sprint", {}))["error"]["code"] == "not_found"
    asked = (await first.emit("time", {}))["time"]
    cy = Caller(session, running.token("sprint", name="Cy"))
    await cy(201, "POST", "/api/rooms/sprint/sprint", {"minutes": 10, "prompt": "Rain"})
    begun = (await first.told("sprint"))["sprint"]
    assert begun["start"] >= asked
    joined = (await second.emit("join_sprint", {}))["sprint"]
    assert [person["name"] for person in joined["people"]] == ["Cy", "Bo"]
    assert await first.told("sprint", 2) == {"sprint": joined}
    late = await pages.open(running.url, {"token": running.token("sprint", name="Di")}, **WEBSOCKET)
    assert (await late.told("welcome"))["sprint"] == joined
    await cy(204, "DELETE", "/api/rooms/sprint/sprint")
    assert await first.told("sprint", 3) == {"sprint": None}
    assert (await first.told("message"))["text"] == "Sprint: ‘Rain’, 1 min, with Cy, Bo"


@pytest.mark.parametrize("transports", [EITHER, WEBSOCKET, POLLING], ids=["upgraded", "websocket", "polling"])
async def test_no_message_is_lost_while_a_page_comes_in(
    running: Running, pages: Pages, opened: Opened, transports: Any
) -> None:
    coming: asyncio.Task[Page] | None = None
    written = []
    for number in range(40):
        if number == 10:
            coming = asyncio.create_task(page_of(pages, running, opened.lead.token, transports))
        written.append(await opened.lead(201, "POST", f"{opened.path}/board", {"text": f"{number} " + "x" * 2000}))
    assert coming is not None
    page = await coming
    await page.until(lambda look: len(look.of("welcome")[0]["board"]["messages"]) + len(look.of("message")) == len(written))
    look = await page.look()
    assert [*look.of("welcome")[0]["board"]["messages"], *look.of("message")] == written


async def page_of(pages: Pages, running: Running, token: str | None, transports: Any) -> Page:
    page = await pages.open(running.url, {"token": token}, **transports)
    await page.told("welcome")
    return page


async def test_changes_reach_every_page(running: Running, pages: Pages, opened: Opened) -> None:
    page = await pages.open(running.url, {"token": opened.lead.token}, **WEBSOCKET)
    await page.told("welcome")
    await opened.lead(200, "PATCH", opened.path, {"title": "Hymns"})
    assert (await page.told("room"))["title"] == "Hymns"
    added = await opened.lead(201, "POST", f"{opened.path}/documents", {"title": "Lyrics"})
    assert (await page.told("room", 2))["documents"][1] == added
    await opened.lead(201, "POST", f"{opened.path}/board", {"text": "by REST"})
    assert (await page.told("message"))["text"] == "by REST"


async def test_what_isn_t_understood_is_said(running: Running, pages: Pages) -> None:
    page = await pages.open(running.url, {"token": running.token("odd", create=True)}, **WEBSOCKET)
    await page.told("welcome")
    for event, payload, code in (
        ("say", [{}], "bad_request"),
        ("say", [], "bad_request"),
        ("say", ["hello"], "bad_request"),
        ("say", [{"text": " \u200b"}], "bad_request"),
        ("say", [{"text": "x" * 60_001}], "bad_request"),
        ("rename", [{"name": "x" * 41}], "bad_request"),
        ("look", [{"document": 5}], "bad_request"),
        ("dance", [{}], "bad_request"),
    ):
        answer = await page.emit(event, *payload)
        assert answer["error"].keys() == {"code", "message"}
        assert answer["error"]["code"] == code
    assert (await page.look()).connected


async def test_a_page_that_is_too_fast_is_told(running: Running, pages: Pages) -> None:
    page = await pages.open(running.url, {"token": running.token("fast", create=True)}, **WEBSOCKET)
    await page.told("welcome")
    answers = await asyncio.gather(*(page.emit("look", {"document": None}) for _ in range(60)))
    assert answers[0] == {}
    assert answers[-1]["error"]["code"] == "too_fast"
    assert (await page.look()).connected


# Going


async def test_a_removed_member_is_out_at_once(running: Running, pages: Pages, session: aiohttp.ClientSession) -> None:
    lead = running.token("removal", role=Role.LEAD, name="Ada", create=True)
    first = await pages.open(running.url, {"token": lead}, **WEBSOCKET)
    await first.told("welcome")
    guests = [
        await pages.open(running.url, {"token": running.token("removal", name="Bo")}, **transports)
        for transports in (WEBSOCKET, POLLING)
    ]
    for guest in guests:
        member = (await guest.told("welcome"))["you"]["id"]
        await Caller(session, lead)(204, "DELETE", f"/api/rooms/removal/members/{member}")
        bye = await guest.told("bye")
        assert bye == {"code": "removed", "sentence": "You are no longer in this room."}
        await first.emit("say", {"text": "without them"})
        look = await guest.until(lambda look: not look.connected)
        assert (look.ends, look.active) == (["io server disconnect"], False)
        assert look.told[-1][0] == "bye"
        await guest.order("connect")
        look = await guest.until(lambda look: bool(look.refusals))
        assert look.refusals[0].data is not None
        assert look.refusals[0].data["code"] == "not_granted"


async def test_a_page_whose_connection_broke_comes_back_to_a_welcome(running: Running, pages: Pages) -> None:
    first, second = await two(running, pages, "broken", **WEBSOCKET)
    await second.order("cut")
    await first.emit("say", {"text": "meanwhile"})
    welcome = await second.told("welcome", 2)
    assert [message["text"] for message in welcome["board"]["messages"]] == ["meanwhile"]
    assert {who["name"] for who in welcome["here"]} == {"Ada", "Bo"}


async def test_a_restart_is_invisible_beyond_a_reconnection(tmp_path: Path, pages: Pages) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with studio(tmp_path / "data", "--port", port) as before:
        auth = {"token": before.token("r", create=True)}
        opened = [await pages.open(before.url, auth, **transports) for transports in (WEBSOCKET, POLLING)]
        for page in opened:
            await page.told("welcome")
            await page.emit("say", {"text": "before"})
        assert before.stop() == 0
    for page in opened:
        look = await page.until(lambda look: not look.connected)
        assert look.of("bye")[-1]["code"] == "shutting_down"
        assert look.active
    with studio(tmp_path / "data", "--port", port):
        for page in opened:
            assert len((await page.told("welcome", 2))["board"]["messages"]) == 2
            await page.order("close")
