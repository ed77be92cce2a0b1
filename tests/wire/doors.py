"""A room with somebody of every kind in it, and what each of them can try: for `test_doors.py`.

Whoever tries something destructive gets a fresh target from the lead, so that one try says nothing about the next.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from rooms.model import Role
from server.auth import Auth, load_secret
from server.settings import load
from tests.wire.running import Running
from tests.wire.test_comments import Somebody, new_id
from tests.wire.test_images import png

PATIENCE_S = 30
WORDS = "The lighthouse stood where the map had only sea."
JSON = "application/json"


@dataclass(frozen=True)
class Person:
    """Who tries. `token` is None for nobody, `member` for who has no row."""

    name: str
    token: str | None
    member: str


@dataclass
class Ask:
    """What goes into a request beside its method and path."""

    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    data: bytes | None = None
    kind: str = JSON


class House:
    """One room, with a lead who makes what others try things on."""

    def __init__(self, running: Running, session: aiohttp.ClientSession, lead: Somebody, recovery: str) -> None:
        self.running = running
        self.session = session
        self.lead = lead
        self.recovery = recovery
        self.room = lead.room
        self.image = ""
        self.people: dict[str, Person] = {}

    async def ask(self, token: str | None, method: str, path: str, ask: Ask) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = ask.data if ask.body is None else json.dumps(ask.body).encode()
        if data is not None:
            headers["Content-Type"] = ask.kind
        async with self.session.request(method, path, headers=headers, params=ask.query, data=data) as response:
            return response.status, await response.read()

    async def come(self, name: str, role: Role) -> Person:
        guest = await self.lead.guest(role)
        return Person(name, guest.token, guest.member)

    async def lent(self, name: str) -> Person:
        person = await self.come(name, Role.SPECTATOR)
        await self.lead.ask(200, "PUT", f"/members/{person.member}/loans/write", {"minutes": 60})
        return person

    async def own(self, person: Person, path: str, body: Any, others: Any) -> Any:
        """What this person made; what the lead made where they may not."""
        status, answer = await self.ask(person.token, "POST", f"/api/rooms/{self.room}{path}", Ask(body=body))
        return json.loads(answer) if status == 201 else others

    def recovery_of(self, person: Person) -> str:
        auth = Auth(load_secret(load({"data": self.running.data}, {})), 3600)
        return auth.recovery(self.room, person.member)

    async def message(self) -> Any:
        return await self.lead.ask(201, "POST", "/board", {"text": "Hello."})

    async def image_of_the_lead(self) -> str:
        if not self.image:
            path = f"/api/rooms/{self.room}/images"
            status, answer = await self.ask(self.lead.token, "POST", path, Ask(data=png(), kind="image/png"))
            assert status == 201, answer
            self.image = json.loads(answer)["id"]
        return self.image

    async def sprint(self, *, runs: bool) -> None:
        """Has one of the lead's under way, or none."""
        if (await self.lead.ask(200, "GET", "/sprint"))["sprint"] is not None:
            await self.lead.ask(204, "DELETE", "/sprint")
        if runs:
            await self.lead.ask(201, "POST", "/sprint", {"minutes": 60})

    async def try_(self, person: Person, row: str) -> str:
        """What comes of `METHOD /path`, with a word after it where it matters whose thing it is: `+`, or why not."""
        method, path, *more = row.split()
        path, _, query = path.partition("?")
        ask = await self.prepare(person, f"{method} {path}", whose=more[0] if more else "")
        ask.query |= dict(pair.split("=") for pair in query.split("&") if pair)
        for name, value in {"room": self.room, "document": "main", "grant": "write", **ask.path}.items():
            path = path.replace(f"{{{name}}}", value)
        status, answer = await self.ask(person.token, method, path, ask)
        if status < 400:
            return "+"
        problem = json.loads(answer)
        sign = {(401, "unknown_person"): "?", (403, "not_granted"): "-", (403, "door_closed"): "x"}
        return sign.get((status, problem["code"]), f"{status} {problem['code']}: {problem['detail']}")

    async def prepare(self, person: Person, row: str, whose: str) -> Ask:  # noqa: C901 - a table
        """What the request needs, made for it."""
        lead = self.lead
        match row:
            case "POST /api/rooms":
                return Ask(body={"title": "Another"})
            case "GET /api/invite":
                return Ask(query={"invite": (await lead.ask(201, "POST", "/invites", {"role": "spectator"}))["invite"]})
            case "POST /api/join":
                invite = await lead.ask(201, "POST", "/invites", {"role": "spectator"})
                return Ask(body={"invite": invite["invite"], "name": "Newcomer"})
            case "POST /api/recover":
                return Ask(body={"recovery": self.recovery_of(person) if person.token else "r.room.member.forged"})
            case "PUT /api/rooms/{room}" | "PATCH /api/rooms/{room}":
                return Ask(body={"title": "Songs"})
            case "PATCH /api/rooms/{room}/members/{member}":
                return Ask({"member": (await self.come("target", Role.SPECTATOR)).member}, body={"role": "contributor"})
            case "DELETE /api/rooms/{room}/members/{member}":
                return Ask({"member": (await self.come("target", Role.SPECTATOR)).member})
            case "POST /api/rooms/{room}/members/{member}/restore":
                target = await self.come("target", Role.SPECTATOR)
                await lead.ask(204, "DELETE", f"/members/{target.member}?ban=1")
                return Ask({"member": target.member})
            case "PUT /api/rooms/{room}/members/{member}/loans/{grant}":
                return Ask({"member": (await self.come("target", Role.SPECTATOR)).member}, body={"minutes": 5})
            case "PUT /api/rooms/{room}/members/{member}/mute":
                return Ask({"member": (await self.come("target", Role.CONTRIBUTOR)).member})
            case "DELETE /api/rooms/{room}/members/{member}/mute":
                target = await self.come("target", Role.CONTRIBUTOR)
                await lead.ask(204, "PUT", f"/members/{target.member}/mute")
                return Ask({"member": target.member})
            case "DELETE /api/rooms/{room}/members/{member}/loans/{grant}":
                if whose == "own":
                    return Ask({"member": person.member or "nobody"})
                return Ask({"member": (await self.lent("target")).member})
            case "POST /api/rooms/{room}/invites":
                return Ask(body={"role": "spectator"})
            case "DELETE /api/rooms/{room}/invites/{id}":
                return Ask({"id": (await lead.ask(201, "POST", "/invites", {"role": "spectator"}))["id"]})
            case "POST /api/rooms/{room}/documents":
                return Ask(body={"title": "Notes"})
            case "PATCH /api/rooms/{room}/documents/{document}":
                return Ask(body={"title": "Story"})
            case "DELETE /api/rooms/{room}/documents/{document}":
                return Ask({"document": (await lead.ask(201, "POST", "/documents", {"title": "Notes"}))["id"]})
            case "POST /api/rooms/{room}/documents/{document}/restore":
                document = (await lead.ask(201, "POST", "/documents", {"title": "Notes"}))["id"]
                await lead.ask(204, "DELETE", f"/documents/{document}")
                return Ask({"document": document})
            case "PUT /api/rooms/{room}/documents/{document}":
                document = (await lead.ask(201, "POST", "/documents", {"title": "Notes"}))["id"]
                return Ask({"document": document}, data=b"# Another", kind="text/markdown")
            case "POST /api/rooms/{room}/preview":
                return Ask(data=b"<p>Another</p>", kind="text/html")
            case "POST /api/rooms/{room}/documents/{document}/copies":
                return Ask(data=b"\x00\x00", kind="application/octet-stream")
            case "POST /api/rooms/{room}/documents/{document}/versions":
                return Ask(body={"title": "A moment"})
            case "PATCH /api/rooms/{room}/documents/{document}/versions/{version}":
                return Ask({"version": await self.version()}, body={"title": "Another moment"})
            case "DELETE /api/rooms/{room}/documents/{document}/versions/{version}":
                return Ask({"version": await self.version()})
            case "POST /api/rooms/{room}/images":
                return Ask(data=png(), kind="image/png")
            case "GET /api/rooms/{room}/images/{image}":
                return Ask({"image": await self.image_of_the_lead()})
            case "POST /api/rooms/{room}/board":
                return Ask(body={"text": "Hello."})
            case "PATCH /api/rooms/{room}/board/{message}" | "DELETE /api/rooms/{room}/board/{message}":
                message = await self.message()
                if whose == "own":
                    message = await self.own(person, "/board", {"text": "Mine."}, message)
                return Ask({"message": str(message["id"])}, body={"text": "Another."} if row.startswith("PATCH") else None)
            case "POST /api/rooms/{room}/sprint":
                await self.sprint(runs=False)
                return Ask(body={"minutes": 10})
            case "PATCH /api/rooms/{room}/sprint" | "DELETE /api/rooms/{room}/sprint":
                await self.sprint(runs=True)
                return Ask(body={"minutes": 1} if row.startswith("PATCH") else None)
            case "POST /api/bundles":
                status, bundle = await self.ask(lead.token, "GET", f"/api/rooms/{self.room}/bundle", Ask())
                assert status == 200, bundle
                return Ask(data=bundle, kind="application/zip")
            case _ if "/threads" in row:
                return await self.about_threads(person, row, whose)
            case _ if "/history/{seq}" in row:
                moments = (await lead.ask(200, "GET", "/documents/main/history"))["moments"]
                return Ask({"seq": str(moments[0]["seq"])})
            case _:
                return Ask()

    async def version(self) -> str:
        made = await self.lead.ask(201, "POST", "/documents/main/versions", {"title": "A moment"})
        return str(made["id"])

    async def about_threads(self, person: Person, row: str, whose: str) -> Ask:
        if row == "POST /api/rooms/{room}/documents/{document}/threads":
            thread = new_id()
            mark = await self.lead.mark(thread, 4, 14)
            return Ask(body={"id": thread, "text": "Whose is it?", "quote": "lighthouse", "mark": mark})
        if row.startswith("GET"):
            return Ask()
        thread = await self.lead.begin()
        if row.endswith("/threads/{thread}"):
            return Ask({"thread": thread["id"]}, body={"resolved": True})
        if row.startswith("POST"):
            return Ask({"thread": thread["id"]}, body={"text": "The keeper's."})
        if whose == "own":
            thread = await self.own(person, f"/threads/{thread['id']}/comments", {"text": "Mine."}, thread)
        comment = str(thread["comments"][-1]["id"])
        body = {"text": "Another."} if row.startswith("PATCH") else None
        return Ask({"thread": thread["id"], "comment": comment}, body=body)


