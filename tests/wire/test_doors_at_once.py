"""That a change of who may do what counts within a second where people are, on connections that were open before."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from rooms.model import Role
from tests.wire.door_sockets import at_the_desk, collect, come, on_the_page, shows, writes
from tests.wire.doors import Ask, House, Live, Person, live_socket, open_house
from tests.wire.running import Running, start, studio, tutti
from tests.wire.yjs_raw import Raw

WITHIN_S = 1.0
"""How soon a change counts on connections that were open before, from when the lead is told that it is made."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with studio(tmp_path_factory.mktemp("doors") / "data", TUTTI_ENTRIES_PER_MINUTE="100000") as running:
        yield running


class Within:
    """Somebody with a page and a desk open before something changes."""

    def __init__(self, house: House, person: Person, raw: Raw, lead: Raw, live: Live) -> None:
        self.house = house
        self.person = person
        self.raw = raw
        self.lead = lead
        self.live = live

    async def change(self, status: int, method: str, path: str, body: Any = None) -> None:
        path = path.replace("{me}", self.person.member)
        await self.house.lead.ask(status, method, path, body)
        self.changed = time.monotonic()

    async def closes(self, code: int) -> None:
        closed = await self.raw.closed()
        assert closed.code == code
        assert time.monotonic() - self.changed < WITHIN_S

    async def hears(self, event: str, **wanted: Any) -> Any:
        payload = await self.live.told(event)
        while any(payload.get(name) != value for name, value in wanted.items()):
            payload = await self.live.told(event)
        assert time.monotonic() - self.changed < WITHIN_S
        return payload

    async def tries(self, row: str) -> str:
        return await self.house.try_(self.person, row)


@asynccontextmanager
async def open_before(house: House, person: Person) -> AsyncIterator[Within]:
    async with AsyncExitStack() as stack:
        lead = await come(house, Person("lead", house.lead.token, house.lead.member), stack)
        raw = await come(house, person, stack)
        live = await stack.enter_async_context(live_socket(house, person))
        await collect(lead)
        await collect(raw)
        await live.told("welcome")
        yield Within(house, person, raw, lead, live)


@pytest.fixture
async def house(running: Running, session: aiohttp.ClientSession) -> House:
    return await open_house(running, session)


READ = "GET /api/rooms/{room}/documents/{document}?format=text"
WRITE = "PUT /api/rooms/{room}/documents/{document}"


async def test_a_role_counts_at_once(house: House) -> None:
    async with open_before(house, await house.come("Ida", Role.SPECTATOR)) as ida:
        assert not await writes(ida.raw, ida.lead)
        await ida.change(200, "PATCH", "/members/{me}", {"role": "contributor"})
        assert (await ida.hears("you"))["role"] == "contributor"
        assert await writes(ida.raw, ida.lead)
        assert await ida.tries(WRITE) == "+"
        await ida.change(200, "PATCH", "/members/{me}", {"role": "spectator"})
        await ida.hears("you", role="spectator")
        assert not await writes(ida.raw, ida.lead)
        assert not await shows(ida.raw, ida.lead)
        assert await ida.tries(WRITE) == "-"


async def test_a_lent_pen_counts_at_once(house: House) -> None:
    async with open_before(house, await house.come("Ida", Role.SPECTATOR)) as ida:
        assert await ida.live.emit("raise", {"up": True}) == {}
        await ida.change(200, "PUT", "/members/{me}/loans/write", {"minutes": 10})
        you = await ida.hears("you")
        assert (you["grants"], [loan["grant"] for loan in you["loans"]]) == (["read", "write"], ["write"])
        assert 0 < you["loans"][0]["until"] - time.time() * 1000 <= 600_000
        assert await writes(ida.raw, ida.lead)
        assert await ida.tries(WRITE) == "+"
        here = await house.lead.ask(200, "GET", "")
        (me,) = [present for present in here["here"] if present["id"] == ida.person.member]
        assert (me["hand"], me["loans"]) == (None, you["loans"])
        await ida.change(200, "DELETE", "/members/{me}/loans/write")
        await ida.hears("you", loans=[])
        assert not await writes(ida.raw, ida.lead)
        assert await ida.tries(WRITE) == "-"


@pytest.mark.parametrize("ban", ["", "?ban=1"])
async def test_who_is_removed_is_out_at_once_and_stays_out(house: House, ban: str) -> None:
    async with open_before(house, await house.come("Ida", Role.CONTRIBUTOR)) as ida:
        await ida.change(204, "DELETE", f"/members/{{me}}{ban}")
        await ida.closes(4403)
        await ida.hears("bye", code="removed")
        assert await ida.tries(READ) == "-"
        assert await at_the_desk(house, ida.person, "come in") == "-"
        assert await on_the_page(house, ida.person, "come in") == "-"
        assert await ida.tries("POST /api/recover") == "-"


async def test_who_came_by_a_revoked_invite_is_out_at_once(house: House) -> None:
    ida = await house.come("Ida", Role.CONTRIBUTOR)
    invites = (await house.lead.ask(200, "GET", "/invites"))["invites"]
    (mine,) = [invite["id"] for invite in invites if ida.member in {came["id"] for came in invite["came"]}]
    async with open_before(house, ida) as within:
        await within.change(204, "DELETE", f"/invites/{mine}?members=1")
        await within.closes(4403)
        await within.hears("bye", code="removed")


