"""The one UDP port: a socket for each address of ours, and whose each datagram is (RFC 8445 as ICE-lite, RFC 7983).

A binding request is answered by the user name it calls, if it is signed with the password that goes with it; from then on what
comes from that address is that peer's. Nothing else claims an address. Up to BATCH datagrams are taken at each wake-up, so that
the loop turns.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from rooms.errors import StageDownError
from server.media import stun

if TYPE_CHECKING:
    from server.media.peer import Peer

BATCH = 64
DATAGRAM_BYTES = 1500
BUFFER_BYTES = 4 << 20
HOLD_S = 5.0
"""For so long after it was last heard a peer keeps its address from others, who may be lying about where they are."""
ADDRESSES_PER_PEER = 8
LOOPBACK = "127.0.0.1"
ELSEWHERE = (("192.0.2.1", socket.AF_INET), ("2001:db8::1", socket.AF_INET6))
"""Addresses of nobody (RFC 5737, RFC 3849): nothing is sent there, but the way there tells which address is ours."""


class Port:
    """Sockets, all of the same number."""

    def __init__(self, host: str, number: int, public: tuple[str, ...], dropped: Counter[str]) -> None:
        self.number = number
        self.by_name: dict[str, Peer] = {}
        """By the user name fragments that we gave out."""
        self._host = host
        self._public = public
        self._dropped = dropped
        self._by_address: dict[object, Peer] = {}
        self._sockets: dict[str, socket.socket] = {}
        self._loop = asyncio.get_running_loop()

    def candidates(self, near: str) -> list[tuple[str, int]]:
        """Where we are reached. Raises StageDownError where we can listen nowhere."""
        found = [host for host in dict.fromkeys(self._own(near)) if self._listen(host)]
        if not found:
            raise StageDownError("The stage's port can't be opened. Is something else using it?")
        return [(host, self.number) for host in dict.fromkeys((*self._public, *found))]

    def close(self) -> None:
        for opened in self._sockets.values():
            self._loop.remove_reader(opened)
            opened.close()
        self._sockets.clear()

    def claim(self, peer: Peer, address: object, now_s: float) -> bool:
        """Makes an address a peer's, after an authenticated check came from it."""
        holder = self._by_address.get(address)
        if holder is peer:
            return True
        if holder is not None and now_s - holder.heard_s < HOLD_S:
            return False
        if holder is not None:
            holder.addresses.pop(address, None)
        self._by_address[address] = peer
        peer.addresses[address] = None
        if len(peer.addresses) > ADDRESSES_PER_PEER:
            oldest = next(iter(peer.addresses))
            del peer.addresses[oldest], self._by_address[oldest]
        return True

    def forget(self, peer: Peer) -> None:
        for name in [name for name, named in self.by_name.items() if named is peer]:
            del self.by_name[name]
        for address in peer.addresses:
            self._by_address.pop(address, None)
        peer.addresses.clear()

    def _own(self, near: str) -> list[str]:
        own = own_addresses(self._host)
        return own if self._host or not near else [*(address for address in own if address != LOOPBACK), near]

    def _listen(self, host: str) -> bool:
        if host in self._sockets:
            return True
        opened = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            opened.setblocking(False)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
            opened.bind((host, self.number))
        except OSError:
            opened.close()
            return False
        self.number = opened.getsockname()[1]
        self._sockets[host] = opened
        self._loop.add_reader(opened, self._reader(opened))
        return True

    def _reader(self, opened: socket.socket) -> Callable[[], None]:
        """What is called when datagrams wait. The hot path: names are bound once."""
        receive, by_address, time = opened.recvfrom, self._by_address, self._loop.time
        check, dropped = self._check, self._dropped

        def readable() -> None:
            now_s = time()
            for _ in range(BATCH):
                try:
                    data, address = receive(DATAGRAM_BYTES)
                except BlockingIOError:
                    return
                except OSError:  # what an earlier datagram of ours came to
                    continue
                if not data:
                    continue
                first = data[0]
                if first < 4:
                    check(opened, data, address, now_s)
                    continue
                peer = by_address.get(address)
                if peer is None:
                    dropped["stranger"] += 1
                elif 127 < first < 192:
                    peer.media(data, now_s)
                elif 19 < first < 64:
                    peer.handshake(data, now_s)
                else:
                    dropped["unknown"] += 1

        return readable

    def _check(self, opened: socket.socket, data: bytes, address: tuple[str, int], now_s: float) -> None:
        found = stun.read(data)
        peer = None if found is None else self.by_name.get(found.called)
        if found is None or peer is None:
            self._dropped["stun"] += 1
            return
        password = peer.password(found.called)
        if not found.is_by(password) or not self.claim(peer, address, now_s):
            self._dropped["stun"] += 1
            return
        try:
            opened.sendto(stun.answer(found, (address[0], address[1]), password), address)
        except OSError:
            self._dropped["unreachable"] += 1
        if not found.controlled:
            peer.checked(found, opened.sendto, address, now_s)


def own_addresses(host: str) -> list[str]:
    """Those of this machine at which sound arrives: the one that was chosen, else every one that leads out of here."""
    if host:
        return [host]
    return [own for elsewhere, family in ELSEWHERE if (own := _way_to(elsewhere, family))] or [LOOPBACK]


def _way_to(address: str, family: socket.AddressFamily) -> str:
    """Our own address on the way there; empty where there is no way."""
    with socket.socket(family, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect((address, 9))
        except OSError as error:
            if error.errno in {errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EHOSTUNREACH, errno.EAFNOSUPPORT}:
                return ""
            raise
        return str(asked.getsockname()[0])