class Live:
    """A page's control channel, packet by packet (Engine.IO 4, Socket.IO 5)."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.heard: list[str] = []
        self.events: list[tuple[str, Any]] = []
        self.refused: Any = None
        self._acknowledged: dict[int, Any] = {}
        self._asked = 0

    async def _next(self) -> bool:
        message = await self.ws.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            return False
        packet = str(message.data)
        self.heard.append(packet)
        if packet == "2":
            await self.ws.send_str("3")
        elif packet.startswith("42/room,"):
            name, payload = json.loads(packet.removeprefix("42/room,"))
            self.events.append((name, payload))
        elif packet.startswith("43/room,"):
            number, _, answer = packet.removeprefix("43/room,").partition("[")
            self._acknowledged[int(number)] = json.loads(f"[{answer}")[0]
        elif packet.startswith("44/room,"):
            self.refused = json.loads(packet.removeprefix("44/room,"))
        return True

    async def knock(self, token: str | None, room: str) -> None:
        await self.ws.send_str(f"40/room,{json.dumps({'token': token or '', 'room': room})}")
        async with asyncio.timeout(PATIENCE_S):
            while self.refused is None and not self.events:
                assert await self._next()

    async def emit(self, event: str, payload: Any) -> Any:
        self._asked += 1
        await self.ws.send_str(f"42/room,{self._asked}{json.dumps([event, payload])}")
        async with asyncio.timeout(PATIENCE_S):
            while self._asked not in self._acknowledged:
                if not await self._next():
                    return {"error": {"code": "ended"}}
        return self._acknowledged[self._asked]

    async def told(self, event: str) -> Any:
        """The payload of the next of these events that hasn't been taken yet."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for number, (name, payload) in enumerate(self.events):
                    if name == event:
                        del self.events[number]
                        return payload
                assert await self._next(), f"the connection ended before a {event}"


