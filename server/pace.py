"""Pace: how fast one connection is read. Ten seconds' worth of its rate may come at once; then it is read slower.

Being too fast is no offence: reading slower makes the sender wait, by TCP. Only whoever uses up ten seconds' worth of messages
within one second, ten times the rate, is refused.
"""

from __future__ import annotations

from rooms.errors import TooFastError
from rooms.model import Limits

BURST_S = 10.0
FLOOD_S = 1.0


class Pace:
    """Two token buckets, of bytes and of messages. Times in seconds of any monotonic clock."""

    __slots__ = ("_bytes", "_bytes_per_s", "_full", "_messages", "_messages_per_s", "_then")

    def __init__(self, limits: Limits, now: float) -> None:
        self._bytes_per_s = float(limits.read_bytes_per_s)
        self._messages_per_s = float(limits.read_messages_per_s)
        self._bytes = self._bytes_per_s * BURST_S
        self._messages = self._messages_per_s * BURST_S
        self._then = self._full = now

    def spend(self, size: int, now: float) -> float:
        """Takes note of a message, and returns how many seconds to wait before the next. Raises TooFastError on a flood."""
        elapsed = now - self._then
        self._then = now
        byte_rate, message_rate = self._bytes_per_s, self._messages_per_s
        self._bytes = min(self._bytes + elapsed * byte_rate, byte_rate * BURST_S) - size
        messages = self._messages + elapsed * message_rate
        if messages >= message_rate * BURST_S:
            messages = message_rate * BURST_S
            self._full = now
        self._messages = messages = messages - 1
        if messages < 0 and now - self._full < FLOOD_S:
            raise TooFastError
        if messages >= 0 and self._bytes >= 0:
            return 0.0
        return max(-self._bytes / byte_rate, -messages / message_rate)
