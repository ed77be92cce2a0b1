"""Brings a database up to date, in a process of its own: `python -m rooms.store.migrate URL`.

Alembic and what it imports would cost a serving process 12 MB for good, and is needed once a release. All steps happen in
one transaction, on SQLite too: after a failure the data is as it was.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rooms.errors import MigrationError, StoreTooNewError
from rooms.store.engine import database_file, make_file, open_engine, parse_url, stored_revision, writing
from rooms.store.tables import HEAD, REVISIONS

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy.engine.url import URL

log = logging.getLogger(__name__)

MIGRATE_S = 3600.0
"""How long the child may take. Ending it half-way does no harm: its transaction is undone."""


def prepare(url: URL) -> None:
    """Makes the database where there is none, and migrates it where it is older than this program.

    Blocks: call it in a thread. Raises StoreTooNewError before anything is written, MigrationError with nothing changed.
    """
    revision = stored_revision(url)
    if revision == HEAD:
        return
    if revision is not None and revision not in REVISIONS:
        raise StoreTooNewError
    file = database_file(url)
    if file is not None:
        make_file(file)
    log.info("bringing the database up to date", extra={"stored": revision, "wanted": HEAD})
    # The URL goes by standard input: it may hold a password, and everybody on a machine can read arguments.
    command = [sys.executable, "-P", "-m", "rooms.store.migrate"]
    try:
        child = subprocess.run(  # noqa: S603 - our own program
            command,
            input=url.render_as_string(hide_password=False),
            capture_output=True,
            text=True,
            timeout=MIGRATE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MigrationError from error
    if child.returncode:
        log.error("the database could not be brought up to date", extra={"said": child.stderr[-4000:]})
        raise MigrationError


def script_config(*more: Path) -> Config:
    """Alembic's configuration; `more` are further folders of revisions."""
    from alembic.config import Config

    folder = Path(__file__).parent / "migrations"
    config = Config()
    config.set_main_option("path_separator", "newline")
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    versions = "\n".join(str(path) for path in (folder / "versions", *more))
    config.set_main_option("version_locations", versions.replace("%", "%%"))
    return config


def upgrade(url: URL, config: Config, to: str = "head") -> None:
    """Runs what is missing up to the newest revision (or an older one, in a test), in one transaction."""
    from alembic import command

    engine = open_engine(url)
    try:
        with writing(engine).begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, to)
    finally:
        engine.dispose()


def main(arguments: list[str]) -> None:
    url = parse_url(arguments[0] if arguments else sys.stdin.read().strip())
    file = database_file(url)
    if file is not None:
        make_file(file)
    upgrade(url, script_config())


if __name__ == "__main__":
    main(sys.argv[1:])
