"""TLS: the certificate that the studio shows, and how it is renewed while it runs. Speaks none itself: `ssl` does.

Either the operator's files (`--tls-cert`, `--tls-key`), or with `--tls self-signed` a certificate of our own making: for a band
in one house, whose browsers must be told once to trust it. It is kept in the data folder (RFC 5280; P-256, which every browser
takes), good for 397 days, and made anew when less than 30 are left or the machine goes by other names. SIGHUP reads the files
again: connections that are open keep theirs, the next ones get the new one.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import re
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from server.settings import SettingError, Settings

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, GeneralName

log = logging.getLogger(__name__)

GOOD_FOR = timedelta(days=397)
"""The longest that browsers take."""
RENEWED_AT = timedelta(days=30)
LOOK_S = 12 * 3600.0
"""How often a running studio looks whether its own certificate must be renewed."""
ELSEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
"""Addresses that nobody has (RFC 5737, RFC 3849): which of ours would be used towards them is what the network calls us."""


class Tls:
    """The context that listens, for settings that ask for one. Raises SettingError where the certificate can't be used."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.context = _context()
        self._load(self.context)

    @property
    def certificate(self) -> Path:
        return self._settings.tls_cert or self._settings.data / "tls" / "certificate.pem"

    @property
    def _key(self) -> Path:
        return self._settings.tls_key or self._settings.data / "tls" / "key.pem"

    def _load(self, context: ssl.SSLContext) -> None:
        if self._settings.tls:
            _keep_own(self._settings, self.certificate, self._key)
        try:
            context.load_cert_chain(self.certificate, self._key, password=_no_password)
        except ssl.SSLError as error:
            raise SettingError(
                f"The certificate in {self.certificate} and the key in {self._key} can't be used together: {error.reason}."
            ) from None
        except OSError as error:
            raise SettingError(f"The certificate can't be read: {error.strerror} ({self.certificate}, {self._key}).") from None

    def reload(self) -> None:
        """Reads the files again. What can't be used is logged, and the one that is shown stays."""
        try:
            self._load(_context())  # into the other only if it is good: half of a pair would be shown to everybody
            self._load(self.context)
        except SettingError as error:
            log.error("the certificate stays as it was: %s", error)  # noqa: TRY400 - the operator's files, no bug to trace
        else:
            log.info("the certificate was read again")

    async def keep_fresh(self) -> None:
        """Renews a certificate of our own making in time, for ever."""
        while self._settings.tls:
            await asyncio.sleep(LOOK_S)
            await asyncio.to_thread(self.reload)


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _no_password() -> str:
    """OpenSSL would ask for one on the terminal, and wait."""
    raise SettingError("The key of the certificate is behind a password, which the studio doesn't have.")


def own_names(settings: Settings) -> list[str]:
    """What people in this house may call the studio: names and addresses, sorted."""
    host = socket.gethostname()
    names = {"localhost", "127.0.0.1", "::1", host, f"{host.partition('.')[0]}.local", settings.host}
    if settings.public_url is not None:
        names.add(urlsplit(settings.public_url).hostname or "")
    for family, address in ELSEWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((address, 9))  # sends nothing
                names.add(probe.getsockname()[0])
        except OSError:
            continue
    plain = {name.strip("[]").lower() for name in names} - {"0.0.0.0", "::"}  # noqa: S104 - no names, those two
    return sorted(name for name in plain if re.fullmatch(r"[a-z0-9.:-]{1,253}", name))


def _keep_own(settings: Settings, certificate: Path, key: Path) -> None:
    """Makes the certificate where there is none that is good for a while and for all our names."""
    from cryptography import x509

    names = [_general_name(name) for name in own_names(settings)]
    try:
        if key.exists() and certificate.exists() and _is_good(x509.load_pem_x509_certificate(certificate.read_bytes()), names):
            return
        key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made, secret = _make(names)
        _write(key, secret)
        _write(certificate, made)
    except ValueError:
        raise SettingError(f"{certificate} is no certificate. Remove it, and another is made.") from None
    except OSError as error:
        raise SettingError(f"The certificate can't be kept in {key.parent}: {error.strerror}.") from None


def _general_name(name: str) -> GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _is_good(certificate: Certificate, names: list[GeneralName]) -> bool:
    from cryptography import x509

    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return certificate.not_valid_after_utc - datetime.now(UTC) > RENEWED_AT and set(names) <= set(found)


def _make(names: list[GeneralName]) -> tuple[bytes, bytes]:
    """A certificate for these names and its key, as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Tutti")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + GOOD_FOR)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.public_bytes(serialization.Encoding.PEM), secret


def _write(path: Path, content: bytes) -> None:
    new = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    new.replace(path)


def fingerprint(certificate: Path) -> str:
    """SHA-256 over the first certificate of a PEM file, as browsers show it."""
    from hashlib import sha256

    first = certificate.read_text().partition("-----END CERTIFICATE-----")
    digest = sha256(ssl.PEM_cert_to_DER_cert(first[0][first[0].index("-----BEGIN") :] + first[1])).hexdigest().upper()
    return ":".join(digest[place : place + 2] for place in range(0, len(digest), 2))
