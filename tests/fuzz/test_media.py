"""What a hostile network and a hostile member can send to the relay: dropped and counted, no trace, and nobody else notices."""

from __future__ import annotations

import asyncio
import os
import random
import struct
from collections.abc import AsyncIterator, Callable

import pytest_asyncio
from aioice import stun

from rooms.errors import BadRequestError
from rooms.model import Limits
from rooms.stage import Opening
from server.media import rtcp, sdp
from server.media.dtls import Identity, SrtpError
from server.media.node import Node
from server.media.peer import Peer
from tests.media_client import PATIENCE_S, Client, close_all, offer

SEED = int(os.environ.get("TUTTI_FUZZ_SEED", "20260901"))
PACKETS = 200_000
OFFERS = 5_000


@pytest_asyncio.fixture
async def node() -> AsyncIterator[Node]:
    node = Node(Limits(packets_per_s=1 << 40, stage_silence_s=3600), host="127.0.0.1", port=0, public=())
    yield node
    await node.shut()
    close_all()
    await asyncio.sleep(0)


async def come(node: Node, name: str, *ways: str) -> Client:
    client = Client(*ways)
    opening = Opening(name, "songs", 1, client.offer, "sendonly" in ways, "recvonly" in ways)
    return await client.connect(await node.open(opening, lambda _: None))


def odd(chance: random.Random, packet: bytes) -> bytes:
    """A packet with something wrong in its header, or more than one thing."""
    data = bytearray(packet)
    for _ in range(chance.randint(1, 3)):
        match chance.randrange(8):
            case 0:
                data[0] = chance.randrange(128, 192)  # CSRC count, padding, extension
            case 1:
                data[1] = chance.randrange(256)  # payload type
            case 2:
                data[2:4] = chance.randbytes(2)  # sequence number
            case 3:
                data[8:12] = bytes([0, 0, 0, chance.randrange(40)])  # SSRC
            case 4:
                data[-1] = chance.choice((0, 1, 255, len(data)))  # padding
                data[0] |= 0x20
            case 5:
                data[12:16] = struct.pack("!HH", 0xBEDE, chance.choice((0, 1, 3, 0xFFFF)))  # header extension
                data[0] |= 0x10
            case 6:
                del data[chance.randrange(12, len(data) + 1) :]
            case _:
                data[4:8] = chance.randbytes(4)  # time
    return bytes(data)


