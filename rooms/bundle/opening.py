"""Opening a bundle in this studio: a room with all of its history, under ids of its own where its old ones are in use.

The order matters. Everything is checked first; then the images are kept, then the logs are appended like anybody's changes, and
last, in one transaction, the rows are made that make it a room. Until then the store knows that it is on its way: should
something fail, all of it is taken back, and what a server that was killed left behind is when the next one starts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from rooms.blobs import Blobs
from rooms.bundle import shapes
from rooms.bundle.read import Bundle
from rooms.document import NOTHING
from rooms.errors import BadRequestError, StudioError
from rooms.model import (
    GRANTS,
    Comment,
    Image,
    Limits,
    Member,
    Mention,
    Message,
    Page,
    RoomRecord,
    RoomSettings,
    Thread,
    Version,
)
from rooms.naming import new_id, now_ms
from rooms.render import Worker
from rooms.store import Arrival, LogEntry, Named, Restored, Store

log = logging.getLogger(__name__)

ROWS_AT_ONCE: Final = 200


class _Ids(NamedTuple):
    """What the ids of the bundle are here: the same, where nothing has them yet."""

    room: str
    pages: dict[str, str]
    threads: dict[str, str]
    versions: dict[str, str]
    images: dict[str, str]


async def open_bundle(bundle: Bundle, store: Store, blobs: Blobs, worker: Worker, limits: Limits) -> RoomRecord:
    """Raises what keeping does, and BadRequestError where a picture in it is none."""
    ids = _Ids(
        next(iter((await _free(store, "room", [bundle.room.id], 10)).values())),
        await _free(store, "page", [document.id for document in bundle.documents], 10),
        await _free(store, "thread", [thread.id for thread in bundle.threads], 16),
        await _free(store, "version", [version.id for version in bundle.versions], 10),
        await _free(store, "image", [image.id for image in bundle.images], 16),
    )
    arrival = Arrival(ids.room, tuple(ids.pages.values()), tuple(ids.images.values()))
    await store.announce(arrival)
    try:
        return await _bring(bundle, ids, store, blobs, worker, limits)
    except BaseException:  # cancelled, too: half a room is none
        await take_back(arrival, store, blobs)
        raise


async def _bring(bundle: Bundle, ids: _Ids, store: Store, blobs: Blobs, worker: Worker, limits: Limits) -> RoomRecord:
    images = [await _keep_image(bundle, image, ids, blobs, worker) for image in bundle.images]
    seqs = {document.id: await _append_log(bundle, document, ids, store) for document in bundle.documents}
    await _rename(bundle, ids, store, worker)
    restored = _restored(bundle, ids, seqs, tuple(images))
    if sum(image.bytes for image in images) > limits.image_bytes_per_room:
        raise BadRequestError("The pictures in this bundle are more than a room can have. Nothing was changed.")
    await store.restore(restored)
    return restored.room


async def take_back(arrival: Arrival, store: Store, blobs: Blobs) -> None:
    """Leaves nothing of a room that did not come in. What can't be taken back now is when the studio opens again."""
    try:
        await store.flush()  # what still waits would be written afterwards
        while taken := await store.withdraw(arrival.room):
            pass
        if taken is None:  # it came in after all
            return
        for image in arrival.images:
            await blobs.delete(image)
        await store.forget_arrival(arrival.room)
    except StudioError as error:
        log.warning("a room that did not come in is taken back later", extra={"room": arrival.room, "error": error.code})


async def _free(store: Store, what: Named, wanted: Sequence[str], length: int) -> dict[str, str]:
    taken = await store.taken(what, wanted)
    return {name: new_id(length) if name in taken else name for name in wanted}


async def _keep_image(bundle: Bundle, image: shapes.Image, ids: _Ids, blobs: Blobs, worker: Worker) -> Image:
    """Made anew from its pixels, as any picture that somebody sends."""
    data = await asyncio.to_thread(bundle.image, image)
    picture, made = await worker.image(data)
    name = ids.images[image.id]
    kept = Image(name, ids.room, image.member, picture.media_type, picture.width, picture.height, len(made), image.time)
    await blobs.put(name, made)
    return kept


