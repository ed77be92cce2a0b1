"""What tests of every kind share: a studio that really runs, a Chromium, and scripts under Node.

`script/test` brings Node, its packages and the Chromium. asyncio's debug mode is on in tests (pyproject.toml), not in the
servers that they start.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from rooms.model import Role
from tests.wire.running import STOP_S, Running, start

NODE_SCRIPTS = Path(__file__).parent / "node"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

Node = Callable[..., list[Any]]


class Studio:
    """`tutti serve` as a process of its own, with its data folder. A restart keeps folder, port and settings."""

    def __init__(self, data: Path, *words: str, **variables: str) -> None:
        self.data = data
        self._words = words
        self._variables = variables
        self._running = start(data, *words, **variables)

    @property
    def running(self) -> Running:
        return self._running

    @property
    def url(self) -> str:
        return self._running.url

    @property
    def port(self) -> int:
        port = urlsplit(self.url).port
        assert port is not None
        return port

    @property
    def pid(self) -> int:
        return self._running.process.pid

    def token(self, room: str = "*", *, role: Role | str = Role.CONTRIBUTOR, name: str = "Guest", create: bool = False) -> str:
        """A token of somebody new; by default an operator's, which opens every room and makes the one that isn't there."""
        return self._running.token(room, role=Role(role), name=name, create=create)

    def log(self) -> str:
        """Its log lines since the first start."""
        return self._running.logged()

    def stop(self) -> int:
        """SIGTERM, as an operator stops it. Returns the exit status."""
        status = self._running.stop()
        self._close()
        return status

    def kill9(self) -> None:
        """SIGKILL: nothing is said, nothing is saved."""
        self._running.process.kill()
        self._running.process.wait(STOP_S)
        self._close()

    def restart(self) -> None:
        """Starts it again, after stopping it where it still runs."""
        if self._running.process.poll() is None:
            assert self.stop() == 0, self.log()
        self._running = start(self.data, *self._words, "--port", str(self.port), **self._variables)

    def end(self) -> None:
        """For the end of a test: by SIGTERM, or by SIGKILL where that has no effect."""
        if self._running.process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.kill9()
                raise

    def _close(self) -> None:
        if self._running.process.stdout is not None:
            self._running.process.stdout.close()


@pytest.fixture(scope="session")
def start_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Studio]]:
    """Starts studios with settings of one's own: `start_studio("--open-lobby", TUTTI_LIMIT_NAME_CHARS="40")`."""
    started: list[Studio] = []

    def begin(*words: str, data: Path | None = None, **variables: str) -> Studio:
        studio = Studio(data or tmp_path_factory.mktemp("studio") / "data", *words, **variables)
        started.append(studio)
        return studio

    yield begin
    for studio in started:
        studio.end()


@pytest.fixture
def studio(start_studio: Callable[..., Studio]) -> Iterator[Studio]:
    """A studio with nothing in it."""
    studio = start_studio()
    yield studio
    studio.end()


@pytest.fixture(scope="session")
def chromium() -> Path:
    """A Chromium for Playwright's `executable_path`."""
    found = os.environ.get("TUTTI_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    assert found, "These tests need a Chromium: script/test brings one."
    return Path(found)


@pytest.fixture(scope="session")
def node() -> Node:
    """Runs a script of tests/node to its end and returns what it printed, a JSON value a line."""
    program = shutil.which("node")
    assert program, "These tests need Node: script/test brings one."

    def run(script: str, *arguments: str, stdin: str | None = None, timeout_s: float = 120) -> list[Any]:
        done = subprocess.run(
            [program, NODE_SCRIPTS / script, *arguments], input=stdin, capture_output=True, text=True, timeout=timeout_s
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run
