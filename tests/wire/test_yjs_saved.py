"""*Saved* means committed: the count comes after the commit, and what it counts is there after the worst."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pycrdt
import pytest

from rooms.varint import read_uint
from rooms.wire import SAVED, STEP_2, UPDATE, sync_message
from tests.conftest import Studio
from tests.fuzz.encode import string, update
from tests.wire.yjs_raw import raw_socket
from tests.yjs_clients import yjs_clients

ROOM = "room"
ME = 5
NOTHING = b"\x00\x00"


def letters(first: int, count: int = 1) -> bytes:
    """The letters that ME types, from its `first`."""
    place = {"left": (ME, first - 1)} if first else {}
    return update([(ME, first, [string("x" * count, **place)])])


def committed_letters(data: Path) -> int:
    """How many of ME's letters a second connection finds in the log."""
    database = sqlite3.connect(f"file:{data / 'tutti.sqlite'}?mode=ro", uri=True)
    try:
        rows = [row for (row,) in database.execute('select "update" from log order by seq')]
    finally:
        database.close()
    if not rows:
        return 0
    state = pycrdt.get_state(
        pycrdt.merge_updates(*rows) if len(rows) > 1 else rows[0]
    )  # one client: how many, its id, its clock
    return read_uint(state, read_uint(state, 1)[1])[0]


async def test_what_is_called_saved_is_committed(studio: Studio) -> None:
    """The log is read the moment the count arrives: a count that came before its commit would be found out."""
    async with raw_socket(studio, ROOM, studio.token(), saved=True) as raw:
        typed = saved = 0
        for burst in range(60):
            for _ in range(1 + burst % 7):
                await raw.update(letters(typed))
                typed += 1
            while saved < typed:
                saved = read_uint(await raw.next(SAVED), 1)[0]
                assert committed_letters(studio.data) >= saved
                assert saved <= typed


async def test_a_deletion_is_there_after_a_kill_the_moment_it_is_called_saved(studio: Studio) -> None:
    async with yjs_clients() as clients:
        token = studio.token()
        writer = await clients.open(studio.url, ROOM, token, kind="plain", saved=True)
        await writer.insert("abc")
        sent = (await writer.all_saved()).sent
        await writer.order("killWhenSaved", count=sent + 1, pid=studio.pid)
        await writer.delete(1)
        await writer.closed()
        await asyncio.to_thread(studio.kill9)
        await asyncio.to_thread(studio.restart)
        reader = await clients.open(studio.url, ROOM, token, kind="plain")
        await reader.until(lambda look: "step2" in look.received)
        assert (await reader.look()).text == "ac"


async def test_what_changes_nothing_counts(studio: Studio) -> None:
    async with raw_socket(studio, ROOM, studio.token(), saved=True) as raw:
        for step, said in (
            (UPDATE, letters(0)),
            (UPDATE, letters(0)),
            (STEP_2, NOTHING),
            (STEP_2, letters(0)),
            (UPDATE, NOTHING),
        ):
            await raw.send(sync_message(step, said))
        await raw.send(sync_message(UPDATE, update((), [(ME, [(0, 1)])])))
        await raw.send(sync_message(UPDATE, update((), [(ME, [(0, 1)])])))
        while (saved := read_uint(await raw.next(SAVED), 1)[0]) < 7:
            pass
        assert saved == 7


async def test_what_changes_nothing_counts_without_a_commit_of_its_own(studio: Studio) -> None:
    """A synced client's first answer says nothing new: it is told at once, though nothing is written."""
    async with raw_socket(studio, ROOM, studio.token()) as raw:
        await raw.update(letters(0))
        await raw.answers()
    async with raw_socket(studio, ROOM, studio.token(), saved=True) as raw:
        await raw.send(sync_message(STEP_2, letters(0)))
        assert read_uint(await raw.next(SAVED), 1)[0] == 1


async def test_a_repetition_is_not_called_saved_before_what_it_repeats(studio: Studio) -> None:
    async with raw_socket(studio, ROOM, studio.token(), saved=True) as raw:
        said: list[int] = []
        for letter in range(0, 120, 2):
            for clock in (letter, letter + 1, letter):
                await raw.update(letters(clock))
                said.append(clock)
            saved = 0
            while saved < len(said):
                saved = read_uint(await raw.next(SAVED), 1)[0]
                assert committed_letters(studio.data) > max(said[:saved])


async def test_what_is_dropped_never_counts(studio: Studio) -> None:
    reader = studio.token(role="spectator")
    async with raw_socket(studio, ROOM, studio.token()) as writer, raw_socket(studio, ROOM, reader, saved=True) as raw:
        for clock in range(5):
            await raw.update(letters(clock))
        await raw.answers()
        await writer.update(update([(ME + 1, 0, [string("z")])]))
        while (message := await raw.next(0, SAVED))[:2] != bytes((0, UPDATE)):
            assert message[0] != SAVED
        await asyncio.sleep(0.2)  # some commits later
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await raw.next(SAVED)
    assert committed_letters(studio.data) == 1


async def test_who_does_not_ask_is_not_told(studio: Studio) -> None:
    """An unchanged provider knows no such message and would complain aloud."""
    async with yjs_clients() as clients:
        provider = await clients.open(studio.url, ROOM, studio.token())
        witness = await clients.open(studio.url, ROOM, studio.token(), saved=True)
        await provider.insert("hello")
        await witness.reads("hello")
        await witness.insert("!")
        await witness.all_saved()
        assert "saved" not in (await provider.look()).received
