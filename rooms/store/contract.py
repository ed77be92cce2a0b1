"""What a store promises. Every implementation passes `tests/contract/test_store.py`.

Two halves. **Rows** (rooms, pages, members, invites, board) are awaited: when the call returns, the change is committed.
The **log** is not awaited: `append` returns at once, entries of all rooms are committed together, and each entry's
`committed` is called on the event loop afterwards, in the order of appending within a document.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from rooms.model import (
    Comment,
    Grant,
    Image,
    Invite,
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


class LogEntry(NamedTuple):
    """One pulse of one document. A tuple, since one is made for every pulse: a frozen dataclass takes four times as long.

    `members` sent something in it; `clients` are CRDT client ids seen for the first time, each with the member that owns
    it. `committed` is called on the event loop once the entry is on disk. The store never drops an entry: where a commit
    fails it keeps it, in order, and tries again.
    """

    room: str
    document: str
    time_ms: int
    members: tuple[str, ...]
    update: bytes
    clients: tuple[tuple[int, str], ...]
    committed: Callable[[], None]


Named = Literal["room", "page", "thread", "version", "image"]
"""What has ids of its own."""


@dataclass(frozen=True, slots=True)
class LogRow:
    """One committed pulse. `update` is exactly what was appended: a row whose checksum fails raises UnreadableError."""

    seq: int
    time_ms: int
    members: tuple[str, ...]
    update: bytes


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows `first` to `last` of a document that were written without a pause, and who took part."""

    first: int
    last: int
    start_ms: int
    end_ms: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows `first` to `last` of a document merged into one update. A cache: raw rows stay, a lost fold is made again.

    `runs` are the clocks it holds as (client, first, end), `deletes_at` is the offset of the delete set in `update`, and
    `types` counts the nested types: what `rooms.scan.Scan` says of it. `deleted` is all that the rows up to `last` delete, from
    the first row of the document on, packed as `rooms.ranges.Ranges` can be opened at once: to read 24,000 ranges one by one,
    or to join those of two folds, takes 15 ms at every load.
    """

    level: int
    first: int
    last: int
    update: bytes
    runs: tuple[tuple[int, int, int], ...]
    deletes_at: int
    types: int
    deleted: bytes


@dataclass(frozen=True, slots=True)
class Arrival:
    """A room on its way in from elsewhere: the documents whose logs are appended, and the images that are kept."""

    room: str
    documents: tuple[str, ...]
    images: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """A room without its log, ready to be kept. `read` has places among `messages`, from 1; ids of messages and comments
    are given anew."""

    room: RoomRecord
    members: tuple[Member, ...]
    messages: tuple[Message, ...]
    read: dict[str, int]
    threads: tuple[Thread, ...]
    versions: tuple[Version, ...]
    images: tuple[Image, ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """What a room is opened with, as it was at one moment. `lent` are the members to whom something was lent; `messages` are
    the newest, oldest first; `read` is the last message that a member has read, by the member's id; `sprint` is the one that
    is under way or about to begin, or that nobody has ended yet."""

    record: RoomRecord
    lent: tuple[Member, ...]
    messages: tuple[Message, ...]
    read: dict[str, int]
    sprint: Sprint | None


class Log(Protocol):
    """The append log of every document, and its folds."""

    def append(self, entry: LogEntry) -> None:
        """Queues an entry. Raises RuntimeError if the store isn't open."""
        ...

    def pending_bytes(self, room: str) -> int:
        """Bytes of this room that are appended and not yet committed."""
        ...

    async def load(self, document: str) -> tuple[list[Fold], list[LogRow]]:
        """Folds in order, then the rows after the last of them. Waits for nothing pending.

        A damaged or missing fold is left out together with those after it, and the rows they covered are read instead: so
        folds and rows always follow one another, and whoever folds the rows makes no fold that reaches over another.
        Raises UnreadableError where a row is damaged, SavingError where the store can't be read.
        """
        ...

    async def rows(self, document: str, *, after: int = 0, limit: int = 1000) -> list[LogRow]:
        """The first `limit` rows after this `seq`, folded or not. Raises as `load` does."""
        ...

    async def last_row(self, document: str) -> int | None:
        """The `seq` of the newest row; None where there is none."""
        ...

    async def stretches(self, document: str, *, pause_ms: int, most_ms: int, cuts: Collection[int] = ()) -> list[Stretch]:
        """The whole log of a document without its bytes, in order.

        A stretch ends before a row that comes more than `pause_ms` after the one before it, or more than `most_ms` after the
        first of the stretch, and after the row that each of `cuts` names (or would: it needs not be one of this document).
        """
        ...

    async def fold(self, document: str, fold: Fold, replaces: Sequence[Fold]) -> None:
        """Adds a fold and drops those it replaces, and any other within its range, in one transaction."""
        ...

    async def owners(self, document: str) -> dict[int, str]:
        """CRDT client id to member id, as bound. The first binding of an id in a document stands for ever."""
        ...

    async def clients(self, document: str, ids: Sequence[int]) -> dict[int, str]:
        """The same for these ids alone."""
        ...


