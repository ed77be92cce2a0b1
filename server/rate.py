"""How often somebody may do something: token buckets, one for a connection or one for each address. Counts nothing else."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic


class Bucket:
    """Holds at most `burst` permits and gains `per_s` a second."""

    __slots__ = ("_at", "_burst", "_clock", "_left", "_per_s")

    def __init__(self, per_s: float, burst: float, clock: Callable[[], float] = monotonic) -> None:
        self._per_s = per_s
        self._burst = burst
        self._clock = clock
        self._left = burst
        self._at = clock()

    def take(self) -> bool:
        """Takes one permit; False where there is none."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_s)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Addresses:
    """A bucket for each address: a minute's worth at once. Forgets the address that has been quiet for longest."""

    def __init__(self, per_minute: int, *, remembered: int = 10_000, clock: Callable[[], float] = monotonic) -> None:
        self._per_minute = per_minute
        self._remembered = remembered
        self._clock = clock
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, address: str) -> bool:
        bucket = self._buckets.pop(address, None)
        if bucket is None:
            bucket = Bucket(self._per_minute / 60, self._per_minute, self._clock)
            if len(self._buckets) >= self._remembered:
                self._buckets.popitem(last=False)
        self._buckets[address] = bucket
        return bucket.take()
