"""Bundles over real stores: a room that leaves and comes in elsewhere is the same room; what isn't honest changes nothing."""

from __future__ import annotations

import asyncio
import io
import json
import re
import signal
import sqlite3
import sys
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image as Picture

from rooms.errors import BadRequestError, StudioError, TooLargeError
from rooms.model import Limits, Member, Mention, Role, Thread, Version
from rooms.registry import Registry
from rooms.render.tree import Node, leaves, make, make_mark, make_text
from rooms.store import LogEntry
from tests.unit.hostile_zips import bomb, rewritten
from tests.unit.room_world import open_registry

LIMITS = Limits(bundle_bytes=4 << 20)
Change = Callable[[str, bytes], bytes | None]


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Registry]:
    (tmp_path / "here").mkdir()
    async for opened in opened_in(tmp_path / "here"):
        yield opened


@pytest.fixture
async def elsewhere(tmp_path: Path) -> AsyncIterator[Registry]:
    (tmp_path / "there").mkdir()
    async for opened in opened_in(tmp_path / "there"):
        yield opened


async def opened_in(folder: Path) -> AsyncIterator[Registry]:
    registry = open_registry(folder, LIMITS)
    await registry.open()
    yield registry
    await registry.drain()
    await registry.close()


def png() -> bytes:
    data = io.BytesIO()
    Picture.new("RGB", (8, 5), "navy").save(data, "PNG")
    return data.getvalue()


async def full_room(studio: Registry) -> tuple[str, Member]:
    """A room with something of everything."""
    record, lead = await studio.create("Tide & Zeit", "Amara", room_id="tide")
    assert lead is not None
    store = studio._store
    async with studio.hold("tide") as room:
        bo = await room.people.join((await room.people.invite(None, Role.CONTRIBUTOR)).id, "Bo")
        image = await room.add_image(bo, png())
        thread = "t" * 12
        text = [
            make_text("Once "),
            make_text("upon", [make_mark("comment", id=thread), make_mark("bold")]),
            make_text(" a time 🎸"),
        ]
        tree = Node("doc", content=[make("paragraph", text), make("image", id=image.id, alt="The sea", width=8, height=5)])
        await room.exchange.write(lead, "main", "markdown", b"# First\n\nwords")
        await room.exchange.write(bo, "main", "json", msgspec.json.encode(tree))
        page = await room.add_page(bo, "Song: one/two")
        await room.exchange.write(bo, page.id, "chordpro", b"[Am]Row\n")
        gone = await room.add_page(lead, "Gone")
        await room.exchange.write(lead, gone.id, "text", b"still here")
        await room.remove_page(lead, gone.id)
        await room.say(lead, "Hello @Bo")
        message = await room.say(bo, "Oh")
        await store.edit_message("tide", message.id, "Oh!", [Mention(lead.id, "Amara")], 5)
        await store.mark_read("tide", bo.id, message.id)
        await room.say(bo, "Never mind")
        await store.delete_message("tide", (await room.messages(lead, None, 1))[0][0].id, 6)
        made = await store.add_thread(Thread(thread, "tide", record.main, "upon", 7), bo, "Why upon?")
        await store.add_comment(made.id, lead, "Because, @Bo.", 8, (Mention(bo.id, bo.name),))
        rows = await store.rows(record.main)
        await store.add_version(Version("v1", "tide", record.main, rows[0].seq, 9, "First words", lead.id))
        await store.add_version(Version("v2", "tide", record.main, rows[-1].seq, 10, "Back", bo.id, rows[0].seq, 77))
        await room.people.remove(lead, bo.id)
    return "tide", lead


async def packed(studio: Registry, room_id: str) -> bytes:
    file = io.BytesIO()
    async with studio.hold(room_id) as room:
        await room.exchange.bundle(None, file)
    return file.getvalue()


def entries(bundle: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(bundle)) as found:
        assert found.testzip() is None
        return {name: found.read(name) for name in found.namelist() if name != "manifest.json"}


async def test_a_room_that_moves_is_the_same_room(studio: Registry, elsewhere: Registry) -> None:
    room_id, _ = await full_room(studio)
    first = await packed(studio, room_id)
    record = await elsewhere.open_bundle(io.BytesIO(first))
    assert record.id == room_id
    again = entries(await packed(elsewhere, room_id))
    assert again == entries(first)
    assert {"pages/01 Story.md", "pages/02 Song one two.md", "README.txt"} <= again.keys()
    assert b"![The sea](../images/" in again["pages/01 Story.md"]
    assert any(name.startswith("images/") and data.startswith(b"\x89PNG") for name, data in again.items())
    old, new = studio._store, elsewhere._store
    assert await new.members(room_id) == [_without_invite(member) for member in await old.members(room_id)]
    for page in [*record.pages, *record.removed]:
        assert await new.owners(page.id) == await old.owners(page.id)
        was, now = await old.rows(page.id), await new.rows(page.id)
        assert [(row.time_ms, row.members, row.update) for row in now] == [
            (row.time_ms, row.members, row.update) for row in was
        ]
    async with elsewhere.hold(room_id) as room:
        lead = await room.people.welcome("Ada", Role.LEAD)
        assert [m.text for m in (await room.messages(lead, None, 9))[0]] == ["Hello @Bo", "Oh!", ""]


