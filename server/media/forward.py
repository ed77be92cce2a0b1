"""The hot loop: one packet in, a packet to each who hears it out (RFC 3550). Written for speed.

A packet is rewritten (sequence number, time, SSRC of the slot, and as its one CSRC the number of the member who sounds),
protected and handed to the socket. No queue and no task: what the socket doesn't take at once is dropped. `script/bench media`
measures what a forward costs.
"""

from __future__ import annotations

import secrets
import struct
from collections import Counter
from collections.abc import Callable
from time import perf_counter
from typing import Any

from server.media.dtls import SrtpError
from server.media.rtcp import Block

HEADER = struct.Struct("!BBHII")
HEADER_WITH_CSRC = struct.Struct("!BBHIII")
CLOCK_HZ = 48_000
PAYLOAD_BYTES = 1275
"""The largest Opus frame (RFC 6716, section 3.2.1); packets of several frames are no larger here."""
MISORDER = 100
DROPOUT = 3000
"""RFC 3550, A.1: how far a sequence number may fall back or jump ahead."""
SILENT_S = 2.0
"""A source that has been silent so long may go on under another SSRC."""

Sendto = Callable[[bytes, Any], int]


class Counts:
    """What the relay has counted since its start. `bounds` are the histogram's, in seconds."""

    bounds = (0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05)

    def __init__(self) -> None:
        self.received = 0
        self.forwarded = 0
        self.lost_in = self.lost_out = 0
        self.dropped: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.buckets = [0] * (len(self.bounds) + 1)
        self.seconds = 0.0

    def fan(self, seconds: float) -> None:
        self.seconds += seconds
        for place, bound in enumerate(self.bounds):
            if seconds <= bound:
                self.buckets[place] += 1
                return
        self.buckets[-1] += 1


def payload_of(data: bytes) -> bytes | None:
    """What a packet carries, without its publisher's header extensions and padding; None where its lengths don't add up."""
    first = data[0]
    start, end = 12 + 4 * (first & 15), len(data)
    if first & 0x10:
        if start + 4 > end:
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    if first & 0x20:
        pad = data[-1]
        if not pad:
            return None
        end -= pad
    return data[start:end] if 0 <= end - start <= PAYLOAD_BYTES else None


class Slot:
    """One line on which a listener hears somebody. `protect`, `sendto` and `address` are set once there is a way to send."""

    __slots__ = (
        "address", "dropped", "epoch", "jitter", "lost", "next_seq", "octets", "packets", "payload_type", "protect",
        "sendto", "sent_s", "seq_offset", "source", "ssrc", "timestamp", "ts_offset",
    )  # fmt: skip

    def __init__(self, ssrc: int, payload_type: int) -> None:
        self.ssrc = ssrc
        self.payload_type = payload_type
        self.source: Source | None = None
        self.protect: Callable[[bytes], bytes]
        self.sendto: Sendto
        self.address: object = None
        self.epoch: object = None
        self.packets = self.octets = 0
        self.lost = self.jitter = 0
        """As its listener reports, jitter in units of the RTP clock."""
        self.dropped: Counter[str] = Counter()
        # In the lower half: who joins late must not have to guess how often it has rolled over.
        self.next_seq = secrets.randbelow(1 << 14)
        self.timestamp = secrets.randbelow(1 << 32)
        self.sent_s = 0.0
        self.seq_offset = self.ts_offset = 0

    def follow(self, epoch: object, seq: int, timestamp: int, now_s: float) -> None:
        """Goes on with another source where the last one stopped."""
        silent_s = now_s - self.sent_s if self.sent_s else 0.0
        self.epoch = epoch
        self.seq_offset = self.next_seq - seq
        self.ts_offset = self.timestamp + int(silent_s * CLOCK_HZ) + CLOCK_HZ // 50 - timestamp