async def test_a_door_that_is_shut_is_shut_at_once(house: House) -> None:
    bo = await house.lent("Bo")
    async with open_before(house, await house.come("Ida", Role.SPECTATOR)) as ida, open_before(house, bo) as borrower:
        await ida.change(200, "PATCH", "", {"closed": True})
        await ida.closes(4503)
        settings = (await ida.hears("room"))["settings"]
        assert settings == {"closed": True, "locked": False, "talk": "everyone"}
        assert await ida.tries(READ) == "x"
        assert await at_the_desk(house, ida.person, "come in") == "x"
        assert (await ida.live.emit("say", {"text": "We wait."}))["message"]["text"] == "We wait."
        assert await writes(borrower.raw, borrower.lead)
        await borrower.change(200, "DELETE", "/members/{me}/loans/write")
        await borrower.closes(4503)
        assert await borrower.tries(READ) == "x"
        await ida.change(200, "PATCH", "", {"closed": False})
        await ida.hears("room", settings={**settings, "closed": False})
        assert await at_the_desk(house, ida.person, "read") == "+"


async def test_a_locked_room_and_who_may_talk(house: House) -> None:
    ida = await house.come("Ida", Role.SPECTATOR)
    invite = (await house.lead.ask(201, "POST", "/invites", {"role": "contributor"}))["invite"]
    await house.lead.ask(200, "PATCH", "", {"locked": True, "talk": "writers"})
    for method, path, ask in (
        ("POST", "/api/join", Ask(body={"invite": invite, "name": "Bo"})),
        ("GET", "/api/invite", Ask(query={"invite": invite})),
        ("GET", f"/api/rooms/{house.room}", Ask()),
    ):
        token = house.running.token(house.room) if path.startswith("/api/rooms") else None
        status, answer = await house.ask(token, method, path, ask)
        assert (status, json.loads(answer)["code"]) == (403, "locked")
    assert await house.try_(ida, READ) == "+"
    assert await house.try_(ida, "POST /api/rooms/{room}/board") == "-"
    assert await on_the_page(house, ida, "say") == "-"
    key = tutti("invite", house.room, "--role", "lead", "--data", str(house.running.data)).stdout.strip()
    status, answer = await house.ask(None, "POST", "/api/join", Ask(body={"invite": key.partition("#")[2], "name": "Host"}))
    host = json.loads(answer)
    assert (status, host["member"]["role"]) == (200, "lead")
    status, answer = await house.ask(None, "POST", "/api/recover", Ask(body={"recovery": host["recovery"].partition("#")[2]}))
    assert (status, json.loads(answer)["member"]["id"]) == (200, host["member"]["id"])
    await house.lead.ask(200, "PATCH", "", {"locked": False, "talk": "everyone"})
    assert await on_the_page(house, ida, "say") == "+"


async def test_a_recovery_link_lets_the_same_member_in_again_and_again(house: House) -> None:
    base, _, recovery = house.recovery.partition("#")
    assert (base, recovery[:2]) == (f"{house.running.url}/join", "r.")
    for _ in range(2):
        status, answer = await house.ask(None, "POST", "/api/recover", Ask(body={"recovery": recovery}))
        again = json.loads(answer)
        assert (status, again["member"]["id"], again["room"]) == (200, house.lead.member, house.room)
        status, answer = await house.ask(again["token"], "GET", f"/api/rooms/{house.room}", Ask())
        assert (status, json.loads(answer)["you"]["role"]) == (200, "lead")
    for forged in (recovery[:-1] + ("A" if recovery[-1] != "A" else "B"), recovery[2:], "r.", "", "r.é"):
        status, answer = await house.ask(None, "POST", "/api/recover", Ask(body={"recovery": forged}))
        assert (status, json.loads(answer)["code"]) == (401, "unknown_person")


async def test_a_loan_outlives_a_kill_and_ends_by_itself(tmp_path: Path) -> None:
    data = tmp_path / "data"
    running = start(data)
    async with aiohttp.ClientSession(running.url) as session:
        house = await open_house(running, session)
        ida = await house.lent("Ida")
        await house.lead.ask(200, "PATCH", "", {"talk": "writers"})
    running.process.kill()
    running.process.wait()
    running.process.stdout.close()  # type: ignore[union-attr]
    with studio(data) as running:
        with sqlite3.connect(data / "tutti.sqlite") as database:  # the room isn't open yet
            database.execute("update loan set until_ms = ?", (time.time() * 1000 + 6_000,))
        database.close()
        async with aiohttp.ClientSession(running.url, timeout=aiohttp.ClientTimeout(60)) as session:
            house.session, house.lead.session, house.running = session, session, running
            async with open_before(house, ida) as within:
                assert await writes(within.raw, within.lead)
                assert await house.try_(ida, WRITE) == "+"
                assert (await within.live.told("you"))["loans"] == []
                assert not await writes(within.raw, within.lead)
                assert await house.try_(ida, WRITE) == "-"
                assert await house.try_(ida, "POST /api/rooms/{room}/board") == "-"
