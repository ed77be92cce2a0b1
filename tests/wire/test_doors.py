"""The table: who may do what, at every door, over a real server. And that a change counts within a second where people are.

A new endpoint or event fails here until it has its line: say who may, and what a closed door does to it.
"""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from rooms.model import Role
from rooms.wire import AUTH, AWARENESS, STEP_1, STEP_2, SYNC, Entry, awareness_message, sync_message
from server.live import EVENTS
from tests.fuzz.encode import string, update
from tests.wire.doors import WORDS, Ask, House, Live, Person, live_socket, open_house, with_everybody
from tests.wire.running import Running, start, studio, tutti
from tests.wire.yjs_raw import Raw

pytestmark = pytest.mark.asyncio(loop_scope="module")

WITHIN_S = 1.0
"""How soon a change counts on connections that were open before, from when the lead is told that it is made."""

# L lead, C co-lead, W contributor, S spectator, P spectator with a lent pen, R removed, B banned, O operator, N no token;
# behind a closed door: s spectator, p spectator with a lent pen.
# + may, - may not (403), ? who is that (401), x the door is closed (403 or 4503).

REST = """
                                                                          L C W S P R B O N  s p
POST   /api/rooms                                                         + + + + + + + + +  + +
GET    /api/rooms                                                         - - - - - - - + ?  - -
GET    /api/invite                                                        + + + + + + + + +  + +
POST   /api/join                                                          + + + + + + + + +  + +
POST   /api/recover                                                       + + + + + - - + ?  + +
POST   /api/renew                                                         + + + + + - - + ?  + +
GET    /api/rooms/{room}                                                  + + + + + - - + ?  + +
PUT    /api/rooms/{room}                                                  - - - - - - - + ?  - -
PATCH  /api/rooms/{room}                                                  + + - - - - - - ?  - -
GET    /api/rooms/{room}/members                                          + + + + + - - + ?  + +
PATCH  /api/rooms/{room}/members/{member}                                 + + - - - - - - ?  - -
DELETE /api/rooms/{room}/members/{member}                                 + + - - - - - - ?  - -
DELETE /api/rooms/{room}/members/{member}?ban=1                           + + - - - - - - ?  - -
PUT    /api/rooms/{room}/members/{member}/loans/{grant}                   + + - - - - - - ?  - -
DELETE /api/rooms/{room}/members/{member}/loans/{grant}                   + + - - - - - - ?  - -
POST   /api/rooms/{room}/invites                                          + + - - - - - + ?  - -
GET    /api/rooms/{room}/invites                                          + + - - - - - - ?  - -
DELETE /api/rooms/{room}/invites/{id}                                     + + - - - - - - ?  - -
DELETE /api/rooms/{room}/invites/{id}?members=1                           + + - - - - - - ?  - -
GET    /api/rooms/{room}/documents                                        + + + + + - - + ?  + +
GET    /api/rooms/{room}/documents?removed=1                              + + + - + - - + ?  - +
POST   /api/rooms/{room}/documents                                        + + + - + - - + ?  - +
PATCH  /api/rooms/{room}/documents/{document}                             + + + - + - - + ?  - +
DELETE /api/rooms/{room}/documents/{document}                             + + + - + - - + ?  - +
POST   /api/rooms/{room}/documents/{document}/restore                     + + + - + - - + ?  - +
GET    /api/rooms/{room}/documents/{document}                             + + + + + - - + ?  x +
PUT    /api/rooms/{room}/documents/{document}                             + + + - + - - + ?  - +
POST   /api/rooms/{room}/preview                                          + + + - + - - + ?  - +
POST   /api/rooms/{room}/documents/{document}/copies                      + + + - + - - + ?  - +
GET    /api/rooms/{room}/documents/{document}/history                     + + + - + - - + ?  - +
GET    /api/rooms/{room}/documents/{document}/history/{seq}               + + + - + - - + ?  - +
POST   /api/rooms/{room}/documents/{document}/history/{seq}/restore       + + + - + - - + ?  - +
POST   /api/rooms/{room}/documents/{document}/versions                    + + + - + - - + ?  - +
PATCH  /api/rooms/{room}/documents/{document}/versions/{version}          + + + - + - - + ?  - +
DELETE /api/rooms/{room}/documents/{document}/versions/{version}          + + + - + - - + ?  - +
GET    /api/rooms/{room}/documents/{document}/authors                     + + + - + - - + ?  - +
GET    /api/rooms/{room}/documents/{document}/threads                     + + + + + - - + ?  x +
POST   /api/rooms/{room}/documents/{document}/threads                     + + + - - - - + ?  - -
PATCH  /api/rooms/{room}/threads/{thread}                                 + + + - - - - + ?  - -
POST   /api/rooms/{room}/threads/{thread}/comments                        + + + - - - - + ?  - -
PATCH  /api/rooms/{room}/threads/{thread}/comments/{comment} own          + + + - - - - + ?  - -
PATCH  /api/rooms/{room}/threads/{thread}/comments/{comment} another's    + - - - - - - - ?  - -
DELETE /api/rooms/{room}/threads/{thread}/comments/{comment} own          + + + - - - - + ?  - -
DELETE /api/rooms/{room}/threads/{thread}/comments/{comment} another's    + + - - - - - - ?  - -
POST   /api/rooms/{room}/images                                           + + + - + - - + ?  - +
GET    /api/rooms/{room}/images/{image}                                   + + + + + - - + ?  x +
GET    /api/rooms/{room}/board                                            + + + + + - - + ?  + +
POST   /api/rooms/{room}/board                                            + + + + + - - + ?  + +
PATCH  /api/rooms/{room}/board/{message} own                              + + + + + - - + ?  + +
PATCH  /api/rooms/{room}/board/{message} another's                        + - - - - - - - ?  - -
DELETE /api/rooms/{room}/board/{message} own                              + + + + + - - + ?  + +
DELETE /api/rooms/{room}/board/{message} another's                        + + - - - - - - ?  - -
GET    /api/rooms/{room}/sprint                                           + + + + + - - + ?  + +
POST   /api/rooms/{room}/sprint                                           + + + - + - - + ?  - +
PATCH  /api/rooms/{room}/sprint                                           + + - - - - - - ?  - -
DELETE /api/rooms/{room}/sprint                                           + + - - - - - - ?  - -
GET    /api/rooms/{room}/bundle                                           + - - - - - - + ?  - -
POST   /api/bundles                                                       + + + + + + + + +  + +
"""

