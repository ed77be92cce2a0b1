"""Awareness as people see it: who somebody is, is the server's to say, and whoever leaves is gone at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from rooms.wire import Entry, awareness_message
from tests.conftest import Studio
from tests.wire.yjs_raw import get, member_id, raw_socket
from tests.yjs_clients import PATIENCE_S, Client, Clients, Look

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def id_of(client: Client) -> str:
    return str((await client.look()).client)


def shows(client: str, **state: Any) -> Callable[[Look], bool]:
    """Whether somebody's entry says this, among other things."""
    return lambda look: state.items() <= look.states.get(client, {}).items()


async def test_the_server_says_who_somebody_is(house: Studio, clients: Clients) -> None:
    token = house.token(name="Ana")
    ana = await clients.open(house.url, "names", token)
    bo = await clients.open(house.url, "names", house.token(name="Bo"))
    await ana.order("say", field="user", value={"name": "Mallory", "color": "red", "id": "somebody else", "admin": True})
    await ana.order("say", field="cursor", value={"anchor": 3})
    look = await bo.until(shows(await id_of(ana), cursor={"anchor": 3}))
    user = look.states[await id_of(ana)]["user"]
    assert user.keys() == {"id", "name", "color", "hue"}
    assert (user["id"], user["name"]) == (member_id(token), "Ana")
    assert (1 <= user["hue"] <= 8, len(user["color"]), user["color"][0]) == (True, 7, "#")


async def test_a_newcomer_sees_who_is_here(house: Studio, clients: Clients) -> None:
    ana = await clients.open(house.url, "newcomer", house.token(name="Ana"))
    await ana.order("say", field="cursor", value=1)
    bo = await clients.open(house.url, "newcomer", house.token(name="Bo"))
    await bo.until(shows(await id_of(ana), cursor=1))


@pytest.mark.parametrize("way", ["cut", "disconnect"])
async def test_a_leaver_is_gone_at_once(house: Studio, clients: Clients, way: str) -> None:
    """Without the server's word, a client would wait half a minute before it believes that."""
    ana = await clients.open(house.url, f"leaver-{way}", house.token(name="Ana"), kind="plain")
    bo = await clients.open(house.url, f"leaver-{way}", house.token(name="Bo"))
    await ana.order("say", field="cursor", value=1)
    await bo.until(shows(await id_of(ana), cursor=1))
    await ana.order(way)
    await bo.until(lambda look: str(look.client) in look.states and len(look.states) == 1)


def connected_again(before: int) -> Callable[[Look], bool]:
    return lambda look: look.connections == before + 1 and look.synced is True


async def test_who_comes_back_is_seen_again(house: Studio, clients: Clients) -> None:
    """With a clock that others have already been told to be the end of it."""
    ana = await clients.open(house.url, "return", house.token(name="Ana"))
    bo = await clients.open(house.url, "return", house.token(name="Bo"))
    for turn in range(3):
        await ana.order("say", field="cursor", value=turn)
        await bo.until(shows(await id_of(ana), cursor=turn))
        connections = (await ana.look()).connections or 0
        await ana.order("cut")
        await ana.until(connected_again(connections))
        await bo.until(shows(await id_of(ana), cursor=turn))


async def test_a_half_open_connections_successor_takes_its_id_over(
    start_studio: Callable[..., Studio], clients: Clients
) -> None:
    """The old socket still stands, as far as the server knows, when the same client announces itself on a new one."""
    studio = start_studio(TUTTI_LIMIT_PING_S="1", TUTTI_LIMIT_SILENCE_S="3")
    token = studio.token(name="Ana")
    old = await clients.open(studio.url, "half-open", token, kind="plain", client=4711)
    bo = await clients.open(studio.url, "half-open", studio.token(name="Bo"))
    await old.order("say", field="cursor", value="old")
    await bo.until(shows("4711", cursor="old"))
    await old.order("freeze")
    new = await clients.open(studio.url, "half-open", token, kind="plain", client=4711)
    await new.order("say", field="cursor", value="new")
    await bo.until(shows("4711", cursor="new"))
    async with asyncio.timeout(PATIENCE_S):
        while 'tutti_outbox_dropped_total{reason="silent"} 1.0' not in (await get(studio, "/metrics"))[1]:
            await asyncio.sleep(0.1)
    await new.order("say", field="cursor", value="newer")
    await bo.until(shows("4711", cursor="newer"))
    assert "4711" in (await bo.look()).states, "the end of the old connection is not the end of the new one"


async def test_somebody_elses_id_is_not_taken_over(house: Studio, clients: Clients) -> None:
    ana = await clients.open(house.url, "thief", house.token(name="Ana"), kind="plain", client=4711)
    bo = await clients.open(house.url, "thief", house.token(name="Bo"))
    await ana.order("say", field="cursor", value="mine")
    await bo.until(shows("4711", cursor="mine"))
    async with raw_socket(house, "thief", house.token(name="Eve")) as raw:
        await raw.send(awareness_message([Entry(4711, 1000, '{"cursor":"stolen"}')]))
        await raw.send(awareness_message([Entry(4711, 1001, "null")]))
        await raw.answers()
    await ana.order("say", field="cursor", value="still mine")
    look = await bo.until(shows("4711", cursor="still mine"))
    assert look.states["4711"]["user"]["name"] == "Ana"


async def test_who_only_reads_is_not_in_awareness(house: Studio, clients: Clients) -> None:
    writer = await clients.open(house.url, "audience", house.token(name="Ana"))
    reader = await clients.open(house.url, "audience", house.token(name="Bo", role="spectator"))
    await writer.order("say", field="cursor", value=1)
    await reader.until(shows(await id_of(writer), cursor=1))
    await reader.order("say", field="cursor", value=2)
    await reader.order("say", field="cursor", value=3)
    await writer.insert("a word")
    await reader.reads("a word")
    late = await clients.open(house.url, "audience", house.token(name="Cleo"))
    await late.until(shows(await id_of(writer), cursor=1))
    assert await id_of(reader) not in (await late.look()).states
    assert await id_of(reader) not in (await writer.look()).states
