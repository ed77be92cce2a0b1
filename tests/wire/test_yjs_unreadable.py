"""A row of the log is damaged on the disk: that document can't be opened, is never shown empty, and stays as it is."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp

from rooms.wire import UPDATE, sync_message
from tests.conftest import Studio
from tests.fuzz.encode import string, update
from tests.wire.yjs_raw import get, raw_socket, refusal
from tests.yjs_clients import yjs_clients

WORD = b"unmistakable"
WRONG = b"unmistakaale"
Rows = list[tuple[object, ...]]


@contextmanager
def database(data: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(data / "tutti.sqlite")
    try:
        yield connection
    finally:
        connection.close()


def rows(data: Path) -> Rows:
    with database(data) as connection:
        return connection.execute('select seq, document, members, "update", crc32 from log order by seq').fetchall()


def damage(data: Path) -> None:
    """Changes a letter in the file, as a bad disk would."""
    with database(data) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    file = data / "tutti.sqlite"
    before = file.read_bytes()
    assert before.count(WORD) == 1
    file.write_bytes(before.replace(WORD, WRONG))


async def test_a_damaged_document_is_kept_and_everything_else_goes_on(studio: Studio) -> None:
    token = studio.token(role="lead")
    headers = {"Authorization": f"Bearer {token}"}
    async with yjs_clients() as clients:
        writer = await clients.open(studio.url, "hurt", token, saved=True)
        await writer.insert("some words, ")
        await writer.all_saved()
        await writer.insert(WORD.decode())
        await writer.all_saved()
        neighbour = await clients.open(studio.url, "sound", token, saved=True)
        await neighbour.insert("all is well")
        await neighbour.all_saved()
        async with (
            aiohttp.ClientSession(studio.url, headers=headers) as session,
            session.post("/api/rooms/hurt/documents", json={"title": "Second"}) as response,
        ):
            second = (await response.json())["id"]
        assert await asyncio.to_thread(studio.stop) == 0
        damage(studio.data)
        kept = rows(studio.data)
        await asyncio.to_thread(studio.restart)

        look = await writer.until(lambda look: look.final is not None)
        assert (look.final, look.closes[-1].code) == (4410, 4410)
        assert look.text == "some words, " + WORD.decode(), "what the browser holds stays there"
        await neighbour.insert("!")
        await neighbour.all_saved()
        other = await clients.open(studio.url, f"hurt/{second}", token)
        await other.until(lambda look: look.synced is True)
        await other.insert("a page beside it")

        for _ in range(2):  # it is as unreadable the second time
            async with raw_socket(studio, "hurt", token) as raw:
                await raw.send(sync_message(UPDATE, update([(9, 0, [string("a word to it")])])))
                assert (await raw.closed()).code == 4410
        async with aiohttp.ClientSession(studio.url, headers=headers) as session:
            path = "/api/rooms/hurt/documents/main"
            for form in ("json", "text", "markdown", "html", "update"):
                async with session.get(path, params={"format": form}) as response:
                    assert (response.status, (await response.json(content_type=None))["code"]) == (500, "unreadable")
            for kind, body in (("text/plain", b"over it"), ("application/octet-stream", update([(9, 0, [string("x")])]))):
                async with session.put(path, data=body, headers={"Content-Type": kind}) as response:
                    assert (response.status, (await response.json(content_type=None))["code"]) == (500, "unreadable")
            copy = b"whatever the browser holds"
            binary = {"Content-Type": "application/octet-stream"}
            async with session.post(f"{path}/copies", data=copy, headers=binary) as response:
                assert (response.status, await response.json()) == (201, {"kept": len(copy)})
        assert (await get(studio, "/readyz"))[0] == 200
        assert (await refusal(studio, "hurt/main", token)).code == 4410
        assert await asyncio.to_thread(studio.stop) == 0

    hurt = {row[1] for row in kept[:2]}
    assert [row for row in rows(studio.data) if row[1] in hurt] == [row for row in kept if row[1] in hurt]
    with database(studio.data) as connection:
        assert connection.execute("select room, data from copy").fetchall() == [("hurt", copy)]
    assert "Traceback" not in studio.log()
