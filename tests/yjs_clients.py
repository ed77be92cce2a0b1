"""Yjs clients under Node, moved by hand: unchanged y-websocket providers and plain ones (`tests/node/wire-clients.mjs`).

One Node process holds all clients of a test. Nothing here knows the server's code.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

NODE = Path(__file__).parent / "node"
PATIENCE_S = 20.0
"""How long a test waits for what must come. Nothing is measured by it."""
LINE_BYTES = 64 << 20


class Closed(msgspec.Struct, frozen=True):
    """How a connection ended."""

    code: int
    reason: str


class Look(msgspec.Struct, frozen=True):
    """What a client is and holds at one moment."""

    text: str
    client: int
    """Its CRDT client id."""
    states: dict[str, Any]
    """Awareness: client id to state."""
    connected: bool
    closes: list[Closed]
    denied: list[str]
    """The reasons of the auth messages it got."""
    received: dict[str, int]
    """Messages of each kind: step1, step2, update, awareness, auth, saved."""
    sent: int
    """Update messages sent on this connection."""
    answered: int
    """Those of them that answered the server's SyncStep1."""
    saved: int
    """How many of them are committed, as far as it was told."""
    synced: bool | None = None
    connections: int | None = None
    final: int | None = None
    """The close code at which a provider gave up for good."""


class Client:
    """One client, by its name."""

    def __init__(self, clients: Clients, name: str) -> None:
        self.name = name
        self._clients = clients

    async def order(self, do: str, **what: Any) -> Any:
        return await self._clients.order(do, name=self.name, **what)

    async def look(self) -> Look:
        return msgspec.convert(await self.order("look"), Look)

    async def until(self, wanted: Callable[[Look], bool]) -> Look:
        """Waits until it looks like that, and says how it looks."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while not wanted(look := await self.look()):
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"{self.name} never came to what was wanted: {look}")
            await asyncio.sleep(0.01)
        return look

    async def reads(self, text: str) -> Look:
        return await self.until(lambda look: look.text == text)

    async def all_saved(self) -> Look:
        return await self.until(lambda look: look.connected and look.sent > 0 and look.saved == look.sent)

    async def closed(self) -> Closed:
        """Waits for the end of its connection, and says how it ended."""
        return (await self.until(lambda look: bool(look.closes))).closes[-1]

    async def insert(self, text: str, at: int | None = None) -> None:
        await self.order("insert", text=text, at=at)

    async def delete(self, at: int, length: int = 1) -> None:
        await self.order("delete", at=at, length=length)


class Clients:
    """The Node process that holds them."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._orders = 0
        self._names = 0
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self._process.stdout
        while line := await self._process.stdout.readline():
            answer = json.loads(line)
            future = self._waiting.pop(answer["id"])
            if "error" in answer:
                future.set_exception(RuntimeError(answer["error"]))
            else:
                future.set_result(answer["value"])
        for future in self._waiting.values():
            future.set_exception(RuntimeError("the clients' process has ended"))

    async def order(self, do: str, **what: Any) -> Any:
        assert self._process.stdin
        if self._reader.done():
            raise RuntimeError("the clients' process has ended")
        self._orders += 1
        future = self._waiting[self._orders] = asyncio.get_running_loop().create_future()
        self._process.stdin.write(json.dumps({"id": self._orders, "do": do, **what}).encode() + b"\n")
        await self._process.stdin.drain()
        return await future

    async def open(
        self,
        url: str,
        path: str,
        token: str,
        *,
        kind: str = "provider",
        saved: bool = False,
        client: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> Client:
        """A client of the kind `provider` or `plain`, connecting. `url` is the server's, `path` what follows `/yjs/`."""
        self._names += 1
        name = f"{kind}-{self._names}"
        params = {"token": token} | ({"saved": "1"} if saved else {})
        server = url.replace("http", "ws", 1)
        opened = {"kind": kind, "server": server, "path": path, "params": params, "headers": headers or {}, "client": client}
        await self.order("open", name=name, **opened)
        return Client(self, name)

    async def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        await self._process.wait()
        await self._reader


@asynccontextmanager
async def clients_of(script: str) -> AsyncIterator[Clients]:
    """A Node process for the clients of one test, which this script of `tests/node` moves."""
    node = shutil.which("node")
    assert node, "the tests need Node"
    process = await asyncio.create_subprocess_exec(
        node,
        NODE / script,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LINE_BYTES,
    )
    clients = Clients(process)
    try:
        yield clients
    finally:
        await clients.close()


def yjs_clients() -> AbstractAsyncContextManager[Clients]:
    return clients_of("wire-clients.mjs")