async def _append_log(bundle: Bundle, document: shapes.Document, ids: _Ids, store: Store) -> list[int]:
    """Appends the rows, in portions; returns their numbers in the store, in their order."""
    page = ids.pages[document.id]
    rows = bundle.log(document.id)
    clients = tuple((int(client), owner) for client, owner in document.clients.items())
    while portion := await asyncio.to_thread(_some, rows):
        for row in portion:
            store.append(LogEntry(ids.room, page, row.time, row.members, row.update, clients, _nothing))
            clients = ()
        await store.flush()
    seqs: list[int] = []
    while found := await store.rows(page, after=seqs[-1] if seqs else 0):
        seqs.extend(row.seq for row in found)
    return seqs


def _some(rows: Iterator[shapes.Row]) -> list[shapes.Row]:
    return list(islice(rows, ROWS_AT_ONCE))


def _nothing() -> None:
    """Nobody waits for a single row: `flush` says when they are all there."""


async def _rename(bundle: Bundle, ids: _Ids, store: Store, worker: Worker) -> None:
    """The texts name threads and images: where these have other ids now, one more row says so."""
    changed = {old: new for old, new in {**ids.threads, **ids.images}.items() if old != new}
    if not changed:
        return
    for document in bundle.documents:
        page = ids.pages[document.id]
        folds, rows = await store.load(page)
        update = await worker.rename([*(fold.update for fold in folds), *(row.update for row in rows)], changed)
        if update != NOTHING:
            store.append(LogEntry(ids.room, page, now_ms(), (), update, (), _nothing))
    await store.flush()


def _restored(bundle: Bundle, ids: _Ids, seqs: dict[str, list[int]], images: tuple[Image, ...]) -> Restored:
    room = bundle.room
    pages = [
        Page(ids.pages[d.id], ids.room, d.title, d.place, d.created, d.kind, d.removed)
        for d in sorted(bundle.documents, key=lambda d: d.place)
    ]
    removed = sorted((page for page in pages if page.removed_ms is not None), key=lambda page: -(page.removed_ms or 0))
    record = RoomRecord(
        ids.room,
        room.title,
        room.kind,
        room.created,
        ids.pages[room.main],
        tuple(page for page in pages if page.removed_ms is None),
        tuple(removed),
        RoomSettings(room.closed, room.locked, room.talk),
    )
    return Restored(
        record,
        tuple(_member(member, ids) for member in bundle.members),
        tuple(_message(message, ids) for message in bundle.board.messages),
        bundle.board.read,
        tuple(_thread(thread, ids) for thread in bundle.threads),
        tuple(_version(version, ids, seqs[version.document]) for version in bundle.versions),
        images,
    )


def _member(m: shapes.Member, ids: _Ids) -> Member:
    return Member(m.id, ids.room, m.name, m.hue, m.role, GRANTS[m.role], None, m.joined, m.removed, m.banned)


def _message(m: shapes.Message, ids: _Ids) -> Message:
    return Message(0, ids.room, m.member, m.name, m.hue, m.text, m.time, _mentions(m.mentions), m.edited, m.deleted, m.note)


def _thread(t: shapes.Thread, ids: _Ids) -> Thread:
    comments = tuple(Comment(0, c.member, c.name, c.hue, c.text, c.time, c.edited, _mentions(c.mentions)) for c in t.comments)
    page = ids.pages[t.document]
    return Thread(ids.threads[t.id], ids.room, page, t.quote, t.time, t.resolved, t.resolved_by, comments)


def _version(v: shapes.Version, ids: _Ids, seqs: Sequence[int]) -> Version:
    restores = None if v.restores is None else seqs[v.restores - 1]
    page = ids.pages[v.document]
    return Version(ids.versions[v.id], ids.room, page, seqs[v.row - 1], v.time, v.title, v.member, restores, v.client)


def _mentions(mentions: tuple[tuple[str, str], ...]) -> tuple[Mention, ...]:
    return tuple(Mention(member, name) for member, name in mentions)
