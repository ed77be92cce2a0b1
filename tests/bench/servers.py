"""The servers that are measured, Tutti and its peer: each started as an operator would, on a free port, in a new folder."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import jwt

from tests.bench.errors import BenchError
from tests.bench.generator import node
from tests.bench.machine import Usage, usage

S = TypeVar("S", bound="Server")

HERE = Path(__file__).parent
PEERS = "TUTTI_PEERS"
"""Names the folder with `node_modules/@hocuspocus/server` and `extension-sqlite`."""
SECRET = "only for benchmarks, " * 3
START_S = 60.0
STOP_S = 30.0

UNLIMITED = {"TUTTI_LIMIT_READ_MESSAGES_PER_S": "10000000", "TUTTI_LIMIT_READ_BYTES_PER_S": "1000000000"}
"""For whoever types faster than any person: the peer has no such limits."""


class Server(ABC):
    """One server process, and what the generator must know of it."""

    name: str
    dialect: str
    path: str

    def __init__(self, folder: Path, limits: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.port = _free_port()
        self._limits = limits or {}
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def _command(self) -> list[str]: ...

    @classmethod  # noqa: B027 - most need nothing
    def check(cls) -> None:
        """Raises BenchError where it isn't installed."""

    def tokens(self, count: int) -> list[str]:
        """One for each of `count` people."""
        return ["none"] * count

    @property
    def pid(self) -> int:
        if self._process is None:
            raise BenchError(f"{self.name} is not running.")
        return self._process.pid

    def usage(self) -> Usage:
        return usage(self.pid)

    def spoken_to(self, people: int = 1) -> dict[str, Any]:
        """The part of a plan that says where the server is."""
        return {"port": self.port, "dialect": self.dialect, "path": self.path, "tokens": self.tokens(people)}

    async def start(self) -> None:
        process = self._launch()
        end = time.monotonic() + START_S
        while not _listens(self.port):
            if process.poll() is not None or time.monotonic() > end:
                raise BenchError(f"{self.name} did not start.")
            await asyncio.sleep(0.01)

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    def log_end(self) -> str:
        return self._log.read_text(errors="replace")[-2000:] if self._log.exists() else ""

    def _launch(self) -> subprocess.Popen[bytes]:
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TUTTI_")}
        environment |= {"TUTTI_SECRET": SECRET, **self._limits}
        with self._log.open("ab") as log:
            process = subprocess.Popen(self._command(), stdout=log, stderr=log, env=environment, start_new_session=True)
        self._process = process
        return process

    async def stop(self) -> None:
        """SIGTERM, as an operator would; SIGKILL for one that doesn't end."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(self._process.wait, STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        await self.gone()

    async def gone(self) -> None:
        """Waits for a process that was killed."""
        if self._process is not None:
            await asyncio.to_thread(self._process.wait)
            self._process = None


class Tutti(Server):
    name = "tutti"
    dialect = "tutti"
    path = "/yjs/{room}?token={token}&saved=1"

    def _command(self) -> list[str]:
        program = Path(sys.executable).with_name("tutti")
        return [str(program), "serve", "--port", str(self.port), "--data", str(self.folder), "--log", "json"]

    def tokens(self, count: int) -> list[str]:
        """As `tutti token '*'` makes them: each opens every room, and makes the one that isn't there."""
        return [_token(number) for number in range(count)]

    async def get(self, path: str) -> bytes:
        """The body of a REST answer, asked for with an operator's token."""
        return await self.ask("GET", path)

    async def ask(self, method: str, path: str) -> bytes:
        """The same for any request without a body."""
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {_token(0)}"}) as session,
            session.request(method, f"http://127.0.0.1:{self.port}{path}") as answer,
        ):
            body = await answer.read()
            if answer.status != 200:
                raise BenchError(f"{path} was answered with {answer.status}: {body[:200]!r}")
            return body

    async def metric(self, name: str) -> float:
        """The sum of a metric over its labels."""
        lines = (await self.get("/metrics")).decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))


class Hocuspocus(Server):
    name = "hocuspocus"
    dialect = "hocuspocus"
    path = "/"

    @classmethod
    def check(cls) -> None:
        if not (cls._peers() / "node_modules" / "@hocuspocus" / "server").is_dir():
            raise BenchError(f"There is no Hocuspocus: {PEERS} must name a folder where it was installed with npm.")

    @staticmethod
    def _peers() -> Path:
        return Path(os.environ.get(PEERS, ""))

    def _command(self) -> list[str]:
        return [node(), str(HERE / "hocuspocus.mjs"), str(self._peers()), str(self.port), str(self.folder)]


PEER_KINDS: Mapping[str, type[Server]] = {Hocuspocus.name: Hocuspocus}


@lru_cache(maxsize=2048)
def _token(number: int) -> str:
    day_s = 86_400
    claims = {
        "room": "*",
        "sub": f"bench{number}",
        "name": f"Bench {number}",
        "role": "contributor",
        "exp": int(time.time()) + day_s,
        "jti": str(number),
    }
    return jwt.encode(claims, SECRET, algorithm="HS256")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
    except OSError:
        return False
    return True


@asynccontextmanager
async def running(server: S) -> AsyncIterator[S]:
    """The server, started; ended afterwards."""
    try:
        await server.start()
        yield server
    except BenchError as error:
        error.add_note(f"The log of {server.name} ends with:\n{server.log_end()}")
        raise
    finally:
        await server.stop()