# /yjs, and Socket.IO's events. A lead "may not" raise a hand, since it has the pen.
SOCKETS = """
                                  L C W S P R B O N  s p
yjs    come in                    + + + + + - - + ?  x +
yjs    read                       + + + + + - - + ?  x +
yjs    write                      + + + - + - - + ?  x +
yjs    show a cursor              + + + - + - - + ?  x +
yjs    see cursors                + + + + + - - + ?  x +
live   come in                    + + + + + - - + ?  + +
live   say                        + + + + + - - + ?  + +
live   edit                       + - - - - - - - ?  - -
live   delete                     + + - - - - - - ?  - -
live   seen                       + + + + + - - + ?  + +
live   time                       + + + + + - - + ?  + +
live   join_sprint                + + + - + - - + ?  - +
live   look                       + + + + + - - + ?  + +
live   raise                      - - - + - - - - ?  + -
live   raise another's            + + - - - - - - ?  - -
live   rename                     + + + + + - - + ?  + +
"""


def lines(table: str) -> Iterator[tuple[str, dict[str, str]]]:
    """What is tried, and the sign for each letter."""
    head, *rows = table.strip("\n").splitlines()
    places = {letter: place for place, letter in enumerate(head) if letter != " "}
    for row in rows:
        yield row[: min(places.values())].strip(), {letter: row[place] for letter, place in places.items()}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with studio(tmp_path_factory.mktemp("doors") / "data", TUTTI_ENTRIES_PER_MINUTE="100000") as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(running: Running) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(running.url, timeout=aiohttp.ClientTimeout(60)) as session:
        yield session


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(running: Running, session: aiohttp.ClientSession) -> dict[str, tuple[House, Person]]:
    """Who tries, and where, by their letter."""
    house = await with_everybody(await open_house(running, session))
    closed = await open_house(running, session)
    closed.people = {"s": await closed.come("s", Role.SPECTATOR), "p": await closed.lent("p")}
    await closed.lead.ask(200, "PATCH", "", {"closed": True})
    return {letter: (where, person) for where in (house, closed) for letter, person in where.people.items()}


