"""TLS over real sockets: every door through it; our own certificates and the operator's, renewed while people are there."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509

from rooms.model import Role
from rooms.wire import STEP_1, SYNC, sync_message
from server import tls
from server.settings import SettingError, load
from server.tls import Tls, fingerprint, own_names
from tests.fuzz.encode import string, update
from tests.wire.doors import House, Person, live_socket, open_house
from tests.wire.running import Running, studio, tutti
from tests.wire.yjs_raw import Raw

GOODBYE_S = 0.25
"""How long a client's TLS connections take to say goodbye after its session was closed."""
LARGE = "la " * 1_000_000


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with studio(tmp_path_factory.mktemp("tls") / "data", "--tls", "self-signed") as running:
        yield running


def own(data: Path) -> Path:
    return data / "tls" / "certificate.pem"


@asynccontextmanager
async def trusting(running: Running, certificate: Path) -> AsyncIterator[aiohttp.ClientSession]:
    """A client that trusts this certificate, and checks what it is for."""
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=certificate))
    async with aiohttp.ClientSession(running.url, connector=connector, timeout=aiohttp.ClientTimeout(60)) as session:
        yield session
    await asyncio.sleep(GOODBYE_S)


async def test_every_door_opens_through_tls(running: Running) -> None:
    assert running.url.startswith("https://127.0.0.1:")
    assert fingerprint(own(running.data)) in running.next_line()
    async with trusting(running, own(running.data)) as session:
        house = await open_house(running, session)
        assert house.recovery.startswith(f"{running.url}/join#r.")
        ida = await house.come("Ida", Role.SPECTATOR)
        async with live_socket(house, ida) as live:
            assert (await live.emit("say", {"text": "Hello."}))["message"]["text"] == "Hello."
        async with session.get("/") as response:
            assert f"wss://127.0.0.1:{response.url.port}" in response.headers["Content-Security-Policy"]
        await desk(house)


async def desk(house: House) -> None:
    """What is written comes through, also where it doesn't fit into the buffers of a connection."""
    path, lead = f"/yjs/{house.room}", {"token": house.lead.token}
    async with (
        house.session.ws_connect(path, params=lead, max_msg_size=0) as writer,
        house.session.ws_connect(path, params=lead, max_msg_size=0) as reader,
    ):
        raw = Raw(reader)
        await raw.answers()
        await Raw(writer).update(update([(7, 0, [string(LARGE, parent="notes")])]))
        while LARGE[:3000].encode() not in await raw.next(SYNC):
            pass
        await raw.send(sync_message(STEP_1, b"\x00"))
        while LARGE[:3000].encode() not in await raw.next(SYNC):
            pass


async def test_commands_reach_a_server_that_speaks_tls(running: Running) -> None:
    made = tutti("invite", "attic", "--create", "--data", str(running.data))
    assert made.stdout.startswith(f"{running.url}/join#"), made.stderr


async def test_who_does_not_trust_the_certificate_or_speaks_no_tls_is_not_served(running: Running) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(f"{running.url}/healthz")
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"{running.url.replace('https', 'http')}/healthz")
    context = ssl.create_default_context(cafile=own(running.data))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with aiohttp.ClientSession() as session, session.get(f"{running.url}/healthz", ssl=context) as response:
        assert response.status == 200
    await asyncio.sleep(GOODBYE_S)


async def test_the_operator_s_certificate_is_read_again(tmp_path: Path) -> None:
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"

    def made(*names: str) -> tuple[bytes, bytes]:
        return tls._make([tls._general_name(name) for name in names])

    (first, first_key), (second, second_key) = made("127.0.0.1"), made("127.0.0.1", "localhost")
    certificate.write_bytes(first)
    key.write_bytes(first_key)
    files = ("--tls-cert", str(certificate), "--tls-key", str(key))
    with studio(tmp_path / "data", *files) as running:
        with_first, with_second = tmp_path / "first.pem", tmp_path / "second.pem"
        with_first.write_bytes(first)
        with_second.write_bytes(second)
        async with trusting(running, with_first) as session:
            house = await open_house(running, session)
            async with live_socket(house, Person("lead", house.lead.token, house.lead.member)) as live:
                certificate.write_bytes(second)  # the key isn't there yet
                os.kill(running.process.pid, signal.SIGHUP)
                await until(lambda: "stays as it was" in running.logged())
                await shown(running, with_first)
                key.write_bytes(second_key)
                os.kill(running.process.pid, signal.SIGHUP)
                await until(lambda: "was read again" in running.logged())
                await shown(running, with_second)
                assert (await live.emit("say", {"text": "Still here."}))["message"]["text"] == "Still here."


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.05)


async def shown(running: Running, certificate: Path) -> None:
    """That this is the certificate that newcomers get."""
    async with trusting(running, certificate) as session, session.get("/healthz") as response:
        assert response.status == 200


@pytest.mark.parametrize("what", ["missing", "no certificate", "another's key", "behind a password"])
def test_a_certificate_that_is_no_good_is_one_sentence(tmp_path: Path, what: str) -> None:
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    (made, secret), (_, other) = tls._make([]), tls._make([])
    if what != "missing":
        certificate.write_bytes(b"nonsense" if what == "no certificate" else made)
        key.write_bytes(other if what == "another's key" else secret)
    if what == "behind a password":
        key.write_bytes(locked(secret))
    files = {"data": tmp_path, "tls_cert": str(certificate), "tls_key": str(key)}
    with pytest.raises(SettingError, match="password" if what == "behind a password" else re.escape(str(certificate))):
        Tls(load(files, {}))


def test_a_server_does_not_start_without_its_certificate(tmp_path: Path) -> None:
    files = ("--tls-cert", str(tmp_path / "c.pem"), "--tls-key", str(tmp_path / "k.pem"))
    ended = tutti("serve", "--data", str(tmp_path / "data"), "--port", "0", *files)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert ended.stderr.startswith("tutti: The certificate can't be read: No such file or directory")


def locked(secret: bytes) -> bytes:
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(secret, None)
    locked = serialization.BestAvailableEncryption(b"sesame")
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)


def test_our_own_is_kept_for_as_long_as_it_is_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load({"data": tmp_path, "tls": "self-signed", "public_url": "https://band.example:8443"}, {})
    certificate = own(tmp_path)
    Tls(settings)
    first = certificate.read_bytes()
    assert {path.name: path.stat().st_mode & 0o077 for path in certificate.parent.iterdir()} == {
        "certificate.pem": 0,
        "key.pem": 0,
    }
    names = x509.load_pem_x509_certificate(first).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"localhost", "band.example"} <= set(names.get_values_for_type(x509.DNSName))
    assert {"127.0.0.1", "::1"} <= {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    studio = Tls(settings)
    assert certificate.read_bytes() == first
    monkeypatch.setattr(tls, "RENEWED_AT", timedelta(days=398))
    studio.reload()
    second = certificate.read_bytes()
    assert second != first
    monkeypatch.undo()
    Tls(load({"data": tmp_path, "tls": "self-signed", "host": "192.168.7.7"}, {}))
    assert certificate.read_bytes() != second
    left = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc - datetime.now(UTC)
    assert timedelta(days=396) < left <= timedelta(days=397)
    certificate.write_text("nonsense")
    with pytest.raises(SettingError, match="is no certificate"):
        Tls(settings)


def test_names_that_no_certificate_can_have_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "the band's box")
    names = own_names(load({"host": "::"}, {}))
    assert {"localhost", "127.0.0.1", "::1"} <= set(names)
    assert not any("band" in name or name == "::" for name in names)
