"""Pages on the live channel: socket.io-client under Node (`tests/node/live.mjs`), moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from tests.yjs_clients import PATIENCE_S, Clients, clients_of

WEBSOCKET_PATH = "/socket.io/?EIO=4&transport=websocket"
POLLING_PATH = "/socket.io/?EIO=4&transport=polling"


class Refusal(msgspec.Struct, frozen=True):
    message: str
    data: dict[str, str] | None


class Look(msgspec.Struct, frozen=True):
    """What a page has come to."""

    connected: bool
    active: bool
    """Whether it comes back by itself."""
    transport: str | None
    told: list[tuple[str, Any]]
    refusals: list[Refusal]
    ends: list[str]

    def of(self, event: str) -> list[Any]:
        return [payload for name, payload in self.told if name == event]

    def here(self) -> dict[str, str | None]:
        """Who is here, as a page puts it together: names, and what they look at."""
        people: dict[str, dict[str, Any]] = {}
        for name, payload in self.told:
            if name == "welcome":
                people = {who["id"]: who for who in payload["here"]}
            elif name == "here":
                people |= {who["id"]: who for who in payload["came"] + payload["changed"]}
                people = {member: who for member, who in people.items() if member not in payload["left"]}
        return {who["name"]: who["looks"] for who in people.values()}


class Page:
    def __init__(self, clients: Clients, name: str) -> None:
        self._clients = clients
        self._name = name

    async def look(self) -> Look:
        return msgspec.convert(await self._clients.order("look", name=self._name), Look)

    async def until(self, wanted: Callable[[Look], bool]) -> Look:
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while not wanted(look := await self.look()):
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"the page never came to what was wanted: {look}")
            await asyncio.sleep(0.01)
        return look

    async def told(self, event: str, count: int = 1) -> Any:
        """The payload of the `count`-th event of this name."""
        return (await self.until(lambda look: len(look.of(event)) >= count)).of(event)[count - 1]

    async def emit(self, event: str, *payload: Any) -> Any:
        """The acknowledgement."""
        return await self._clients.order("emit", name=self._name, event=event, payload=list(payload))

    async def order(self, do: str) -> None:
        await self._clients.order(do, name=self._name)


class Pages:
    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._opened = 0

    async def open(self, url: str, auth: Any, **options: Any) -> Page:
        """A page, connecting. `options` are socket.io-client's own."""
        self._opened += 1
        name = f"page-{self._opened}"
        await self._clients.order("open", name=name, url=url, auth=auth, options=options)
        return Page(self._clients, name)


@asynccontextmanager
async def live_pages() -> AsyncIterator[Pages]:
    """A Node process for the pages of one test."""
    async with clients_of("live.mjs") as clients:
        yield Pages(clients)
