"""What `tutti doctor` says. TURN servers that answer are in `tests/wire/test_turn.py`."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from server.doctor import Finding, look
from server.settings import load
from tests.wire.running import studio, tutti

HOST = "127.0.0.1"


def found(tmp_path: Path, **flags: str) -> list[Finding]:
    return list(look(load({"data": str(tmp_path), "media_host": HOST, "port": "0", "media_port": "0", **flags}, {})))


def said(findings: list[Finding], part: str) -> bool | None:
    """The verdict of the one sentence that has this in it."""
    (finding,) = [finding for finding in findings if part in finding.sentence]
    return finding.ok


def test_nothing_is_wrong_on_a_machine_of_ones_own(tmp_path: Path) -> None:
    findings = found(tmp_path)
    assert not any(finding.ok is False for finding in findings)
    assert said(findings, "can't be seen from here") is None
    assert said(findings, "nobody outside this network") is None
    assert said(findings, "There is no TURN server") is None
    assert said(findings, "browsers give the page a microphone") is True


def test_ports_that_are_taken(tmp_path: Path) -> None:
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        tcp.bind((HOST, 0))
        tcp.listen()
        udp.bind((HOST, 0))
        ports = {"port": str(tcp.getsockname()[1]), "media_port": str(udp.getsockname()[1])}
        findings = found(tmp_path, **ports)
    assert [said(findings, f"ort {port} at {HOST}") for port in ports.values()] == [False, False]


def test_addresses_that_everybody_reaches(tmp_path: Path) -> None:
    assert said(found(tmp_path, public_ip="9.9.9.9"), "people are told 9.9.9.9, 127.0.0.1.") is True


def test_pages_that_get_no_microphone(tmp_path: Path) -> None:
    assert said(found(tmp_path, host="0.0.0.0"), "There is no TLS") is None  # noqa: S104 - looked at, not served
    assert said(found(tmp_path, tls="self-signed"), "asks once") is None


@pytest.mark.parametrize(("days", "ok"), [(90, True), (3, None), (-1, False)])
def test_a_certificate_that_runs_out(tmp_path: Path, days: int, ok: bool | None) -> None:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tutti")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = made.not_valid_before(now - timedelta(99)).not_valid_after(now + timedelta(days, 60)).sign(key, hashes.SHA256())
    path = tmp_path / "cert.pem"
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    assert said(found(tmp_path, tls_cert=str(path), tls_key=str(path)), str(path)) is ok


def test_a_studio_that_runs_and_one_that_is_not_reached(tmp_path: Path) -> None:
    with studio(tmp_path / "data", "--media-port", "0") as running:
        here = ["--data", str(tmp_path / "data"), "--media-port", "0"]
        done = tutti("doctor", *here, "--public-url", running.url)
        assert (done.returncode, done.stderr) == (0, "")
        assert f"good   The studio of this folder runs, at {running.url}." in done.stdout
        assert f"good   {running.url} is answered by a studio." in done.stdout
        done = tutti(
            "doctor", *here, "--public-url", "http://127.0.0.1:9", "--turn-url", "turn:127.0.0.1:9", "--turn-secret", "s"
        )
    assert done.returncode == 1
    assert "wrong  http://127.0.0.1:9 is not answered: " in done.stdout
    assert "wrong  turn:127.0.0.1:9 gives nobody a way: " in done.stdout
