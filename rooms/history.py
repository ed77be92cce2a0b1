"""History: a document's moments, what they looked like, what came between two of them, who wrote what, and the way back.

All of it comes from the log, which is kept row by row. A moment is named by the last row (`seq`) that belongs to it. Moments
come by themselves, where people pause; a name can be given to any. Only for who may write: deleted text is in it, and a
member without `write` is never sent that.

Nothing is built here: rows are read in portions, and the worker process makes the page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from rooms.desk import Desk
from rooms.document import NOTHING
from rooms.errors import BadRequestError, FullError, NotFoundError
from rooms.events import Event, Restored
from rooms.model import Grant, Limits, Member, Page, Version
from rooms.naming import check_title, new_id, now_ms
from rooms.people import People
from rooms.render import Worker
from rooms.scan import Scan, scan
from rooms.store import Store, Stretch

ROWS = 1000
"""So many rows are read at a time: the event loop has its turn between two portions."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of writing, and the names that were given to its end."""

    stretch: Stretch
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Moments:
    """Newest first. `people` are all who wrote in the document or named a moment, also who has left the room since."""

    moments: tuple[Moment, ...]
    people: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """The log of a document up to some row, packed for the worker."""

    pages: tuple[bytes, ...]
    last: int
    time_ms: int


class History:
    """The histories of one room's documents."""

    def __init__(
        self,
        room: str,
        store: Store,
        worker: Worker,
        limits: Limits,
        people: People,
        *,
        page: Callable[[str], Page],
        desk: Callable[[str], Awaitable[Desk]],
        tell: Callable[[Event], None],
    ) -> None:
        self._room = room
        self._store = store
        self._worker = worker
        self._limits = limits
        self._people = people
        self._page = page
        self._desk = desk
        self._tell = tell
        self._turn = asyncio.Lock()
        """For versions: two at once would both find a place."""

    # Moments and their names

    async def moments(self, by: Member, document: str) -> Moments:
        self._people.need(by, Grant.WRITE)
        page = self._page(document)
        await self._settled(page)
        versions = await self._store.versions(page.id)
        stretches = await self._stretches(page, versions)
        named: dict[int, list[Version]] = {}
        for version in versions:
            at = next((s.last for s in stretches if s.first <= version.seq <= s.last), version.seq)
            named.setdefault(at, []).append(version)
        moments = tuple(Moment(s, tuple(named.get(s.last, ()))) for s in reversed(stretches))
        mentioned = {member for stretch in stretches for member in stretch.members} | {v.member for v in versions}
        return Moments(moments, await self._members(mentioned))

    async def name(self, by: Member, document: str, title: str, seq: int | None) -> Version:
        """Gives a moment a name; None for now."""
        self._people.need(by, Grant.WRITE)
        page = self._page(document)
        title = check_title(title, self._limits.title_chars)
        await self._settled(page)
        last = await self._store.last_row(page.id)
        if last is None:
            raise NotFoundError("Nothing has been written on this page yet.")
        if seq is not None and not 1 <= seq <= last:
            raise _no_such_moment()
        version = Version(new_id(), self._room, page.id, last if seq is None else seq, now_ms(), title, by.id)
        async with self._turn:
            if len(await self._store.versions(page.id)) >= self._limits.versions_per_document:
                raise FullError(f"A page can have {self._limits.versions_per_document} named versions.")
            await self._store.add_version(version)
        return version

    async def rename(self, by: Member, document: str, version: str, title: str) -> Version:
        self._people.need(by, Grant.WRITE)
        title = check_title(title, self._limits.title_chars)
        return await self._store.retitle_version(self._page(document).id, version, title)

    async def forget(self, by: Member, document: str, version: str) -> None:
        """Removes a name. What it named stays. Raises BadRequestError for one that tells of a page that was brought back."""
        self._people.need(by, Grant.WRITE)
        page = self._page(document)
        if any(v.id == version and v.restores is not None for v in await self._store.versions(page.id)):
            raise BadRequestError("This tells where a page was brought back: it stays.")
        await self._store.remove_version(page.id, version)

    # What a moment looks like

    async def authors(self, by: Member, document: str, at: int | None) -> bytes:
        """The page at a moment (None for now) with who wrote what: JSON, as the worker makes it."""
        self._people.need(by, Grant.WRITE)
        page = self._page(document)
        await self._settled(page)
        return await self._made("authors", by, page, at, None)

    async def difference(self, by: Member, document: str, at: int, since: int | None) -> bytes:
        """What came to be different since another moment, or since the one before: JSON, as the worker makes it."""
        self._people.need(by, Grant.WRITE)
        page = self._page(document)
        await self._settled(page)
        if since is None:
            stretches = await self._stretches(page, await self._store.versions(page.id))
            since = max((s.last for s in stretches if s.last < at), default=0)
            begun = next((s.first for s in stretches if s.first <= at <= s.last), at)
            since = min(since, begun - 1)
        return await self._made("difference", by, page, at, since)

    async def people(self, by: Member) -> tuple[Member, ...]:
        """Everybody who was ever in the room."""
        self._people.need(by, Grant.WRITE)
        return tuple(await self._store.members(self._room))

    async def _made(
        self, kind: Literal["authors", "difference"], by: Member, page: Page, at: int | None, before: int | None
    ) -> bytes:
        rows = await self._rows(page, at)
        owners = await self._store.owners(page.id)
        versions = await self._store.versions(page.id)
        restored = {v.client: v.restores for v in versions if v.client is not None and v.restores is not None}
        made = await self._worker.history(kind, _asked(rows.last, before, owners, restored), rows.pages)
        self._people.need(by, Grant.WRITE)  # the pen may have been taken meanwhile
        return made

    # The way back

    async def restore(self, by: Member, document: str, seq: int) -> Version | None:
        """Makes the page read as it did then, as one new change. None where it reads so already. Committed when it returns."""
        self._people.need(by, Grant.WRITE)
        page = self._page(document)
        rows = await self._rows(page, seq)
        desk = await self._settled(page)
        before = await self._store.last_row(page.id) or 0
        update = await self._worker.restore(rows.pages, [piece.update for piece in desk.document.pieces()])
        if update == NOTHING:
            return None
        found = await self._scan(update)
        desk = await self._desk(page.id)
        self._people.need(by, Grant.WRITE)  # the pen may have been taken meanwhile
        desk.accept(update, found, by)
        desk.flush()
        await self._store.flush()
        client = found.runs[0][0] if found.runs else None
        at = await self._row_of(page, update, client, before)
        title = "Brought back"
        version = Version(new_id(), self._room, page.id, at, now_ms(), title, by.id, rows.last, client)
        await self._store.add_version(version)
        self._tell(Restored(by, page, rows.time_ms))
        return version

    async def _scan(self, update: bytes) -> Scan:
        if len(update) < self._limits.large_update_bytes:
            return scan(update, self._limits)
        return await self._worker.scan(update)

    async def _row_of(self, page: Page, update: bytes, client: int | None, after: int) -> int:
        """The row with this update of this client's, be it merged with others; the last one where it only deleted."""
        seq = after
        while portion := await self._store.rows(page.id, after=seq, limit=ROWS):
            for row in portion:
                seq = row.seq
                if row.update == update:
                    return seq
                if client is not None and any(run[0] == client for run in scan(row.update, self._limits).runs):
                    return seq
        return seq

    # The log

    async def _settled(self, page: Page) -> Desk:
        """The page's desk, when everything it was sent is in the log."""
        desk = await self._desk(page.id)
        desk.flush()
        if not desk.saved:
            await self._store.flush()
        return desk

    async def _stretches(self, page: Page, versions: Sequence[Version]) -> list[Stretch]:
        cuts = {version.seq for version in versions} | {v.seq - 1 for v in versions if v.restores is not None}
        return await self._store.stretches(
            page.id,
            pause_ms=int(self._limits.history_pause_s * 1000),
            most_ms=int(self._limits.history_moment_s * 1000),
            cuts=cuts,
        )

    async def _rows(self, page: Page, until: int | None) -> Rows:
        """Raises NotFoundError where nothing had been written then."""
        pages: list[bytes] = []
        last = time_ms = 0
        while portion := await self._store.rows(page.id, after=last, limit=ROWS):
            rows = [row for row in portion if until is None or row.seq <= until]
            if rows:
                pages.append(msgspec.msgpack.encode([(row.seq, row.update) for row in rows]))
                last, time_ms = rows[-1].seq, rows[-1].time_ms
            if len(portion) < ROWS or len(rows) < len(portion):
                break
        if not pages and until is not None:
            raise _no_such_moment()
        return Rows(tuple(pages), last, time_ms)

    async def _members(self, mentioned: set[str]) -> tuple[Member, ...]:
        return tuple(member for member in await self._store.members(self._room) if member.id in mentioned)


def _asked(at: int, before: int | None, owners: Mapping[int, str], restored: Mapping[int, int]) -> bytes:
    return msgspec.msgpack.encode({"at": at, "before": before, "owners": owners, "restored": restored})


def _no_such_moment() -> NotFoundError:
    return NotFoundError("Nothing was written on this page then.")
