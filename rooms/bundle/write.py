"""Writing a bundle. A log goes through memory in portions; what the file says of itself comes last, with its checksums."""

from __future__ import annotations

import asyncio
import re
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from hashlib import sha256
from typing import BinaryIO, Final

import msgspec

from rooms.blobs import Blobs
from rooms.bundle import shapes
from rooms.errors import StudioError
from rooms.model import Comment, Image, Mention, Message, Page, RoomRecord
from rooms.naming import now_ms
from rooms.render.edition import ENDINGS
from rooms.render.tree import schema
from rooms.store import Store

ROWS_AT_ONCE: Final = 500
MESSAGES_AT_ONCE: Final = 500

README: Final = """This is a room of Tutti, a studio in which people write together, with everything that was made in it.

pages/    the texts as they were last, in Markdown, to be read with anything
images/   the pictures in them
logs/     every change of every page, with its time and who made it (docs/bundle.md of Tutti says how to read them)
*.json    the room, its people, its pages, versions, comments and board

Any Tutti opens it again:  tutti import THIS-FILE
"""

_encode = msgspec.json.encode


class _Out:
    """The zip file that is being written, and the checksums so far."""

    def __init__(self, file: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self.files: dict[str, shapes.File] = {}

    async def put(self, name: str, data: bytes) -> None:
        async def once() -> AsyncIterator[bytes]:
            yield data

        await self.stream(name, once())

    async def stream(self, name: str, portions: AsyncIterator[bytes]) -> None:
        checksum, size = sha256(), 0
        with self._zip.open(zipfile.ZipInfo(name), "w", force_zip64=True) as entry:
            async for portion in portions:
                checksum.update(portion)
                size += len(portion)
                await asyncio.to_thread(entry.write, portion)
        self.files[name] = shapes.File(size, checksum.hexdigest())

    def close(self, manifest: shapes.Manifest) -> None:
        self._zip.writestr(shapes.MANIFEST, msgspec.json.format(_encode(manifest), indent=1))
        self._zip.close()


async def write(
    file: BinaryIO, room: RoomRecord, store: Store, blobs: Blobs, as_markdown: Callable[[Page], Awaitable[bytes]]
) -> None:
    """Writes the room. `as_markdown` gives the text of a page for people; one that can't be read is left out there."""
    out = _Out(file)
    pages = [*room.pages, *room.removed]
    await out.put("README.txt", README.encode())
    settings = room.settings
    await out.put(
        "room.json",
        _encode(
            shapes.Room(
                room.id, room.title, room.kind, room.created_ms, room.main, settings.closed, settings.locked, settings.talk
            )
        ),
    )
    await out.put(
        "members.json",
        _encode(
            [shapes.Member(m.id, m.name, m.hue, m.role, m.joined_ms, m.removed, m.banned) for m in await store.members(room.id)]
        ),
    )
    await out.put("documents.json", _encode([await _document(page, store) for page in pages]))
    versions: list[shapes.Version] = []
    threads: list[shapes.Thread] = []
    for page in pages:
        numbers: dict[int, int] = {}
        await out.stream(shapes.log_name(page.id), _log(page, store, numbers))
        versions.extend(await _versions(page, store, numbers))
        threads.extend(await _threads(page, store))
    await out.put("versions.json", _encode(versions))
    await out.put("threads.json", _encode(threads))
    await out.put("board.json", _encode(await _board(room, store)))
    await _put_images(out, await store.images(room.id), blobs)
    await _put_pages(out, room, as_markdown)
    await asyncio.to_thread(out.close, shapes.Manifest(shapes.FORMAT, shapes.VERSION, now_ms(), schema().version, out.files))


async def _document(page: Page, store: Store) -> shapes.Document:
    owners = await store.owners(page.id)
    clients = {str(client): owners[client] for client in sorted(owners)}
    return shapes.Document(page.id, page.title, page.kind, page.place, page.created_ms, page.removed_ms, clients)


async def _log(page: Page, store: Store, numbers: dict[int, int]) -> AsyncIterator[bytes]:
    """The rows, a line each; `numbers` is told which is which."""
    after = 0
    while rows := await store.rows(page.id, after=after, limit=ROWS_AT_ONCE):
        for row in rows:
            numbers[row.seq] = len(numbers) + 1
        yield b"".join(_encode(shapes.Row(row.time_ms, row.members, row.update)) + b"\n" for row in rows)
        after = rows[-1].seq


async def _versions(page: Page, store: Store, numbers: dict[int, int]) -> list[shapes.Version]:
    return [
        shapes.Version(
            v.id,
            page.id,
            numbers[v.seq],
            v.time_ms,
            v.title,
            v.member,
            numbers.get(v.restores) if v.restores is not None else None,
            v.client,
        )
        for v in await store.versions(page.id)
        if v.seq in numbers
    ]


async def _threads(page: Page, store: Store) -> list[shapes.Thread]:
    return [
        shapes.Thread(
            t.id,
            page.id,
            t.quote,
            t.time_ms,
            t.resolved_ms,
            t.resolved_by,
            tuple(map(_comment, t.comments)),
        )
        for t in await store.threads(page.room, page.id)
    ]


def _comment(c: Comment) -> shapes.Comment:
    return shapes.Comment(c.member, c.name, c.hue, c.text, c.time_ms, c.edited_ms, _mentions(c.mentions))


def _mentions(mentions: Sequence[Mention]) -> tuple[tuple[str, str], ...]:
    return tuple((mention.member, mention.name) for mention in mentions)


async def _board(room: RoomRecord, store: Store) -> shapes.Board:
    found: list[Message] = []
    before: int | None = None
    while portion := await store.messages(room.id, before=before, limit=MESSAGES_AT_ONCE):
        found[:0] = portion
        before = portion[0].id
    numbers = {message.id: number for number, message in enumerate(found, 1)}
    read = {who: numbers[last] for who, last in sorted((await store.reads(room.id)).items()) if last in numbers}
    return shapes.Board(
        tuple(
            shapes.Message(
                m.member,
                m.name,
                m.hue,
                m.text,
                m.time_ms,
                _mentions(m.mentions),
                m.edited_ms,
                m.deleted_ms,
                m.note,
            )
            for m in found
        ),
        read,
    )


def image_name(image: shapes.Image) -> str:
    return f"images/{image.id}{ENDINGS.get(image.media_type, '')}"


async def _put_images(out: _Out, images: list[Image], blobs: Blobs) -> None:
    kept: list[shapes.Image] = []
    for image in images:
        data = await blobs.get(image.id)
        if data is not None:
            shape = shapes.Image(image.id, image.member, image.media_type, image.time_ms)
            await out.put(image_name(shape), data)
            kept.append(shape)
    await out.put("images.json", _encode(kept))


async def _put_pages(out: _Out, room: RoomRecord, as_markdown: Callable[[Page], Awaitable[bytes]]) -> None:
    for number, page in enumerate(room.pages, 1):
        try:
            text = await as_markdown(page)
        except StudioError:
            continue
        title = " ".join(re.sub(r'[\\/:*?"<>|\x00-\x1f\x7f]+', " ", page.title).split())[:60].strip(". ")
        # From there the pictures are one folder up.
        text = text.replace(b"](images/", b"](../images/")
        await out.put(f"pages/{number:02d} {title or 'page'}.md", text)
