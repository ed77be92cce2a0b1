"""DTLS of one member, and the SRTP keys that come of it (RFC 6347, RFC 5764): OpenSSL over memory, no sockets.

Only this module knows OpenSSL and libsrtp. Both are used by their public names alone.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pylibsrtp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL
from pylibsrtp import Policy, Session

MTU_BYTES = 1200
RECORD_HEADER_BYTES = 13
HASHES: dict[str, type[hashes.HashAlgorithm]] = {"sha-256": hashes.SHA256, "sha-384": hashes.SHA384, "sha-512": hashes.SHA512}
"""By which a fingerprint may be made."""
REPLAY_WINDOW = 1024
CIPHERS = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256"
)
EXPORTER = b"EXTRACTOR-dtls_srtp"


@dataclass(frozen=True, slots=True)
class Profile:
    """An SRTP protection profile: its name in DTLS, its number in libsrtp, its sizes in bytes."""

    name: bytes
    number: int
    key: int
    salt: int


PROFILES = (
    Profile(b"SRTP_AEAD_AES_256_GCM", Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 32, 12),
    Profile(b"SRTP_AEAD_AES_128_GCM", Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12),
    Profile(b"SRTP_AES128_CM_SHA1_80", Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14),
)

SrtpError = pylibsrtp.Error


class HandshakeError(Exception):
    """The member's DTLS came to nothing. `str(error)` is a word for the counters."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """By what hash, and its bytes."""

    algorithm: str
    digest: bytes


class Identity:
    """The process' certificate, as browsers have one: self-signed, known by the fingerprint in the SDP."""

    def __init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tutti")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=3650))
            .sign(key, hashes.SHA256())
        )
        self.fingerprint = certificate.fingerprint(hashes.SHA256()).hex(":").upper()
        self.context = context = SSL.Context(SSL.DTLS_METHOD)
        context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_QUERY_MTU)
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)  # its fingerprint is what counts
        context.use_certificate(certificate)
        context.use_privatekey(key)
        context.set_cipher_list(CIPHERS)
        context.set_tlsext_use_srtp(b":".join(profile.name for profile in PROFILES))


class Dtls:
    """One handshake. Bytes go in by `receive`, what is to be sent comes out of `outgoing`."""

    def __init__(self, identity: Identity, *, active: bool, fingerprints: tuple[Fingerprint, ...]) -> None:
        self._ssl = SSL.Connection(identity.context, None)
        self._ssl.set_ciphertext_mtu(MTU_BYTES)
        self._active = active
        self._fingerprints = fingerprints
        self.done = False
        self._deaf = False
        self.rx: Session
        self.tx: Session
        if active:
            self._ssl.set_connect_state()
        else:
            self._ssl.set_accept_state()

    def start(self) -> None:
        """Says hello, where that is ours to do."""
        if self._active:
            self._shake()

    def receive(self, datagram: bytes) -> bool:
        """Takes a datagram in. Whether the peer has said goodbye. Raises HandshakeError."""
        if self._deaf:
            return False
        self._ssl.bio_write(datagram)
        if not self.done:
            self._shake()
            return False
        try:
            while True:
                self._ssl.recv(MTU_BYTES)  # nobody sends data here: only alerts and retransmissions come
        except SSL.WantReadError:
            return False
        except SSL.ZeroReturnError:
            return True
        except SSL.Error:
            # A forged record must end nobody, and OpenSSL reads no more: what came then would be kept for ever.
            self._deaf = True
            return False

    def outgoing(self) -> Iterator[bytes]:
        """What is to be sent: whole records, as many as fit in a datagram."""
        waiting = bytearray()
        while True:
            try:
                waiting += self._ssl.bio_read(1 << 16)
            except SSL.WantReadError:
                break
        start = at = 0
        while at + RECORD_HEADER_BYTES <= len(waiting):
            size = RECORD_HEADER_BYTES + int.from_bytes(waiting[at + 11 : at + 13], "big")
            if at > start and at + size - start > MTU_BYTES:
                yield bytes(waiting[start:at])
                start = at
            at += size
        if at > start:
            yield bytes(waiting[start:at])

    @property
    def patience_s(self) -> float | None:
        """When to call `again` if nothing comes."""
        return None if self.done else self._ssl.DTLSv1_get_timeout()

    def again(self) -> None:
        """Sends once more what the peer seems not to have received."""
        try:
            self._ssl.DTLSv1_handle_timeout()
        except SSL.Error:
            raise HandshakeError("dtls_timeout") from None

    def goodbye(self) -> None:
        try:
            self._ssl.shutdown()
        except SSL.Error:
            return  # nothing was agreed on yet

    def _shake(self) -> None:
        try:
            self._ssl.do_handshake()
        except SSL.WantReadError:
            return
        except SSL.Error:
            raise HandshakeError("dtls") from None
        if not self._is_who_the_offer_said():
            raise HandshakeError("fingerprint")
        chosen = self._ssl.get_selected_srtp_profile()
        for profile in PROFILES:
            if profile.name == chosen:
                self._key(profile)
                self.done = True
                return
        raise HandshakeError("srtp_profile")

    def _is_who_the_offer_said(self) -> bool:
        certificate = self._ssl.get_peer_certificate(as_cryptography=True)
        return certificate is not None and any(
            hmac.compare_digest(certificate.fingerprint(HASHES[said.algorithm]()), said.digest) for said in self._fingerprints
        )

    def _key(self, profile: Profile) -> None:
        """Two keys, then two salts, the client's first (RFC 5764, section 4.2)."""
        key, salt = profile.key, profile.salt
        material = self._ssl.export_keying_material(EXPORTER, 2 * (key + salt))
        client = material[:key] + material[2 * key : 2 * key + salt]
        server = material[key : 2 * key] + material[2 * key + salt :]
        ours, theirs = (client, server) if self._active else (server, client)
        self.rx = Session(_policy(profile, theirs, Policy.SSRC_ANY_INBOUND))
        self.tx = Session(_policy(profile, ours, Policy.SSRC_ANY_OUTBOUND))


def _policy(profile: Profile, key: bytes, kind: int) -> Policy:
    policy = Policy(key=key, ssrc_type=kind, srtp_profile=profile.number)
    policy.allow_repeat_tx = True
    policy.window_size = REPLAY_WINDOW
    return policy
