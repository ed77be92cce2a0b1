"""A real server process for the tests of the doors: started on a free port, ended by SIGTERM, its log kept for a look."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from rooms.model import Role
from server.auth import Auth, load_secret
from server.settings import load

START_S = 60
STOP_S = 30
TUTTI = str(Path(sys.executable).with_name("tutti"))


@dataclass
class Running:
    """One server. `data` is its folder, `url` where it answers, `log` the file of its log lines."""

    data: Path
    log: Path
    process: subprocess.Popen[str]
    url: str = ""
    said: list[str] = field(default_factory=list)
    _members: Iterator[int] = field(default_factory=count)

    def token(self, room: str, *, role: Role = Role.CONTRIBUTOR, name: str = "Guest", create: bool = False) -> str:
        """What `tutti token` prints beside this server, sooner."""
        auth = Auth(load_secret(load({"data": self.data}, {})), 3600)
        return auth.sign(room, f"m{next(self._members)}", name, role=role, create=create)

    def logged(self) -> str:
        return self.log.read_text()

    def next_line(self) -> str:
        """What it prints next on standard output."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        self.said.append(line)
        return line

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_S)


def environment(**variables: str) -> dict[str, str]:
    """This process's own, with these variables of Tutti's and no others."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("TUTTI_")}
    return {**ours, **variables}


def tutti(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TUTTI, *words], capture_output=True, text=True, timeout=START_S, env=environment(**variables), check=False
    )


def start(data: Path, *words: str, **variables: str) -> Running:
    """Starts a server and returns once it listens."""
    data.mkdir(parents=True, exist_ok=True)
    log = data.with_name(f"{data.name}.log")
    with log.open("a") as errors:
        process = subprocess.Popen(
            [TUTTI, "serve", "--data", str(data), "--port", "0", *words],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment(**variables),
        )
    running = Running(data, log, process)
    assert process.stdout is not None
    watchdog = threading.Timer(START_S, process.kill)
    watchdog.start()
    for line in process.stdout:
        running.said.append(line.strip())
        if found := re.fullmatch(r"Tutti is open at (\S+)", line.strip()):
            running.url = found[1]
            break
    watchdog.cancel()
    if not running.url:
        process.wait(STOP_S)
        process.stdout.close()
        raise AssertionError(f"The server did not start:\n{running.logged()}")
    return running


@contextmanager
def studio(data: Path, *words: str, **variables: str) -> Iterator[Running]:
    """A server for the time of the context. It must end by itself, with status 0 and nothing untoward in its log."""
    running = start(data, *words, **variables)
    try:
        yield running
        if running.process.poll() is None:
            assert running.stop() == 0, running.logged()
        assert "Traceback" not in running.logged(), running.logged()
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait(STOP_S)
        assert running.process.stdout is not None
        running.said += [line.strip() for line in running.process.stdout]
        running.process.stdout.close()
