"""The stage with clients that we did not write: FFmpeg's WHIP muxer and aiortc. libwebrtc is in `test_stage.py`, Chromium in
`tests/e2e/test_stage_whip.py`. And IPv6, with our own."""

from __future__ import annotations

import asyncio
import math
import struct
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import aiohttp
import av
import pytest
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.media_client import PATIENCE_S, close_all
from tests.wire.doors import House, open_house
from tests.wire.running import Running, studio
from tests.wire.test_stage import SDP, ask, come, hears

RATE_HZ = 48_000
FRAME = 960
LOUD = 8000


@pytest.fixture(scope="module", params=["127.0.0.1", "::1"])
def host(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def running(host: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    data = tmp_path_factory.mktemp("stage") / "data"
    with studio(data, "--media-port", "0", "--media-host", host) as running:
        yield running


@pytest.fixture
async def connect(host: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[[], RTCPeerConnection]]:
    """Makes a connection of aiortc's, which by itself looks for no loopback."""
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda **_: [host])
    made: list[RTCPeerConnection] = []

    def make() -> RTCPeerConnection:
        made.append(RTCPeerConnection())
        return made[-1]

    yield make
    for peer in made:
        await peer.close()


@pytest.fixture
async def house(running: Running, session: aiohttp.ClientSession) -> AsyncIterator[House]:
    yield await open_house(running, session)
    close_all()
    await asyncio.sleep(0)


def tone(start: int) -> av.AudioFrame:
    """The 20 ms of a tone that begin at this sample."""
    values = (int(LOUD * math.sin(2 * math.pi * 440 * n / RATE_HZ)) for n in range(start, start + FRAME))
    frame = av.AudioFrame(format="s16", layout="stereo", samples=FRAME)
    frame.planes[0].update(b"".join(struct.pack("<hh", value, value) for value in values))
    frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, start, Fraction(1, RATE_HZ)
    return frame


class Tone(AudioStreamTrack):
    """A microphone of aiortc's."""

    async def recv(self) -> av.AudioFrame:
        silence = await super().recv()
        return tone((silence.pts or 0) * RATE_HZ // 8000)


async def meet(house: House, door: str, token: str, peer: RTCPeerConnection) -> None:
    await peer.setLocalDescription(await peer.createOffer())
    status, answer, _ = await ask(house, token, "POST", f"/{door}/{house.room}", peer.localDescription.sdp, Content_Type=SDP)
    assert status == 201, answer
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))


async def peak(track: MediaStreamTrack) -> None:
    """Waits until a track is as loud as the tone."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            frame = await track.recv()
            assert isinstance(frame, av.AudioFrame)
            if max(abs(value) for (value,) in struct.iter_unpack("<h", bytes(frame.planes[0]))) > LOUD // 2:
                return


async def listen(house: House, peer: RTCPeerConnection) -> MediaStreamTrack:
    transceiver = peer.addTransceiver("audio", direction="recvonly")
    await meet(house, "whep", house.lead.token, peer)
    return transceiver.receiver.track


async def test_aiortc_is_heard_and_hears(house: House, connect: Callable[[], RTCPeerConnection]) -> None:
    singer = connect()
    singer.addTrack(Tone())
    await meet(house, "whip", house.lead.token, singer)
    await peak(await listen(house, connect()))


def certificate(folder: Path) -> dict[str, str]:
    """Files as FFmpeg's muxer takes them. Built with GnuTLS it else makes a key of 224 bits, whose curve TLS has given up."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ffmpeg")]), datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = made.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    plain = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    (folder / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))
    return {"cert_file": str(folder / "cert.pem"), "key_file": str(folder / "key.pem")}


def publish(url: str, options: dict[str, str], seconds: float) -> None:
    """What `ffmpeg -f whip` does."""
    with av.open(url, "w", format="whip", options=options) as out:
        stream = out.add_stream("libopus", rate=RATE_HZ, layout="stereo")
        for start in range(0, int(seconds * RATE_HZ), FRAME):
            out.mux(stream.encode(tone(start)))
            time.sleep(FRAME / RATE_HZ)


async def test_ffmpeg_publishes(house: House, connect: Callable[[], RTCPeerConnection], tmp_path: Path) -> None:
    track = await listen(house, connect())
    options = {"authorization": house.lead.token, **certificate(tmp_path)}
    publishing = asyncio.create_task(asyncio.to_thread(publish, f"{house.running.url}/whip/{house.room}", options, 3))
    await peak(track)
    await publishing
    stage = await house.lead.ask(200, "GET", "/stage")
    assert [session["publishes"] for session in stage["sessions"]] == [False], "it has taken leave"


async def test_our_own_client_over_either_internet(house: House) -> None:
    singer, _, _ = await come(house, house.lead.token, "whip", "sendonly")
    listener, _, _ = await come(house, house.lead.token, "whep", "recvonly")
    await hears(listener, singer)
