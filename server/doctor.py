"""`tutti doctor`: looks at what people run into who host a studio: ports, addresses, TLS, TURN. It changes nothing.

What only the outside can know (whether a firewall lets people through) it can't find out from here, and says so.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from server.folder import Folder
from server.media.port import own_addresses
from server.media.stun import ATTRIBUTE, COOKIE, HEADER, INTEGRITY, USERNAME
from server.settings import Settings, is_loopback
from server.turn import ice_servers

WAIT_S = 5.0
SOON_DAYS = 14
ALLOCATE, ALLOCATED = 0x0003, 0x0103
ERROR_CODE, REALM, NONCE, TRANSPORT = 0x0009, 0x0014, 0x0015, 0x0019
UDP = b"\x11\0\0\0"
TURN_PORTS = {"turn": 3478, "turns": 5349}


@dataclass(frozen=True, slots=True)
class Finding:
    """`ok` is None where it is worth a look, and not wrong."""

    ok: bool | None
    sentence: str


def look(settings: Settings) -> Iterator[Finding]:
    yield from _ports(settings)
    yield from _addresses(settings)
    yield from _tls(settings)
    yield from _public_url(settings)
    yield from _turn(settings)


def _ports(settings: Settings) -> Iterator[Finding]:
    announced = Folder(settings.data).announced()
    running = announced is not None and _answers(f"{announced}/healthz") is None
    if running:
        yield Finding(True, f"The studio of this folder runs, at {announced}.")
    else:
        taken = _taken(settings.host, settings.port, socket.SOCK_STREAM)
        what = f"Port {settings.port} at {settings.host}"
        yield Finding(not taken, f"{what} can't be opened: {taken}." if taken else f"{what} is free for the studio.")
    for host in own_addresses(settings.media_host):
        taken = _taken(host, settings.media_port, socket.SOCK_DGRAM)
        what = f"UDP port {settings.media_port} at {host}, for sound,"
        if taken and running:
            yield Finding(None, f"{what} is in use: by the studio, if somebody is on a stage.")
        else:
            yield Finding(not taken, f"{what} can't be opened: {taken}." if taken else f"{what} is free.")
    yield Finding(None, f"Whether a firewall lets UDP come in on {settings.media_port} can't be seen from here.")


def _taken(host: str, port: int, kind: socket.SocketKind) -> str:
    """Why a port can't be opened; empty where it can."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=kind)[0]
        with socket.socket(family, kind) as tried:
            if kind is socket.SOCK_STREAM:
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return ""


def _addresses(settings: Settings) -> Iterator[Finding]:
    own = own_addresses(settings.media_host)
    told = [*settings.public_ip, *own]
    public = [address for address in told if ipaddress.ip_address(address).is_global]
    if public:
        yield Finding(True, f"For sound people are told {', '.join(told)}.")
    else:
        yield Finding(
            None,
            f"For sound people are told {', '.join(told)}: nobody outside this network can reach that. "
            "If this machine is behind NAT, forward the UDP port and say --public-ip.",
        )


def _tls(settings: Settings) -> Iterator[Finding]:
    if not settings.has_tls:
        secure = (settings.public_url or "").startswith("https:") or (
            settings.public_url is None and is_loopback(settings.host)
        )
        if secure:
            yield Finding(True, "People come by https, or from this machine: browsers give the page a microphone.")
        else:
            why = "browsers give no microphone to a page that comes by http"
            yield Finding(None, f"There is no TLS: {why}. Say --tls self-signed, or put a proxy in front and say --public-url.")
        return
    certificate = settings.tls_cert or settings.data / "tls" / "cert.pem"
    if settings.tls_cert is None:
        yield Finding(None, "TLS is with a certificate of the studio's own: each browser asks once whether to trust it.")
        return
    yield from _certificate(certificate)


def _certificate(path: Path) -> Iterator[Finding]:
    try:
        certificate = x509.load_pem_x509_certificates(path.read_bytes())[0]
    except (OSError, ValueError):
        yield Finding(False, f"The certificate {path} can't be read.")
        return
    days = (certificate.not_valid_after_utc - datetime.now(UTC)).days
    if days < 0:
        yield Finding(False, f"The certificate {path} has run out.")
    else:
        yield Finding(True if days > SOON_DAYS else None, f"The certificate {path} is good for {days} more days.")


