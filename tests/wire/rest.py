"""Who calls REST in the wire tests: somebody with a token or without one, and a room that was just opened."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp

Json = dict[str, Any]


@dataclass
class Caller:
    """Somebody with a token. Each call states the status it expects."""

    session: aiohttp.ClientSession
    token: str | None = None

    async def __call__(self, status: int, method: str, path: str, body: Any = None, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= options.pop("headers", {})
        if body is not None:
            options["json"] = body
        async with self.session.request(method, path, headers=headers, **options) as response:
            text = await response.text()
            assert response.status == status, text
            if status == 204:
                assert text == ""
                return None
            if status >= 400:
                assert response.content_type == "application/problem+json", text
                problem = json.loads(text)
                assert problem.keys() == {"type", "title", "status", "code", "detail"}
                assert (problem["type"], problem["status"]) == ("about:blank", status)
                return problem
            assert response.content_type == "application/json", text
            return json.loads(text)


@dataclass
class Opened:
    """A room with a lead, and a way to make more members."""

    room: str
    lead: Caller
    answer: Json

    @property
    def path(self) -> str:
        return f"/api/rooms/{self.room}"

    async def guest(self, role: str = "contributor", name: str = "Bo") -> tuple[Caller, Json]:
        invite = await self.lead(201, "POST", f"{self.path}/invites", {"role": role})
        joined = await Caller(self.lead.session)(200, "POST", "/api/join", {"invite": invite["invite"], "name": name})
        return Caller(self.lead.session, joined["token"]), joined["member"]


async def chunks(count: int) -> AsyncIterator[bytes]:
    """A body whose length isn't said beforehand."""
    for _ in range(count):
        yield b"x" * 100_000
