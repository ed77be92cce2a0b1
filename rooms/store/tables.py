"""The tables, in SQLAlchemy Core, and the revisions their schema went through.

What is here is the newest schema. The way to it is `migrations/versions/`; a test holds the two together. Times are
milliseconds since 1970, sizes and offsets are bytes, ids are short strings.

The log and what belongs to it refer to rooms and documents by id alone, without foreign keys: an entry must never fail to
be kept because of another row.
"""

from __future__ import annotations

from sqlalchemy.schema import Column, ForeignKey, Index, MetaData, Table
from sqlalchemy.sql.expression import false
from sqlalchemy.types import BigInteger, Boolean, Integer, LargeBinary, String, Text

REVISIONS = ("0001", "0002")
"""Every revision that this program can bring up to date, oldest first. Known here so that serving needn't import Alembic."""

HEAD = REVISIONS[-1]

ID = String()  # of any length: what an id may be is decided at the doors, and never here, too late
# SQLite counts up by itself only in a column that is exactly INTEGER (64 bits there).
COUNTER = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()

room = Table(
    "room",
    metadata,
    Column("id", ID, primary_key=True),
    Column("title", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("main", ID, nullable=False),
    Column("settings", Text, nullable=False, server_default="{}"),  # JSON: what the lead has set
    Column("sprint", Text),  # JSON: the one that is under way or about to begin
)

page = Table(
    "page",
    metadata,
    Column("id", ID, primary_key=True),
    Column("room", ID, ForeignKey("room.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("place", Integer, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("kind", Text, nullable=False, server_default="story"),
    Column("removed_ms", BigInteger),  # a page that was removed stays, and can be brought back
    Index("page_room", "room", "place"),
)

# A member id is unique within its room only: an operator's token carries one id into many rooms.
member = Table(
    "member",
    metadata,
    Column("room", ID, ForeignKey("room.id"), primary_key=True),
    Column("id", ID, primary_key=True),
    Column("name", Text, nullable=False),
    Column("hue", Integer, nullable=False),
    Column("role", Text, nullable=False),
    Column("grants", Text, nullable=False),
    Column("invite", ID),
    Column("joined_ms", BigInteger, nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("banned", Boolean, nullable=False, server_default=false()),
    Index("member_invite", "invite"),
)

# One grant beyond the role's, for a while.
loan = Table(
    "loan",
    metadata,
    Column("room", ID, ForeignKey("room.id"), primary_key=True),
    Column("member", ID, primary_key=True),
    Column("grant", Text, primary_key=True),
    Column("until_ms", BigInteger, nullable=False),
    Column("given_by", ID, nullable=False),
)

invite = Table(
    "invite",
    metadata,
    Column("id", ID, primary_key=True),
    Column("room", ID, ForeignKey("room.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("created_by", ID),
    Column("expires_ms", BigInteger),
    Column("uses", Integer),
    Column("used", Integer, nullable=False),
    Column("revoked", Boolean, nullable=False),
    Index("invite_room", "room", "created_ms"),
)

message = Table(
    "message",
    metadata,
    Column("id", COUNTER, primary_key=True),
    Column("room", ID, ForeignKey("room.id"), nullable=False),
    Column("member", ID, nullable=False),
    Column("name", Text, nullable=False),
    Column("hue", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("edited_ms", BigInteger),
    Column("deleted_ms", BigInteger),
    Column("mentions", Text, nullable=False, server_default="[]"),  # JSON: pairs of member id and name
    Column("note", Boolean, nullable=False, server_default=false()),
    Index("message_room", "room", "id"),
)

# The last message that a member has read.
read = Table(
    "read",
    metadata,
    Column("room", ID, ForeignKey("room.id"), primary_key=True),
    Column("member", ID, primary_key=True),
    Column("message", BigInteger, nullable=False),
)

# Where a thread is anchored lies in the document itself, as a mark with the thread's id; `quote` is what it was put on.
thread = Table(
    "thread",
    metadata,
    Column("id", ID, primary_key=True),
    Column("room", ID, ForeignKey("room.id"), nullable=False),
    Column("document", ID, nullable=False),
    Column("quote", Text, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("resolved_ms", BigInteger),
    Column("resolved_by", ID),
    Index("thread_document", "document", "time_ms"),
)

comment = Table(
    "comment",
    metadata,
    Column("id", COUNTER, primary_key=True),
    Column("thread", ID, ForeignKey("thread.id"), nullable=False),
    Column("member", ID, nullable=False),
    Column("name", Text, nullable=False),
    Column("hue", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("edited_ms", BigInteger),
    Column("deleted_ms", BigInteger),
    Column("mentions", Text, nullable=False, server_default="[]"),  # JSON: pairs of member id and name
    Index("comment_thread", "thread", "id"),
)

# The raw rows are the truth: only ever inserted, never rewritten, never deleted.
log = Table(
    "log",
    metadata,
    Column("seq", COUNTER, primary_key=True),
    Column("document", ID, nullable=False),
    Column("room", ID, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("members", LargeBinary, nullable=False),
    Column("update", LargeBinary, nullable=False),
    Column("crc32", BigInteger, nullable=False),
    Index("log_document", "document", "seq"),
)

# A cache of the log: any row may vanish, and is then made again.
fold = Table(
    "fold",
    metadata,
    Column("document", ID, primary_key=True),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, primary_key=True, autoincrement=False),
    Column("level", Integer, nullable=False),
    Column("deletes_at", BigInteger, nullable=False),
    Column("types", BigInteger, nullable=False),
    Column("runs", LargeBinary, nullable=False),
    Column("deleted", LargeBinary, nullable=False),
    Column("update", LargeBinary, nullable=False),
    Column("crc32", BigInteger, nullable=False),
)

client = Table(
    "client",
    metadata,
    Column("document", ID, primary_key=True),
    # Up to 2^53 - 1, which is what Yjs clients may draw.
    Column("client", BigInteger, primary_key=True, autoincrement=False),
    Column("member", ID, nullable=False),
)

# A name for a moment of a document: everything up to the row `seq` of its log.
version = Table(
    "version",
    metadata,
    Column("id", ID, primary_key=True),
    Column("room", ID, nullable=False),
    Column("document", ID, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("title", Text, nullable=False),
    Column("member", ID, nullable=False),
    Column("restores", BigInteger),  # the row whose page was brought back here,
    Column("client", BigInteger),  # and the CRDT client id that wrote it
    Index("version_document", "document", "seq"),
)

# The bytes are in the data folder, under this id.
image = Table(
    "image",
    metadata,
    Column("id", ID, primary_key=True),
    Column("room", ID, ForeignKey("room.id"), nullable=False),
    Column("member", ID, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Index("image_room", "room"),
)

arrival = Table(
    "arrival",
    metadata,
    Column("room", ID, primary_key=True),
    Column("documents", Text, nullable=False),
    Column("images", Text, nullable=False),
)

copy = Table(
    "copy",
    metadata,
    Column("id", COUNTER, primary_key=True),
    Column("room", ID, nullable=False),
    Column("document", ID, nullable=False),
    Column("member", ID, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Index("copy_document", "document"),
)

damage = Table(
    "damage",
    metadata,
    Column("document", ID, primary_key=True),
    Column("why", Text, nullable=False),
)
