"""Who is let in at /yjs, and who isn't: each close code, and what an unchanged y-websocket provider makes of it."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable
from itertools import count

import aiohttp
import jwt
import pytest

from server.auth import load_secret
from server.settings import load
from tests.conftest import Studio
from tests.wire.yjs_raw import refusal, undisturbed
from tests.yjs_clients import Clients

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOCUMENTS = 200
_rooms = count()
QUIET_S = 1.5
"""So long a provider is watched that must not come back: it would have tried several times."""


@pytest.fixture
def room() -> str:
    return f"room-{next(_rooms)}"


def signed(house: Studio, room: str, /, secret: bytes | None = None, algorithm: str = "HS256", **claims: object) -> str:
    """A token with these claims, by the studio's own secret or by another."""
    ours = load_secret(load({"data": house.data}, {}))
    named: dict[str, object] = {"room": room, "sub": "eve", "name": "Eve", "role": "contributor", "create": True}
    named["exp"] = int(time.time()) + 60
    key = "" if algorithm == "none" else secret or ours
    return jwt.encode(named | claims, key, algorithm=algorithm)


async def test_who_shows_no_good_token_is_unknown(house: Studio, room: str, clients: Clients) -> None:
    good = signed(house, room)
    header, payload, signature = good.split(".")
    wrong = {
        "none": None,
        "empty": "",
        "not a token": "hello",
        "forged": signed(house, room, secret=b"another secret of thirty-two bytes"),
        "unsigned": signed(house, room, algorithm="none"),
        "another algorithm": signed(house, room, algorithm="HS384"),
        "changed": f"{header}.{payload[:-4]}AAAA.{signature}",
        "expired": signed(house, room, exp=int(time.time()) - 1),
        "without an end": signed(house, room, exp=None),
        "of another room": signed(house, "elsewhere"),
        "without a room": signed(house, room, room=None),
        "huge": "a" * 7000,
    }
    async with undisturbed(house, room, clients):
        for name, token in wrong.items():
            closed = await refusal(house, room, token)
            assert (name, closed.code) == (name, 4401)
            assert token is None or len(token) < 10 or token not in closed.reason
        opened = await clients.open(house.url, room, good, kind="plain")
        await opened.until(lambda look: "step2" in look.received)


async def test_tokens_are_not_logged(house: Studio, room: str) -> None:
    for token in (house.token(), signed(house, room, secret=b"another secret of thirty-two bytes"), "a-token-that-is-none"):
        await refusal(house, "no.such room", token)
        assert token not in house.log()


async def test_a_page_of_another_site_is_not_let_in(house: Studio, room: str, clients: Clients) -> None:
    async with undisturbed(house, room, clients):
        for origin in ("https://evil.example", "null", f"http://127.0.0.1:{house.port + 1}", f"{house.url}.evil.example"):
            closed = await refusal(house, room, house.token(), headers={"Origin": origin})
            assert (origin, closed.code) == (origin, 4403)
        own = await clients.open(house.url, room, house.token(), kind="plain", headers={"Origin": house.url})
        await own.until(lambda look: "step2" in look.received)


async def test_there_is_no_such_room(house: Studio, room: str, clients: Clients) -> None:
    async with undisturbed(house, room, clients):
        nowhere = signed(house, "nowhere", create=False)
        assert (await refusal(house, "nowhere", nowhere)).code == 4404
        assert (await refusal(house, f"{room}/nothing", house.token())).code == 4404
        for name in ("a%20room", ".hidden", "a" * 65, "r%C3%B6%C3%B6m"):
            assert (name, (await refusal(house, name, house.token())).code) == (name, 4404)


@pytest.mark.parametrize("code", [4401, 4403, 4404])
async def test_a_provider_stops_at_what_is_final(house: Studio, room: str, clients: Clients, code: int) -> None:
    await refusal(house, room, "")  # whatever this test needs, the server is up
    token, path, headers = {
        4401: ("forged", room, {}),
        4403: (house.token(), room, {"Origin": "https://evil.example"}),
        4404: (house.token(), f"{room}/nothing", {}),
    }[code]
    provider = await clients.open(house.url, path, token, headers=headers)
    await provider.until(lambda look: look.final is not None)
    await asyncio.sleep(QUIET_S)
    look = await provider.look()
    assert (look.final, [closed.code for closed in look.closes], look.connections) == (code, [code], 1)


