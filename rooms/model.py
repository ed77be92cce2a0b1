"""The studio's nouns as frozen records: who, where, what they may do. Holds no behaviour beyond asking a member what it may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Grant(StrEnum):
    """One thing a member may do."""

    READ = "read"
    WRITE = "write"
    COMMENT = "comment"
    PLAY = "play"
    SPEAK = "speak"
    RECORD = "record"
    INVITE = "invite"
    MODERATE = "moderate"


class Role(StrEnum):
    """A named set of grants."""

    LEAD = "lead"
    CO_LEAD = "co-lead"
    CONTRIBUTOR = "contributor"
    SPECTATOR = "spectator"


GRANTS: Mapping[Role, frozenset[Grant]] = MappingProxyType(
    {
        Role.LEAD: frozenset(Grant),
        Role.CO_LEAD: frozenset(Grant),
        Role.CONTRIBUTOR: frozenset({Grant.READ, Grant.WRITE, Grant.COMMENT, Grant.PLAY, Grant.SPEAK, Grant.RECORD}),
        Role.SPECTATOR: frozenset({Grant.READ}),
    }
)

LENDABLE = frozenset({Grant.WRITE, Grant.COMMENT, Grant.PLAY, Grant.SPEAK, Grant.RECORD})
"""What may be lent for a while. Who rules the room isn't: that is a role."""

HUES = 8
"""People's colours are numbered 1 to HUES; red is not among them. The page's tokens `--h1` … `--h8` give them their look."""


@dataclass(frozen=True, slots=True)
class Loan:
    """One grant beyond the role's, until a time."""

    grant: Grant
    until_ms: int


@dataclass(frozen=True, slots=True)
class Member:
    """Whoever is in a room: the same record for a tab, a `y-websocket` client, a script."""

    id: str
    room: str
    name: str
    hue: int
    role: Role
    grants: frozenset[Grant]
    invite: str | None = None
    joined_ms: int = 0
    removed: bool = False
    banned: bool = False
    """Removed, and the way they came in by was shut."""
    loans: tuple[Loan, ...] = ()
    """Those that have ended are taken out by `rooms.people`, which has a clock."""

    @property
    def allowed(self) -> frozenset[Grant]:
        """The role's grants and those lent; nothing for a removed member."""
        return frozenset() if self.removed else self.grants.union(loan.grant for loan in self.loans)

    def may(self, grant: Grant) -> bool:
        return grant in self.allowed


class PageKind(StrEnum):
    """What a page is written as, told when it is added."""

    STORY = "story"
    SONG = "song"
    SCRIPT = "script"
    NOTES = "notes"


@dataclass(frozen=True, slots=True)
class Page:
    """One document of a room as people see it in the list: its id never changes or moves."""

    id: str
    room: str
    title: str
    place: int
    created_ms: int
    kind: PageKind = PageKind.STORY
    removed_ms: int | None = None
    """When it was taken off the list. Its text and its history stay, and it can be brought back."""


@dataclass(frozen=True, slots=True)
class Sprint:
    """Everybody writes for a while, by one clock. Times are the server's."""

    prompt: str
    """What to write about; empty for whatever comes."""
    start_ms: int
    end_ms: int
    by: str
    """The id of the member who started it."""
    people: tuple[tuple[str, str], ...] = ()
    """Who is in it: ids and names, in the order they came."""


class Talk(StrEnum):
    """Who may write on the board."""

    EVERYONE = "everyone"
    WRITERS = "writers"


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """What the leads have set."""

    closed: bool = False
    """The closed door: the draft is hidden from everyone without `write`."""
    locked: bool = False
    """Nobody new comes in."""
    talk: Talk = Talk.EVERYONE


@dataclass(frozen=True, slots=True)
class RoomRecord:
    """What is kept of a room beside its members, log and board. `pages` is ordered by place; the first made is `main`.

    `removed` holds the pages that were taken off the list, the last one first.
    """

    id: str
    title: str
    kind: str
    created_ms: int
    main: str
    pages: tuple[Page, ...] = ()
    removed: tuple[Page, ...] = ()
    settings: RoomSettings = RoomSettings()


@dataclass(frozen=True, slots=True)
class Invite:
    """A way in. `expires_ms` and `uses` are None where there is no end; `used` counts the members that came by it."""

    id: str
    room: str
    role: Role
    created_ms: int
    created_by: str | None = None
    expires_ms: int | None = None
    uses: int | None = None
    used: int = 0
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody whom a message or a comment calls by `@` and this name."""

    member: str
    name: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message on the board. `name` and `hue` are the author's at the time of writing.

    A deleted one keeps its place and its author, and nothing of its text.
    """

    id: int
    room: str
    member: str
    name: str
    hue: int
    text: str
    time_ms: int
    mentions: tuple[Mention, ...] = ()
    edited_ms: int | None = None
    deleted_ms: int | None = None
    note: bool = False
    """A line the room writes itself, such as what a sprint was; `member` is whose doing it was."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture in a room, as the studio made it of what was sent. The bytes are a blob under its id."""

    id: str
    room: str
    member: str
    media_type: str
    width: int
    height: int
    bytes: int
    time_ms: int


