"""A client of the relay that says exactly what a test wants. Its STUN is aioice's, its sockets are its own."""

from __future__ import annotations

import asyncio
import re
import secrets
import struct
from collections.abc import Callable
from time import time

from aioice import stun

from server.media import rtcp
from server.media.dtls import HASHES, Dtls, Fingerprint, Identity

PATIENCE_S = 20
HEADER = struct.Struct("!BBHII")
OPUS = 111


def offer(identity: Identity, *ways: str, setup: str = "active", ssrc: int = 0x5050, more: str = "") -> str:
    """An offer with a line for each way (sendonly, recvonly, sendrecv), as a browser's."""
    mids = " ".join(map(str, range(len(ways))))
    lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", f"a=group:BUNDLE {mids}"]
    for mid, way in enumerate(ways):
        lines += [f"m=audio 9 UDP/TLS/RTP/SAVPF {OPUS} 0", "c=IN IP4 0.0.0.0", f"a=mid:{mid}", f"a={way}", "a=rtcp-mux"]
        lines += [f"a=rtpmap:{OPUS} opus/48000/2", f"a=fmtp:{OPUS} minptime=10;stereo=1;usedtx=1;evil=1", "a=ptime:10"]
        lines += ["a=ice-ufrag:theirs", f"a=ice-pwd:{'p' * 24}", f"a=setup:{setup}"]
        lines += [f"a=fingerprint:sha-256 {identity.fingerprint}"]
        if way != "recvonly":
            lines.append(f"a=ssrc:{ssrc + mid} cname:they")
    return "\r\n".join([*lines, more] if more else lines) + "\r\n"


OPEN: list[Client] = []
"""Those with a socket: a test's end closes them by `close_all`."""


def close_all() -> None:
    while OPEN:
        OPEN.pop().transport.close()


class Client(asyncio.DatagramProtocol):
    """One peer. `offer` goes to the relay by whatever door, its answer to `connect`."""

    def __init__(self, *ways: str, setup: str = "active") -> None:
        self.identity = Identity()
        self.offer = offer(self.identity, *ways, setup=setup)
        self.active = setup != "passive"
        self.heard: list[bytes] = []
        self.reports: list[bytes] = []
        self.seq, self.timestamp = 65_500, 4_294_900_000
        self._checked: dict[bytes, asyncio.Event] = {}
        self._came = asyncio.Event()
        self.dtls: Dtls
        self.goodbye = False

    async def connect(self, answer: str) -> Client:
        """Checks the way, shakes hands, and returns when the keys are there."""
        self.read(answer)
        loop = asyncio.get_running_loop()
        OPEN.append(self)
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(self.relay[0], 0))
        algorithm, _, digest = re.findall(r"a=fingerprint:(\S+)( )(\S+)", answer)[0]
        assert algorithm in HASHES
        print_ = Fingerprint(algorithm, bytes.fromhex(digest.replace(":", "")))
        self.dtls = Dtls(self.identity, active=self.active, fingerprints=(print_,))
        await self.check()
        self.dtls.start()
        self._flush()
        await self.until(lambda: self.dtls.done)
        return self

    @property
    def seen_as(self) -> object:
        """The address that the relay should see."""
        return self.transport.get_extra_info("sockname")[:2]

    def read(self, answer: str) -> None:
        """The credentials and the address in an answer, or in a fragment of one."""
        self.name = re.findall(r"a=ice-ufrag:(\S+)", answer)[0]
        self.password = re.findall(r"a=ice-pwd:(\S+)", answer)[0].encode()
        candidates = re.findall(r"a=candidate:\d+ 1 udp \d+ (\S+) (\d+) typ host", answer)
        if candidates:
            host, port = next((found for found in candidates if found[0] == "127.0.0.1"), candidates[0])
            self.relay = (host, int(port))

    async def check(self, *, password: bytes | None = None, wait: bool = True) -> None:
        """A binding request that nominates. Sent again until it is answered."""
        request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
        request.attributes["USERNAME"] = f"{self.name}:theirs"
        request.attributes["PRIORITY"] = 1
        request.attributes["ICE-CONTROLLING"] = secrets.randbits(64)
        request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity(password or self.password)
        answered = self._checked[request.transaction_id] = asyncio.Event()
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self.transport.sendto(bytes(request), self.relay)
                if not wait:
                    return
                try:
                    async with asyncio.timeout(0.5):
                        await answered.wait()
                        return
                except TimeoutError:
                    continue

    def packet(self, payload: bytes = b"\xfcsound", *, ssrc: int = 0x5050, payload_type: int = OPUS) -> bytes:
        """The next packet, not yet protected."""
        self.seq, self.timestamp = (self.seq + 1) & 0xFFFF, (self.timestamp + 480) & 0xFFFFFFFF
        return HEADER.pack(0x80, payload_type, self.seq, self.timestamp, ssrc) + payload

    def play(self, *packets: bytes) -> None:
        for packet in packets or [self.packet()]:
            self.transport.sendto(self.dtls.tx.protect(packet), self.relay)

    def tell(self, *, fraction: int, lost: int, jitter: int) -> None:
        """A receiver report on what was heard last, as if the sender report before it had just come."""
        ssrc = HEADER.unpack_from(self.heard[-1])[4]
        block = rtcp.Block(ssrc, fraction, lost, self.seq, jitter, rtcp.ntp32(time()), 0)
        self.transport.sendto(self.dtls.tx.protect_rtcp(rtcp.receiver_report(1, [block])), self.relay)

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._came.clear()
                await self._came.wait()

    def datagram_received(self, data: bytes, addr: object) -> None:
        if data[0] < 4:
            answer = stun.parse_message(data)
            assert answer.check_message_integrity(self.password)
            if answer.message_class is stun.Class.RESPONSE:
                assert answer.attributes["XOR-MAPPED-ADDRESS"] == self.seen_as
                self._checked.pop(answer.transaction_id, asyncio.Event()).set()
        elif data[0] < 64:
            self.goodbye = self.dtls.receive(data)
            self._flush()
        elif 191 < data[1] < 224:
            self.reports.append(self.dtls.rx.unprotect_rtcp(data))
        else:
            self.heard.append(self.dtls.rx.unprotect(data))
        self._came.set()

    def _flush(self) -> None:
        for datagram in self.dtls.outgoing():
            self.transport.sendto(datagram, self.relay)
