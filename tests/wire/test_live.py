"""The live channel over real sockets: socket.io-client against a real server, and raw frames that no client would send."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from rooms.model import Role
from tests.wire.live_pages import Page, Pages, live_pages
from tests.wire.running import Running, studio

WEBSOCKET = {"transports": ["websocket"]}
POLLING = {"transports": ["polling"]}
EITHER: dict[str, Any] = {}
SETTINGS = {"closed": False, "locked": False, "talk": "everyone"}
PATH = "/socket.io/?EIO=4&transport="
LIMITS = {
    "TUTTI_LIMIT_BOARD_MESSAGE_CHARS": "60000",
    "TUTTI_LIMIT_MEMBERS_PER_ROOM": "3",
    "TUTTI_LIMIT_NAME_CHARS": "40",
    "TUTTI_LIMIT_SEND_BUFFER_BYTES": "16384",
    "TUTTI_LIMIT_SILENCE_S": "3",
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("live") / "data"
    with studio(folder, **LIMITS) as running:
        yield running


@pytest.fixture
async def pages() -> AsyncIterator[Pages]:
    async with live_pages() as pages:
        yield pages


async def opened(session: aiohttp.ClientSession, name: str = "Ada") -> dict[str, Any]:
    """A new room, and its lead's token."""
    async with session.post("/api/rooms", json={"title": "Songs", "name": name}) as response:
        assert response.status == 201
        answer: dict[str, Any] = await response.json()
        return answer


async def rest(session: aiohttp.ClientSession, token: str, method: str, path: str, body: Any = None) -> Any:
    async with session.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"}) as response:
        assert response.status < 300, await response.text()
        return await response.json() if response.status != 204 else None


# Coming in


@pytest.mark.parametrize("transports", [EITHER, WEBSOCKET, POLLING], ids=["upgraded", "websocket", "polling"])
async def test_a_page_is_welcomed(running: Running, pages: Pages, session: aiohttp.ClientSession, transports: Any) -> None:
    room = await opened(session)
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
        "here": [{**room["member"], "looks": None, "hand": None}],
        "board": {"messages": [], "more": False, "read": None},
        "saving": {"ok": True},
        "sprint": None,
    }
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", welcome["version"])
    wanted = transports.get("transports", ["websocket"])[0]
    look = await page.until(lambda look: look.transport == wanted)
    assert look.told[0][0] == "welcome"
    said = await page.emit("say", {"text": "hello"})
    assert said["message"]["text"] == "hello"
    assert await page.told("message") == said["message"]


