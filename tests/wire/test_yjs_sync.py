"""An unchanged y-websocket provider and a plain Yjs client write together, and come back after whatever is passing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiohttp
import pytest

from rooms.wire import STEP_1, sync_message
from tests.conftest import Studio
from tests.fuzz.encode import string, update
from tests.wire.yjs_raw import raw_socket
from tests.yjs_clients import Clients

pytestmark = pytest.mark.asyncio(loop_scope="module")

STATE_BYTES = 3 << 20


async def test_a_provider_and_a_plain_client_write_together(house: Studio, clients: Clients) -> None:
    provider = await clients.open(house.url, "together", house.token())
    plain = await clients.open(house.url, "together", house.token(), kind="plain")
    await provider.until(lambda look: look.synced is True)
    await provider.insert("hello")
    await plain.reads("hello")
    await plain.insert(" world 🙂")
    await provider.reads("hello world 🙂")
    await provider.delete(0, 6)
    await plain.reads("world 🙂")
    late = await clients.open(house.url, "together", house.token())
    await late.reads("world 🙂")


async def test_what_is_written_before_the_first_connection_comes_in(house: Studio, clients: Clients) -> None:
    early = await clients.open(house.url, "early", house.token())
    await early.insert("written while connecting")
    late = await clients.open(house.url, "early", house.token())
    await late.reads("written while connecting")


async def test_no_name_after_the_room_means_its_first_document(house: Studio, clients: Clients) -> None:
    short = await clients.open(house.url, "papers", house.token())
    await short.until(lambda look: look.synced is True)
    headers = {"Authorization": f"Bearer {house.token()}"}
    async with aiohttp.ClientSession(house.url, headers=headers) as session:
        async with session.get("/api/rooms/papers") as response:
            main = (await response.json())["main"]
        async with session.post("/api/rooms/papers/documents", json={"title": "Second"}) as response:
            second = (await response.json())["id"]
    await short.insert("the first")
    for name in (main, "main"):
        await (await clients.open(house.url, f"papers/{name}", house.token())).reads("the first")
    other = await clients.open(house.url, f"papers/{second}", house.token())
    assert (await other.until(lambda look: look.synced is True)).text == ""
    await other.insert("the second")
    again = await clients.open(house.url, f"papers/{second}", house.token())
    await again.reads("the second")
    assert (await short.look()).text == "the first"


async def test_a_document_in_several_pieces_ends_with_the_sync_step_2(house: Studio, clients: Clients) -> None:
    writer = await clients.open(house.url, "pieces", house.token(), kind="plain", saved=True)
    parts = 8
    for part in range(parts):
        await writer.insert(f"{part}" * (STATE_BYTES // parts))
    text = (await writer.all_saved()).text
    reader = await clients.open(house.url, "pieces", house.token())
    look = await reader.until(lambda look: look.synced is True)
    assert look.text == text, "a provider that calls itself synced has everything"
    assert (look.received["step2"], look.received["update"] > 1) == (1, True)


async def test_what_is_missing_is_asked_for_once(house: Studio) -> None:
    async with raw_socket(house, "gap", house.token()) as raw:
        assert (await raw.next(0))[1] == 0
        for clock in (5, 6, 7):
            await raw.update(update([(9, clock, [string("x", left=(9, clock - 1))])]))
        await raw.send(sync_message(STEP_1, b"\x00"))
        steps = []
        while (message := await raw.next(0))[1] != 1:
            steps.append(message[1])
        assert steps.count(0) == 1


async def test_a_provider_comes_back_after_a_restart(start_studio: Callable[..., Studio], clients: Clients) -> None:
    studio = start_studio()
    first = await clients.open(studio.url, "room", studio.token())
    second = await clients.open(studio.url, "room", studio.token())
    await first.insert("before, ")
    await second.reads("before, ")
    assert await asyncio.to_thread(studio.stop) == 0
    for client in (first, second):
        look = await client.until(lambda look: not look.connected)
        assert [closed.code for closed in look.closes][:1] == [1012]
        assert look.final is None
    await first.insert("meanwhile, ")
    await second.insert("apart, ")
    await asyncio.to_thread(studio.restart)
    both = [await client.until(lambda look: len(look.text) == 26) for client in (first, second)]
    assert both[0].text == both[1].text
    assert {"before", "meanwhile", "apart"} == set(both[0].text.rstrip(", ").split(", "))
    assert "Traceback" not in studio.log()


async def test_a_line_that_is_cut_loses_nothing(house: Studio, clients: Clients) -> None:
    first = await clients.open(house.url, "cut", house.token())
    second = await clients.open(house.url, "cut", house.token())
    await first.insert("one ")
    await second.reads("one ")
    await first.order("cut")
    await first.insert("two ")
    await second.insert("three ", at=0)
    for client in (first, second):
        await client.reads("three one two ")
    assert (await first.look()).connections == 2