async def in_turn(attempts: list[Coroutine[Any, Any, str]], *, together: bool) -> list[str]:
    """What came of them: tried together, or one after the other where they would be in each other's way."""
    if together:
        return list(await asyncio.gather(*attempts))
    return [await attempt for attempt in attempts]


def differences(row: str, signs: dict[str, str], results: list[str]) -> list[str]:
    """Where the table doesn't hold, a line each."""
    both = zip(signs.items(), results, strict=True)
    return [f"{row}: {letter} should get {sign}, and gets {got}" for (letter, sign), got in both if got != sign]


async def test_the_table_holds_for_rest(people: dict[str, tuple[House, Person]]) -> None:
    wrong = []
    for row, signs in lines(REST):
        attempts = [people[letter][0].try_(people[letter][1], row) for letter in signs]
        wrong += differences(row, signs, await in_turn(attempts, together="/sprint" not in row))
    assert not wrong, "\n".join(wrong)


async def test_everything_that_can_be_asked_for_is_in_the_table() -> None:
    described = json.loads(tutti("openapi").stdout)["paths"]
    there = {f"{method.upper()} {path}" for path, methods in described.items() for method in methods}
    tried = {" ".join(row.partition("?")[0].split()[:2]) for row, _ in lines(REST)}
    assert there == tried
    assert set(EVENTS) == {row.split()[1] for row, _ in lines(SOCKETS) if row.startswith("live") and "come" not in row}


async def test_a_closed_door_holds_in_every_format(people: dict[str, tuple[House, Person]]) -> None:
    path = "/api/rooms/{room}/documents/{document}"
    asked = json.loads(tutti("openapi").stdout)["paths"][path]["get"]["parameters"]
    (formats,) = [one["schema"]["enum"] for one in asked if one["name"] == "format"]
    assert {"json", "html", "markdown", "text", "update"} <= set(formats)
    for form in formats:
        for letter, sign in (("s", "x"), ("p", "+"), ("S", "+")):
            house, person = people[letter]
            assert await house.try_(person, f"GET {path}?format={form}") == sign, form


# Sockets


async def come(house: House, person: Person, stack: AsyncExitStack) -> Raw:
    query = {"token": person.token} if person.token else {}
    ws = await stack.enter_async_context(house.session.ws_connect(f"/yjs/{house.room}", params=query, max_msg_size=0))
    return Raw(ws)


async def collect(raw: Raw) -> bytes:
    """Everything that came until now, with the whole document at its end."""
    await raw.send(sync_message(STEP_1, b"\x00"))
    heard = b""
    while True:
        message = await raw.next(SYNC, AWARENESS, AUTH)
        heard += message
        if message[:2] == bytes((SYNC, STEP_2)):
            return heard


async def at_the_desk(house: House, person: Person, what: str) -> str:
    """What comes of it at /yjs, as in the table."""
    async with AsyncExitStack() as stack:
        lead = await come(house, Person("lead", house.lead.token, house.lead.member), stack)
        await collect(lead)
        raw = await come(house, person, stack)
        await raw.send(sync_message(STEP_1, b"\x00"))
        message = await raw.ws.receive(30)
        if message.type is aiohttp.WSMsgType.CLOSE:
            return {4401: "?", 4403: "-", 4503: "x"}[message.data]
        match what:
            case "read":
                return "+" if WORDS[4:14].encode() in message.data + await collect(raw) else "-"
            case "write":
                return "+" if await writes(raw, lead) else "-"
            case "show a cursor":
                return "+" if await shows(raw, lead) else "-"
            case "see cursors":
                return "+" if await shows(lead, raw) else "-"
        return "+"


async def writes(raw: Raw, lead: Raw) -> bool:
    """Whether a word of one reaches the other."""
    client = random.getrandbits(31)
    await raw.update(update([(client, 0, [string(f"w{client}", parent="notes")])]))
    await collect(raw)
    return f"w{client}".encode() in await collect(lead)


