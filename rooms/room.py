"""Room: where people meet. Admits members, seats them at its desks, tells its pages what changed, keeps its board.

Every check of a grant is made here or by what a room has besides (`people`, `comments`, `history`, `sprints`, `exchange`); the
doors only say who somebody is. A room lives in one process at a time and is loaded and unloaded by its registry.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from rooms import pages
from rooms.blobs import Blobs
from rooms.board import Board
from rooms.comments import Comments
from rooms.desk import Clock, Connection, Desk, Outbox
from rooms.errors import (
    BadRequestError,
    DoorClosedError,
    FullError,
    NotFoundError,
    NotGrantedError,
    StudioError,
)
from rooms.events import Changed, Deleted, Edited, Event, Here, Present, Read, Said, Saving, Staged, Welcome, You
from rooms.exchange import Exchange
from rooms.history import History
from rooms.images import Images
from rooms.loading import load
from rooms.meter import Meter
from rooms.model import Grant, Image, Limits, Member, Message, Page, PageKind, RoomRecord, RoomSettings, Talk
from rooms.naming import check_title, new_id, now_ms
from rooms.people import People
from rooms.presence import GATHER_S, Presence
from rooms.render import Worker
from rooms.sprint import Sprints
from rooms.stage import MediaNode, Stage
from rooms.store import Opening, Store

CONNECTIONS_PER_MEMBER = 4
"""A room takes this many connections for each member it may have."""
DESK_IDLE_S = 60.0
ASKED_FOR = frozenset({Grant.WRITE, Grant.PLAY, Grant.SPEAK})
"""What a hand is raised for."""
REMOVED = "This page was removed. Its text is kept, and whoever has the pen can bring it back."


class Tab(Protocol):
    """One page's control channel."""

    member: Member
    """Who it is; the room keeps it up to date."""

    def send(self, event: Event) -> None:
        """Tells the page. Never blocks, never raises."""
        ...

    def close(self, error: StudioError) -> None: ...