def _without_invite(member: Member) -> Member:
    return replace(member, invite=None)


async def test_where_its_ids_are_in_use_it_gets_others_and_keeps_its_comments_and_pictures(studio: Registry) -> None:
    room_id, lead = await full_room(studio)
    first = await packed(studio, room_id)
    record = await studio.open_bundle(io.BytesIO(first))
    assert record.id != room_id
    store = studio._store
    async with studio.hold(record.id) as room:
        member = await room.people.admit(lead.id, "", None)
        tree = msgspec.json.decode(await room.exchange.read(member, "main", "json"), type=Node)
        [image] = [node.attrs["id"] for node in leaves(tree) if node.type == "image"]
        [mark] = [mark for node in leaves(tree) for mark in node.marks if mark.type == "comment"]
        [thread] = await store.threads(record.id, record.main)
        assert (mark.attrs["id"], [c.text for c in thread.comments]) == (thread.id, ["Why upon?", "Because, @Bo."])
        assert [mention.name for mention in thread.comments[1].mentions] == ["Bo"]
        assert (await room.image(member, image))[1] == png()
        assert "Once upon a time 🎸" in (await room.exchange.read(member, "main", "text")).decode()
        [v1, v2] = await store.versions(record.main)
        rows = await store.rows(record.main)
        assert (v1.seq, v2.restores, v2.client) == (rows[0].seq, rows[0].seq, 77)
    async with studio.hold(room_id) as room:
        before = msgspec.json.decode(await room.exchange.read(lead, "main", "json"), type=Node)
    assert len(before.content) == len(tree.content)
    assert await packed(studio, room_id) != b""


async def test_only_a_lead_takes_a_room_along(studio: Registry) -> None:
    room_id, _ = await full_room(studio)
    async with studio.hold(room_id) as room:
        co_lead = await room.people.join((await room.people.invite(None, Role.CO_LEAD)).id, "Cy")
        with pytest.raises(StudioError) as refused:
            await room.exchange.bundle(co_lead, io.BytesIO())
        assert refused.value.status == 403


# What isn't honest


def edited(name: str, **changes: Any) -> Change:
    """Changes fields of a JSON entry (of the first of a list), and has the manifest agree."""

    def change(entry: str, content: bytes) -> bytes:
        if entry != name:
            return content
        said = json.loads(content)
        (said[0] if isinstance(said, list) else said).update(changes)
        return json.dumps(said).encode()

    return change


