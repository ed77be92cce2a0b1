"""The writers' room: settings, loans of a grant, bans, pages that come back, comments, versions, images, what was read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.String()
COUNTER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("room", sa.Column("settings", sa.Text, nullable=False, server_default="{}"))
    op.add_column("room", sa.Column("sprint", sa.Text))
    op.add_column("page", sa.Column("kind", sa.Text, nullable=False, server_default="story"))
    op.add_column("page", sa.Column("removed_ms", sa.BigInteger))
    op.add_column("member", sa.Column("banned", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("message", sa.Column("edited_ms", sa.BigInteger))
    op.add_column("message", sa.Column("deleted_ms", sa.BigInteger))
    op.add_column("message", sa.Column("mentions", sa.Text, nullable=False, server_default="[]"))
    op.add_column("message", sa.Column("note", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "loan",
        sa.Column("room", ID, sa.ForeignKey("room.id"), primary_key=True),
        sa.Column("member", ID, primary_key=True),
        sa.Column("grant", sa.Text, primary_key=True),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sa.Column("given_by", ID, nullable=False),
    )
    op.create_table(
        "read",
        sa.Column("room", ID, sa.ForeignKey("room.id"), primary_key=True),
        sa.Column("member", ID, primary_key=True),
        sa.Column("message", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "thread",
        sa.Column("id", ID, primary_key=True),
        sa.Column("room", ID, sa.ForeignKey("room.id"), nullable=False),
        sa.Column("document", ID, nullable=False),
        sa.Column("quote", sa.Text, nullable=False),
        sa.Column("time_ms", sa.BigInteger, nullable=False),
        sa.Column("resolved_ms", sa.BigInteger),
        sa.Column("resolved_by", ID),
    )
    op.create_index("thread_document", "thread", ["document", "time_ms"])
    op.create_table(
        "comment",
        sa.Column("id", COUNTER, primary_key=True),
        sa.Column("thread", ID, sa.ForeignKey("thread.id"), nullable=False),
        sa.Column("member", ID, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("hue", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("time_ms", sa.BigInteger, nullable=False),
        sa.Column("edited_ms", sa.BigInteger),
        sa.Column("deleted_ms", sa.BigInteger),
        sa.Column("mentions", sa.Text, nullable=False, server_default="[]"),
    )
    op.create_index("comment_thread", "comment", ["thread", "id"])
    op.create_table(
        "version",
        sa.Column("id", ID, primary_key=True),
        sa.Column("room", ID, nullable=False),
        sa.Column("document", ID, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("time_ms", sa.BigInteger, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("member", ID, nullable=False),
        sa.Column("restores", sa.BigInteger),
        sa.Column("client", sa.BigInteger),
    )
    op.create_index("version_document", "version", ["document", "seq"])
    op.create_table(
        "image",
        sa.Column("id", ID, primary_key=True),
        sa.Column("room", ID, sa.ForeignKey("room.id"), nullable=False),
        sa.Column("member", ID, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("time_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("image_room", "image", ["room"])
    op.create_table(
        "arrival",
        sa.Column("room", ID, primary_key=True),
        sa.Column("documents", sa.Text, nullable=False),
        sa.Column("images", sa.Text, nullable=False),
    )