async def test_who_is_refused_is_told_why(running: Running, pages: Pages, session: aiohttp.ClientSession) -> None:
    room = await opened(session)
    for auth, code in (
        ({"token": "nonsense"}, "unknown_person"),
        ({"token": room["token"] + "x"}, "unknown_person"),
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


async def test_a_guest_s_room_is_the_token_s(running: Running, pages: Pages, session: aiohttp.ClientSession) -> None:
    room = await opened(session)
    other = await opened(session)
    page = await pages.open(running.url, {"token": room["token"], "room": other["room"]}, **WEBSOCKET)
    assert (await page.told("welcome"))["room"]["room"] == room["room"]


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
        async with session.get(f"{PATH}polling", headers={"Origin": origin}) as response:
            assert response.status == status
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await session.ws_connect(f"{PATH}websocket", origin="https://evil.example")


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


async def test_a_sprint_reaches_every_page_and_comes_with_the_welcome(running: Running, pages: Pages) -> None:
    first, second = await two(running, pages, "sprint")
    assert (await first.emit("join_sprint", {}))["error"]["code"] == "not_found"
    asked = (await first.emit("time", {}))["time"]
    room = running.token("sprint", name="Cy")
    async with aiohttp.ClientSession(running.url, timeout=aiohttp.ClientTimeout(30)) as session:
        await rest(session, room, "POST", "/api/rooms/sprint/sprint", {"minutes": 10, "prompt": "Rain"})
        begun = (await first.told("sprint"))["sprint"]
        assert begun["start"] >= asked
        joined = (await second.emit("join_sprint", {}))["sprint"]
        assert [person["name"] for person in joined["people"]] == ["Cy", "Bo"]
        assert await first.told("sprint", 2) == {"sprint": joined}
        late = await pages.open(running.url, {"token": running.token("sprint", name="Di")}, **WEBSOCKET)
        assert (await late.told("welcome"))["sprint"] == joined
        await rest(session, room, "DELETE", "/api/rooms/sprint/sprint")
    assert await first.told("sprint", 3) == {"sprint": None}
    assert (await first.told("message"))["text"] == "Sprint: ‘Rain’, 1 min, with Cy, Bo"


@pytest.mark.parametrize("transports", [EITHER, WEBSOCKET, POLLING], ids=["upgraded", "websocket", "polling"])
async def test_no_message_is_lost_while_a_page_comes_in(
    running: Running, pages: Pages, session: aiohttp.ClientSession, transports: Any
) -> None:
    room = await opened(session)
    path = f"/api/rooms/{room['room']}/board"
    coming: asyncio.Task[Page] | None = None
    written = []
    for number in range(40):
        if number == 10:
            coming = asyncio.create_task(page_of(pages, running, room["token"], transports))
        written.append(await rest(session, room["token"], "POST", path, {"text": f"{number} " + "x" * 2000}))
    assert coming is not None
    page = await coming
    await page.until(lambda look: len(look.of("welcome")[0]["board"]["messages"]) + len(look.of("message")) == len(written))
    look = await page.look()
    assert [*look.of("welcome")[0]["board"]["messages"], *look.of("message")] == written


async def page_of(pages: Pages, running: Running, token: str, transports: Any) -> Page:
    page = await pages.open(running.url, {"token": token}, **transports)
    await page.told("welcome")
    return page


async def test_changes_reach_every_page(running: Running, pages: Pages, session: aiohttp.ClientSession) -> None:
    room = await opened(session)
    page = await pages.open(running.url, {"token": room["token"]}, **WEBSOCKET)
    await page.told("welcome")
    await rest(session, room["token"], "PATCH", f"/api/rooms/{room['room']}", {"title": "Hymns"})
    assert (await page.told("room"))["title"] == "Hymns"
    added = await rest(session, room["token"], "POST", f"/api/rooms/{room['room']}/documents", {"title": "Lyrics"})
    assert (await page.told("room", 2))["documents"][1] == added
    await rest(session, room["token"], "POST", f"/api/rooms/{room['room']}/board", {"text": "by REST"})
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
        await rest(session, lead, "DELETE", f"/api/rooms/removal/members/{member}")
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


# What no client would send


async def raw(session: aiohttp.ClientSession) -> tuple[aiohttp.ClientWebSocketResponse, dict[str, Any]]:
    ws = await session.ws_connect(f"{PATH}websocket")
    hello = await ws.receive_str()
    assert hello[0] == "0"
    return ws, json.loads(hello[1:])


async def admitted(session: aiohttp.ClientSession, token: str) -> aiohttp.ClientWebSocketResponse:
    ws, _ = await raw(session)
    await ws.send_str(f'40/room,{{"token":"{token}"}}')
    assert (await ws.receive_str()).startswith('40/room,{"sid":')
    assert (await ws.receive_str()).startswith('42/room,["welcome",')
    return ws


BAD_FRAMES = [
    "",
    "x",
    "9",
    "4",
    "44",
    "42/room",
    "42/room,",
    "42/room,[]",
    "42/room,{}",
    '42/room,["connect",{},{}]',
    '42/room,["disconnect"]',
    '42/room,["\\u0063onnect",{},{}]',
    '42/room,[["say"]]',
    "42/room,[5]",
    "42/room," + "[" * 60_000,
    "4" + "[" * 60_000,
    "3" + "[" * 60_000,
    '42/room,["say",' + "1" * 5000 + "]",
    "42/room," + "1" * 200 + '["say"]',
    "42/other,[1]",
    '42["say",{}]',
    "40",
    "40/other,{}",
    "43/room,1[]",
    '451-/room,["say",{"_placeholder":true,"num":0}]',
    '42/room,["say","' + "x" * 70_000 + '"]',
]


@pytest.mark.parametrize("frame", BAD_FRAMES, ids=range(len(BAD_FRAMES)))
async def test_a_frame_that_is_none_ends_its_connection_alone(
    running: Running, session: aiohttp.ClientSession, frame: str
) -> None:
    bystander = await admitted(session, running.token("frames", create=True, name="Bystander"))
    ws = await admitted(session, running.token("frames", name="Odd"))
    await ws.send_str(frame)
    async with asyncio.timeout(20):
        while (await ws.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
    assert ws.closed
    await bystander.send_str('42/room,7["look",{"document":null}]')
    async with asyncio.timeout(20):
        while await bystander.receive_str() != "43/room,7[{}]":
            pass
    await bystander.close()


async def test_binary_frames_end_the_connection(running: Running, session: aiohttp.ClientSession) -> None:
    ws = await admitted(session, running.token("binary", create=True))
    await ws.send_bytes(b"\x00")
    async with asyncio.timeout(20):
        while (await ws.receive()).type is aiohttp.WSMsgType.TEXT:
            pass


async def test_a_flood_ends_the_connection(running: Running, session: aiohttp.ClientSession) -> None:
    ws = await admitted(session, running.token("flood", create=True))
    for _ in range(400):
        await ws.send_str("3")
    async with asyncio.timeout(20):
        with contextlib.suppress(ConnectionError):
            while (message := await ws.receive()).type is aiohttp.WSMsgType.TEXT:
                if message.data == "2":
                    await ws.send_str("3")  # else it would end for its silence


async def dropped(session: aiohttp.ClientSession) -> float:
    async with session.get("/metrics") as response:
        counts = re.findall(r"^tutti_outbox_dropped_total\{.*\} (\S+)$", await response.text(), re.MULTILINE)
    return sum(map(float, counts))


async def test_a_page_that_takes_nothing_is_dropped_and_nobody_waits_for_it(
    running: Running, pages: Pages, session: aiohttp.ClientSession
) -> None:
    token = running.token("slow", create=True, name="Ada")
    quick = await pages.open(running.url, {"token": token}, **WEBSOCKET)
    await quick.told("welcome")
    before = await dropped(session)
    slow = await admitted(session, running.token("slow", name="Slow"))
    await quick.until(lambda look: "Slow" in look.here())
    slow.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection = slow._conn
    assert connection is not None
    transport = connection.transport
    assert isinstance(transport, asyncio.Transport)
    transport.pause_reading()
    for number in range(80):
        await rest(session, token, "POST", "/api/rooms/slow/board", {"text": f"{number} " + "x" * 59_000})
    assert (await quick.told("message", 80))["text"].startswith("79 ")
    await quick.until(lambda look: "Slow" not in look.here())
    assert await dropped(session) > before
    transport.resume_reading()
    await slow.close()


@pytest.mark.parametrize(
    ("method", "query", "body"),
    [
        ("POST", "", b"40/room,"),
        ("POST", "&sid=nobody", b"40/room,"),
        ("GET", "&sid=nobody", None),
        ("GET", "&j=0", None),
        ("GET", "&j=x", None),
        ("GET", "&transport=carrier-pigeon", None),
    ],
)
async def test_requests_that_are_none(session: aiohttp.ClientSession, method: str, query: str, body: bytes | None) -> None:
    path = "/socket.io/?EIO=4" + ("&transport=polling" if "transport" not in query else "") + query
    async with session.request(method, path, data=body) as response:
        assert response.status == 400
    async with session.get("/socket.io/?EIO=3&transport=polling") as response:
        assert response.status == 400


@pytest.mark.parametrize(
    "body", [b"", b"x", b"\xff", b"4[", b"d=40/room,", b"\x1e".join([b"3"] * 17), b"42/room," + b"[" * 50_000, b"3" * 70_000]
)
async def test_posts_that_are_none(session: aiohttp.ClientSession, body: bytes) -> None:
    async with session.post(await polling(session), data=body) as response:
        assert response.status in {200, 400, 413}
        assert response.status == 200 or len(await response.text()) < 200


async def polling(session: aiohttp.ClientSession) -> str:
    """A connection that begins by polling, by its path."""
    async with session.get(f"{PATH}polling") as response:
        return f"{PATH}polling&sid={json.loads((await response.text())[1:])['sid']}"


async def test_a_poll_of_a_page_that_goes_is_answered(session: aiohttp.ClientSession) -> None:
    path = await polling(session)

    async def poll() -> tuple[int, str]:
        async with session.get(path) as response:
            return response.status, await response.text()

    polled = asyncio.create_task(poll())
    await asyncio.sleep(0.1)
    async with session.post(path, data=b"1") as response:
        assert response.status == 200
    assert await polled == (200, "")


async def test_a_connection_in_no_room_is_ended(session: aiohttp.ClientSession) -> None:
    ws, _ = await raw(session)
    async with asyncio.timeout(20):
        while (message := await ws.receive()).type is aiohttp.WSMsgType.TEXT:
            if message.data == "2":
                await ws.send_str("3")  # else it would end for its silence


async def post(session: aiohttp.ClientSession, path: str, body: str) -> None:
    async with session.post(path, data=body) as response:
        await response.read()


async def test_a_poll_that_ends_while_it_knocks_leaves_nobody_behind(running: Running, session: aiohttp.ClientSession) -> None:
    token = running.token("ghosts", create=True, name="Ghost")
    for _ in range(10):
        path = await polling(session)
        await asyncio.gather(post(session, path, f'40/room,{{"token":"{token}"}}'), post(session, path, "1"))
    ws = await admitted(session, running.token("ghosts", name="Witness"))
    await asyncio.sleep(0.3)  # presence is told a little later
    async with session.get("/api/rooms/ghosts", headers={"Authorization": f"Bearer {token}"}) as response:
        assert [who["name"] for who in (await response.json())["here"]] == ["Witness"]
    await ws.close()
