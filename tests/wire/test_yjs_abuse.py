"""What the /yjs door refuses: each time with the protocol's close code, and without anybody else noticing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import count

import pytest

from rooms.wire import STEP_1, UPDATE, Entry, awareness_message, sync_message
from tests.conftest import Studio
from tests.fuzz.encode import ANY, DOC, EMBED, FORMAT, TYPE, item, string, text, uint, update
from tests.wire.yjs_raw import raw_socket, rejected, undisturbed
from tests.yjs_clients import Clients

pytestmark = pytest.mark.asyncio(loop_scope="module")

ME = 5
TYPES = 100
MESSAGE_BYTES = 1 << 20
AWARENESS_BYTES = 64 << 10

_rooms = count()


@pytest.fixture(scope="module")
def strict(start_studio: Callable[..., Studio]) -> Studio:
    return start_studio(TUTTI_LIMIT_TYPES_PER_DOCUMENT=str(TYPES), TUTTI_LIMIT_MESSAGE_BYTES=str(MESSAGE_BYTES))


@pytest.fixture
def room() -> str:
    return f"room-{next(_rooms)}"


def mine(*structs: bytes, clock: int = 0) -> bytes:
    return update([(ME, clock, structs)])


def nested(first: int, parts: int) -> bytes:
    """Types, each inside the one before it."""
    return mine(
        *(item(TYPE, uint(0), parent=(ME, clock - 1) if clock else "text") for clock in range(first, first + parts)),
        clock=first,
    )


UPDATES = {
    "truncated": ("truncated", mine(string("abc"))[:-2]),
    "nothing at all": ("truncated", b""),
    "goes on after its end": ("leftover", mine(string("abc")) + b"\x00"),
    "deep value": ("depth", mine(item(ANY, uint(1) + b"\x75\x01" * 50_000 + b"\x7e"))),
    "deep embed": ("depth", mine(item(EMBED, text("[" * 50_000 + "]" * 50_000)))),
    "deep mark": ("depth", mine(item(FORMAT, text("bold") + text('{"a":' * 65 + "1" + "}" * 65)))),
    "deep types": ("types", nested(0, TYPES + 1)),
    "endless varint": ("varint", b"\xff" * 1000),
    "endless clock": ("varint", uint(1) + uint(1) + uint(ME) + b"\xff" * 1000),
    "text that is not UTF-8": ("utf8", mine(string(b"\xff\xfe"))),
    "half a surrogate pair": ("utf8", mine(string(b"\xed\xa0\x80"))),
    "embed that is not JSON": ("json", mine(item(EMBED, text("{nope")))),
    "mark that is not JSON": ("json", mine(item(FORMAT, text("bold") + text("tru")))),
    "unknown content": ("content", mine(item(11, uint(1)))),
    "unknown type": ("type", mine(item(TYPE, uint(9)))),
    "unknown value": ("value", mine(item(ANY, uint(1) + b"\x20"))),
    "sub-document": ("subdocument", mine(item(DOC, text("guid") + b"\x76\x00", parent="map", key="a"))),
}

MESSAGES = {
    "empty": b"",
    "unknown kind": b"\x2a",
    "kind beyond a byte": b"\x80\x01",
    "sync without a step": b"\x00",
    "sync without a payload": b"\x00\x02",
    "sync that ends too early": b"\x00\x02\x7f\x01",
    "sync that goes on": sync_message(UPDATE, mine(string("a"))) + b"\x00",
    "unknown sync step": b"\x00\x03\x00",
    "endless length": b"\x00\x02" + b"\xff" * 1000,
    "state vector that ends too early": sync_message(STEP_1, b"\x7f"),
    "endless state vector": sync_message(STEP_1, b"\x01" + b"\xff" * 1000),
    "awareness that ends too early": b"\x01\x7f\x01",
    "awareness with too many entries": b"\x01\x02\x7f\x01",
    "awareness that is not UTF-8": b"\x01\x05\x01\x05\x01\x01\xff",
    "awareness that is not JSON": awareness_message([Entry(ME, 1, "{nope")]),
    "awareness that is not an object": awareness_message([Entry(ME, 1, "[1]")]),
    "deep awareness": awareness_message([Entry(ME, 1, '{"a":' + "[" * 30_000 + "]" * 30_000 + "}")]),
    "oversized awareness": awareness_message([Entry(ME, 1, '{"a":"' + "a" * AWARENESS_BYTES + '"}')]),
}


@pytest.mark.parametrize("case", UPDATES)
async def test_an_update_that_browsers_would_choke_on_is_refused(
    strict: Studio, room: str, clients: Clients, case: str
) -> None:
    reason, bad = UPDATES[case]
    async with undisturbed(strict, room, clients), raw_socket(strict, room, strict.token()) as raw:
        before = await rejected(strict, reason)
        await raw.update(bad)
        closed = await raw.closed()
        assert (closed.code, bool(closed.reason)) == (4400, True)
        assert await rejected(strict, reason) == before + 1


@pytest.mark.parametrize("case", MESSAGES)
async def test_a_malformed_message_is_refused(strict: Studio, room: str, clients: Clients, case: str) -> None:
    async with undisturbed(strict, room, clients), raw_socket(strict, room, strict.token()) as raw:
        await raw.send(MESSAGES[case])
        closed = await raw.closed()
        assert (closed.code, bool(closed.reason)) == (4400, True)


async def test_a_text_frame_is_refused(strict: Studio, room: str, clients: Clients) -> None:
    async with undisturbed(strict, room, clients), raw_socket(strict, room, strict.token()) as raw:
        await raw.ws.send_str("hello")
        assert (await raw.closed()).code == 4400


async def test_a_message_beyond_the_limit_is_too_large(strict: Studio, room: str, clients: Clients) -> None:
    async with undisturbed(strict, room, clients), raw_socket(strict, room, strict.token()) as raw:
        await raw.send(b"\x00\x02" + bytes(MESSAGE_BYTES + 100))
        assert (await raw.closed()).code == 1009


async def test_a_message_at_the_limit_is_taken(strict: Studio, room: str, clients: Clients) -> None:
    async with undisturbed(strict, room, clients) as neighbours, raw_socket(strict, room, strict.token()) as raw:
        letters = MESSAGE_BYTES - 100
        await raw.update(mine(string("a" * letters)))
        await neighbours.second.until(lambda look: look.text.count("a") > letters)


async def test_types_are_counted_over_all_updates(strict: Studio, room: str, clients: Clients) -> None:
    async with undisturbed(strict, room, clients):
        async with raw_socket(strict, room, strict.token()) as raw:
            await raw.update(nested(0, TYPES // 2))
            await raw.update(nested(TYPES // 2, TYPES // 2))
            await raw.answers()
            before = await rejected(strict, "types")
            await raw.update(nested(TYPES, 1))
            assert (await raw.closed()).code == 4400
        assert await rejected(strict, "types") == before + 1


async def test_foreign_awareness_is_ignored(strict: Studio, room: str, clients: Clients) -> None:
    async with undisturbed(strict, room, clients) as neighbours, raw_socket(strict, room, strict.token()) as raw:
        await neighbours.first.order("say", field="cursor", value=7)
        ana = (await neighbours.first.look()).client
        await neighbours.second.until(lambda look: look.states.get(str(ana), {}).get("cursor") == 7)
        await raw.send(awareness_message([Entry(ME, 1, '{"cursor":1}')]))
        await raw.send(awareness_message([Entry(ana, 1000, '{"cursor":666}'), Entry(ana, 2000, "null"), Entry(77, 1, "{}")]))
        await neighbours.second.until(lambda look: look.states.get(str(ME), {}).get("cursor") == 1)
        await raw.answers()
        await neighbours.first.insert("A word. ")
        text = (await neighbours.first.look()).text
        seen = (await neighbours.second.reads(text)).states
        assert seen[str(ana)]["cursor"] == 7
        assert "77" not in seen


async def test_awareness_that_counts_as_far_as_can_be_stops_nobody(strict: Studio, room: str, clients: Clients) -> None:
    """Whatever is answered to it: a clock that leaves no room for the next one must not end what others say and hear."""
    async with undisturbed(strict, room, clients):
        for state in ("{}", '{"cursor":1}', "null"):
            async with raw_socket(strict, room, strict.token()) as raw:
                with suppress(AssertionError, ConnectionError):  # it may be closed for that
                    for client in (ME, ME + 1):
                        await raw.send(awareness_message([Entry(client, 2**53 - 1, state)]))
                        await raw.send(awareness_message([Entry(client, 2**53 - 1, '{"cursor":2}')]))
                    await raw.answers()
