"""What who only reads is sent, byte for byte: everything that can be read, and nothing of what was deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aiohttp
import pycrdt
import pytest

from rooms.model import Role
from rooms.scan import read_state, write_state
from rooms.wire import STEP_1, read_sync, sync_message
from tests.conftest import Studio
from tests.wire.yjs_raw import member_id, raw_socket
from tests.yjs_clients import Clients

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRETS = [f"whisper{n:03}" for n in range(60)]


@pytest.fixture(scope="module")
def house(start_studio: Callable[..., Studio]) -> Studio:
    return start_studio(TUTTI_LIMIT_LARGE_UPDATE_BYTES="20000", TUTTI_LIMIT_FOLD_ROWS_AT_CLOSE="4")


async def received(house: Studio, room: str, token: str, state: bytes = b"\x00") -> tuple[bytes, pycrdt.Doc[Any]]:
    """All the bytes that a new connection gets until it is in step, and what they make."""
    doc: pycrdt.Doc[Any] = pycrdt.Doc()
    everything = b""
    async with raw_socket(house, room, token) as raw:
        await raw.send(sync_message(STEP_1, state))
        while True:
            message = await raw.next(0, 1)
            everything += message
            if message[0] != 0 or message[1] == 0:
                continue
            step, update = read_sync(message)
            doc.apply_update(update)
            if step == 1:
                return everything, doc


async def download(house: Studio, room: str, token: str) -> bytes:
    async with (
        aiohttp.ClientSession(house.url, headers={"Authorization": f"Bearer {token}"}) as session,
        session.get(f"/api/rooms/{room}/documents/main?format=update") as response,
    ):
        assert response.status == 200
        return await response.read()


def words(data: bytes) -> list[str]:
    return [secret for secret in SECRETS if secret.encode() in data]


async def test_a_reader_gets_no_deleted_word_and_a_writer_all(house: Studio, clients: Clients) -> None:
    room = "whispers"
    lead = house.token(role="lead")
    writer = await clients.open(house.url, room, lead, saved=True)
    await writer.insert("Said aloud. " + "x" * 30_000)
    await writer.all_saved()
    for n, secret in enumerate(SECRETS):
        await writer.insert(f"[{secret}]", at=n % 7)
        if n % 3 == 0:
            await writer.insert("~", at=n % 7 + 4)
        await writer.delete(n % 7, len(secret) + 2 + (n % 3 == 0))
    text = (await writer.all_saved()).text
    assert not words(text.encode())

    reader = house.token(role=Role.SPECTATOR)
    for restart in (False, True):
        if restart:
            await writer.order("disconnect")
            house.restart()
        raw, written = await received(house, room, lead)
        assert words(raw) == SECRETS
        got, doc = await received(house, room, reader)
        assert words(got) == []
        assert str(doc.get("text", type=pycrdt.Text)) == str(written.get("text", type=pycrdt.Text)) == text
        assert doc.get_state() == written.get_state()
        half: pycrdt.Doc[Any] = pycrdt.Doc()
        half.apply_update(doc.get_update())
        diffed, rest = await received(house, room, reader, half.get_state())
        assert (words(diffed), str(rest.get("text", type=pycrdt.Text))) == ([], "")
        beginning = write_state(dict.fromkeys(read_state(half.get_state()), 5))
        partly, _ = await received(house, room, reader, beginning)
        assert len(partly) > 30_000
        assert words(partly) == []
        assert words(await download(house, room, reader)) == []
        assert words(await download(house, room, lead)) == SECRETS


async def test_a_reader_who_gets_the_pen_writes_on(house: Studio, clients: Clients) -> None:
    room = "pen"
    lead = house.token(role="lead")
    writer = await clients.open(house.url, room, lead, saved=True)
    await writer.insert("a whisper000 that nobody heard")
    await writer.all_saved()
    await writer.delete(2, 11)
    token = house.token(role=Role.SPECTATOR)
    reader = await clients.open(house.url, room, token, saved=True)
    await reader.reads("a that nobody heard")
    async with (
        aiohttp.ClientSession(house.url, headers={"Authorization": f"Bearer {lead}"}) as session,
        session.patch(f"/api/rooms/{room}/members/{member_id(token)}", json={"role": "contributor"}) as response,
    ):
        assert response.status == 200
    await reader.insert("Hush: ", at=0)
    await writer.reads("Hush: a that nobody heard")
    await reader.order("disconnect")
    await reader.insert("Now ", at=0)
    await writer.delete(0, 6)
    await reader.order("connect")
    both = "Now a that nobody heard"
    await reader.reads(both)
    await writer.reads(both)
    await reader.all_saved()
    assert words(await download(house, room, lead)) == ["whisper000"]
