"""The node itself: its port, its peers, and on which stage who is heard by whom. Runs in the media process or a test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from rooms.errors import NotFoundError
from rooms.model import Limits
from rooms.stage import Ended, Opening, Report, Totals
from server.media.dtls import Identity
from server.media.forward import Counts, Slot
from server.media.peer import Peer
from server.media.port import Port


@dataclass(slots=True)
class Stage:
    """The peers of one room that are connected, in the order they came."""

    peers: list[Peer] = field(default_factory=list)

    def join(self, peer: Peer) -> None:
        self.peers.append(peer)
        self._route()

    def leave(self, peer: Peer) -> None:
        """Frees the slots in which they were heard; others who had none there get them."""
        self.peers.remove(peer)
        if peer.source is not None:
            for slot in peer.source.slots:
                slot.source = None
            peer.source.slots = []
        for slot in peer.slots:
            _silence(slot)
        self._route()

    def _route(self) -> None:
        """Gives who is heard a slot with everybody else who listens, as long as there are slots."""
        for listener in self.peers:
            free = [slot for slot in listener.slots if slot.source is None]
            heard = {slot.source for slot in listener.slots}
            for peer in self.peers:
                source = peer.source
                if not free or source is None or peer is listener or source in heard:
                    continue
                slot = free.pop(0)
                slot.source = source
                source.slots.append(slot)


def _silence(slot: Slot) -> None:
    if slot.source is not None:
        slot.source.slots.remove(slot)
        slot.source = None


class Node:
    """A MediaNode in this process. `on_port` is told the port's number once it is open."""

    def __init__(
        self, limits: Limits, *, host: str, port: int, public: tuple[str, ...], on_port: Callable[[int], None] = lambda _: None
    ) -> None:
        self._limits = limits
        self._counts = Counts()
        self._identity = Identity()
        self._port = Port(host, port, public, self._counts.dropped)
        self._on_port = on_port
        self._peers: dict[str, tuple[Peer, Ended]] = {}
        self._stages: dict[str, Stage] = {}

    async def warm(self) -> None:
        """It is."""

    async def open(self, opening: Opening, ended: Ended) -> str:
        peer = Peer(
            opening,
            self._port,
            self._identity,
            self._limits,
            self._counts,
            joined=self._joined,
            left=self._left,
        )
        try:
            answer = peer.answer()
        except BaseException:
            peer.close()
            raise
        self._peers[opening.peer] = (peer, ended)
        self._on_port(self._port.number)
        return answer

    async def restart(self, peer: str, fragment: str) -> str | None:
        if peer not in self._peers:
            raise NotFoundError("There is no such session. It may have ended.")
        return self._peers[peer][0].restart(fragment)

    def close(self, peer: str) -> None:
        found = self._peers.pop(peer, None)
        if found is not None:
            self._end(found[0])

    def mute(self, peer: str, *, muted: bool) -> None:
        found = self._peers.get(peer)
        if found is not None and found[0].source is not None:
            found[0].source.mute(muted=muted)

    def peers(self) -> Iterable[str]:
        """Whoever there is now."""
        return list(self._peers)

    def report(self, peer: str) -> Report:
        return self._peers[peer][0].report() if peer in self._peers else Report()

    def totals(self) -> Totals:
        counts = self._counts
        return Totals(
            counts.received,
            counts.forwarded,
            counts.lost_in,
            counts.lost_out,
            dict(counts.dropped),
            dict(counts.ended),
            counts.bounds,
            tuple(counts.buckets),
            counts.seconds,
        )

    async def shut(self) -> None:
        """Ends every peer with a goodbye, and closes the port."""
        for peer in list(self._peers):
            self.close(peer)
        await asyncio.sleep(0)
        self._port.close()

    def _joined(self, peer: Peer) -> None:
        self._stages.setdefault(peer.opening.stage, Stage()).join(peer)

    def _left(self, peer: Peer, why: str) -> None:
        self._counts.ended[why] += 1
        found = self._peers.pop(peer.opening.peer, None)
        self._end(peer)
        if found is not None:
            found[1](peer.opening.peer)

    def _end(self, peer: Peer) -> None:
        stage = self._stages.get(peer.opening.stage)
        if stage is not None and peer in stage.peers:
            stage.leave(peer)
            if not stage.peers:
                del self._stages[peer.opening.stage]
        peer.close()