@dataclass(frozen=True, slots=True)
class Comment:
    """One thing said in a thread. `name` and `hue` are the author's at the time of writing."""

    id: int
    member: str
    name: str
    hue: int
    text: str
    time_ms: int
    edited_ms: int | None = None
    mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation about some words of a document.

    Where it is anchored lies in the document itself, as a mark with this id; `quote` is what the words were when it began.
    `comments` are in the order of writing, without the deleted ones: a thread without any is gone.
    """

    id: str
    room: str
    document: str
    quote: str
    time_ms: int
    resolved_ms: int | None = None
    resolved_by: str | None = None
    comments: tuple[Comment, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """A name for a moment of a document: everything up to the row `seq` of its log.

    One that tells of a page that was brought back has the moment it `restores`, and the CRDT client id that wrote it.
    """

    id: str
    room: str
    document: str
    seq: int
    time_ms: int
    title: str
    member: str
    restores: int | None = None
    client: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Every bound the studio keeps, with its default. Each is a setting (`server/settings.py`)."""

    message_bytes: int = 16 << 20
    """The largest message a member may send, in bytes."""
    members_per_room: int = 1000
    awareness_bytes: int = 64 << 10
    read_bytes_per_s: int = 1 << 20
    """What is read from one connection in the long run; ten seconds' worth may come at once."""
    read_messages_per_s: int = 2000
    value_depth: int = 64
    """How deep embedded JSON-like values may nest."""
    types_per_document: int = 100_000
    structs_per_update: int = 4_000_000
    documents_per_room: int = 200
    board_message_chars: int = 4000
    comment_chars: int = 4000
    quote_chars: int = 400
    """How much of the words that a thread is about is kept with it."""
    threads_per_document: int = 2000
    comments_per_thread: int = 500
    sprint_minutes: int = 240
    """The longest that a sprint may last, from its beginning to its end."""
    sprint_wait_s: int = 60
    """The longest that a sprint may wait before it begins."""
    loan_minutes: int = 1440
    """The longest that a grant is lent."""
    name_chars: int = 80
    title_chars: int = 200
    outbox_bytes: int = 4 << 20
    """What may wait for one connection beyond its first snapshot, in bytes."""
    send_buffer_bytes: int = 0
    """The kernel's send buffer for one connection; 0 leaves it to the kernel."""
    silence_s: float = 10.0
    """How long a connection may neither answer a ping nor take a byte of what waits for it."""
    ping_s: float = 4.0
    unsaved_bytes_per_room: int = 64 << 20
    """What a room keeps in memory while its store fails, before it stops taking edits."""
    pulse_s: float = 0.02
    """The least time between two pulses of a busy document."""
    commit_s: float = 0.03
    """The least time between two commits of the log. See docs/decisions/0009-commits.md."""
    retry_s: float = 1.0
    """How long the log waits after a failed commit."""
    large_update_bytes: int = 64 << 10
    """From here on an update is scanned, and a piece diffed, in the worker process instead of the event loop."""
    worker_memory_bytes: int = 1 << 30
    worker_seconds: float = 30.0
    worker_idle_s: float = 30.0
    """How long the worker process stays after its last task."""
    room_idle_s: float = 5.0
    """How long a room stays open that nobody needs: who reloads a page, or asks one thing after another, finds it loaded."""
    fold_rows: int = 2048
    """How many rows of the log a document gathers before they are folded while people write."""
    fold_rows_at_close: int = 128
    fold_bytes: int = 64 << 10
    """So many bytes are folded, too, however few rows they are."""
    history_pause_s: float = 300.0
    """A pause this long ends a moment of a document's history."""
    history_moment_s: float = 3600.0
    """How long a moment may last where nobody pauses."""
    versions_per_document: int = 1000
    bundle_bytes: int = 1 << 30
    """The largest bundle of a room that is opened, packed or not."""
    file_bytes: int = 32 << 20
    """The largest file with pictures that is brought in; one without is a message."""
    pictures_per_file: int = 200
    """How many pictures a file may bring."""
    unpacked_bytes: int = 64 << 20
    """What a file that is brought in may unpack to."""
    copy_bytes: int = 64 << 20
    """The largest copy a browser may send in for a document that can't be opened."""
    image_bytes: int = 10 << 20
    """The largest picture a member may send, in bytes."""
    image_side_px: int = 8000
    """How wide and how high a picture may be."""
    image_bytes_per_room: int = 1 << 30
    sessions_per_stage: int = 1000
    """How many connections a stage takes, of who is heard and who listens."""
    publishers_per_stage: int = 64
    """How many may be heard at once."""
    stage_join_s: float = 20.0
    """How long a connection to the stage may take to come about."""
    stage_silence_s: float = 30.0
    """How long nothing may come from a connection before it is given up (RFC 7675, section 5.1)."""
    packets_per_s: int = 500
    """How many packets of sound one connection may send in a second; those beyond are dropped."""
