"""STUN as an ICE-lite agent needs it (RFC 8489, RFC 8445): binding requests read and checked, answers written. Plain bytes, no
sockets."""

from __future__ import annotations

import hmac
import ipaddress
import struct
import zlib
from dataclasses import dataclass

COOKIE = 0x2112A442
HEADER = struct.Struct("!HHI12s")
ATTRIBUTE = struct.Struct("!HH")
REQUEST, RESPONSE, ERROR = 0x0001, 0x0101, 0x0111
USERNAME, INTEGRITY, ERROR_CODE, XOR_MAPPED = 0x0006, 0x0008, 0x0009, 0x0020
USE_CANDIDATE, FINGERPRINT, CONTROLLED = 0x0025, 0x8028, 0x8029
INTEGRITY_BYTES = 24
FINGERPRINT_BYTES = 8
FINGERPRINT_XOR = 0x5354554E
ROLE_CONFLICT = b"\x00\x00\x04\x57Role Conflict"

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Check:
    """A binding request: whom it calls (our user name fragment), and what it says."""

    transaction: bytes
    username: str
    nominates: bool
    controlled: bool
    signed: bytes
    """Everything before MESSAGE-INTEGRITY, with the length that was signed."""
    integrity: bytes

    @property
    def called(self) -> str:
        return self.username.partition(":")[0]

    def is_by(self, password: bytes) -> bool:
        """Whether whoever sent it knows our password."""
        return hmac.compare_digest(hmac.digest(password, self.signed, "sha1"), self.integrity)


def read(data: bytes) -> Check | None:
    """A binding request with a user name and an integrity; None for everything else."""
    if len(data) < HEADER.size:
        return None
    kind, length, cookie, transaction = HEADER.unpack_from(data)
    if kind != REQUEST or cookie != COOKIE or length % 4 or length != len(data) - HEADER.size:
        return None
    username, nominates, controlled = "", False, False
    at = HEADER.size
    while at + ATTRIBUTE.size <= len(data):
        name, size = ATTRIBUTE.unpack_from(data, at)
        value = data[at + 4 : at + 4 + size]
        if len(value) < size:
            return None
        if name == INTEGRITY:
            if size != INTEGRITY_BYTES - 4 or not username:
                return None
            head = HEADER.pack(kind, at + INTEGRITY_BYTES - HEADER.size, cookie, transaction)
            return Check(transaction, username, nominates, controlled, head + data[HEADER.size : at], value)
        if name == USERNAME:
            username = value.decode("ascii", "replace")
        nominates = nominates or name == USE_CANDIDATE
        controlled = controlled or name == CONTROLLED
        at += 4 + size + -size % 4
    return None


def answer(check: Check, address: Address, password: bytes) -> bytes:
    """The answer: from where we saw the request come. A peer that takes itself for controlled is told of the conflict, for an
    agent that is lite is never controlling."""
    if check.controlled:
        return _sealed(ERROR, check.transaction, _attribute(ERROR_CODE, ROLE_CONFLICT), password)
    return _sealed(RESPONSE, check.transaction, _attribute(XOR_MAPPED, _mapped(address, check.transaction)), password)


def _mapped(address: Address, transaction: bytes) -> bytes:
    ip = ipaddress.ip_address(address[0].partition("%")[0])
    mask = (COOKIE.to_bytes(4, "big") + transaction)[: len(ip.packed)]
    mixed = bytes(a ^ b for a, b in zip(ip.packed, mask, strict=True))
    return struct.pack("!BBH", 0, 1 if ip.version == 4 else 2, address[1] ^ (COOKIE >> 16)) + mixed


def _attribute(name: int, value: bytes) -> bytes:
    return ATTRIBUTE.pack(name, len(value)) + value + bytes(-len(value) % 4)


def _sealed(kind: int, transaction: bytes, attributes: bytes, password: bytes) -> bytes:
    signed = HEADER.pack(kind, len(attributes) + INTEGRITY_BYTES, COOKIE, transaction) + attributes
    signed += _attribute(INTEGRITY, hmac.digest(password, signed, "sha1"))
    printed = HEADER.pack(kind, len(signed) - HEADER.size + FINGERPRINT_BYTES, COOKIE, transaction) + signed[HEADER.size :]
    return printed + _attribute(FINGERPRINT, struct.pack("!I", zlib.crc32(printed) ^ FINGERPRINT_XOR))
