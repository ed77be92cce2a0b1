"""Registry: finds or opens a room, and closes it when nobody needs it and everything in it is saved. One owner per room."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from rooms.archive import Archive
from rooms.blobs import Blobs
from rooms.board import LATEST
from rooms.bundle.opening import open_bundle, take_back
from rooms.bundle.read import Bundle
from rooms.desk import Clock, Desk
from rooms.errors import BadRequestError, NoSuchRoomError, SavingError, ShuttingDownError, StudioError
from rooms.folding import fold
from rooms.meter import Meter
from rooms.model import GRANTS, Limits, Member, Page, PageKind, Role, RoomRecord
from rooms.naming import check_name, check_title, new_id, now_ms
from rooms.render import Worker
from rooms.room import Room
from rooms.stage import Dark, MediaNode
from rooms.store import Store
from rooms.supervisor import Supervisor

log = logging.getLogger(__name__)

TEND_S = 1.0
ROOM_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}")


def check_room_name(name: str) -> str:
    """Raises BadRequestError for a name that no room can have."""
    if not ROOM_NAME.fullmatch(name):
        raise BadRequestError("A room's name has 1 to 64 letters, digits, dashes, dots or underscores.")
    return name


class Registry:
    """The rooms of this process."""

    def __init__(
        self,
        store: Store,
        worker: Worker,
        limits: Limits,
        meter: Meter,
        clock: Clock,
        encode: Callable[[bytes], bytes],
        blobs: Blobs,
        media: MediaNode | None = None,
    ) -> None:
        self.rooms: dict[str, Room] = {}
        self.failing: dict[str, str] = {}
        """Rooms that can't be saved just now, each with the sentence that says so."""
        self.draining = False
        self._store = store
        self._worker = worker
        self._limits = limits
        self._meter = meter
        self._clock = clock
        self._encode = encode
        self._blobs = blobs
        self._media = media or Dark()
        self._opening: dict[str, asyncio.Future[None]] = {}
        self._folding: set[str] = set()
        self._supervisor = Supervisor()

    @property
    def folding(self) -> int:
        """How many documents are being folded now."""
        return len(self._folding)

    async def open(self) -> None:
        await self._store.open(self._on_failing)
        for arrival in await self._store.arrivals():  # nobody else brings any in: it was interrupted
            await take_back(arrival, self._store, self._blobs)
        self._supervisor.start(self._tend(), "tend")

    def _on_failing(self, room_id: str, error: BaseException | None) -> None:
        sentence = None if error is None else SavingError.sentence
        if sentence is None:
            self.failing.pop(room_id, None)
        else:
            self.failing[room_id] = sentence
        room = self.rooms.get(room_id)
        if room is not None:
            room.set_saving(sentence)

    # Opening

    async def create(
        self, title: str, name: str | None = None, kind: str = "story", room_id: str | None = None
    ) -> tuple[RoomRecord, Member | None]:
        """Makes a room with one empty document. Whoever gives a name becomes its lead."""
        if self.draining:
            raise ShuttingDownError
        room_id = check_room_name(room_id) if room_id else new_id()
        title = check_title(title, self._limits.title_chars)
        if name is not None:
            name = check_name(name, self._limits.name_chars)
        page_kind = PageKind(kind) if kind in set(PageKind) else PageKind.STORY
        page = Page(new_id(), room_id, page_kind.title(), 0, now_ms(), page_kind)
        record = RoomRecord(room_id, title, kind, now_ms(), page.id, (page,))
        await self._store.add_room(record)
        if name is None:
            return record, None
        lead = Member(new_id(), room_id, name, 0, Role.LEAD, GRANTS[Role.LEAD], None, now_ms())
        return record, await self._store.add_member(lead)

    async def open_bundle(self, file: Path | BinaryIO) -> RoomRecord:
        """Opens a room from a bundle. Raises BadRequestError or TooLargeError, with what is wrong with it; nothing was changed
        then."""
        if self.draining:
            raise ShuttingDownError
        archive = await asyncio.to_thread(Archive, file, self._limits.bundle_bytes, what="bundle")
        try:
            bundle = await asyncio.to_thread(Bundle, archive, self._limits)
            return await open_bundle(bundle, self._store, self._blobs, self._worker, self._limits)
        finally:
            archive.close()

    @asynccontextmanager
    async def hold(self, room_id: str, *, create: bool = False) -> AsyncIterator[Room]:
        """The room, loaded, and kept open meanwhile. Raises NoSuchRoomError, or makes it with `create`."""
        while (room := self.rooms.get(room_id)) is None:  # once more, should it have been closed before we are called
            await self._open_room(room_id, create=create)
        room.holds += 1
        try:
            yield room
        finally:
            room.holds -= 1
            room.used = self._clock.time()
            if not room.holds:
                room.flush()
                self._clock.call_later(self._limits.room_idle_s, partial(self._close_idle, room))

    async def _open_room(self, room_id: str, *, create: bool) -> None:
        if self.draining:
            raise ShuttingDownError
        opening = self._opening.get(room_id)
        if opening is None:
            opening = self._opening[room_id] = asyncio.ensure_future(self._load(check_room_name(room_id), create=create))
            opening.add_done_callback(lambda _: self._opening.pop(room_id, None))
        await asyncio.shield(opening)

    async def _load(self, room_id: str, *, create: bool) -> None:
        opening = await self._store.opening(room_id, LATEST + 1)
        if opening is None and not create:
            raise NoSuchRoomError
        room = Room(
            opening.record if opening else (await self.create(room_id, room_id=room_id))[0],
            store=self._store,
            worker=self._worker,
            limits=self._limits,
            clock=self._clock,
            meter=self._meter,
            encode=self._encode,
            blobs=self._blobs,
            media=self._media,
        )
        if opening is not None:
            room.load(opening)
        room.saving = self.failing.get(room_id)
        self.rooms[room_id] = room

    # Closing

    def _close_idle(self, room: Room) -> bool:
        """Closes a room that nobody has needed for a while. Not before it is saved: until then the store goes on trying."""
        if room.stage.sessions:
            room.used = self._clock.time()
        idle = not room.holds and self._clock.time() - room.used >= self._limits.room_idle_s
        if not idle or not room.saved or self.rooms.get(room.id) is not room:
            return False
        del self.rooms[room.id]
        self._fold_at_close(list(room.desks.values()))
        return True

    def _fold_at_close(self, desks: list[Desk]) -> None:
        for desk in desks:
            if desk.unfolded.is_due(self._limits, self._limits.fold_rows_at_close):
                self._fold_later(desk)

    # Folding

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(TEND_S)
            for room in list(self.rooms.values()):
                if self._close_idle(room):
                    continue
                if room.sprints.is_over:
                    self._supervisor.start(self._finish_sprint(room), "end of a sprint")
                room.people.end_loans()
                self._fold_at_close(room.clear_desks())
                for desk in room.desks.values():
                    if desk.unfolded.is_due(self._limits, self._limits.fold_rows):
                        self._fold_later(desk)

    async def _finish_sprint(self, room: Room) -> None:
        try:
            await room.sprints.finish()
        except StudioError as error:
            log.warning("a sprint's end could not be kept, and is tried again", extra={"room": room.id, "error": error.code})

    def _fold_later(self, desk: Desk) -> None:
        if desk.id in self._folding or self.draining:
            return
        self._folding.add(desk.id)
        self._supervisor.start(self._fold(desk), f"fold {desk.id}")

    async def _fold(self, desk: Desk) -> None:
        known = replace(desk.unfolded)
        try:
            await fold(self._store, self._worker, desk.id)
        except StudioError as error:
            log.warning("folding failed, and is tried again later", extra={"document": desk.id, "error": error.code})
        else:
            desk.unfolded.subtract(known)
        finally:
            self._folding.discard(desk.id)

    # The end

    async def drain(self) -> None:
        """Admits nobody any more, and returns when everything received is committed (or can't be)."""
        self.draining = True
        for room in self.rooms.values():
            room.flush()
        try:
            await self._store.flush()
        except SavingError:
            log.error("not everything could be saved", extra={"rooms": sorted(self.failing)})  # noqa: TRY400 - no bug to trace

    async def close(self) -> None:
        """Ends for good. Raises SavingError where something could not be committed."""
        for room in self.rooms.values():
            room.flush()
        await self._supervisor.close()
        await self._store.close()
        await self._worker.close()
