"""The first schema: rooms and their people, the board, the log with its folds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.String()
COUNTER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "room",
        sa.Column("id", ID, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("main", ID, nullable=False),
    )
    op.create_table(
        "page",
        sa.Column("id", ID, primary_key=True),
        sa.Column("room", ID, sa.ForeignKey("room.id"), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("page_room", "page", ["room", "place"])
    op.create_table(
        "member",
        sa.Column("room", ID, sa.ForeignKey("room.id"), primary_key=True),
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("hue", sa.Integer, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("grants", sa.Text, nullable=False),
        sa.Column("invite", ID),
        sa.Column("joined_ms", sa.BigInteger, nullable=False),
        sa.Column("removed", sa.Boolean, nullable=False),
    )
    op.create_index("member_invite", "member", ["invite"])
    op.create_table(
        "invite",
        sa.Column("id", ID, primary_key=True),
        sa.Column("room", ID, sa.ForeignKey("room.id"), nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("created_by", ID),
        sa.Column("expires_ms", sa.BigInteger),
        sa.Column("uses", sa.Integer),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("revoked", sa.Boolean, nullable=False),
    )
    op.create_index("invite_room", "invite", ["room", "created_ms"])
    op.create_table(
        "message",
        sa.Column("id", COUNTER, primary_key=True),
        sa.Column("room", ID, sa.ForeignKey("room.id"), nullable=False),
        sa.Column("member", ID, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("hue", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("time_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("message_room", "message", ["room", "id"])
    op.create_table(
        "log",
        sa.Column("seq", COUNTER, primary_key=True),
        sa.Column("document", ID, nullable=False),
        sa.Column("room", ID, nullable=False),
        sa.Column("time_ms", sa.BigInteger, nullable=False),
        sa.Column("members", sa.LargeBinary, nullable=False),
        sa.Column("update", sa.LargeBinary, nullable=False),
        sa.Column("crc32", sa.BigInteger, nullable=False),
    )
    op.create_index("log_document", "log", ["document", "seq"])
    op.create_table(
        "fold",
        sa.Column("document", ID, primary_key=True),
        sa.Column("first", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("last", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("deletes_at", sa.BigInteger, nullable=False),
        sa.Column("types", sa.BigInteger, nullable=False),
        sa.Column("runs", sa.LargeBinary, nullable=False),
        sa.Column("deleted", sa.LargeBinary, nullable=False),
        sa.Column("update", sa.LargeBinary, nullable=False),
        sa.Column("crc32", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "client",
        sa.Column("document", ID, primary_key=True),
        sa.Column("client", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("member", ID, nullable=False),
    )
    op.create_table(
        "copy",
        sa.Column("id", COUNTER, primary_key=True),
        sa.Column("room", ID, nullable=False),
        sa.Column("document", ID, nullable=False),
        sa.Column("member", ID, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("time_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("copy_document", "copy", ["document"])
    op.create_table(
        "damage",
        sa.Column("document", ID, primary_key=True),
        sa.Column("why", sa.Text, nullable=False),
    )
