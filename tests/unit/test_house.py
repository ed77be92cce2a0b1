"""The house rules that a program can check: who may import whom, what lock files may name, whose paths may be written down."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("rooms", "server")

# Who may import what, as in docs/architecture.md. A file that has become a folder keeps what it may: `rooms/render.py` and all
# of `rooms/render/` are `rooms/render`.
CONFINED = {
    "aiohttp": ("server",),
    "OpenSSL": ("server/media/dtls",),
    "PIL": ("rooms/render",),
    "alembic": ("rooms/store",),
    "pycrdt": ("rooms/document", "rooms/render"),
    "pylibsrtp": ("server/media/dtls",),
    "redis": ("rooms/redis",),
    "server": ("server",),
    "socketio": ("server/live",),
    "sqlalchemy": ("rooms/store",),
}
NOTHING_OF_OURS = ("rooms/model", "rooms/errors")


@dataclass(frozen=True)
class Import:
    """One import: in which file, on which line, of which module (absolute)."""

    file: str
    line: int
    module: str


def imports(root: Path) -> Iterator[Import]:
    for package in OURS:
        for path in sorted((root / package).rglob("*.py")):
            file = path.relative_to(root)
            for node in ast.walk(ast.parse(path.read_text(), str(file))):
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    above = file.parts[: len(file.parts) - node.level] if node.level else ()
                    names = [".".join((*above, *filter(None, [node.module])))]
                elif isinstance(node, ast.Call) and ast.unparse(node.func) in {
                    "import_module",
                    "importlib.import_module",
                    "__import__",
                }:
                    names = [str(word.value) for word in node.args[:1] if isinstance(word, ast.Constant)]
                else:
                    continue
                yield from (Import(file.as_posix(), node.lineno, name) for name in names)


def is_within(file: str, place: str) -> bool:
    return file == f"{place}.py" or file.startswith(f"{place}/")


def breaches(root: Path) -> list[str]:
    """What is imported where it may not be, a sentence each."""
    found = []
    for used in imports(root):
        top = used.module.partition(".")[0]
        places = CONFINED.get(top)
        if places is not None and not any(is_within(used.file, place) for place in places):
            found.append(f"{used.file}:{used.line} imports {used.module}, which only {' and '.join(places)} may")
        if top in OURS and any(is_within(used.file, place) for place in NOTHING_OF_OURS):
            found.append(f"{used.file}:{used.line} imports {used.module}, and should import nothing of ours")
    return found


def tracked() -> list[Path]:
    """Every file that is, or is about to be, in the repository."""
    git = shutil.which("git")
    assert git, "the house rules are checked in a checkout, with git"
    listed = subprocess.run(
        [git, "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def test_everybody_imports_only_what_they_may() -> None:
    assert breaches(ROOT) == []


def test_the_imports_are_seen_at_all() -> None:
    seen = {(used.file, used.module) for used in imports(ROOT)}
    assert {("rooms/document.py", "pycrdt"), ("server/app.py", "aiohttp")} <= seen


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("rooms/room.py", "import server.auth"),
        ("rooms/room.py", "from server import auth"),
        ("rooms/room.py", "from ..server import auth"),
        ("rooms/room.py", "import aiohttp.web"),
        ("rooms/room.py", "from pycrdt import Doc"),
        ("rooms/documents.py", "import pycrdt"),
        ("rooms/board.py", "import sqlalchemy as sa"),
        ("rooms/bus.py", "from redis.asyncio import Redis"),
        ("rooms/model.py", "from rooms.errors import StudioError"),
        ("rooms/errors.py", "from . import model"),
        ("server/app.py", "def late():\n    import socketio"),
        ("server/app.py", "import importlib\nimportlib.import_module('alembic')"),
        ("server/media/peer.py", "import pylibsrtp"),
        ("server/ysocket.py", "if True:\n    from pycrdt import merge_updates"),
    ],
)
def test_a_breach_is_found(tmp_path: Path, file: str, line: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(f"{line}\n")
    assert len(breaches(tmp_path)) == 1


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("rooms/document.py", "import pycrdt"),
        ("rooms/render/worker.py", "from pycrdt import Doc"),
        ("rooms/redis.py", "import redis.asyncio"),
        ("rooms/store/sql.py", "import sqlalchemy\nimport alembic.config"),
        ("server/live/door.py", "import socketio"),
        ("server/media/dtls.py", "import pylibsrtp\nfrom OpenSSL import SSL"),
        ("server/api/rooms.py", "from aiohttp import web\nfrom rooms.model import Member\nfrom ..auth import Auth"),
    ],
)
def test_what_is_allowed_is_no_breach(tmp_path: Path, file: str, line: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(f"{line}\n")
    assert breaches(tmp_path) == []


def test_the_python_lock_names_only_the_index_that_uv_takes_by_itself() -> None:
    lock = (ROOT / "uv.lock").read_text()
    registries = set(re.findall(r'registry = "([^"]+)"', lock))
    uv = Path(sys.executable).with_name("uv")
    described = subprocess.run([uv, "sync", "--help", "--color", "never"], capture_output=True, text=True, check=True).stdout
    default = re.search(r"default package index \(by default: <([^>]+)>\)", described)
    assert default is not None
    assert registries == {default[1]}
    assert len({urlsplit(url).hostname for url in re.findall(r'url = "([^"]+)"', lock)}) == 1


def test_the_npm_locks_name_no_registry() -> None:
    locks = [path for path in tracked() if path.name == "package-lock.json"]
    assert {ROOT / "static/package-lock.json", ROOT / "tests/node/package-lock.json"} <= set(locks)
    for lock in locks:
        named = [name for name, package in json.loads(lock.read_text())["packages"].items() if "resolved" in package]
        assert named == [], f"{lock} names where packages lie: is there an .npmrc beside it?"
        assert "omit-lockfile-registry-resolved=true" in (lock.parent / ".npmrc").read_text()


def test_no_file_names_a_folder_of_the_machine_it_was_written_on() -> None:
    # In two pieces, so that this file isn't one of them.
    places = re.compile(rb"/(?:home|Users)" rb"/[a-z][\w.-]*/|/(?:root|work)" rb"/[\w.-]")
    found = {path.relative_to(ROOT).as_posix() for path in tracked() if places.search(path.read_bytes())}
    assert found == set()
