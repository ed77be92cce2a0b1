"""Migrations: the schema they lead to, what they refuse, and that they leave everything as it was when they fail."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine.url import URL, make_url

from rooms.errors import MigrationError, SavingError, StoreTooNewError
from rooms.model import Limits
from rooms.store.engine import open_engine, stored_revision
from rooms.store.migrate import prepare, script_config, upgrade
from rooms.store.sql import SqlStore
from rooms.store.tables import HEAD, REVISIONS, metadata


def contents(file: Path) -> list[str]:
    connection = sqlite3.connect(file)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


def execute(file: Path, script: str) -> None:
    connection = sqlite3.connect(file)
    connection.executescript(script)
    connection.close()


def ignore(room: str, error: BaseException | None) -> None:
    pass


@pytest.fixture
def url(tmp_path: Path) -> URL:
    return make_url(f"sqlite:///{tmp_path / 'tutti.db'}")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tutti.db"


def test_the_revisions_are_those_of_the_scripts() -> None:
    scripts = ScriptDirectory.from_config(script_config())
    assert tuple(script.revision for script in reversed(list(scripts.walk_revisions()))) == REVISIONS
    assert scripts.get_current_head() == HEAD


def test_the_revisions_lead_to_the_tables(url: URL) -> None:
    upgrade(url, script_config())
    engine = open_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_a_new_database_is_for_its_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    file = folder / "tutti.db"
    url = make_url(f"sqlite:///{file}")
    assert stored_revision(url) is None
    assert not folder.exists()
    prepare(url)
    assert stored_revision(url) == HEAD
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_what_sqlite_puts_beside_the_file_is_for_its_user_alone_too(tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path / 'data' / 'tutti.db'}", Limits())
    await store.open(ignore)
    await store.mark_damage("story", "none")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").iterdir()}
    await store.close()
    assert modes == {"tutti.db": 0o600, "tutti.db-wal": 0o600, "tutti.db-shm": 0o600}


def test_a_folder_that_was_there_keeps_its_mode(tmp_path: Path, url: URL) -> None:
    tmp_path.chmod(0o755)
    prepare(url)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_the_program_takes_its_url_as_an_argument_too(url: URL) -> None:
    subprocess.run([sys.executable, "-m", "rooms.store.migrate", str(url)], check=True)
    assert stored_revision(url) == HEAD


def test_a_newer_database_is_refused_and_not_touched(url: URL, file: Path) -> None:
    prepare(url)
    execute(file, "UPDATE alembic_version SET version_num = '9999'; PRAGMA journal_mode = DELETE")
    before = file.read_bytes()
    with pytest.raises(StoreTooNewError):
        asyncio.run(SqlStore(str(url), Limits()).open(ignore))
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["tutti.db"]


def test_a_file_that_is_no_database_is_refused_and_not_touched(url: URL, file: Path) -> None:
    file.write_bytes(b"These are somebody's notes, and no database at all. " * 100)
    before = file.read_bytes()
    with pytest.raises(SavingError):
        asyncio.run(SqlStore(str(url), Limits()).open(ignore))
    assert file.read_bytes() == before


def test_a_failed_migration_leaves_what_was_there(
    url: URL, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's table is in the way of the first revision, in the middle of it."""
    execute(file, "CREATE TABLE message (words TEXT); INSERT INTO message VALUES ('keep me')")
    before = contents(file)
    with pytest.raises(MigrationError):
        prepare(url)
    assert contents(file) == before
    assert stored_revision(url) is None


LATER = """
from alembic import op
import sqlalchemy as sa

revision = "{revision}"
down_revision = "{down}"

def upgrade():
    op.create_table("later{revision}", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("UPDATE room SET title = 'changed'")
    {end}
"""


@pytest.fixture
def later(tmp_path: Path) -> Path:
    folder = tmp_path / "later"
    folder.mkdir()
    (folder / "a.py").write_text(LATER.format(revision="later1", down=HEAD, end="pass"))
    return folder


async def test_a_database_of_the_first_revision_keeps_its_rooms_people_and_messages(url: URL, file: Path) -> None:
    upgrade(url, script_config(), to="0001")
    execute(
        file,
        "INSERT INTO room VALUES ('attic', 'Attic', 'story', 1, 'story');"
        "INSERT INTO page VALUES ('story', 'attic', 'Story', 0, 1);"
        "INSERT INTO member VALUES ('attic', 'ana', 'Ana', 1, 'lead', 'read write', NULL, 1, 0);"
        "INSERT INTO message VALUES (1, 'attic', 'ana', 'Ana', 1, 'Hello', 1)",
    )
    store = SqlStore(str(url), Limits())
    await store.open(ignore)
    try:
        record = await store.room("attic")
        assert record is not None
        assert [page.id for page in record.pages] == ["story"]
        assert [member.name for member in await store.members("attic")] == ["Ana"]
        assert [message.text for message in await store.messages("attic")] == ["Hello"]
    finally:
        await store.close()
    assert stored_revision(url) == HEAD


def test_an_older_database_is_brought_up_to_date(url: URL, file: Path, later: Path) -> None:
    prepare(url)
    execute(file, "INSERT INTO room (id, title, kind, created_ms, main) VALUES ('attic', 'Attic', 'story', 1, 'story')")
    upgrade(url, script_config(later))
    assert stored_revision(url) == "later1"
    assert any("'changed'" in line for line in contents(file))


def test_a_chain_of_migrations_that_fails_at_its_end_is_undone_as_a_whole(url: URL, file: Path, later: Path) -> None:
    prepare(url)
    execute(file, "INSERT INTO room (id, title, kind, created_ms, main) VALUES ('attic', 'Attic', 'story', 1, 'story')")
    before = contents(file)
    (later / "b.py").write_text(LATER.format(revision="later2", down="later1", end="raise ValueError('on purpose')"))
    with pytest.raises(ValueError, match="on purpose"):
        upgrade(url, script_config(later))
    assert contents(file) == before
    assert stored_revision(url) == HEAD


async def test_two_that_start_at_once_on_a_new_folder_both_open(url: URL) -> None:
    stores = [SqlStore(str(url), Limits()) for _ in range(2)]
    await asyncio.gather(*(store.open(ignore) for store in stores))
    await stores[0].mark_damage("story", "none")
    assert await stores[1].damage("story") == "none"
    for store in stores:
        await store.close()


def test_serving_imports_neither_alembic_nor_the_orm(url: URL) -> None:
    prepare(url)
    program = f"""
import asyncio, sys
from rooms.model import Limits
from rooms.store.sql import SqlStore
async def main():
    store = SqlStore({str(url)!r}, Limits())
    await store.open(lambda room, error: None)
    await store.mark_damage("story", None)
    await store.load("story")
    await store.close()
asyncio.run(main())
print([name for name in sys.modules if name.split(".")[0] in ("alembic", "mako") or name.startswith("sqlalchemy.orm")])
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("sqlite://", "file"),
        ("sqlite:///:memory:", "file"),
        ("a secret word", "must be"),
        ("nosuchbase://secret@host/word", "must be"),
        ("mssql+pymssql://secret@host/word", "pymssql"),
    ],
)
def test_a_url_under_which_nothing_can_be_kept_is_refused(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        SqlStore(url, Limits())
    assert "secret" not in str(refused.value)
