"""Behind a proxy, over real sockets: what its headers say counts where the operator trusts it, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

import aiohttp
import pytest

from tests.wire.running import Running, studio

FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "band.example", "X-Forwarded-For": "203.0.113.7"}
OURS = {**FORWARDED, "Origin": "https://band.example"}
LIVE = "/socket.io/?EIO=4&transport=websocket"


@pytest.fixture(scope="module", params=["trusted", "not trusted"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    trusted = "127.0.0.1,::1" if request.param == "trusted" else "10.0.0.0/8"
    data = tmp_path_factory.mktemp("proxy") / "data"
    with studio(data, "--trusted-proxy", trusted, TUTTI_ENTRIES_PER_MINUTE="5") as running:
        yield running


async def test_links_origins_and_addresses(running: Running, request: pytest.FixtureRequest) -> None:
    trusts = "not" not in request.node.name
    async with aiohttp.ClientSession(running.url) as session:

        async def open_room(**headers: str) -> tuple[int, dict[str, str]]:
            async with session.post("/api/rooms", json={"title": "Songs"}, headers={**FORWARDED, **headers}) as response:
                return response.status, await response.json()

        status, room = await open_room()
        assert status == 201
        base = "https://band.example" if trusts else running.url
        assert room["invite"].startswith(f"{base}/join#")
        assert room["recovery"].startswith(f"{base}/join#r.")
        assert (await open_room(Origin="https://band.example"))[0] == (201 if trusts else 403)
        assert (await open_room(Origin="https://other.example"))[0] == 403
        async with session.get("/", headers=FORWARDED) as response:
            assert ("wss://band.example" in response.headers["Content-Security-Policy"]) is trusts
        async with session.ws_connect(f"/yjs/{room['room']}", params={"token": room["token"]}, headers=OURS) as ws:
            assert ((await ws.receive()).type is aiohttp.WSMsgType.BINARY) is trusts
        if trusts:
            async with session.ws_connect(LIVE, headers=OURS) as ws:
                assert str((await ws.receive()).data).startswith("0{")
        else:
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(LIVE, headers=OURS)

        # Whoever comes too often is known by their address, and can't invent another one before the proxy's.
        statuses = [(await open_room(**{"X-Forwarded-For": f"9.9.9.{n}, 203.0.113.7"}))[0] for n in range(6)]
        assert statuses[-1] == 429
        assert (await open_room(**{"X-Forwarded-For": "203.0.113.8"}))[0] == (201 if trusts else 429)