def agreeing(bundle: bytes) -> bytes:
    """With a manifest that says what is in it now."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as found:
        files = {
            name: {"bytes": len(found.read(name)), "sha256": sha256(found.read(name)).hexdigest()}
            for name in found.namelist()
            if name != "manifest.json"
        }

    def change(entry: str, content: bytes) -> bytes:
        return json.dumps({**json.loads(content), "files": files}).encode() if entry == "manifest.json" else content

    return rewritten(bundle, change)


def first_log(entry: str) -> bool:
    return entry.startswith("logs/")


HOSTILE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut off": (lambda b: b[: len(b) // 2], "damaged"),
    "no zip": (lambda b: b"tutti", "damaged"),
    "another zip": (lambda b: rewritten(b, lambda n, c: None if n == "manifest.json" else c), "no manifest.json"),
    "an altered log": (
        lambda b: rewritten(b, lambda n, c: c.replace(b'"time":1', b'"time":2', 1) if first_log(n) else c),
        "isn't what it was",
    ),
    "a wrong hash": (
        lambda b: rewritten(b, lambda n, c: re.sub(rb'"sha256": "..', b'"sha256": "00', c) if n == "manifest.json" else c),
        "isn't what it was",
    ),
    "a newer version": (lambda b: rewritten(b, edited("manifest.json", version=2)), "newer Tutti"),
    "another format": (lambda b: rewritten(b, edited("manifest.json", format="zip")), "another kind"),
    "an entry too many": (lambda b: bomb(b, "more.txt", 3), "doesn't hold what it says"),
    "an entry too few": (lambda b: rewritten(b, lambda n, c: None if n == "board.json" else c), "doesn't hold what it says"),
    "a name that leads elsewhere": (lambda b: bomb(b, "../../more.txt", 3), "can't be trusted"),
    "more than fits": (lambda b: bomb(b, "more.bin", 5 << 20), "too large"),
    "a row that no page takes": (
        lambda b: agreeing(
            rewritten(b, lambda n, c: c + b'{"time":1,"members":[],"update":"/////w=="}\n' if first_log(n) else c)
        ),
        "can't be taken",
    ),
    "a row without an end": (
        lambda b: agreeing(rewritten(b, lambda n, c: c + b'{"time":1' if first_log(n) else c)),
        "cut off",
    ),
    "no lead": (lambda b: agreeing(rewritten(b, edited("members.json", role="spectator"))), "nobody leads"),
    "a member of no role": (lambda b: agreeing(rewritten(b, edited("members.json", role="god"))), "can't be understood"),
    "a first page that isn't there": (lambda b: agreeing(rewritten(b, edited("room.json", main="nowhere"))), "first page"),
    "an id that is none": (lambda b: agreeing(rewritten(b, edited("room.json", id="../x"))), "can't be understood"),
    "a version of nothing": (lambda b: agreeing(rewritten(b, edited("versions.json", row=99))), "a moment"),
    "a thread about nothing": (lambda b: agreeing(rewritten(b, edited("threads.json", document="x"))), "isn't there"),
    "a picture that is none": (
        lambda b: agreeing(rewritten(b, lambda n, c: b"<svg/>" if n.startswith("images/") else c)),
        "no picture",
    ),
}


async def test_what_is_not_honest_changes_nothing_and_says_why(studio: Registry, elsewhere: Registry, tmp_path: Path) -> None:
    room_id, _ = await full_room(studio)
    honest = await packed(studio, room_id)
    assert entries(agreeing(rewritten(honest, lambda _, content: content))) == entries(honest)
    for name, (harm, why) in HOSTILE.items():
        with pytest.raises((BadRequestError, TooLargeError), match=why):
            await elsewhere.open_bundle(io.BytesIO(harm(honest)))
            pytest.fail(f"{name} was taken")
    assert_empty(tmp_path / "there")


def assert_empty(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "tutti.sqlite")) as database:
        tables = ("room", "page", "member", "message", "thread", "version", "image", "log", "client", "arrival")
        counts = [database.execute(f"select count(*) from {table}").fetchone()[0] for table in tables]  # noqa: S608 - our names
    assert set(counts) == {0}, dict(zip(tables, counts, strict=True))
    assert not list(folder.glob("images/*"))


async def test_one_that_fails_late_leaves_nothing_behind(studio: Registry, tmp_path: Path) -> None:
    room_id, _ = await full_room(studio)
    honest = await packed(studio, room_id)
    folder = tmp_path / "small"
    folder.mkdir()
    registry = open_registry(folder, replace(LIMITS, image_bytes_per_room=10))
    await registry.open()
    with pytest.raises(BadRequestError, match="more than a room can have"):
        await registry.open_bundle(io.BytesIO(honest))
    assert_empty(folder)
    # Whoever sends it is gone when some of it is here.
    task = asyncio.create_task(registry.open_bundle(io.BytesIO(honest)))
    while not list(folder.glob("images/*")) and not task.done():
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert_empty(folder)
    await registry.close()


async def test_one_whose_server_is_killed_leaves_nothing_behind(studio: Registry, tmp_path: Path) -> None:
    """Some rows of its log are committed, then there is no server any more. The next one takes them back."""
    record, lead = await studio.create("Long", "Amara", room_id="long")
    assert lead is not None
    async with studio.hold("long") as room:
        await room.add_image(lead, png())
    for time_ms in range(30_000):
        studio._store.append(LogEntry("long", record.main, time_ms, (lead.id,), b"\x00\x00", (), lambda: None))
    await studio._store.flush()
    file, folder = tmp_path / "long.tutti", tmp_path / "there"
    file.write_bytes(await packed(studio, "long"))
    folder.mkdir()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", OPENER, str(folder), str(file))
    async with asyncio.timeout(60):
        while count(folder) < 1000:
            assert process.returncode is None, "it was too quick to be killed in the middle"
            await asyncio.sleep(0.002)
    process.kill()
    assert await process.wait() == -signal.SIGKILL
    assert 0 < count(folder) < 30_000
    assert list(folder.glob("images/*"))
    async for _ in opened_in(folder):
        assert_empty(folder)


OPENER = """
import asyncio, sys
from pathlib import Path
from rooms.model import Limits
from tests.unit.test_room import open_registry

async def main(folder, file):
    registry = open_registry(folder, Limits())
    await registry.open()
    with file.open("rb") as opened:
        await registry.open_bundle(opened)

asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
"""


def count(folder: Path) -> int:
    """How many rows of a log are committed there by now."""
    try:
        with closing(sqlite3.connect(f"file:{folder / 'tutti.sqlite'}?mode=ro", uri=True)) as database:
            return int(database.execute("select count(*) from log").fetchone()[0])
    except sqlite3.OperationalError:  # it isn't there yet
        return 0


async def test_a_stray_byte_is_noticed(studio: Registry, elsewhere: Registry) -> None:
    room_id, _ = await full_room(studio)
    honest = await packed(studio, room_id)
    for at in range(0, len(honest), max(1, len(honest) // 40)):
        hurt = honest[:at] + bytes([honest[at] ^ 0x20]) + honest[at + 1 :]
        try:
            record = await elsewhere.open_bundle(io.BytesIO(hurt))
        except StudioError:
            continue
        # Some bytes of a zip file mean nothing, such as its entries' times.
        assert entries(await packed(elsewhere, record.id)).keys() == entries(honest).keys()
        break
