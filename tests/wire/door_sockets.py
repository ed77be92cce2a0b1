"""What somebody can try at the sockets, /yjs and Socket.IO, and what comes of it: for `test_doors.py` and its neighbour."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import AsyncExitStack
from typing import Any

import aiohttp

from rooms.wire import AUTH, AWARENESS, STEP_1, STEP_2, SYNC, Entry, awareness_message, sync_message
from tests.fuzz.encode import string, update
from tests.wire.doors import WORDS, House, Person, live_socket
from tests.wire.yjs_raw import Raw


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
