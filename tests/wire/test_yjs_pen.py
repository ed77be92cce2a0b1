"""The pen: who only reads does no harm and comes to none, and who loses the pen stays, and is heard when it comes back."""

from __future__ import annotations

from collections.abc import Callable

import aiohttp
import pytest

from rooms.model import Role
from rooms.wire import AUTH, STEP_2, sync_message
from tests.conftest import Studio
from tests.fuzz.encode import string, update
from tests.wire.yjs_raw import member_id, raw_socket
from tests.yjs_clients import Clients, Look

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOT_GRANTED = "not granted"


async def set_role(house: Studio, room: str, lead: str, member: str, role: Role) -> None:
    async with (
        aiohttp.ClientSession(house.url, headers={"Authorization": f"Bearer {lead}"}) as session,
        session.patch(f"/api/rooms/{room}/members/{member}", json={"role": role}) as response,
    ):
        assert response.status == 200, await response.text()


async def test_a_readers_complete_answer_does_it_no_harm(house: Studio, clients: Clients) -> None:
    """What it sends back is what it was given, deletions and all: no attempt to write, and no cause to be told off."""
    writer = await clients.open(house.url, "answers", house.token())
    await writer.insert("a text with a hole in it")
    await writer.delete(2, 5)
    reader = await clients.open(house.url, "answers", house.token(role="spectator"), kind="plain")
    look = await reader.reads("a with a hole in it")
    assert "step1" not in look.received, "who may not write is never asked"
    for _ in range(3):
        await reader.order("answer")
    await writer.insert("!")
    await writer.delete(0)
    look = await reader.reads(" with a hole in it!")
    assert (look.denied, look.closes) == ([], [])


async def test_a_reader_is_told_once_and_changes_nothing(house: Studio, clients: Clients) -> None:
    writer = await clients.open(house.url, "reader", house.token())
    reader = await clients.open(house.url, "reader", house.token(role="spectator"), saved=True)
    await writer.insert("mine")
    await reader.reads("mine")
    await reader.insert("not ")
    await reader.insert("yours ")
    look = await reader.until(lambda look: bool(look.denied))
    await writer.insert(" and mine alone")
    look = await reader.until(lambda look: "alone" in look.text)
    assert (look.denied, look.closes, look.saved) == ([NOT_GRANTED], [], 0)
    assert (await writer.look()).text == "mine and mine alone"
    late = await clients.open(house.url, "reader", house.token())
    await late.reads("mine and mine alone")


async def test_a_new_word_in_an_answer_is_an_attempt_to_write(house: Studio) -> None:
    async with raw_socket(house, "attempt", house.token(role="spectator")) as raw:
        await raw.send(sync_message(STEP_2, update([(9, 0, [string("new")])])))
        assert NOT_GRANTED.encode() in await raw.next(AUTH)
        await raw.answers()


async def test_who_loses_the_pen_stays_and_its_words_come_in_when_it_is_given_back(house: Studio, clients: Clients) -> None:
    lead, guest = house.token(role="lead", name="Ana"), house.token(name="Bo")
    ana = await clients.open(house.url, "pen", lead)
    bo = await clients.open(house.url, "pen", guest, saved=True)
    await bo.insert("one ")
    await ana.reads("one ")
    await bo.all_saved()

    await set_role(house, "pen", lead, member_id(guest), Role.SPECTATOR)
    await bo.insert("two ")
    await bo.until(lambda look: look.denied == [NOT_GRANTED])
    await ana.insert("three ")
    look = await bo.until(lambda look: "three" in look.text)
    assert (look.connected, look.closes, look.connections) == (True, [], 1)
    assert "two" not in (await ana.look()).text
    assert str(look.client) not in (await ana.until(lambda seen: str(look.client) not in seen.states)).states

    await set_role(house, "pen", lead, member_id(guest), Role.CONTRIBUTOR)
    both = await ana.until(lambda look: "two" in look.text)
    assert sorted(both.text.split()) == ["one", "three", "two"]
    await bo.insert("four ")
    await ana.until(lambda look: "four" in look.text)
    look = await bo.look()
    assert (look.denied, look.closes, look.text) == ([NOT_GRANTED], [], (await ana.look()).text)


def denied(times: int) -> Callable[[Look], bool]:
    return lambda look: look.denied == [NOT_GRANTED] * times


def reads(text: str) -> Callable[[Look], bool]:
    return lambda look: text in look.text


async def test_the_pen_can_be_taken_again_and_is_said_again(house: Studio, clients: Clients) -> None:
    lead, guest = house.token(role="lead", name="Ana"), house.token(name="Bo")
    ana = await clients.open(house.url, "again", lead)
    bo = await clients.open(house.url, "again", guest)
    await bo.insert("0 ")
    await ana.reads("0 ")
    for turn in (1, 2):
        await set_role(house, "again", lead, member_id(guest), Role.SPECTATOR)
        await bo.insert(f"{turn} ")
        await bo.until(denied(turn))
        await set_role(house, "again", lead, member_id(guest), Role.CONTRIBUTOR)
        await ana.until(reads(f"{turn} "))


async def test_a_provider_comes_back_by_itself_when_the_door_opens(house: Studio, clients: Clients) -> None:
    lead = house.token(role="lead", name="Ana")
    ana = await clients.open(house.url, "door", lead)
    await ana.insert("for all ")
    bo = await clients.open(house.url, "door", house.token(role="spectator"))
    await bo.reads("for all ")
    await close_door(house, "door", lead, closed=True)
    look = await bo.until(lambda look: bool(look.closes))
    assert (look.closes[0].code, look.final) == (4503, None)
    await ana.insert("for us ")
    assert str((await ana.look()).client) not in (await bo.look()).states
    await close_door(house, "door", lead, closed=False)
    both = (await ana.look()).text
    look = await bo.reads(both)
    assert {closed.code for closed in look.closes} == {4503}


async def close_door(house: Studio, room: str, lead: str, *, closed: bool) -> None:
    async with (
        aiohttp.ClientSession(house.url, headers={"Authorization": f"Bearer {lead}"}) as session,
        session.patch(f"/api/rooms/{room}", json={"closed": closed}) as response,
    ):
        assert response.status == 200, await response.text()
