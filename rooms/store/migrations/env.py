"""Run by Alembic for every command, inside the transaction that `rooms.store.migrate` has begun."""

from __future__ import annotations

from alembic import context

from rooms.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
