"""SqlStore: the Store in SQLAlchemy Core, on SQLite by default. Holds threads and the event loop together.

The SQL is in a file for each thing that is kept (`log.py`, `rows.py`, `board.py`, …), when to commit is in `backlog.py`
and `commits.py`, what differs between databases in `engine.py`.

Nothing here blocks the event loop: one thread writes, a few read. Whatever comes back from them comes by one
`call_soon_threadsafe` per transaction.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from rooms.errors import SavingError, UnreadableError
from rooms.model import (
    Comment,
    Grant,
    Image,
    Invite,
    Limits,
    Loan,
    Member,
    Mention,
    Message,
    Page,
    Role,
    RoomRecord,
    RoomSettings,
    Sprint,
    Thread,
    Version,
)
from rooms.store import arrivals as sql_arrivals
from rooms.store import board as sql_board
from rooms.store import comments as sql_comments
from rooms.store import images as sql_images
from rooms.store import log as sql_log
from rooms.store import pages as sql_pages
from rooms.store import people as sql_people
from rooms.store import restore as sql_restore
from rooms.store import rows as sql_rows
from rooms.store import sprints as sql_sprints
from rooms.store import versions as sql_versions
from rooms.store.backlog import Backlog, Change
from rooms.store.commits import Report, Writer
from rooms.store.contract import Arrival, Fold, LogEntry, LogRow, Named, Opening, Restored, Stretch
from rooms.store.engine import READERS, is_damaged, open_engine, parse_url, reading, writing
from rooms.store.migrate import prepare

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

CLOSE_S = 10.0
"""How long `close` goes on trying where commits fail."""


class SqlStore:
    """Implements `rooms.store.Store`. `on_commit(seconds)` is told on the event loop how long each commit of the log took.

    Made anywhere, used on the event loop that opens it. Raises ValueError for a URL under which nothing can be kept.
    """

    def __init__(self, url: str, limits: Limits, *, on_commit: Callable[[float], None] | None = None) -> None:
        self._url = parse_url(url)
        self._limits = limits
        self._on_commit = on_commit
        self._pending: dict[str, int] = {}
        self._failing: Callable[[str, BaseException | None], None]
        self._engine: Engine
        self._reading: Engine
        self._readers: ThreadPoolExecutor
        self._writer: Writer | None = None

    async def open(self, failing: Callable[[str, BaseException | None], None]) -> None:
        loop = asyncio.get_running_loop()
        self._failing = failing
        try:
            await asyncio.to_thread(prepare, self._url)
        except (SQLAlchemyError, OSError) as error:
            raise SavingError from error
        self._engine = open_engine(self._url)
        self._reading = reading(self._engine)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-read")
        self._writer = Writer(
            writing(self._engine),
            Backlog(self._limits.commit_s, self._limits.retry_s),
            sql_log.Inserts(self._engine.dialect),
            lambda report: _post(loop, self._deliver, report),
        )
        self._writer.start()

    async def close(self) -> None:
        writer = self._writer
        if writer is None:
            return
        unsaved = None
        try:
            unsaved = await self._flush_for(CLOSE_S)
        finally:
            self._writer = None
            await asyncio.to_thread(self._end, writer)
        if unsaved is not None:
            log.error("closed with entries that could not be committed", extra={"rooms": sorted(self._pending)})
            raise unsaved

    def _end(self, writer: Writer) -> None:
        writer.stop()
        self._readers.shutdown()
        self._engine.dispose()

    async def _flush_for(self, seconds: float) -> SavingError | None:
        """Flushes until nothing is pending. Returns why something still is, after these seconds."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while True:
            try:
                await self.flush()
            except SavingError as error:
                if loop.time() >= end:
                    return error
                await asyncio.sleep(min(self._limits.retry_s, max(0.0, end - loop.time())))
            else:
                if not self._pending:
                    return None

    def _opened(self) -> Writer:
        if self._writer is None:
            raise RuntimeError("the store is not open")
        return self._writer

    # The log

    def append(self, entry: LogEntry) -> None:
        self._opened().append(entry)
        self._pending[entry.room] = self._pending.get(entry.room, 0) + len(entry.update)

    def pending_bytes(self, room: str) -> int:
        return self._pending.get(room, 0)

    async def flush(self) -> None:
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._opened().flush(answer)
        await answer

    def _deliver(self, report: Report) -> None:
        """On the event loop: tells everybody what a transaction came to."""
        for part in report.committed:
            left = self._pending.pop(part.room, 0) - sum(len(entry.update) for entry in part.entries)
            if left > 0:
                self._pending[part.room] = left
        if report.seconds is not None and self._on_commit is not None:
            _call(self._on_commit, report.seconds)
        for room, error in report.failing:
            if error is None:
                log.info("the room is saved again", extra={"room": room})
            else:
                log.error("the room can't be saved", extra={"room": room}, exc_info=error)
            _call(self._failing, room, error)
        for part in report.committed:
            for entry in part.entries:
                _call(entry.committed)
        for answer, result, error in report.answers:
            _answer(answer, result, error)

    async def load(self, document: str) -> tuple[list[Fold], list[LogRow]]:
        return await self._read(sql_log.load, document)

    async def rows(self, document: str, *, after: int = 0, limit: int = 1000) -> list[LogRow]:
        return await self._read(sql_log.rows, document, after=after, limit=limit)

    async def last_row(self, document: str) -> int | None:
        return await self._read(sql_versions.last_row, document)

    async def stretches(self, document: str, *, pause_ms: int, most_ms: int, cuts: Collection[int] = ()) -> list[Stretch]:
        return await self._read(sql_versions.stretches, document, pause_ms=pause_ms, most_ms=most_ms, cuts=cuts)

    async def fold(self, document: str, fold: Fold, replaces: Sequence[Fold]) -> None:
        await self._change(sql_log.fold, document, fold, replaces)

    async def owners(self, document: str) -> dict[int, str]:
        return await self._read(sql_log.owners, document)

    async def clients(self, document: str, ids: Sequence[int]) -> dict[int, str]:
        return await self._read(sql_log.clients, document, ids)

    # The rows

    async def add_room(self, room: RoomRecord) -> None:
        await self._change(sql_rows.add_room, room)

    async def room(self, room: str) -> RoomRecord | None:
        return await self._read(sql_rows.room, room)

    async def opening(self, room: str, messages: int) -> Opening | None:
        return await self._read(_opening, room, messages)

    async def rooms(self) -> list[RoomRecord]:
        return await self._read(sql_rows.rooms)

    async def retitle_room(self, room: str, title: str) -> None:
        await self._change(sql_rows.retitle_room, room, title)

    async def set_settings(self, room: str, settings: RoomSettings) -> None:
        await self._change(sql_rows.set_settings, room, settings)

    async def add_page(self, page: Page) -> None:
        await self._change(sql_pages.add_page, page)

    async def change_pages(self, pages: Sequence[Page]) -> None:
        await self._change(sql_pages.change_pages, pages)

    async def add_member(self, member: Member) -> Member:
        return await self._change(sql_people.add_member, member)

    async def member(self, room: str, member: str) -> Member | None:
        return await self._read(sql_people.member, room, member)

    async def members(self, room: str) -> list[Member]:
        return await self._read(sql_people.members, room)

    async def grant(self, room: str, member: str, role: Role, grants: frozenset[Grant]) -> Member:
        return await self._change(sql_people.grant, room, member, role, grants)

    async def rename(self, room: str, member: str, name: str) -> Member:
        return await self._change(sql_people.rename, room, member, name)

    async def remove_member(self, room: str, member: str, *, ban: bool = False) -> Member:
        return await self._change(sql_people.remove_member, room, member, ban=ban)

    async def readmit_member(self, room: str, member: str) -> Member:
        return await self._change(sql_people.readmit_member, room, member)

    async def lend(self, room: str, member: str, loan: Loan, by: str, now_ms: int) -> Member:
        return await self._change(sql_people.lend, room, member, loan, by, now_ms)

    async def take_back(self, room: str, member: str, grant: Grant) -> Member:
        return await self._change(sql_people.take_back, room, member, grant)

    async def add_invite(self, invite: Invite) -> None:
        await self._change(sql_people.add_invite, invite)

    async def invite(self, invite: str) -> Invite | None:
        return await self._read(sql_people.invite, invite)

    async def invites(self, room: str) -> list[Invite]:
        return await self._read(sql_people.invites, room)

    async def use_invite(self, invite: str, member: Member, now_ms: int) -> Member:
        return await self._change(sql_people.use_invite, invite, member, now_ms)

    async def revoke_invite(self, invite: str, *, members_too: bool, but: str | None = None) -> list[Member]:
        return await self._change(sql_people.revoke_invite, invite, members_too=members_too, but=but)

    async def add_message(
        self,
        room: str,
        member: Member,
        text: str,
        time_ms: int,
        *,
        mentions: Sequence[Mention] = (),
        note: bool = False,
    ) -> Message:
        return await self._change(sql_board.add_message, room, member, text, time_ms, mentions=mentions, note=note)

    async def messages(self, room: str, *, before: int | None = None, limit: int = 50) -> list[Message]:
        return await self._read(sql_board.messages, room, before=before, limit=limit)

    async def message(self, room: str, message_id: int) -> Message | None:
        return await self._read(sql_board.message, room, message_id)

    async def edit_message(self, room: str, message_id: int, text: str, mentions: Sequence[Mention], time_ms: int) -> Message:
        return await self._change(sql_board.edit_message, room, message_id, text, mentions, time_ms)

    async def delete_message(self, room: str, message_id: int, time_ms: int) -> Message:
        return await self._change(sql_board.delete_message, room, message_id, time_ms)

    async def reads(self, room: str) -> dict[str, int]:
        return await self._read(sql_board.reads, room)

    async def mark_read(self, room: str, member: str, message_id: int) -> None:
        await self._change(sql_board.mark_read, room, member, message_id)

    async def set_sprint(self, room: str, sprint: Sprint | None) -> None:
        await self._change(sql_sprints.set_sprint, room, sprint)

    async def end_sprint(self, room: str, by: Member, line: str, time_ms: int) -> Message | None:
        return await self._change(sql_sprints.end_sprint, room, by, line, time_ms)

    async def add_thread(self, thread: Thread, member: Member, text: str, mentions: Sequence[Mention] = ()) -> Thread:
        return await self._change(sql_comments.add_thread, thread, member, text, mentions)

    async def thread(self, room: str, thread: str) -> Thread | None:
        return await self._read(sql_comments.thread, room, thread)

    async def threads(self, room: str, document: str) -> list[Thread]:
        return await self._read(sql_comments.threads, room, document)

    async def threads_calling(self, room: str, member: str, *, limit: int) -> list[Thread]:
        return await self._read(sql_comments.threads_calling, room, member, limit)

    async def add_comment(
        self, thread: str, member: Member, text: str, time_ms: int, mentions: Sequence[Mention] = ()
    ) -> Comment:
        return await self._change(sql_comments.add_comment, thread, member, text, time_ms, mentions)

    async def edit_comment(self, thread: str, comment: int, text: str, time_ms: int, mentions: Sequence[Mention] = ()) -> None:
        await self._change(sql_comments.edit_comment, thread, comment, text, time_ms, mentions)

    async def delete_comment(self, thread: str, comment: int, time_ms: int) -> None:
        await self._change(sql_comments.delete_comment, thread, comment, time_ms)

    async def resolve_thread(self, thread: str, member: str | None, time_ms: int) -> None:
        await self._change(sql_comments.resolve_thread, thread, member, time_ms)

    async def add_version(self, version: Version) -> None:
        await self._change(sql_versions.add_version, version)

    async def versions(self, document: str) -> list[Version]:
        return await self._read(sql_versions.versions, document)

    async def retitle_version(self, document: str, version: str, title: str) -> Version:
        return await self._change(sql_versions.retitle_version, document, version, title)

    async def remove_version(self, document: str, version: str) -> None:
        await self._change(sql_versions.remove_version, document, version)

    async def keep_copy(self, room: str, document: str, member: str, data: bytes, time_ms: int) -> None:
        await self._change(sql_rows.keep_copy, room, document, member, data, time_ms)

    async def add_image(self, image: Image, most_bytes: int) -> None:
        await self._change(sql_images.add_image, image, most_bytes)

    async def image(self, image: str) -> Image | None:
        return await self._read(sql_images.image, image)

    async def images(self, room: str) -> list[Image]:
        return await self._read(sql_images.images, room)

    async def damage(self, document: str) -> str | None:
        return await self._read(sql_rows.damage, document)

    async def mark_damage(self, document: str, why: str | None) -> None:
        await self._change(sql_rows.mark_damage, document, why)

    async def taken(self, what: Named, ids: Sequence[str]) -> set[str]:
        return await self._read(sql_restore.taken, what, ids)

    async def announce(self, arrival: Arrival) -> None:
        await self._change(sql_arrivals.announce, arrival)

    async def arrivals(self) -> list[Arrival]:
        return await self._read(sql_arrivals.arrivals)

    async def withdraw(self, room: str) -> int | None:
        return await self._change(sql_arrivals.withdraw, room)

    async def forget_arrival(self, room: str) -> None:
        await self._change(sql_arrivals.forget, room)

    async def restore(self, new: Restored) -> None:
        await self._change(sql_restore.restore, new)

    # How they are run

    async def _change(self, change: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs it in the writer's thread; returns when it is committed."""
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._opened().change(Change(lambda connection: change(connection, *args, **kwargs), answer))
        return await answer

    async def _read(self, read: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs it in a reading thread, in one transaction, so that it sees one moment."""
        self._opened()

        def run() -> T:
            with self._reading.begin() as connection:
                return read(connection, *args, **kwargs)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, run)
        except DBAPIError as error:
            raise (UnreadableError() if is_damaged(error) else SavingError()) from error
        except SQLAlchemyError as error:
            raise SavingError from error


def _opening(connection: Connection, room: str, messages: int) -> Opening | None:
    record = sql_rows.room(connection, room)
    if record is None:
        return None
    return Opening(
        record,
        tuple(sql_people.lent(connection, room)),
        tuple(sql_board.messages(connection, room, limit=messages)),
        sql_board.reads(connection, room),
        sql_sprints.sprint(connection, room),
    )


def _call(callback: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """Somebody else's code: what goes wrong there is logged, and must not keep the news from the others."""
    try:
        callback(*args, **kwargs)
    except Exception:
        log.exception("what was to follow a commit failed")


def _answer(answer: asyncio.Future[Any], result: Any, error: Exception | None) -> None:
    if answer.done():  # whoever asked was cancelled meanwhile
        return
    if error is None:
        answer.set_result(result)
    else:
        answer.set_exception(error)


def _post(loop: asyncio.AbstractEventLoop, deliver: Callable[[Report], None], report: Report) -> None:
    if not loop.is_closed():  # a loop that was closed under an open store has nobody left to tell
        loop.call_soon_threadsafe(deliver, report)