def attack(chance: random.Random, singer: Client, peer: Peer) -> Callable[[], None]:  # noqa: C901 - a table
    """Something to do to a peer."""
    time = asyncio.get_running_loop().time
    tx = singer.dtls.tx
    sent: list[bytes] = [b""]

    def signed() -> None:
        """As only the member itself can send it."""
        try:
            data = tx.protect(odd(chance, singer.packet(chance.randbytes(chance.choice((0, 1, 20, 300, 1250))))))
        except (SrtpError, ValueError):
            data = chance.randbytes(40)
        sent[0] = data
        peer.media(data, time())

    def broken() -> None:
        """As anybody can who sees the member's address."""
        data = bytearray(sent[0] or chance.randbytes(60))
        for _ in range(chance.randint(0, 3)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        peer.media(bytes(data[: chance.randint(1, len(data))]), time())

    def replayed() -> None:
        if sent[0]:
            peer.media(sent[0], time())

    def reports() -> None:
        block = rtcp.Block(*(chance.getrandbits(bits) for bits in (32, 8, 24, 32, 32, 32, 32)))
        sender = chance.choice((0x5050, chance.randrange(40)))
        packet = bytearray(rtcp.receiver_report(sender, [block]) + rtcp.sender_report(0x5050, 1e9, 1, 2, 3))
        for _ in range(chance.randint(0, 4)):
            packet[chance.randrange(8, len(packet))] = chance.randrange(256)
        packet[3] = chance.choice((packet[3], 0, 255))
        peer.media(tx.protect_rtcp(bytes(packet)), time())

    def records() -> None:
        peer.handshake(bytes([chance.randrange(20, 64)]) + chance.randbytes(chance.randrange(80)), time())

    def strike() -> None:
        what = chance.choices((signed, broken, replayed, reports, records), (60, 20, 5, 10, 5))[0]
        what()

    return strike


async def test_nothing_that_is_sent_ends_anything_but_itself(node: Node) -> None:
    chance = random.Random(SEED)
    singer, listener, other = [
        await come(node, name, way) for name, way in (("singer", "sendonly"), ("listener", "recvonly"), ("other", "sendonly"))
    ]
    second = await come(node, "second", "recvonly", "recvonly")
    peer = node._peers["singer"][0]
    peer.media(singer.dtls.tx.protect(singer.packet()), asyncio.get_running_loop().time())  # so that its SSRC is the known one
    strike = attack(chance, singer, peer)
    for number in range(PACKETS):
        strike()
        if number % 2000 == 0:
            await asyncio.sleep(0)
    dropped = node.totals().dropped
    assert {"malformed", "payload_type", "jump", "srtp", "replay", "ssrc", "truncated"} <= dropped.keys(), dropped
    assert peer.source is not None
    assert len(peer.source._known) <= 8
    assert len(peer._reporters) <= 16
    assert set(node._peers) == {"singer", "listener", "other", "second"}
    other.seq, ssrc = 100, 0x5050
    for client in (listener, second):
        client.heard.clear()
    async with asyncio.timeout(PATIENCE_S):
        while not any(packet.endswith(b"still here") for packet in second.heard):
            other.play(other.packet(b"\xfcstill here", ssrc=ssrc))
            await asyncio.sleep(0.02)


async def test_checks_that_are_not_right_claim_nothing(node: Node) -> None:
    chance = random.Random(SEED)
    listener = await come(node, "listener", "recvonly")
    port = node._port
    request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    request.attributes["USERNAME"] = f"{listener.name}:theirs"
    request.attributes["USE-CANDIDATE"] = None
    request.add_message_integrity(listener.password)
    right = bytes(request)
    claimed = set(port._by_address)
    for number in range(20_000):
        data = bytearray(right)
        if number % 4:
            data[chance.randrange(20 if number % 2 else len(data) - 8)] ^= 1 << chance.randrange(8)
        else:
            del data[chance.randrange(len(data)) :]
        port._check(port._sockets["127.0.0.1"], bytes(data), ("127.0.0.1", 9), 1e9)
    assert set(port._by_address) == claimed


def test_offers_are_answered_or_refused_in_a_sentence() -> None:
    chance = random.Random(SEED)
    good = offer(Identity(), "sendrecv", "recvonly").splitlines()
    answered = 0
    for _ in range(OFFERS):
        lines = list(good)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(lines))
            match chance.randrange(4):
                case 0:
                    del lines[place]
                case 1:
                    lines.insert(place, chance.choice(good))
                case 2:
                    words = list(lines[place])
                    words[chance.randrange(len(words))] = chr(chance.choice((0, 10, 32, 58, 65, 200, 0x1F600)))
                    lines[place] = "".join(words)
                case _:
                    lines[place] = lines[place][: chance.randrange(1, len(lines[place]) + 1)]
            if not lines:
                break
        try:
            read = sdp.read("\r\n".join(lines))
        except BadRequestError:
            continue
        plans = [sdp.Plan(ssrc=1) for _ in read.lines]
        said = sdp.answer(read, plans, ice=("a", "b"), fingerprint="c", candidates=[], name="d")
        assert said.count("\r\nm=") == len(read.lines)
        answered += 1
    assert 0 < answered < OFFERS


def test_what_is_answered_is_what_was_offered_and_known() -> None:
    read = sdp.read(offer(Identity(), "sendrecv"))
    said = sdp.answer(read, [sdp.Plan(takes=True, ssrc=5)], ice=("a", "b"), fingerprint="c", candidates=[("::1", 9)], name="d")
    assert "a=fmtp:111 minptime=10;stereo=1;usedtx=1\r\n" in said
    assert "a=ptime:10\r\n" in said
    assert "evil" not in said
    assert "a=setup:passive\r\n" in said
    assert "a=sendrecv\r\n" in said


def test_only_what_was_offered_as_a_bundle_is_answered_as_one() -> None:
    bundled = offer(Identity(), "sendonly")
    for offered, answered in ((bundled, True), (bundled.replace("a=group:BUNDLE 0\r\n", ""), False)):
        plans = [sdp.Plan(takes=True)]
        said = sdp.answer(sdp.read(offered), plans, ice=("a", "b"), fingerprint="c", candidates=[("::1", 9)], name="d")
        assert ("a=group:BUNDLE 0\r\n" in said) is answered
