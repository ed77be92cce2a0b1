"""Reading a bundle: all of it is checked before anybody acts on any of it. Blocks: for a thread, not for the event loop.

What is refused: what isn't a zip file, entries with names that lead elsewhere, more than a limit when unpacked, a manifest of
another format or a newer version, entries that it doesn't name or that aren't what it says (SHA-256), JSON that isn't the shape
it should be, references to what isn't there, and updates that the scan refuses.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any, Final, TypeVar

import msgspec

from rooms.archive import READ_ERRORS, Archive
from rooms.bundle import shapes
from rooms.bundle.write import image_name
from rooms.errors import BadRequestError, UpdateRefusedError
from rooms.model import Limits, Role
from rooms.scan import scan

JSON_BYTES: Final = 64 << 20
"""The largest entry that is read as one piece of JSON."""
CHUNK: Final = 1 << 20

T = TypeVar("T")


class Bundle:
    """An archive that was checked. Raises BadRequestError and TooLargeError, with what is wrong."""

    def __init__(self, archive: Archive, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        self._check_manifest()
        self.room = self._json("room.json", shapes.Room)
        self.members = self._json("members.json", list[shapes.Member])
        self.documents = self._json("documents.json", list[shapes.Document])
        self.versions = self._json("versions.json", list[shapes.Version])
        self.threads = self._json("threads.json", list[shapes.Thread])
        self.board = self._json("board.json", shapes.Board)
        self.images = self._json("images.json", list[shapes.Image])
        self._check_references()
        self.rows = {document.id: self._check_log(document) for document in self.documents}
        """How many rows each log has."""
        for version in self.versions:
            if max(version.row, version.restores or 1) > self.rows[version.document]:
                raise _wrong("a version names a moment that its page doesn't have")

    def log(self, document: str) -> Iterator[shapes.Row]:
        """The rows of a document, one after the other."""
        name = shapes.log_name(document)
        longest = 2 * self._limits.message_bytes + (1 << 16)
        try:
            with io.BufferedReader(self._archive.open(name)) as lines:  # type: ignore[type-var]
                while line := lines.readline(longest):
                    if not line.endswith(b"\n"):
                        raise _wrong("a row of a log is too long, or cut off")
                    yield msgspec.json.decode(line, type=shapes.Row)
        except msgspec.DecodeError:
            raise _wrong(f"{name} can't be understood") from None
        except READ_ERRORS:
            raise self._archive.damaged() from None

    def image(self, image: shapes.Image) -> bytes:
        return self._archive.read(image_name(image))

    # Checks

    def _check_manifest(self) -> None:
        data = self._archive.read(shapes.MANIFEST) if self._archive.size(shapes.MANIFEST) <= JSON_BYTES else b""
        try:
            named: Any = msgspec.json.decode(data)
            if isinstance(named, dict) and named.get("format") == shapes.FORMAT and named.get("version", 0) > shapes.VERSION:
                raise BadRequestError("This bundle was made by a newer Tutti. Nothing was changed.")
            manifest = msgspec.convert(named, shapes.Manifest)
        except (msgspec.DecodeError, msgspec.ValidationError, TypeError, RecursionError):
            raise _wrong("what it says of itself can't be understood") from None
        if manifest.format != shapes.FORMAT or manifest.version < 1:
            raise _wrong("it is of another kind")
        there = {name for name in self._archive.names if not name.endswith("/")} - {shapes.MANIFEST}
        if there != manifest.files.keys():
            raise _wrong("it doesn't hold what it says it holds")
        for name, file in manifest.files.items():
            if self._archive.size(name) != file.bytes or self._checksum(name) != file.sha256:
                raise _wrong(f"{name} isn't what it was")

    def _checksum(self, name: str) -> str:
        checksum = sha256()
        try:
            with self._archive.open(name) as entry:
                while portion := entry.read(CHUNK):
                    checksum.update(portion)
        except READ_ERRORS:
            raise self._archive.damaged() from None
        return checksum.hexdigest()

    def _json(self, name: str, shape: type[T]) -> T:
        if self._archive.size(name) > JSON_BYTES:
            raise _wrong(f"{name} is too large")
        try:
            return msgspec.json.decode(self._archive.read(name), type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise _wrong(f"{name} can't be understood") from None

    def _check_references(self) -> None:
        documents = _unique(document.id for document in self.documents)
        members = _unique(member.id for member in self.members)
        _unique(thread.id for thread in self.threads)
        _unique(version.id for version in self.versions)
        _unique(image.id for image in self.images)
        if len(documents) > self._limits.documents_per_room or not documents:
            raise _wrong("it has too many pages, or none")
        main = next((document for document in self.documents if document.id == self.room.main), None)
        if main is None or main.removed is not None:
            raise _wrong("its first page isn't there")
        if not any(member.role is Role.LEAD and not member.removed for member in self.members):
            raise _wrong("nobody leads it")
        if not {v.document for v in self.versions} | {t.document for t in self.threads} <= documents:
            raise _wrong("something belongs to a page that isn't there")
        owners = {owner for document in self.documents for owner in document.clients.values()}
        if not owners | {image.member for image in self.images} <= members:
            raise _wrong("something was made by somebody who isn't there")
        if max(self.board.read.values(), default=0) > len(self.board.messages) or not self.board.read.keys() <= members:
            raise _wrong("somebody has read what isn't there")
        for document in self.documents:
            if not all(client.isdecimal() and int(client) < 2**53 for client in document.clients):
                raise _wrong("a page has clients that no page can have")

    def _check_log(self, document: shapes.Document) -> int:
        count = types = 0
        for row in self.log(document.id):
            if len(row.update) > self._limits.message_bytes:
                raise _wrong("a change is too large")
            try:
                types += scan(row.update, self._limits).types
            except UpdateRefusedError as error:
                raise _wrong(f"a change can't be taken ({error.reason})") from None
            count += 1
        if types > self._limits.types_per_document:
            raise _wrong("a page has grown too many parts")
        return count


def _wrong(what: str) -> BadRequestError:
    return BadRequestError(f"This bundle can't be opened: {what}. Nothing was changed.")


def _unique(ids: Iterable[str]) -> set[str]:
    all_of_them = list(ids)
    if len(set(all_of_them)) < len(all_of_them):
        raise _wrong("something is in it twice")
    return set(all_of_them)