class Source:
    """One member's sound as it comes in, and the slots it goes out to."""

    def __init__(self, number: int, payload_type: int, ssrc: int | None, counts: Counts) -> None:
        self.number = number
        """The CSRC that names the member."""
        self.payload_type = payload_type
        self.ssrc = ssrc
        self.slots: list[Slot] = []
        self.muted = False
        self.packets = 0
        self.lost = 0
        """Of everything that was ever expected; what came twice makes up for it."""
        self.jitter = 0.0
        self.dropped: Counter[str] = Counter()
        self.lsr: int | None = None
        self.lsr_s = 0.0
        self._counts = counts
        self._epoch: object = object()
        self._base = self._highest = self._expected_before = self._received_before = 0
        self._received = 0
        self._suspect = -1
        self._transit = 0.0
        self._heard_s = 0.0
        self._known: set[int] = set()

    def mute(self, *, muted: bool) -> None:
        """Afterwards it goes on as another source would: what was not passed on is nobody's loss."""
        self.muted = muted
        self._epoch = object()

    def admits(self, ssrc: int, now_s: float) -> bool:
        """Whether a packet of this SSRC is worth opening: libsrtp keeps a stream for each that it ever opened."""
        if ssrc == self.ssrc and ssrc in self._known:
            return True
        free = self.ssrc is None or ssrc == self.ssrc or now_s - self._heard_s > SILENT_S
        return free and (ssrc in self._known or len(self._known) < 8)

    def take(self, data: bytes, now_s: float) -> str | None:
        """An unprotected packet. Returns why it was dropped; None where it went out."""
        _, second, seq, timestamp, ssrc = HEADER.unpack_from(data)
        payload = payload_of(data)
        if payload is None:
            return "malformed"
        if second & 0x7F != self.payload_type:
            return "payload_type"
        if ssrc != self.ssrc or ssrc not in self._known:
            self._known.add(ssrc)
            if ssrc != self.ssrc:
                self.ssrc = ssrc
                self._begin(seq)
        if not self._follows(seq):
            return "jump"
        self._measure(timestamp, now_s)
        if self.muted:
            return "muted"
        if payload:
            self._fan(payload, second & 0x80, seq, timestamp, now_s)
        return None

    def _begin(self, seq: int) -> None:
        self._epoch = object()
        self._base = self._highest = seq
        self._received = self._expected_before = self._received_before = 0

    def _follows(self, seq: int) -> bool:
        """Keeps account of sequence numbers (RFC 3550, A.1): two in a row after a jump are a new beginning."""
        if not self.packets:
            self._begin(seq)
        step = (seq - self._highest) & 0xFFFF
        if step < DROPOUT:
            self._highest += step
        elif step < 0x10000 - MISORDER:
            suspect, self._suspect = self._suspect, (seq + 1) & 0xFFFF
            if seq != suspect:
                return False
            self._begin(seq)
        self.packets += 1
        self._received += 1
        return True

    def _measure(self, timestamp: int, now_s: float) -> None:
        """Jitter in units of the RTP clock (RFC 3550, A.8). A silence has none."""
        transit = now_s * CLOCK_HZ - timestamp
        change = abs(transit - self._transit)
        if change < CLOCK_HZ:
            self.jitter += (change - self.jitter) / 16
        self._transit = transit
        self._heard_s = now_s

    def _fan(self, payload: bytes, marker: int, seq: int, timestamp: int, now_s: float) -> None:
        begun = perf_counter()
        pack, number, epoch, size, sent = HEADER_WITH_CSRC.pack, self.number, self._epoch, len(payload), 0
        for slot in self.slots:
            if slot.epoch is not epoch:
                slot.follow(epoch, seq, timestamp, now_s)
            out_seq = (seq + slot.seq_offset) & 0xFFFF
            out_ts = (timestamp + slot.ts_offset) & 0xFFFFFFFF
            head = pack(0x81, marker | slot.payload_type, out_seq, out_ts, slot.ssrc, number)
            try:
                slot.sendto(slot.protect(head + payload), slot.address)
            except BlockingIOError:
                self._drop(slot, "full")
                continue
            except (OSError, SrtpError) as error:
                self._drop(slot, "unreachable" if isinstance(error, OSError) else "protect")
                continue
            slot.packets += 1
            slot.octets += size
            slot.timestamp = out_ts
            slot.next_seq = (out_seq + 1) & 0xFFFF
            slot.sent_s = now_s
            sent += 1
        self._counts.forwarded += sent
        self._counts.fan(perf_counter() - begun)

    def _drop(self, slot: Slot, why: str) -> None:
        self._counts.dropped[why] += 1
        slot.dropped[why] += 1

    def report(self, now_s: float) -> Block | None:
        """What we tell the member of how their sound arrives (RFC 3550, A.3)."""
        if self.ssrc is None or not self._received:
            return None
        expected = self._highest - self._base + 1
        new, got = expected - self._expected_before, self._received - self._received_before
        self._expected_before, self._received_before = expected, self._received
        fraction = max(0, min(255, (new - got) * 256 // new)) if new > 0 else 0
        self.lost += new - got
        self._counts.lost_in += max(0, new - got)
        since = 0 if self.lsr is None else int((now_s - self.lsr_s) * 65536) & 0xFFFFFFFF
        lost = min(0x7FFFFF, max(0, expected - self._received))
        return Block(self.ssrc, fraction, lost, self._highest & 0xFFFFFFFF, int(self.jitter), self.lsr or 0, since)