class Store(Log, Protocol):
    """Everything that is kept in rows.

    Besides what is said below, every call raises SavingError where the store can't be written or read, and what makes
    something in a room raises NoSuchRoomError where there is no such room.
    """

    async def open(self, failing: Callable[[str, BaseException | None], None]) -> None:
        """Migrates where needed and opens. `failing(room, error)` is called on the event loop when a room's entries can't
        be committed, and with None when they can again. Raises StoreTooNewError for a schema newer than this program and
        MigrationError for one that can't be brought up to date; nothing has been changed then."""
        ...

    async def close(self) -> None:
        """Commits what is pending (trying for a while), then closes. Raises SavingError, closed nevertheless, if something
        could not be committed. Does nothing where the store isn't open."""
        ...

    async def flush(self) -> None:
        """Returns when everything appended before this call is committed, and each `committed` was called.

        Tries at once, also what waits for its next try. Raises SavingError where anything is left uncommitted, of whatever
        room: `pending_bytes` says of which.
        """
        ...

    async def add_room(self, room: RoomRecord) -> None:
        """Adds a room with its pages. Raises BadRequestError where there is one under this id."""
        ...

    async def room(self, room: str) -> RoomRecord | None: ...
    async def opening(self, room: str, messages: int) -> Opening | None:
        """With at most so many messages. None for an unknown room."""
        ...

    async def rooms(self) -> list[RoomRecord]:
        """All of them, oldest first."""
        ...

    async def retitle_room(self, room: str, title: str) -> None: ...
    async def set_settings(self, room: str, settings: RoomSettings) -> None: ...
    async def add_page(self, page: Page) -> None:
        """Raises BadRequestError where there is a page under this id, in any room."""
        ...

    async def change_pages(self, pages: Sequence[Page]) -> None:
        """Keeps title, place, kind and `removed_ms` of these, in one transaction. Raises NotFoundError for an unknown one."""
        ...

    async def add_member(self, member: Member) -> Member:
        """Adds it, or returns the one that is there under this id in this room, removed or not.

        `hue` 0 asks for the hue that the fewest members of the room have (removed ones don't count), the lowest of several.
        """
        ...

    async def member(self, room: str, member: str) -> Member | None:
        """Removed ones are found too."""
        ...

    async def members(self, room: str) -> list[Member]:
        """In the order of joining, removed ones too: what they wrote is still there."""
        ...

    # These raise NotFoundError for an unknown member.
    async def grant(self, room: str, member: str, role: Role, grants: frozenset[Grant]) -> Member:
        """Another role; what was lent ends with the old one."""
        ...

    async def rename(self, room: str, member: str, name: str) -> Member: ...
    async def remove_member(self, room: str, member: str, *, ban: bool = False) -> Member:
        """With `ban` the invite it came by is revoked in the same transaction. What was lent to it ends."""
        ...

    async def readmit_member(self, room: str, member: str) -> Member:
        """Neither removed nor banned any longer, with the role it had. The invite it came by stays as it is."""
        ...

    async def lend(self, room: str, member: str, loan: Loan, by: str, now_ms: int) -> Member:
        """In the place of an earlier loan of the same grant. Loans of the room that had ended before `now_ms` are dropped;
        until then they come with the member as they were made."""
        ...

    async def take_back(self, room: str, member: str, grant: Grant) -> Member:
        """Does nothing where the grant isn't lent."""
        ...

    async def add_invite(self, invite: Invite) -> None: ...
    async def invite(self, invite: str) -> Invite | None: ...
    async def invites(self, room: str) -> list[Invite]: ...
    async def use_invite(self, invite: str, member: Member, now_ms: int) -> Member:
        """Counts one use and adds the member, in one transaction; the invite is noted in the member's row. Raises
        UnknownPersonError where the invite is unknown, of another room, revoked, expired or used up."""
        ...

    async def revoke_invite(self, invite: str, *, members_too: bool, but: str | None = None) -> list[Member]:
        """Returns the members it removed (none unless asked, and never `but`). Raises NotFoundError for an unknown invite."""
        ...

    async def add_message(
        self,
        room: str,
        member: Member,
        text: str,
        time_ms: int,
        *,
        mentions: Sequence[Mention] = (),
        note: bool = False,
    ) -> Message: ...
    async def messages(self, room: str, *, before: int | None = None, limit: int = 50) -> list[Message]:
        """The newest `limit` messages older than id `before`, oldest first."""
        ...

    async def message(self, room: str, message_id: int) -> Message | None: ...

    # These two raise NotFoundError for an unknown or deleted message.
    async def edit_message(
        self, room: str, message_id: int, text: str, mentions: Sequence[Mention], time_ms: int
    ) -> Message: ...
    async def delete_message(self, room: str, message_id: int, time_ms: int) -> Message:
        """Its place stays; its text is overwritten."""
        ...

    async def reads(self, room: str) -> dict[str, int]:
        """Member id to the id of the last message that the member has read."""
        ...

    async def mark_read(self, room: str, member: str, message_id: int) -> None:
        """Never goes back: a smaller id than the one that is kept changes nothing."""
        ...

    async def set_sprint(self, room: str, sprint: Sprint | None) -> None: ...
    async def end_sprint(self, room: str, by: Member, line: str, time_ms: int) -> Message | None:
        """Takes the room's sprint away and notes it on the board, in one transaction. None where there was none."""
        ...

    async def add_thread(self, thread: Thread, member: Member, text: str, mentions: Sequence[Mention] = ()) -> Thread:
        """Adds a thread with its first comment. Raises BadRequestError where there is one under this id, in any room."""
        ...

    async def thread(self, room: str, thread: str) -> Thread | None:
        """Also one without a comment left."""
        ...

    async def threads(self, room: str, document: str) -> list[Thread]:
        """Those with a comment left, oldest first."""
        ...

    async def threads_calling(self, room: str, member: str, *, limit: int) -> list[Thread]:
        """Open ones in which a comment mentions this member, of all documents; at most so many, the newest comment first."""
        ...

    async def add_comment(
        self, thread: str, member: Member, text: str, time_ms: int, mentions: Sequence[Mention] = ()
    ) -> Comment: ...

    # These two raise NotFoundError for a comment that isn't in this thread, or was deleted.
    async def edit_comment(
        self, thread: str, comment: int, text: str, time_ms: int, mentions: Sequence[Mention] = ()
    ) -> None: ...
    async def delete_comment(self, thread: str, comment: int, time_ms: int) -> None:
        """Its words are gone for good."""
        ...

    async def resolve_thread(self, thread: str, member: str | None, time_ms: int) -> None:
        """Notes who resolved it; None opens it again. Raises NotFoundError."""
        ...

    async def add_version(self, version: Version) -> None: ...
    async def versions(self, document: str) -> list[Version]:
        """In the order of the moments they name."""
        ...

    # These two raise NotFoundError for an unknown version.
    async def retitle_version(self, document: str, version: str, title: str) -> Version: ...
    async def remove_version(self, document: str, version: str) -> None: ...

    async def keep_copy(self, room: str, document: str, member: str, data: bytes, time_ms: int) -> None:
        """Keeps bytes that a browser sent in for a document that can't be opened, as they are."""
        ...

    async def add_image(self, image: Image, most_bytes: int) -> None:
        """Raises FullError where the room's images would come to more bytes than that, BadRequestError where there is one
        under this id, in any room."""
        ...

    async def image(self, image: str) -> Image | None: ...
    async def images(self, room: str) -> list[Image]:
        """All of the room, oldest first."""
        ...

    async def damage(self, document: str) -> str | None:
        """Why a document was marked (its worker died while rendering it), or None."""
        ...

    async def mark_damage(self, document: str, why: str | None) -> None:
        """Marks a document, or with None takes the mark away."""
        ...

    async def taken(self, what: Named, ids: Sequence[str]) -> set[str]:
        """Those of these ids that are in use, in any room or on their way in; a page's also where it is only in the log."""
        ...

    async def announce(self, arrival: Arrival) -> None:
        """Keeps that a room is on its way in, before the first row of its log: so that it can be taken back. Raises
        BadRequestError where something of it is on its way already."""
        ...

    async def arrivals(self) -> list[Arrival]: ...
    async def withdraw(self, room: str) -> int | None:
        """Takes back some rows of the log of a room on its way in, and says how many; again, until it says 0. None where no
        such room is on its way, also where it has come in meanwhile."""
        ...

    async def forget_arrival(self, room: str) -> None:
        """When everything of it was taken back."""
        ...

    async def restore(self, new: Restored) -> None:
        """Keeps a room that comes from elsewhere, all of it in one transaction, and it is on its way no longer. Its log is
        appended before, as any.

        Raises BadRequestError where there is a room under its id, or a page under one of theirs.
        """
        ...
