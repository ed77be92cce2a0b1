"""What keeps bytes that are too large for rows and never change: the `Blobs` protocol, and a folder that implements it.

A blob is written once, whole or not at all, and it is on the disk when `put` returns. Which blobs belong to what is for the
rows to say: nothing here lists or searches. Every implementation passes `tests/contract/test_blobs.py`.
"""

from __future__ import annotations

import asyncio
import os
import re
import threading
from pathlib import Path
from typing import Final, Protocol

from rooms.errors import BadRequestError, SavingError

NAME: Final = re.compile(r"[a-z0-9]{1,64}")
PART: Final = ".part"
"""What is being written. One that lies there when nobody writes was left by a server that was killed."""


class Blobs(Protocol):
    """Bytes by name: 1 to 64 lower-case letters and digits. Every call raises ValueError for another name, and SavingError
    where the bytes can't be reached."""

    async def put(self, name: str, data: bytes) -> None:
        """Keeps them. Raises BadRequestError where there are some by this name: nothing is ever overwritten."""
        ...

    async def get(self, name: str) -> bytes | None: ...

    async def delete(self, name: str) -> None:
        """Does nothing where there are none."""
        ...


class FolderBlobs:
    """A file for each blob, in a folder that is made with the first. One process at a time writes to it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sweeping = threading.Lock()
        self._swept = False

    async def put(self, name: str, data: bytes) -> None:
        putting = asyncio.ensure_future(asyncio.to_thread(self._put, self._path(name), data))
        try:
            await asyncio.shield(putting)
        except asyncio.CancelledError:
            await asyncio.wait([putting])  # no thread can be stopped, and whoever deletes it now must find it
            raise

    async def get(self, name: str) -> bytes | None:
        return await asyncio.to_thread(self._get, self._path(name))

    async def delete(self, name: str) -> None:
        await asyncio.to_thread(self._delete, self._path(name))

    def _path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise ValueError(f"no blob has this name: {name!r}")
        return self._folder / name

    def _put(self, path: Path, data: bytes) -> None:
        part = path.with_suffix(PART)
        try:
            self._sweep()
            try:
                with part.open("xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                self._name(part, path)
            finally:
                part.unlink(missing_ok=True)
            self._sync()
        except OSError as error:
            raise SavingError from error

    def _sweep(self) -> None:
        """Once, before the first is written: makes the folder, and clears away what was never finished."""
        with self._sweeping:
            if self._swept:
                return
            self._folder.mkdir(parents=True, exist_ok=True)
            for part in self._folder.glob(f"*{PART}"):
                part.unlink(missing_ok=True)
            self._swept = True

    def _name(self, part: Path, path: Path) -> None:
        try:
            os.link(part, path)  # where a rename would overwrite
        except FileExistsError:
            raise BadRequestError("There is something by this name.") from None

    def _sync(self) -> None:
        """So that the name, too, is on the disk."""
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _get(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SavingError from error

    def _delete(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise SavingError from error
