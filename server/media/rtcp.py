"""RTCP (RFC 3550, section 6): what we report of what we hear, and of what we send. Nobody's reports are passed on: they end at
the server. Plain bytes, no sockets."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SENDER, RECEIVER, DESCRIPTION, BYE = 200, 201, 202, 203
NTP_SINCE_UNIX_S = 2_208_988_800
BLOCK = struct.Struct("!IIIIII")
SENDER_INFO = struct.Struct("!IQIII")
CNAME = 1


@dataclass(frozen=True, slots=True)
class Block:
    """What a receiver says of one source. Jitter in units of the RTP clock, `lsr` and `dlsr` in 1/65536 s."""

    ssrc: int
    fraction: int
    lost: int
    highest: int
    jitter: int
    lsr: int
    dlsr: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What is of use in a compound packet: when its sender report was made (the middle 32 bits of NTP), and its blocks."""

    sender: int
    ntp: int | None
    blocks: tuple[Block, ...]


def read(data: bytes) -> Heard:
    """Raises ValueError for a compound packet that can't be read. What we have no use for is passed over."""
    sender, ntp, blocks = 0, None, []
    at = 0
    while at < len(data):
        if at + 4 > len(data):
            raise ValueError("truncated")
        first, kind, words = struct.unpack_from("!BBH", data, at)
        end = at + 4 * (words + 1)
        if first >> 6 != 2 or end > len(data):
            raise ValueError("length")
        body = data[at + 4 : end]
        if kind in {SENDER, RECEIVER}:
            skip = SENDER_INFO.size if kind == SENDER else 4
            if len(body) < skip + BLOCK.size * (first & 31):
                raise ValueError("blocks")
            sender = int.from_bytes(body[:4], "big")
            if kind == SENDER:
                ntp = int.from_bytes(body[6:10], "big")
            blocks += [_block(body, skip + BLOCK.size * number) for number in range(first & 31)]
        at = end
    return Heard(sender, ntp, tuple(blocks))


def sender_report(ssrc: int, time_s: float, timestamp: int, packets: int, octets: int) -> bytes:
    """`time_s` since 1970; `timestamp` is the RTP clock at that moment."""
    info = SENDER_INFO.pack(ssrc, ntp64(time_s), timestamp & 0xFFFFFFFF, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)
    return _packet(SENDER, 0, info)


def receiver_report(ssrc: int, blocks: Sequence[Block]) -> bytes:
    body = b"".join(
        BLOCK.pack(b.ssrc, b.fraction << 24 | b.lost & 0xFFFFFF, b.highest, b.jitter, b.lsr, b.dlsr) for b in blocks
    )
    return _packet(RECEIVER, len(blocks), ssrc.to_bytes(4, "big") + body)


def description(ssrcs: Sequence[int], name: str) -> bytes:
    item = bytes([CNAME, len(name)]) + name.encode()
    chunk = item + bytes(4 - len(item) % 4)
    return _packet(DESCRIPTION, len(ssrcs), b"".join(ssrc.to_bytes(4, "big") + chunk for ssrc in ssrcs))


def bye(ssrcs: Sequence[int]) -> bytes:
    return _packet(BYE, len(ssrcs), b"".join(ssrc.to_bytes(4, "big") for ssrc in ssrcs))


def ntp64(time_s: float) -> int:
    return int((time_s + NTP_SINCE_UNIX_S) * (1 << 32))


def ntp32(time_s: float) -> int:
    """The middle 32 bits, in 1/65536 s: what a report says of when another was made."""
    return ntp64(time_s) >> 16 & 0xFFFFFFFF


def batches(ssrcs: Sequence[int]) -> Iterator[Sequence[int]]:
    """A packet counts 31 sources at most."""
    return (ssrcs[at : at + 31] for at in range(0, len(ssrcs), 31))


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body


def _block(body: bytes, at: int) -> Block:
    ssrc, lost, highest, jitter, lsr, dlsr = BLOCK.unpack_from(body, at)
    return Block(ssrc, lost >> 24, lost & 0xFFFFFF, highest, jitter, lsr, dlsr)
