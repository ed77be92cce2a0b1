"""Opens the database of a URL: the one place that knows SQLite from any other. Knows no table but Alembic's own.

SQLite runs in WAL mode with `synchronous=FULL`: a commit returns when it is on the disk, and readers never wait for the
writer. The driver's own idea of when a transaction begins is switched off (`isolation_level=None`), since it begins none
for DDL or reads; instead SQLAlchemy's `begin` event says BEGIN, as its documentation of the SQLite dialect advises.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine, create_engine
from sqlalchemy.engine.url import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.inspection import inspect
from sqlalchemy.pool import NullPool
from sqlalchemy.sql.expression import column, select, table

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection

BUSY_S = 2.0
"""How long a statement waits for another process that is writing. `?timeout=` in a SQLite URL says otherwise."""

READERS = 2

# https://www.sqlite.org/rescode.html: what SQLite says of a file with wrong bytes in it.
SQLITE_CORRUPT = 11
SQLITE_NOTADB = 26


def parse_url(text: str) -> URL:
    """Raises ValueError where nothing can be kept under this URL, with a sentence that doesn't repeat it (passwords)."""
    try:
        url = make_url(text)
        url.get_dialect().import_dbapi()
    except ArgumentError as error:
        raise ValueError("must be a database's URL, such as sqlite:////srv/tutti/tutti.sqlite") from error
    except ImportError as error:
        raise ValueError(f"needs a package that is not installed here: {error.name}") from error
    database_file(url)
    return url


def open_engine(url: URL) -> Engine:
    """An engine for one connection that writes and READERS that read (see below). Connects to nothing yet."""
    # An error that can't be helped is logged: with the statement, but without the people's words in its values.
    options: dict[str, Any] = {"pool_size": 1 + READERS, "max_overflow": 0, "hide_parameters": True}
    if not is_sqlite(url):
        return create_engine(url, pool_pre_ping=True, **options)
    busy_ms = int(float(str(url.query.get("timeout", BUSY_S))) * 1000)
    engine = create_engine(url, connect_args={"isolation_level": None}, **options)

    def on_connect(connection: DBAPIConnection, _: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {busy_ms}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA secure_delete = FAST")  # a message that was taken back isn't left in the file
        cursor.close()

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", begin)
    return engine


def begin(connection: Connection) -> None:
    """Begins a transaction of the driver's, past SQLAlchemy. Where SQLAlchemy begins one on SQLite it calls this.

    One that will write takes SQLite's lock at its beginning: if it read first it could not take it later, should somebody
    else have written in between.
    """
    if not is_sqlite(connection.engine.url):
        return  # there a transaction begins with its first statement
    statement = "BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN"
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute(statement)
    except sqlite3.Error as error:
        raise OperationalError(statement, None, error) from error


def writing(engine: Engine) -> Engine:
    """The same engine, for transactions that write."""
    return engine.execution_options(writes=True)


def reading(engine: Engine) -> Engine:
    """The same engine, for transactions that read: each sees one moment. SQLite's always do."""
    return engine if is_sqlite(engine.url) else engine.execution_options(isolation_level="REPEATABLE READ")


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def database_file(url: URL) -> Path | None:
    """The file of a SQLite URL, None for any other database. Raises ValueError for a database without a file."""
    if not is_sqlite(url):
        return None
    if url.database in {None, "", ":memory:"}:
        raise ValueError("must name a file: what is in memory alone can't be kept")
    return Path(str(url.database))


def make_file(file: Path) -> None:
    """Makes the file, and its folder, where there is none: for this user alone, since words of others are in it.

    SQLite gives its neighbours (`-wal`, `-shm`) the mode of the file.
    """
    with suppress(FileExistsError):
        file.parent.mkdir(mode=0o700, parents=True)
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def stored_revision(url: URL) -> str | None:
    """The revision that Alembic noted in the database, None in an empty one. Writes nothing, not even the journal mode."""
    file = database_file(url)
    if file is not None and not file.exists():
        return None
    engine = create_engine(url, poolclass=NullPool)
    version = table("alembic_version", column("version_num"))
    with engine.connect() as connection:
        if not inspect(connection).has_table(version.name):
            return None
        revision = connection.execute(select(version.c.version_num)).scalar()
        return None if revision is None else str(revision)


def is_damaged(error: DBAPIError) -> bool:
    """Whether it was the stored bytes that couldn't be read, which trying again won't mend."""
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    return code in {SQLITE_CORRUPT, SQLITE_NOTADB}