class Room:
    """One room that is open now."""

    def __init__(
        self,
        record: RoomRecord,
        *,
        store: Store,
        worker: Worker,
        limits: Limits,
        clock: Clock,
        meter: Meter,
        encode: Callable[[bytes], bytes],
        blobs: Blobs,
        media: MediaNode,
    ) -> None:
        self.record = record
        self.holds = 0
        """How many need it to stay open."""
        self.used = clock.time()
        """When it was opened, or somebody last stopped to need it."""
        self.saving: str | None = None
        """None while the room is saved, else the sentence that says why it isn't."""
        self.desks: dict[str, Desk] = {}
        self.tabs: set[Tab] = set()
        self._store = store
        self._worker = worker
        self._limits = limits
        self._clock = clock
        self._meter = meter
        self._encode = encode
        self.people = People(record.id, store, limits, lambda: self.record.settings, self._refresh)
        self._board = Board(record.id, store, limits)
        self.comments = Comments(record.id, store, limits, self.people, self.desk, self._tell_of_draft)
        self._images = Images(record.id, store, blobs, worker, limits)
        self.history = History(
            record.id, store, worker, limits, self.people, page=self.page, desk=self.desk, tell=self._tell_of_draft
        )
        self.sprints = Sprints(record.id, store, limits, self.people, tell=self._tell, note=self._note)
        self.exchange = Exchange(
            store,
            worker,
            limits,
            self.people,
            self._images,
            blobs,
            record=lambda: self.record,
            page=self.page,
            desk=self.desk,
            flush=self.flush,
        )
        self._presence = Presence()
        self.stage = Stage(
            record.id,
            media,
            limits,
            self.people,
            seat=lambda who, by: self._seat(who, None, by),
            unseat=self._unseat,
            changed=self._tell_later,
        )
        self._staged = self.stage.on()
        self._turn = asyncio.Lock()
        """For changes that look first: two at once would both find room."""
        self._telling = False
        self._connections = 0
        self._loading: dict[str, asyncio.Future[Desk]] = {}

    @property
    def id(self) -> str:
        return self.record.id

    def load(self, opening: Opening) -> None:
        """What there is of it already."""
        self._board.load(opening)
        self.sprints.load(opening)
        self.people.load(opening)

    # Who may do what

    def _refresh(self, member: Member) -> None:
        for desk in self.desks.values():
            desk.refresh(member)
        self.stage.keep()
        self._keep_door()
        for tab in [t for t in self.tabs if t.member.id == member.id]:
            if member.removed:
                tab.close(NotGrantedError("You are no longer in this room."))
                self.leave(tab)
            else:
                tab.member = member
                tab.send(You(member))
        self._presence.refresh(member)
        self._tell_later()

    def _keep_door(self) -> None:
        """Behind a closed door nobody reads who doesn't write."""
        if not self.record.settings.closed:
            return
        self.stage.keep()
        for desk in self.desks.values():
            desk.dismiss(DoorClosedError(), lambda member: not self.people.sees_draft(member))

    # Settings, title and pages

    async def change(
        self,
        by: Member,
        *,
        title: str | None = None,
        closed: bool | None = None,
        locked: bool | None = None,
        talk: Talk | None = None,
    ) -> None:
        """Changes what isn't None. Counts at once on every door."""
        self.people.need(by, Grant.MODERATE)
        async with self._turn:
            if title is not None:
                title = check_title(title, self._limits.title_chars)
                await self._store.retitle_room(self.id, title)
                self.record = replace(self.record, title=title)
            old = self.record.settings
            settings = RoomSettings(
                closed=old.closed if closed is None else closed,
                locked=old.locked if locked is None else locked,
                talk=old.talk if talk is None else talk,
            )
            if settings != old:
                await self._store.set_settings(self.id, settings)
                self.record = replace(self.record, settings=settings)
        self._keep_door()
        self._tell(Changed(self.record))

    async def add_page(self, by: Member, title: str, kind: PageKind = PageKind.STORY) -> Page:
        self.people.need(by, Grant.WRITE)
        title = check_title(title, self._limits.title_chars)
        async with self._turn:
            if len(self.record.pages) + len(self.record.removed) >= self._limits.documents_per_room:
                raise FullError(f"A room can have {self._limits.documents_per_room} documents, removed ones among them.")
            page = Page(new_id(), self.id, title, len(self.record.pages), now_ms(), kind)
            await self._store.add_page(page)
            self.record = pages.placed(self.record, page)
        self._tell(Changed(self.record))
        return page

    async def change_page(
        self, by: Member, document: str, *, title: str | None = None, kind: PageKind | None = None, place: int | None = None
    ) -> Page:
        """Another title, kind or place for a page; what is None stays."""
        self.people.need(by, Grant.WRITE)
        if title is not None:
            title = check_title(title, self._limits.title_chars)
        async with self._turn:
            page = self.page(document)
            page = replace(page, title=title or page.title, kind=kind or page.kind)
            await self._set_pages(pages.placed(self.record, page, place))
        return self.page(page.id)

    async def remove_page(self, by: Member, document: str) -> None:
        """Takes a page off the list and ends its connections. Its text and its history stay, and it can be brought back."""
        self.people.need(by, Grant.WRITE)
        async with self._turn:
            page = self.page(document)
            if page.id == self.record.main:
                raise BadRequestError("The page that was made with the room stays.")
            await self._set_pages(pages.taken_off(self.record, page, now_ms()))
        desk = self.desks.get(page.id)
        if desk is not None:
            desk.flush()
            desk.end(NotFoundError(REMOVED))

    async def restore_page(self, by: Member, document: str) -> Page:
        """Brings a removed page back to its place; one that is there stays."""
        self.people.need(by, Grant.WRITE)
        async with self._turn:
            for page in self.record.removed:
                if page.id == document:
                    await self._set_pages(pages.placed(self.record, page))
        return self.page(document)

    def removed_pages(self, by: Member) -> tuple[Page, ...]:
        """The last one first."""
        self.people.need(by, Grant.WRITE)
        return self.record.removed

    async def _set_pages(self, record: RoomRecord) -> None:
        changed = pages.changed(self.record, record)
        if changed:
            await self._store.change_pages(changed)
            self.record = replace(self.record, pages=record.pages, removed=record.removed)
            self._tell(Changed(self.record))

    def page(self, document: str | None) -> Page:
        """The page of this id; the one made with the room for None and `main`. Raises NotFoundError, also for a removed one."""
        wanted = self.record.main if document in {None, "main"} else document
        for page in self.record.pages:
            if page.id == wanted:
                return page
        if any(page.id == wanted for page in self.record.removed):
            raise NotFoundError(REMOVED)
        raise NotFoundError("There is no such document in this room.")

    # The control channel

    def enter(self, tab: Tab, looks: str | None = None) -> Welcome:
        """Subscribes a page to the room's events, and returns what it needs to begin. Raises FullError."""
        tab.member = self.people.current(tab.member)
        self.people.need(tab.member, Grant.READ)
        self._seat(tab.member, looks, tab)
        self.tabs.add(tab)
        messages, more = self._board.latest()
        read, sprint = self._board.read_by(tab.member), self.sprints.sprint
        return Welcome(tab.member, self.record, self.here(), messages, more, self.saving, read, sprint, self.stage.on())

    def leave(self, tab: Tab) -> None:
        if tab in self.tabs:
            self.tabs.remove(tab)
            self._unseat(tab.member, tab)

    def look(self, tab: Tab, document: str | None) -> None:
        if document is not None:
            document = self.page(document).id
        if tab in self.tabs:
            self._presence.look(tab.member, document, tab)
            self._tell_later()

    def raise_hand(self, tab: Tab, *, up: bool, whose: str | None = None, wants: Grant = Grant.WRITE) -> None:
        """Asks for the pen (`write`) or the microphone (`play`, `speak`), or no longer. Whoever moderates may lower the hand of
        somebody else."""
        if up and (whose is not None or wants not in ASKED_FOR or self.people.current(tab.member).may(wants)):
            raise BadRequestError("A hand is raised for oneself, to ask for the pen or the microphone.")
        if whose not in {None, tab.member.id}:
            self.people.need(tab.member, Grant.MODERATE)
        if tab in self.tabs:
            if up:
                self._presence.raise_hand(tab.member.id, now_ms(), wants)
            else:
                self._presence.lower_hand(whose or tab.member.id)
            self._tell_later()

    def here(self) -> tuple[Present, ...]:
        return self._presence.here()

    def _seat(self, member: Member, looks: str | None, connection: object) -> None:
        most = self._limits.members_per_room
        if self._connections >= most * CONNECTIONS_PER_MEMBER or (
            len(self._presence) >= most and member.id not in self._presence
        ):
            raise FullError
        self._connections += 1
        self._presence.come(member, looks, connection)
        self._tell_later()

    def _unseat(self, member: Member, connection: object) -> None:
        self._connections -= 1
        self._presence.leave(member, connection)
        self._tell_later()

    def _tell(self, event: Event) -> None:
        for tab in list(self.tabs):
            tab.send(event)

    def _tell_of_draft(self, event: Event) -> None:
        """For what is part of the text or shows of it: nobody hears of it behind a closed door."""
        for tab in list(self.tabs):
            if self.people.sees_draft(tab.member):
                tab.send(event)

    def _tell_later(self) -> None:
        if not self._telling:
            self._telling = True
            self._clock.call_later(GATHER_S, self._tell_presence)

    def _tell_presence(self) -> None:
        self._telling = False
        changes: Here | None = self._presence.changes()
        if changes is not None:
            self._tell(changes)
        if (staged := self.stage.on()) != self._staged:
            self._staged = staged
            self._tell(Staged(staged))

    def set_saving(self, sentence: str | None) -> None:
        """The store says that this room can't be saved (why, in a sentence), or with None that it can again."""
        self.saving = sentence
        self._tell(Saving(sentence))

    # The board

    async def say(self, member: Member, text: str) -> Message:
        self.people.need_voice(member)
        message = await self._board.say(member, text)
        self._tell(Said(message))
        return message

    async def messages(self, by: Member, before: int | None, limit: int) -> tuple[list[Message], bool]:
        self.people.need(by, Grant.READ)
        return await self._board.before(before, limit)

    async def edit(self, by: Member, message_id: int, text: str) -> Message:
        self.people.need_voice(by)
        message = await self._board.edit(by, message_id, text)
        self._tell(Edited(message))
        return message

    async def delete(self, by: Member, message_id: int) -> None:
        self.people.need(by, Grant.READ)
        self._tell(Deleted(await self._board.delete(self.people.current(by), message_id)))

    async def seen(self, by: Member, message_id: int) -> None:
        """Keeps how far a member has read the board, and tells their other pages."""
        self.people.need(by, Grant.READ)
        read = Read(await self._board.mark_read(by, message_id))
        for tab in self.tabs:
            if tab.member.id == by.id:
                tab.send(read)

    def _note(self, message: Message) -> None:
        self._board.put(message)
        self._tell(Said(message))

    # The desks

    async def desk(self, document: str | None) -> Desk:
        """The desk of a document, loaded before anyone sees it. Raises NotFoundError, UnreadableError, SavingError.

        Use it before the next await, or sit down: a desk that nobody uses is cleared after a while.
        """
        page = self.page(document)
        desk = self.desks.get(page.id) or await self._loaded(page)
        self.page(page.id)  # it may have been removed meanwhile
        desk.used = self._clock.time()
        return desk

    async def _loaded(self, page: Page) -> Desk:
        loading = self._loading.get(page.id)
        if loading is None:
            loading = self._loading[page.id] = asyncio.ensure_future(self._load_desk(page))
            loading.add_done_callback(lambda _: self._loading.pop(page.id, None))
        return await asyncio.shield(loading)

    async def _load_desk(self, page: Page) -> Desk:
        document, unfolded = await load(self._store, self._worker, self._limits, page.id)
        desk = Desk(
            self.id,
            page.id,
            document,
            limits=self._limits,
            clock=self._clock,
            log=self._store,
            worker=self._worker,
            meter=self._meter,
            encode=self._encode,
        )
        desk.unfolded = unfolded
        self.desks[page.id] = desk
        return desk

    def sit(self, desk: Desk, member: Member, outbox: Outbox, *, wants_saved: bool) -> Connection:
        """Seats a member at a desk. Raises FullError, and DoorClosedError where the draft is hidden from it."""
        member = self.people.current(member)
        self.people.need_draft(member)
        connection = desk.join(member, outbox, wants_saved=wants_saved)
        try:
            self._seat(member, desk.id, connection)
        except FullError:
            desk.leave(connection)
            raise
        return connection

    def rise(self, desk: Desk, connection: Connection) -> None:
        desk.leave(connection)
        desk.used = self._clock.time()
        self._unseat(connection.member, connection)

    # Images

    async def add_image(self, by: Member, data: bytes) -> Image:
        """Takes in a picture. Returns when it is on the disk; raises what `Images.add` does."""
        self.people.need(by, Grant.WRITE)
        return await self._images.add(new_id(16), by, data, now_ms())

    async def image(self, by: Member, image_id: str) -> tuple[Image, bytes]:
        self.people.need_draft(by)
        return await self._images.read(image_id)

    # Closing

    @property
    def saved(self) -> bool:
        return all(desk.saved for desk in self.desks.values())

    def flush(self) -> None:
        for desk in self.desks.values():
            desk.flush()

    def clear_desks(self) -> list[Desk]:
        """Forgets, and returns, the desks that are saved and that nobody has used for `DESK_IDLE_S`."""
        since = self._clock.time() - DESK_IDLE_S
        idle = [desk for desk in self.desks.values() if desk.used < since and desk.saved and not desk.connections]
        for desk in idle:
            del self.desks[desk.id]
        return idle