async def test_a_removed_member_is_out_and_stays_out(house: Studio, room: str, clients: Clients) -> None:
    lead = signed(house, "removal", sub="lead", role="lead")
    guest = signed(house, "removal", sub="guest", role="contributor")
    async with undisturbed(house, "removal", clients):
        await (await clients.open(house.url, "removal", lead)).until(lambda look: look.synced is True)
        provider = await clients.open(house.url, "removal", guest)
        await provider.until(lambda look: look.synced is True)
        async with (
            aiohttp.ClientSession(house.url, headers={"Authorization": f"Bearer {lead}"}) as session,
            session.delete("/api/rooms/removal/members/guest") as response,
        ):
            assert response.status == 204
        assert (await provider.until(lambda look: look.final is not None)).final == 4403
        assert (await refusal(house, "removal", guest)).code == 4403


async def test_a_full_room_takes_in_who_waits_when_somebody_leaves(
    start_studio: Callable[..., Studio], room: str, clients: Clients
) -> None:
    small = start_studio(TUTTI_LIMIT_MEMBERS_PER_room="2")
    first = await clients.open(small.url, room, small.token())
    second = await clients.open(small.url, room, small.token())
    for client in (first, second):
        await client.until(lambda look: look.synced is True)
    third = await clients.open(small.url, room, small.token())
    assert (await third.closed()).code == 4509
    await first.insert("we two")
    await second.reads("we two")
    assert (await third.look()).text == ""
    await second.order("disconnect")
    await third.reads("we two")
    assert "Traceback" not in small.log()


async def test_a_member_with_two_tabs_counts_once(start_studio: Callable[..., Studio], room: str, clients: Clients) -> None:
    small = start_studio(TUTTI_LIMIT_MEMBERS_PER_room="2")
    one, other = small.token(), small.token()
    tabs = [await clients.open(small.url, room, token) for token in (one, one, other, other)]
    for tab in tabs:
        look = await tab.until(lambda look: look.synced is True)
        assert look.closes == []


async def post_documents(house: Studio, room: str, posts: int) -> list[bytes]:
    """Asks for so many documents on one connection, a hundred requests at a time, and returns the status lines."""
    body = b'{"title":"One more"}'
    head = f"POST /api/rooms/{room}/documents HTTP/1.1\r\nHost: {house.url.removeprefix('http://')}\r\n"
    head += f"Authorization: Bearer {house.token()}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    statuses: list[bytes] = []
    for _ in range(posts // 100):
        writer.write((head.encode() + body) * 100)
        for _ in range(100):
            answer = await reader.readuntil(b"\r\n\r\n")
            statuses.append(answer.split(b"\r\n", 1)[0])
            await reader.readexactly(int(re.search(rb"(?i)content-length: (\d+)", answer)[1]))  # type: ignore[index]
    writer.close()
    await writer.wait_closed()
    return statuses


async def test_ten_thousand_documents_are_too_many(house: Studio, clients: Clients) -> None:
    """All but the first are refused, while people write."""
    async with undisturbed(house, "library", clients) as neighbours:
        asked = asyncio.gather(*(post_documents(house, "library", 2_500) for _ in range(4)))
        await neighbours.first.insert("meanwhile ")
        await neighbours.second.until(lambda look: "meanwhile" in look.text)
        statuses = Counter(status for answers in await asked for status in answers)
        assert statuses == {b"HTTP/1.1 201 Created": DOCUMENTS - 1, b"HTTP/1.1 409 Conflict": 10_000 - DOCUMENTS + 1}
        async with (
            aiohttp.ClientSession(house.url, headers={"Authorization": f"Bearer {house.token()}"}) as session,
            session.get("/api/rooms/library/documents") as response,
        ):
            documents = (await response.json())["documents"]
        assert [document["place"] for document in documents] == list(range(DOCUMENTS))