@asynccontextmanager
async def live_socket(house: House, person: Person) -> AsyncIterator[Live]:
    async with house.session.ws_connect("/socket.io/?EIO=4&transport=websocket", max_msg_size=0) as ws:
        assert str((await ws.receive()).data).startswith("0{")
        live = Live(ws)
        await live.knock(person.token, house.room)
        yield live


async def open_house(running: Running, session: aiohttp.ClientSession, words: str = WORDS) -> House:
    """A room with the lead's words in it."""
    async with session.post("/api/rooms", json={"title": "Songs", "name": "Ada"}) as response:
        room = await response.json()
    lead = Somebody(session, room["room"], room["token"], room["member"]["id"])
    house = House(running, session, lead, room["recovery"])
    await lead.write(words)
    return house


async def with_everybody(house: House) -> House:
    """Somebody of every kind, by the letter that the table has for them."""
    lead, operator = house.lead, house.running.token("*", name="Operator")
    removed, banned = await house.come("removed", Role.CO_LEAD), await house.come("banned", Role.CO_LEAD)
    await lead.ask(204, "DELETE", f"/members/{removed.member}")
    await lead.ask(204, "DELETE", f"/members/{banned.member}?ban=1")
    status, answer = await house.ask(operator, "GET", f"/api/rooms/{house.room}", Ask())
    assert status == 200, answer
    house.people = {
        "L": Person("lead", lead.token, lead.member),
        "C": await house.come("co-lead", Role.CO_LEAD),
        "W": await house.come("contributor", Role.CONTRIBUTOR),
        "S": await house.come("spectator", Role.SPECTATOR),
        "P": await house.lent("spectator with a lent pen"),
        "R": removed,
        "B": banned,
        "O": Person("operator", operator, json.loads(answer)["you"]["id"]),
        "N": Person("nobody", None, ""),
    }
    return house
