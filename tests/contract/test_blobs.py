"""What every `Blobs` promises, and what the folder of them does about kills and full disks."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from rooms.blobs import Blobs, FolderBlobs
from rooms.errors import BadRequestError, SavingError


@pytest.fixture(params=[FolderBlobs])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    made: Blobs = request.param(tmp_path / "kept" / "images")
    return made


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_what_was_put_is_got(blobs: Blobs) -> None:
    await blobs.put("a1", b"\x00\xff" * 70_000)
    await blobs.put("empty", b"")
    assert await blobs.get("a1") == b"\x00\xff" * 70_000
    assert await blobs.get("empty") == b""
    assert await blobs.get("other") is None


async def test_nothing_is_overwritten(blobs: Blobs) -> None:
    await blobs.put("a1", b"first")
    with pytest.raises(BadRequestError):
        await blobs.put("a1", b"second")
    assert await blobs.get("a1") == b"first"


async def test_what_was_deleted_is_gone_and_may_be_put_again(blobs: Blobs) -> None:
    await blobs.delete("a1")
    await blobs.put("a1", b"first")
    await blobs.delete("a1")
    assert await blobs.get("a1") is None
    await blobs.put("a1", b"second")
    assert await blobs.get("a1") == b"second"


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "a.part", "ä", "a\n", "x" * 65])
async def test_other_names_are_refused(blobs: Blobs, name: str) -> None:
    for call in (blobs.put(name, b""), blobs.get(name), blobs.delete(name)):
        with pytest.raises(ValueError, match="no blob has this name"):
            await call


async def test_many_at_once(blobs: Blobs) -> None:
    await asyncio.gather(*(blobs.put(f"n{n}", bytes([n])) for n in range(32)))
    assert [await blobs.get(f"n{n}") for n in range(32)] == [bytes([n]) for n in range(32)]


async def test_a_folder_clears_away_what_was_never_finished(tmp_path: Path) -> None:
    (tmp_path / "a1.part").write_bytes(b"hal")
    blobs = FolderBlobs(tmp_path)
    assert await blobs.get("a1") is None
    await blobs.put("a1", b"half")
    assert names(tmp_path) == ["a1"]


async def test_a_folder_that_cant_be_written_says_so_and_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "images").write_text("a file where the folder should be")
    with pytest.raises(SavingError):
        await FolderBlobs(tmp_path / "images").put("a1", b"lost")
    with pytest.raises(SavingError):
        await FolderBlobs(tmp_path / "images").get("a1")


async def test_a_full_disk_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = FolderBlobs(tmp_path)
    await blobs.put("a1", b"fits")

    def full(descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SavingError):
        await blobs.put("a2", b"does not")
    assert names(tmp_path) == ["a1"]


async def test_what_is_no_longer_wanted_half_way_is_there_to_be_deleted(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    putting = asyncio.create_task(blobs.put("a1", bytes(64 << 20)))
    while not names(tmp_path):
        await asyncio.sleep(0)
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    await blobs.delete("a1")
    await asyncio.sleep(0.5)
    assert names(tmp_path) == []
