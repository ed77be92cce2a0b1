"""The wheel is the whole studio: made from the source package, installed where nothing is, it serves the page without Node."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from tests.wire import running

ROOT = Path(__file__).parents[2]
UV = str(Path(sys.executable).with_name("uv"))
PATIENCE_S = 600


def run(*command: str | Path, **variables: str) -> str:
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source package and, made from that, the wheel."""
    folder = tmp_path_factory.mktemp("dist")
    run(UV, "build", "--out-dir", folder)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    [wheel] = built.glob("*.whl")
    return wheel


def test_the_source_package_holds_sources_and_nothing_made_from_them(built: Path) -> None:
    [source] = built.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"hatch_build.py", "script/page.py", "static/package-lock.json", "rooms/schema.json", "uv.lock"} <= names
    assert not [name for name in names if re.search(r"(^|/)(node_modules|\.venv|\.cache)/|^static/dist/", name)]


def test_the_wheel_holds_the_page(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"server/static/index.html", "server/cli.py", "rooms/schema.json"} <= names
    assert [name for name in names if name.startswith("server/static/assets/")]
    assert not [name for name in names if re.match(r"(tests|script|static|docs)/", name)]


async def test_the_wheel_serves_the_page_where_there_is_no_node(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "venv"
    locked = tmp_path / "locked.txt"
    run(UV, "export", "--frozen", "--no-dev", "--no-emit-project", "--no-hashes", "--output-file", locked)
    run(UV, "venv", "--python", sys.executable, empty)
    run(UV, "pip", "install", "--compile-bytecode", "--constraints", locked, wheel, VIRTUAL_ENV=str(empty))

    monkeypatch.setattr(running, "TUTTI", str(empty / "bin/tutti"))
    monkeypatch.setenv("PATH", str(empty / "bin"))
    monkeypatch.chdir(tmp_path)
    assert shutil.which("node") is None
    with running.studio(tmp_path / "data") as studio:
        async with aiohttp.ClientSession(studio.url) as session:
            async with session.get("/healthz") as answer:
                assert (answer.status, await answer.text()) == (200, "ok")
            async with session.get("/") as answer:
                assert answer.status == 200
                page = await answer.text()
            asset = re.search(r'(?:src|href)="(/assets/[^"]+)"', page)
            assert asset is not None, page
            async with session.get(URL(asset[1])) as answer:
                assert answer.status == 200
                assert await answer.read()
