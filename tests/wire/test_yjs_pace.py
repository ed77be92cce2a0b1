"""How fast a connection may be: slower than it sends where it is a little too fast, and out where it is a flood."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from rooms.varint import read_uint
from rooms.wire import AWARENESS, SAVED, UPDATE, sync_message
from tests.conftest import Studio
from tests.fuzz.encode import string, update
from tests.wire.yjs_raw import raw_socket, undisturbed
from tests.yjs_clients import Clients

pytestmark = pytest.mark.asyncio(loop_scope="module")

PER_S = 100
AT_ONCE = 10 * PER_S
ME = 5


@pytest.fixture(scope="module")
def slow(start_studio: Callable[..., Studio]) -> Studio:
    return start_studio(TUTTI_LIMIT_READ_MESSAGES_PER_S=str(PER_S))


def letter(clock: int) -> bytes:
    """The `clock`-th letter that ME types, after the one before."""
    place = {"left": (ME, clock - 1)} if clock else {}
    return sync_message(UPDATE, update([(ME, clock, [string("x", **place)])]))


async def test_a_flood_is_closed_and_may_come_back(slow: Studio, clients: Clients) -> None:
    async with undisturbed(slow, "flood", clients):
        provider = await clients.open(slow.url, "flood", slow.token())
        await provider.until(lambda look: look.synced is True)
        await provider.order("flood", hex="00000100", count=3 * AT_ONCE)
        closed = await provider.closed()
        assert (closed.code, bool(closed.reason)) == (4529, True)
        look = await provider.until(lambda look: look.synced is True)
        assert (look.final, look.connections) == (None, 2)


async def test_who_is_only_too_fast_is_read_slower_and_nothing_is_lost(slow: Studio, clients: Clients) -> None:
    async with undisturbed(slow, "hurry", clients) as neighbours, raw_socket(slow, "hurry", slow.token(), saved=True) as raw:
        letters = AT_ONCE + 2 * PER_S
        for clock in range(AT_ONCE // 2):
            await raw.send(letter(clock))
        await asyncio.sleep(1.5)  # in the second after a quiet one it would be a flood
        for clock in range(AT_ONCE // 2, letters):
            await raw.send(letter(clock))
        await neighbours.second.until(lambda look: look.text.count("x") == letters)
        while read_uint(await raw.next(SAVED), 1)[0] < letters:
            pass


async def test_echoes_of_others_awareness_cost_nothing(slow: Studio, clients: Clients) -> None:
    """An unchanged provider sends everybody's entries back, each time they change: that must not end it."""
    async with undisturbed(slow, "echo", clients) as neighbours, raw_socket(slow, "echo", slow.token()) as raw:
        await neighbours.first.order("say", field="cursor", value=7)
        while b'"cursor":7' not in (echo := await raw.next(AWARENESS)):
            pass
        for _ in range(3 * AT_ONCE):
            await raw.send(echo)
        await raw.answers()
        await raw.update(update([(ME, 0, [string("still here ")])]))
        await neighbours.second.until(lambda look: "still here" in look.text)
