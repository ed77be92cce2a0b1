"""Archives that somebody sent: zip files opened without trust. Nothing is ever unpacked to a path that is named in one.

What an archive says of its sizes is what is checked: reading an entry never yields more than it says (`zipfile` stops there,
and its checksum then fails).
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import IO, BinaryIO, Final
from zlib import error as ZlibError  # noqa: N812 - it is named as a function is

from rooms.errors import BadRequestError, TooLargeError

MOST_ENTRIES: Final = 20_000

_SAFE_NAME = re.compile(r"(?!/)(?!.*(?:^|/)\.\.(?:/|$))[^\x00-\x1f\\:]{1,500}")
_ENCRYPTED: Final = 1


class Archive:
    """A zip file of at most `most_bytes` when unpacked. Raises BadRequestError and TooLargeError."""

    def __init__(self, source: bytes | Path | BinaryIO, most_bytes: int, *, what: str = "file") -> None:
        self._what = what
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
            raise self.damaged() from None
        infos = self._zip.infolist()
        if len(infos) > MOST_ENTRIES or sum(info.file_size for info in infos) > most_bytes:
            raise TooLargeError(f"What is packed in this {what} is too large.")
        self._infos = {info.filename: info for info in infos}
        if len(self._infos) < len(infos):
            raise BadRequestError(f"This {what} has two entries of one name.")
        for info in infos:
            if not _SAFE_NAME.fullmatch(info.filename):
                raise BadRequestError(f"This {what} has an entry whose name can't be trusted.")
            if info.flag_bits & _ENCRYPTED:
                raise BadRequestError(f"This {what} is locked with a password.")

    @property
    def names(self) -> list[str]:
        return list(self._infos)

    def size(self, name: str) -> int:
        return self._infos[name].file_size if name in self._infos else 0

    def read(self, name: str) -> bytes:
        """An entry, whole. Raises BadRequestError where it isn't there or is damaged."""
        info = self._infos.get(name)
        if info is None:
            raise BadRequestError(f"There is no {name} in this {self._what}.")
        try:
            return self._zip.read(info)
        except (zipfile.BadZipFile, ZlibError, OSError, EOFError, NotImplementedError, RuntimeError):
            raise self.damaged() from None

    def open(self, name: str) -> IO[bytes]:
        """An entry, to be read bit by bit: what reads it has to expect what `READ_ERRORS` names."""
        info = self._infos.get(name)
        if info is None:
            raise BadRequestError(f"There is no {name} in this {self._what}.")
        try:
            return self._zip.open(info)
        except (*READ_ERRORS, NotImplementedError, RuntimeError):
            raise self.damaged() from None

    def damaged(self) -> BadRequestError:
        return BadRequestError(f"This {self._what} is damaged, or isn't what its name says.")

    def close(self) -> None:
        self._zip.close()


READ_ERRORS: Final = (zipfile.BadZipFile, ZlibError, OSError, EOFError)
"""What reading a damaged entry may raise."""
