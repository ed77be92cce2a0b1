"""One peer connection of a member: its ways here, its handshake, its sound, its reports. From its offer to its end."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from time import time

from rooms.errors import OfferRefusedError
from rooms.model import Limits
from rooms.stage import Opening, Report, Track
from server.media import rtcp, sdp
from server.media.dtls import Dtls, HandshakeError, Identity, SrtpError
from server.media.forward import CLOCK_HZ, Counts, Sendto, Slot, Source
from server.media.port import Port
from server.media.stun import Check

REPORT_S = 1.0
RTP_BYTES = 12
"""The least length of an RTP packet (RFC 3550, section 5.1)."""

MOST_REPORTERS = 16
MOST_ROUND_TRIP_S = 60


class Peer:
    """Whoever sent an offer. `joined` and `left` are the node's: called when it can be heard, and when it is over."""

    def __init__(
        self,
        opening: Opening,
        port: Port,
        identity: Identity,
        limits: Limits,
        counts: Counts,
        *,
        joined: Callable[[Peer], None],
        left: Callable[[Peer, str], None],
    ) -> None:
        """Raises BadRequestError and OfferRefusedError."""
        self.opening = opening
        self.source: Source | None = None
        self.slots: list[Slot] = []
        self.addresses: dict[object, None] = {}
        self._loop = asyncio.get_running_loop()
        self.heard_s = self._begun_s = self._loop.time()
        self._port = port
        self._identity = identity
        self._limits = limits
        self._counts = counts
        self._joined = joined
        self._left = left
        self._offer = sdp.read(opening.offer)
        self._plans = [self._plan(line) for line in self._offer.lines]
        if opening.publishes and self.source is None:
            raise OfferRefusedError("This offer sends no sound.")
        if not opening.publishes and not self.slots:
            raise OfferRefusedError("This offer receives no sound.")
        self._dtls = Dtls(identity, active=self._offer.passive, fingerprints=self._offer.fingerprints)
        self._greeted = False
        self._closed = False
        self._theirs = sdp.credentials(opening.offer)
        self._passwords: dict[str, bytes] = {}
        self._reporters: set[int] = set()
        self._ssrc = secrets.randbits(32)
        self._round_trip_ms: float | None = None
        self._sendto: Sendto
        self._address: object = None
        self._budget = limits.packets_per_s
        self._retry: asyncio.TimerHandle | None = None
        # Each in a moment of its own: the reports of hundreds at once would hold up the sound.
        self._tick = self._loop.call_later(REPORT_S * (0.5 + secrets.randbelow(1000) / 1000), self._tend)

    def answer(self) -> str:
        """Raises StageDownError."""
        return sdp.answer(
            self._offer,
            self._plans,
            ice=self._new_credentials(),
            fingerprint=self._identity.fingerprint,
            candidates=self._port.candidates(self.opening.near),
            name=f"tutti-{self.opening.number}",
        )

    def restart(self, fragment: str) -> str | None:
        """What a fragment with new credentials is answered with; None where it has none. The old ones go when the new ones are
        used."""
        theirs = sdp.credentials(fragment)
        if theirs is None or theirs == self._theirs:
            return None
        self._theirs = theirs
        while len(self._passwords) > 1:
            self._forget(next(iter(self._passwords)))
        return sdp.fragment(self._new_credentials())

    def report(self) -> Report:
        """How it is with this peer now."""
        source, comes = self.source, None
        if source is not None:
            jitter_ms = _ms(source.jitter)
            comes = Track(source.number, source.packets, max(0, source.lost), jitter_ms, dict(source.dropped))
        goes = tuple(
            Track(slot.source.number if slot.source else 0, slot.packets, slot.lost, _ms(slot.jitter), dict(slot.dropped))
            for slot in self.slots
        )
        return Report(comes, goes, self._round_trip_ms)

    def close(self) -> None:
        """Says goodbye, and leaves nothing behind."""
        if self._closed:
            return
        self._closed = True
        self._tick.cancel()
        if self._retry is not None:
            self._retry.cancel()
        if self._dtls.done and self.slots:
            self._report([rtcp.receiver_report(self._ssrc, ()), rtcp.bye([slot.ssrc for slot in self.slots][:31])])
        if self._dtls.done:
            self._dtls.goodbye()
            self._flush()
        self._port.forget(self)

    # The port's side

    def password(self, name: str) -> bytes:
        return self._passwords[name]

    def checked(self, check: Check, sendto: Sendto, address: object, now_s: float) -> None:
        """An authenticated check came from there."""
        self.heard_s = now_s
        for name in list(self._passwords):
            if name == check.called:
                break
            self._forget(name)
        if check.nominates or self._address is None:
            self._sendto, self._address = sendto, address
            for slot in self.slots:
                slot.sendto, slot.address = sendto, address
        if not self._greeted and (check.nominates or not self._offer.passive):
            self._greeted = True
            self._dtls.start()
            self._flush()

    def handshake(self, data: bytes, now_s: float) -> None:
        """A datagram of DTLS."""
        if self._address is None:
            return
        was_done = self._dtls.done
        try:
            if self._dtls.receive(data):
                self._left(self, "goodbye")
                return
        except HandshakeError as error:
            self._flush()
            self._left(self, str(error))
            return
        self._flush()
        if self._dtls.done and not was_done:
            self.heard_s = now_s
            for slot in self.slots:
                slot.protect = self._dtls.tx.protect
            self._joined(self)

    def media(self, data: bytes, now_s: float) -> None:
        """A packet of SRTP or SRTCP (RFC 5761 tells them apart)."""
        if len(data) < RTP_BYTES:
            self._drop("truncated")
            return
        if not self._dtls.done:
            self._drop("early")
            return
        try:
            if 191 < data[1] < 224:
                self._hear(data, now_s)
                return
            self._counts.received += 1
            source = self.source
            if source is None or not source.admits(int.from_bytes(data[8:12], "big"), now_s):
                self._drop("unexpected" if source is None else "ssrc")
                return
            self._budget -= 1
            if self._budget < 0:
                self._drop("rate")
                return
            why = source.take(self._dtls.rx.unprotect(data), now_s)
        except SrtpError as error:
            self._drop("replay" if "replay" in str(error) else "srtp")
            return
        except ValueError:  # longer than libsrtp's buffer, or no RTCP
            self._drop("malformed")
            return
        self.heard_s = now_s
        if why is not None:
            self._drop(why)

    # Within

    def _plan(self, line: sdp.Line) -> sdp.Plan:
        if line.payload_type is None:
            return sdp.Plan()
        takes = self.opening.publishes and line.sends and self.source is None
        if takes:
            self.source = Source(self.opening.number, line.payload_type, line.ssrc, self._counts)
            self.source.muted = self.opening.muted
        if not (self.opening.hears and line.receives):
            return sdp.Plan(takes)
        slot = Slot(secrets.randbits(32), line.payload_type)
        self.slots.append(slot)
        return sdp.Plan(takes, slot.ssrc)

    def _new_credentials(self) -> tuple[str, str]:
        name, password = secrets.token_hex(6), secrets.token_hex(16)
        self._passwords[name] = password.encode()
        self._port.by_name[name] = self
        return name, password

    def _forget(self, name: str) -> None:
        del self._passwords[name]
        self._port.by_name.pop(name, None)

    def _flush(self) -> None:
        for datagram in self._dtls.outgoing():
            self._send(datagram)
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        patience_s = self._dtls.patience_s
        if patience_s is not None and not self._closed:
            self._retry = self._loop.call_later(max(patience_s, 0.05), self._again)

    def _again(self) -> None:
        try:
            self._dtls.again()
        except HandshakeError as error:
            self._left(self, str(error))
        else:
            self._flush()

    def _drop(self, why: str) -> None:
        self._counts.dropped[why] += 1
        if self.source is not None:
            self.source.dropped[why] += 1

    def _send(self, datagram: bytes) -> None:
        if self._address is None:
            return
        try:
            self._sendto(datagram, self._address)
        except BlockingIOError:
            self._counts.dropped["full"] += 1
        except OSError:
            self._counts.dropped["unreachable"] += 1

    def _hear(self, data: bytes, now_s: float) -> None:
        """A packet of SRTCP. libsrtp keeps a stream for each SSRC that it ever opened, so there are only so many."""
        sender = int.from_bytes(data[4:8], "big")
        if sender not in self._reporters and len(self._reporters) >= MOST_REPORTERS:
            self._drop("ssrc")
            return
        packet = self._dtls.rx.unprotect_rtcp(data)
        self._reporters.add(sender)
        self.heard_s = now_s
        heard = rtcp.read(packet)
        source = self.source
        if source is not None and heard.ntp is not None and heard.sender == source.ssrc:
            source.lsr, source.lsr_s = heard.ntp, now_s
        for block in heard.blocks:
            self._heed(block)

    def _heed(self, block: rtcp.Block) -> None:
        """What a listener says of one of our lines."""
        for slot in self.slots:
            if slot.ssrc == block.ssrc:
                lost = max(0, min(block.lost - ((block.lost & 0x800000) << 1), slot.packets))
                self._counts.lost_out += max(0, lost - slot.lost)
                slot.lost, slot.jitter = lost, block.jitter
                if block.lsr:
                    ago = (rtcp.ntp32(time()) - block.lsr - block.dlsr) & 0xFFFFFFFF
                    if ago < MOST_ROUND_TRIP_S << 16:  # the clock may have been set, and peers say what they like
                        self._round_trip_ms = round(ago * 1000 / 65536, 1)
                return

    def _tend(self) -> None:
        """Once a second: is it still there, and what is there to report."""
        now_s = self._loop.time()
        if not self._dtls.done:
            if now_s - self._begun_s > self._limits.stage_join_s:
                self._left(self, "join")
                return
        elif now_s - self.heard_s > self._limits.stage_silence_s:
            self._left(self, "silence")
            return
        else:
            self._report(self._reports(now_s))
        self._budget = self._limits.packets_per_s
        self._tick = self._loop.call_later(REPORT_S, self._tend)

    def _reports(self, now_s: float) -> list[bytes]:
        reports, sending, moment = [], [], time()
        for slot in self.slots:
            if slot.sent_s:
                timestamp = slot.timestamp + int((now_s - slot.sent_s) * CLOCK_HZ)
                reports.append(rtcp.sender_report(slot.ssrc, moment, timestamp, slot.packets, slot.octets))
                sending.append(slot.ssrc)
        block = self.source.report(now_s) if self.source is not None else None
        if block is not None or not reports:
            reports.append(rtcp.receiver_report(self._ssrc, [block] if block else []))
        name = f"tutti-{self.opening.number}"
        return reports + [rtcp.description(some, name) for some in rtcp.batches(sending or [self._ssrc])]

    def _report(self, packets: list[bytes]) -> None:
        """Sends a compound packet, or several where it would be too long for one datagram."""
        compound = b""
        for packet in [*packets, b""]:
            if compound and (not packet or len(compound) + len(packet) > 1100):
                try:
                    self._send(self._dtls.tx.protect_rtcp(compound))
                except SrtpError:
                    self._counts.dropped["protect"] += 1
                compound = b""
            compound += packet


def _ms(units: float) -> float:
    """Of the RTP clock."""
    return round(units * 1000 / CLOCK_HZ, 2)
