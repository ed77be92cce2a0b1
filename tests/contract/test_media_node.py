"""What a MediaNode does, whoever does it: in a process of its own, and in this one."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from itertools import pairwise

import pytest
import pytest_asyncio

from rooms.errors import BadRequestError, NotFoundError, OfferRefusedError
from rooms.model import Limits
from rooms.stage import MediaNode, Opening
from server.media import rtcp
from server.media.dtls import Identity
from server.media.keeper import Keeper
from server.media.node import Node
from tests.media_client import HEADER, PATIENCE_S, Client, close_all, offer

LIMITS = Limits(stage_join_s=3, stage_silence_s=3)


@pytest_asyncio.fixture(params=["process", "here"])
async def node(request: pytest.FixtureRequest) -> AsyncIterator[MediaNode]:
    kind: Callable[..., Keeper | Node] = Keeper if request.param == "process" else Node
    node = kind(LIMITS, host="127.0.0.1", port=0, public=())
    yield node
    await node.shut()
    close_all()
    await asyncio.sleep(0)


async def come(node: MediaNode, name: str, *ways: str, number: int = 1, stage: str = "songs", setup: str = "active") -> Client:
    client = Client(*ways, setup=setup)
    opening = Opening(name, stage, number, client.offer, "recvonly" not in ways or len(ways) > 1, "sendonly" not in ways)
    return await client.connect(await node.open(opening, lambda _: None))


async def hears(listener: Client, singer: Client) -> bytes:
    """The next packet that goes from one to the other."""
    before = len(listener.heard)
    async with asyncio.timeout(PATIENCE_S):
        while len(listener.heard) == before:
            singer.play()
            await asyncio.sleep(0.02)
    return listener.heard[before]


async def test_a_packet_reaches_who_listens_and_names_its_member(node: MediaNode) -> None:
    singer = await come(node, "singer", "sendonly", number=7)
    listener = await come(node, "listener", "recvonly", number=8)
    stranger = await come(node, "stranger", "recvonly", stage="elsewhere")
    packet = await hears(listener, singer)
    first, kind, _, _, ssrc = HEADER.unpack_from(packet)
    assert (first, kind & 0x7F, packet[12:16], packet[16:]) == (0x81, 111, (7).to_bytes(4, "big"), b"\xfcsound")
    assert f"a=ssrc:{ssrc} " not in listener.offer
    assert not singer.heard
    assert not stranger.heard


async def test_what_goes_out_is_one_stream_over_the_turn_of_sequence_numbers_and_singers(node: MediaNode) -> None:
    ada, listener = await come(node, "ada", "sendonly"), await come(node, "listener", "recvonly")
    await hears(listener, ada)
    for _ in range(60):  # over 65,535, and over the end of the RTP clock
        ada.play()
        await asyncio.sleep(0)
    await listener.until(lambda: len(listener.heard) > 60)
    node.close("ada")
    ben = await come(node, "ben", "sendonly")
    ben.seq, ben.timestamp = 7, 9
    await hears(listener, ben)
    headers = [HEADER.unpack_from(packet) for packet in listener.heard]
    steps = {(b[2] - a[2]) & 0xFFFF for a, b in pairwise(headers)}
    times = [(b[3] - a[3]) & 0xFFFFFFFF for a, b in pairwise(headers)]
    assert steps == {1}
    assert len({header[4] for header in headers}) == 1
    assert all(0 < step < 48_000 * PATIENCE_S for step in times)


async def test_everybody_on_a_stage_hears_the_others_and_not_themselves(node: MediaNode) -> None:
    both = ("sendrecv", "recvonly", "recvonly")
    ada, ben, eve = [await come(node, name, *both, number=n) for n, name in enumerate(("ada", "ben", "eve"), 1)]
    for one in (ada, ben, eve):
        others = {(n,) for n, other in enumerate((ada, ben, eve), 1) if other is not one}

        def named(one: Client = one) -> set[tuple[int, ...]]:
            return {(int.from_bytes(packet[12:16], "big"),) for packet in one.heard}

        async with asyncio.timeout(PATIENCE_S):
            while named() != others:
                for playing in (ada, ben, eve):
                    playing.play()
                await asyncio.sleep(0.02)


async def test_who_waits_for_our_hello_gets_it(node: MediaNode) -> None:
    singer = await come(node, "singer", "sendonly", setup="passive")
    await hears(await come(node, "listener", "recvonly"), singer)


async def test_both_ends_are_told_how_sound_arrives(node: MediaNode) -> None:
    singer, listener = await come(node, "singer", "sendonly"), await come(node, "listener", "recvonly")
    await hears(listener, singer)
    singer.seq += 10
    await hears(listener, singer)

    def lost() -> bool:
        return any(block.ssrc == 0x5050 and block.lost == 10 for report in singer.reports for block in rtcp.read(report).blocks)

    await singer.until(lost)
    await listener.until(lambda: any(rtcp.read(report).ntp is not None for report in listener.reports))


async def test_every_track_is_reported_on(node: MediaNode) -> None:
    await node.warm()
    singer = await come(node, "singer", "sendonly", number=7)
    listener = await come(node, "listener", "recvonly")
    await hears(listener, singer)
    singer.seq += 10
    await hears(listener, singer)
    singer.play(singer.packet(payload_type=96))
    listener.tell(fraction=3, lost=2, jitter=480)

    def told() -> bool:
        comes, report = node.report("singer").comes, node.report("listener")
        if comes is None or not report.goes or not node.totals().lost_in:
            return False
        (goes,) = report.goes
        return (
            (comes.number, comes.lost, comes.dropped) == (7, 10, {"payload_type": 1})
            and (goes.number, goes.lost, goes.jitter_ms) == (7, 2, 10)
            and report.round_trip_ms is not None
            and report.round_trip_ms < 1000 * PATIENCE_S
        )

    async with asyncio.timeout(PATIENCE_S):
        while not told():
            await asyncio.sleep(0.05)
    assert node.report("singer").round_trip_ms is None
    assert node.totals().lost_out == 2
    node.close("singer")
    assert node.report("singer").comes is None


async def test_who_is_muted_is_not_heard_and_goes_on_without_a_gap(node: MediaNode) -> None:
    singer, listener = await come(node, "singer", "sendonly"), await come(node, "listener", "recvonly")
    before = HEADER.unpack_from(await hears(listener, singer))
    node.mute("singer", muted=True)
    node.mute("nobody", muted=True)
    async with asyncio.timeout(PATIENCE_S):
        while not node.totals().dropped.get("muted"):
            singer.play()
            await asyncio.sleep(0.02)
    heard = len(listener.heard)
    for _ in range(5):
        singer.play()
        await asyncio.sleep(0.02)
    assert len(listener.heard) == heard
    node.mute("singer", muted=False)
    before = HEADER.unpack_from(listener.heard[-1])
    after = HEADER.unpack_from(await hears(listener, singer))
    assert (after[2] - before[2]) & 0xFFFF == 1
    late = Client("sendonly")
    opening = Opening("late", "songs", 2, late.offer, publishes=True, hears=False, muted=True)
    await late.connect(await node.open(opening, lambda _: None))
    heard = len(listener.heard)
    late.play()
    await asyncio.sleep(0.1)
    assert len(listener.heard) == heard


async def test_an_address_is_changed_by_an_authenticated_check_alone(node: MediaNode) -> None:
    singer, listener = await come(node, "singer", "sendonly"), await come(node, "listener", "recvonly")
    old = listener.transport
    loop = asyncio.get_running_loop()
    listener.transport, _ = await loop.create_datagram_endpoint(lambda: listener, local_addr=("127.0.0.1", 0))
    await listener.check(password=b"guessed", wait=False)
    old.close()
    singer.play()
    await asyncio.sleep(0.2)
    assert not listener.heard
    await listener.check()
    await hears(listener, singer)


async def test_ice_restarts_with_new_credentials_and_the_old_ones_end(node: MediaNode) -> None:
    singer, listener = await come(node, "singer", "sendonly"), await come(node, "listener", "recvonly")
    assert await node.restart("listener", "a=candidate:1 1 udp 1 192.0.2.9 9 typ host\r\n") is None
    fragment = await node.restart("listener", f"a=ice-ufrag:anew\r\na=ice-pwd:{'q' * 24}\r\n")
    assert fragment is not None
    old = listener.name, listener.password
    listener.read(fragment)
    assert (listener.name, listener.password) != old
    await listener.check()
    await hears(listener, singer)
    with pytest.raises(NotFoundError):
        await node.restart("nobody", "")


async def test_who_does_not_come_and_who_falls_silent_is_given_up(node: MediaNode) -> None:
    gone: list[str] = []
    absent = Client("recvonly")
    await node.open(Opening("absent", "songs", 1, absent.offer, False, True), gone.append)
    silent = Client("recvonly")
    await silent.connect(await node.open(Opening("silent", "songs", 1, silent.offer, False, True), gone.append))
    async with asyncio.timeout(PATIENCE_S):
        while set(gone) != {"absent", "silent"}:
            await asyncio.sleep(0.05)
    await silent.until(lambda: silent.goodbye)
    async with asyncio.timeout(PATIENCE_S):
        while node.totals().ended != {"join": 1, "silence": 1}:
            await asyncio.sleep(0.05)


async def test_who_is_put_out_is_told_so(node: MediaNode) -> None:
    listener = await come(node, "listener", "recvonly")
    node.close("listener")
    await listener.until(lambda: listener.goodbye)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("", BadRequestError),
        ("v=0\r\n", OfferRefusedError),
        (offer(Identity(), "recvonly").replace("a=fingerprint", "a=x"), OfferRefusedError),
        (offer(Identity(), "recvonly").replace("opus", "pcmu"), OfferRefusedError),
        (offer(Identity(), "recvonly"), OfferRefusedError),
    ],
)
async def test_an_offer_that_can_not_be_answered_is_refused(node: MediaNode, said: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await node.open(Opening("peer", "songs", 1, said, True, False), lambda _: None)


async def test_a_process_that_dies_comes_back_on_the_same_port() -> None:
    keeper = Keeper(LIMITS, host="127.0.0.1", port=0, public=())
    gone: list[str] = []
    client = Client("recvonly")
    await client.connect(await keeper.open(Opening("peer", "songs", 1, client.offer, False, True), gone.append))
    assert keeper.pid is not None
    os.kill(keeper.pid, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE_S):
        while not gone:
            await asyncio.sleep(0.02)
    again = await come(keeper, "again", "recvonly")
    assert again.relay == client.relay
    assert keeper.failures == 1
    await keeper.shut()
    close_all()
    await asyncio.sleep(0)