async def shows(raw: Raw, other: Raw) -> bool:
    """Whether a cursor of one is shown to the other."""
    client = random.getrandbits(31)
    await raw.send(awareness_message([Entry(client, 1, json.dumps({"cursor": client}))]))
    await collect(raw)
    for _ in range(3):
        if f'"cursor":{client}'.encode() in await collect(other):
            return True
        await asyncio.sleep(0.1)  # a pulse carries it
    return False


async def on_the_page(house: House, person: Person, what: str) -> str:
    """What comes of it on the control channel, as in the table."""
    lead = house.lead
    async with live_socket(house, person) as live:
        if live.refused is not None:
            return {"unknown_person": "?", "not_granted": "-"}[live.refused["data"]["code"]]
        message = (await house.message())["id"] if what in {"edit", "delete", "seen"} else 0
        if what == "join_sprint":
            await house.sprint(runs=True)
        payloads: dict[str, Any] = {
            "say": {"text": "Hello."},
            "edit": {"message": message, "text": "Another."},
            "delete": {"message": message},
            "seen": {"message": message},
            "look": {"document": None},
            "raise": {"up": True},
            "raise another's": {"up": False, "member": lead.member if person.member != lead.member else "another"},
            "rename": {"name": person.name.title()},
        }
        if what == "come in":
            return "+"
        answer = await live.emit(what.split(maxsplit=1)[0], payloads.get(what, {}))
        error = answer.get("error", {}).get("code")
        return "+" if error is None else "-" if error in {"not_granted", "bad_request"} else str(error)


async def test_the_table_holds_for_sockets(people: dict[str, tuple[House, Person]]) -> None:
    wrong = []
    for row, signs in lines(SOCKETS):
        door, what = row.split(maxsplit=1)
        attempt = at_the_desk if door == "yjs" else on_the_page
        results = await in_turn([attempt(*people[letter], what) for letter in signs], together=what != "join_sprint")
        wrong += differences(row, signs, results)
    assert not wrong, "\n".join(wrong)


# Changes, where people are


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


@pytest_asyncio.fixture(loop_scope="module")
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


async def test_nothing_of_the_draft_comes_through_a_closed_door(running: Running, session: aiohttp.ClientSession) -> None:
    hidden = "Nightingale"
    house = await open_house(running, session, f"The {hidden} sang where the map had only sea.")
    await house.lead.ask(200, "PATCH", "", {"closed": True})
    ida, lead = await house.come("Ida", Role.SPECTATOR), Person("lead", house.lead.token, house.lead.member)
    await house.lead.ask(200, "PUT", f"/members/{ida.member}/loans/comment", {"minutes": 10})
    async with AsyncExitStack() as stack:
        live = await stack.enter_async_context(live_socket(house, ida))
        thread = await house.lead.begin(quote=hidden, text=f"Which {hidden}?")
        await house.lead.ask(201, "POST", f"/threads/{thread['id']}/comments", {"text": f"The {hidden}."})
        await house.lead.ask(201, "POST", "/documents/main/versions", {"title": f"With the {hidden}"})
        raw = await come(house, lead, stack)
        await raw.send(awareness_message([Entry(7, 1, json.dumps({"cursor": hidden}))]))
        await raw.update(update([(7, 0, [string(f"Another {hidden}.", parent="notes")])]))
        await collect(raw)
        await live.emit("say", {"text": "We wait."})
        heard = "".join(live.heard).encode()
        for row, _ in lines(REST):
            if row.startswith("GET") and "{message}" not in row:
                method, path = row.split()
                ask = await house.prepare(ida, f"{method} {path.partition('?')[0]}", whose="")
                for name, value in {"room": house.room, "document": "main", **ask.path}.items():
                    path = path.replace(f"{{{name}}}", value)
                heard += (await house.ask(ida.token, method, path, ask))[1]
        for status, path, body in (
            (403, f"/threads/{thread['id']}/comments", {"text": "Which?"}),
            (403, "/documents/main/threads", {"id": "abcdefghij", "text": "?", "quote": "x", "mark": "AAA="}),
        ):
            got, answer = await house.ask(ida.token, "POST", f"/api/rooms/{house.room}{path}", Ask(body=body))
            assert (got, json.loads(answer)["code"]) == (status, "door_closed")
        assert b"We wait." in heard
        assert hidden.encode() not in heard


# Over restarts


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
