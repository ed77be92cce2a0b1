"""Sound by a TURN server: coturn on loopback, and a client of aiortc's that has no other way."""

from __future__ import annotations

import asyncio
import base64
import hmac
import re
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import aiohttp
import pytest
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection

from rooms.model import Role
from server.doctor import look
from server.settings import load
from tests.media_client import PATIENCE_S, Client, close_all
from tests.wire.doors import House, open_house
from tests.wire.running import Running, studio
from tests.wire.test_stage import SDP, ask
from tests.wire.test_stage_clients import Tone, meet, peak

HOST = "127.0.0.1"
SECRET = "a secret of this test's"  # noqa: S105


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind((HOST, 0))
        return int(asked.getsockname()[1])


@pytest.fixture(scope="module")
def turn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """coturn, with the peers of this machine allowed: its port."""
    program = shutil.which("turnserver")
    assert program, "There is no coturn here: script/test brings it."
    folder, port = tmp_path_factory.mktemp("coturn"), free_port()
    said = f"""
        listening-ip={HOST}
        listening-port={port}
        relay-ip={HOST}
        use-auth-secret
        static-auth-secret={SECRET}
        realm=tutti.example
        allow-loopback-peers
        no-cli
        no-tls
        no-dtls
        userdb={folder / "turndb"}
        pidfile={folder / "pid"}
        log-file=stdout
    """
    (folder / "turnserver.conf").write_text("\n".join(line.strip() for line in said.splitlines()))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, "-c", str(folder / "turnserver.conf")], stdout=log, stderr=log, cwd=folder)
    try:
        end = time.monotonic() + PATIENCE_S
        while not listens(port):
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < end
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def listens(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex((HOST, port)) == 0


@pytest.fixture(scope="module")
def running(turn: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    urls = f"turn:{HOST}:{turn},turn:{HOST}:{turn}?transport=tcp"
    words = ("--media-port", "0", "--media-host", HOST, "--turn-url", urls, "--turn-secret", SECRET)
    with studio(tmp_path_factory.mktemp("turn") / "data", *words) as running:
        yield running


@pytest.fixture
async def house(running: Running, session: aiohttp.ClientSession) -> AsyncIterator[House]:
    yield await open_house(running, session)
    close_all()
    await asyncio.sleep(0)


@pytest.fixture
async def connect(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[[RTCIceServer], RTCPeerConnection]]:
    """Makes a connection that has no address of its own."""
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda **_: [])
    made: list[RTCPeerConnection] = []

    def make(server: RTCIceServer) -> RTCPeerConnection:
        made.append(RTCPeerConnection(RTCConfiguration([server])))
        return made[-1]

    yield make
    for peer in made:
        await peer.close()


@pytest.mark.parametrize("way", [0, 1], ids=["udp", "tcp"])
async def test_who_has_no_other_way_goes_by_turn(
    house: House, connect: Callable[[RTCIceServer], RTCPeerConnection], way: int
) -> None:
    (told,) = (await house.lead.ask(200, "GET", "/stage"))["ice_servers"]
    server = RTCIceServer(told["urls"][way], told["username"], told["credential"])
    singer, listener = connect(server), connect(server)
    singer.addTrack(Tone())
    heard = listener.addTransceiver("audio", direction="recvonly")
    for door, peer in (("whip", singer), ("whep", listener)):
        await meet(house, door, house.lead.token, peer)
        assert set(re.findall(r"typ (\w+)", peer.localDescription.sdp)) == {"relay"}
    await peak(heard.receiver.track)


async def test_credentials_are_good_for_a_while_and_name_their_member(house: House) -> None:
    ida = await house.come("Ida", Role.SPECTATOR)
    status, _, headers = await ask(house, ida.token, "POST", f"/whep/{house.room}", Client("recvonly").offer, Content_Type=SDP)
    assert status == 201
    links = headers.getall("Link")
    assert [re.findall(r'^<(turn:[^>]+)>; rel="ice-server"', link) for link in links] == [
        [url] for url in (await house.lead.ask(200, "GET", "/stage"))["ice_servers"][0]["urls"]
    ]
    username, credential = re.findall(r'username="([^"]+)"; credential="([^"]+)"; credential-type="password"', links[0])[0]
    until, member = username.split(":")
    assert member == ida.member
    assert 11 * 3600 < int(until) - time.time() <= 12 * 3600
    assert base64.b64decode(credential) == hmac.digest(SECRET.encode(), username.encode(), "sha1")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_the_doctor_knows_whether_it_lets_people_through(turn: int, tmp_path: Path, transport: str) -> None:
    def asked(secret: str) -> tuple[bool | None, str]:
        url = f"turn:{HOST}:{turn}?transport={transport}"
        flags = {"data": str(tmp_path), "port": "0", "media_port": "0", "turn_url": url, "turn_secret": secret}
        *_, last = look(load(flags, {}))
        return last.ok, last.sentence

    assert asked(SECRET)[0] is True
    assert asked("another")[0] is False
    assert "doesn't take our secret" in asked("another")[1]