def _public_url(settings: Settings) -> Iterator[Finding]:
    if settings.public_url is None:
        return
    why = _answers(f"{settings.public_url}/healthz")
    said = (
        f"{settings.public_url} is answered by a studio." if why is None else f"{settings.public_url} is not answered: {why}."
    )
    yield Finding(why is None, said)


def _answers(url: str) -> str | None:
    """None where a studio answers there, else why not."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE  # who runs it knows its certificate
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting))
    try:
        with opener.open(url, timeout=WAIT_S) as response:
            return None if response.read(16) == b"ok" else "somebody else answers"
    except urllib.error.HTTPError as error:
        return f"the answer is {error.code}"
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", error)).lower()


def _turn(settings: Settings) -> Iterator[Finding]:
    servers = ice_servers(settings, "doctor")
    if not servers:
        yield Finding(None, "There is no TURN server: people whose network lets no UDP out hear nothing (--turn-url).")
    for server in servers:
        for url in server.urls:
            why = _allocated(url, server.username, server.credential)
            yield Finding(not why, f"{url} {f'gives nobody a way: {why}' if why else 'gives people a way to us'}.")


def _allocated(url: str, username: str, password: str) -> str:
    """Asks a TURN server for an address (RFC 8656, section 7). Why it gives none; empty where it does."""
    scheme, _, rest = url.partition(":")
    place = urlsplit(f"//{rest}")
    try:
        with _connected(
            place.hostname or "", place.port or TURN_PORTS[scheme], scheme == "turns", "transport=tcp" in rest
        ) as way:
            kind, said = _asked(way, [(TRANSPORT, UDP)])
            if kind != ALLOCATED and REALM in said:
                realm, nonce = said[REALM], said[NONCE]
                key = hashlib.md5(b":".join((username.encode(), realm, password.encode()))).digest()  # noqa: S324 - as RFC 8489 has it
                named = [(TRANSPORT, UDP), (USERNAME, username.encode()), (REALM, realm), (NONCE, nonce)]
                kind, said = _asked(way, named, key)
    except (OSError, ValueError) as error:
        return (getattr(error, "strerror", None) or str(error) or "no answer").lower()
    if kind == ALLOCATED:
        return ""
    code = said.get(ERROR_CODE, bytes(4))
    number = code[2] * 100 + code[3]
    return "it doesn't take our secret" if number == 401 else f"it answers {number} {code[4:].decode(errors='replace')}".strip()


def _connected(host: str, port: int, tls: bool, tcp: bool) -> socket.socket:
    if not (tls or tcp):
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        opened = socket.socket(family, socket.SOCK_DGRAM)
        opened.settimeout(WAIT_S)
        with suppress(OSError):  # what is wrong shows when we ask
            opened.connect(address)
        return opened
    opened = socket.create_connection((host, port), WAIT_S)
    return ssl.create_default_context().wrap_socket(opened, server_hostname=host) if tls else opened


def _asked(way: socket.socket, attributes: list[tuple[int, bytes]], key: bytes | None = None) -> tuple[int, dict[int, bytes]]:
    """What a request is answered with: its kind, and its attributes."""
    body = b"".join(ATTRIBUTE.pack(name, len(value)) + value + bytes(-len(value) % 4) for name, value in attributes)
    transaction = secrets.token_bytes(12)
    if key is not None:
        head = HEADER.pack(ALLOCATE, len(body) + 24, COOKIE, transaction)
        body += ATTRIBUTE.pack(INTEGRITY, 20) + hmac.digest(key, head + body, "sha1")
    way.sendall(HEADER.pack(ALLOCATE, len(body), COOKIE, transaction) + body)
    answer = way.recv(2048)
    kind, length, _, _ = HEADER.unpack_from(answer)
    found, at = {}, HEADER.size
    while at + ATTRIBUTE.size <= min(len(answer), HEADER.size + length):
        name, size = ATTRIBUTE.unpack_from(answer, at)
        found[name] = answer[at + 4 : at + 4 + size]
        at += 4 + size + -size % 4
    return kind, found
