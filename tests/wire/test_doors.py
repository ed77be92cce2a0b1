"""The table: who may do what, at every door, over a real server. That a change counts where people are is in
`test_doors_at_once.py`.

A new endpoint or event fails here until it has its line: say who may, and what a closed door does to it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from rooms.model import Role
from rooms.wire import Entry, awareness_message
from server.live import EVENTS
from tests.fuzz.encode import string, update
from tests.media_client import Client
from tests.wire.door_sockets import at_the_desk, collect, come, on_the_page
from tests.wire.doors import Ask, House, Person, live_socket, open_house, with_everybody
from tests.wire.running import Running, studio, tutti

pytestmark = pytest.mark.asyncio(loop_scope="module")

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
GET    /api/rooms/{room}/members?removed=true                             + + - - - - - - ?  - -
POST   /api/rooms/{room}/members/{member}/restore                         + + - - - - - - ?  - -
PUT    /api/rooms/{room}/members/{member}/loans/{grant}                   + + - - - - - - ?  - -
DELETE /api/rooms/{room}/members/{member}/loans/{grant}                   + + - - - - - - ?  - -
PUT    /api/rooms/{room}/members/{member}/mute                            + + - - - - - - ?  - -
DELETE /api/rooms/{room}/members/{member}/mute                            + + - - - - - - ?  - -
GET    /api/rooms/{room}/stage                                            + + + + + - - + ?  x +
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
GET    /api/rooms/{room}/threads/calling                                  + + + + + - - + ?  x +
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


# The stage. To be heard takes `play` or `speak`; behind a closed door it is for those who see the draft.
STAGE = """
                                  L C W S P R B O N  s p
whip                              + + + - - - - + ?  x -
whep                              + + + + + - - + ?  x +
stage                             + + + - - - - + ?  x -
"""


def lines(table: str) -> Iterator[tuple[str, dict[str, str]]]:
    """What is tried, and the sign for each letter."""
    head, *rows = table.strip("\n").splitlines()
    places = {letter: place for place, letter in enumerate(head) if letter != " "}
    for row in rows:
        yield row[: min(places.values())].strip(), {letter: row[place] for letter, place in places.items()}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with studio(tmp_path_factory.mktemp("doors") / "data", "--media-port", "0", TUTTI_ENTRIES_PER_MINUTE="100000") as running:
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


async def test_the_table_holds_for_the_stage(people: dict[str, tuple[House, Person]]) -> None:
    wrong = []
    for door, signs in lines(STAGE):
        results = await in_turn([on_stage(*people[letter], door) for letter in signs], together=True)
        wrong += differences(door, signs, results)
    assert not wrong, "\n".join(wrong)


async def on_stage(house: House, person: Person, door: str) -> str:
    ask = Ask(data=Client("recvonly" if door == "whep" else "sendrecv").offer.encode(), kind="application/sdp")
    status, answer = await house.ask(person.token, "POST", f"/{door}/{house.room}", ask)
    if status == 201:
        return "+"
    sign = {"unknown_person": "?", "not_granted": "-", "door_closed": "x"}
    return sign.get(json.loads(answer)["code"], f"{status}: {answer.decode()}")


async def test_the_table_holds_for_sockets(people: dict[str, tuple[House, Person]]) -> None:
    wrong = []
    for row, signs in lines(SOCKETS):
        door, what = row.split(maxsplit=1)
        attempt = at_the_desk if door == "yjs" else on_the_page
        results = await in_turn([attempt(*people[letter], what) for letter in signs], together=what != "join_sprint")
        wrong += differences(row, signs, results)
    assert not wrong, "\n".join(wrong)
