"""The data folder: who works on it now, and where that server answers. One server or one command at a time.

The lock is `flock` on a file (it ends with the process, however that ends); `server.json` says where the server that holds it
is reached, so that a command beside it can ask instead of opening the store a second time.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from rooms.errors import StudioError


class FolderInUseError(StudioError):
    """Somebody else works on this data folder."""

    code = "folder_in_use"
    sentence = "Another Tutti is at work in this data folder. Stop it first, or choose another folder with --data."


class FolderError(StudioError):
    """The data folder can't be used at all."""

    code = "folder"
    sentence = "The data folder can't be used."


class Announcement(msgspec.Struct, frozen=True):
    """Where the server of a data folder is reached from this machine."""

    url: str
    pid: int


class Folder:
    """A data folder, made when it is first locked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._announcement = path / "server.json"

    @contextmanager
    def lock(self, *, wait_s: float = 3.0) -> Iterator[None]:
        """Keeps everybody else out. Waits a little, since a command holds the lock only for a moment."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise FolderError(f"The data folder {self.path} can't be used: {error.strerror}.") from None
        try:
            deadline = time.monotonic() + wait_s
            while not _locked(descriptor):
                if time.monotonic() > deadline:
                    raise FolderInUseError
                time.sleep(0.05)
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def announce(self, url: str) -> Iterator[None]:
        """Says where the server is reached, for as long as it runs. The lock must be held."""
        new = self.path / f"server.json.{os.getpid()}"
        new.write_bytes(msgspec.json.encode(Announcement(url, os.getpid())))
        new.replace(self._announcement)
        try:
            yield
        finally:
            self._announcement.unlink(missing_ok=True)

    def announced(self) -> str | None:
        """Where a server says it is reached. It may be gone: who holds the lock knows."""
        try:
            return msgspec.json.decode(self._announcement.read_bytes(), type=Announcement).url
        except (OSError, msgspec.MsgspecError):
            return None


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
