"""How fast a connection is read."""

from __future__ import annotations

import pytest

from rooms.errors import TooFastError
from rooms.model import Limits
from server.pace import Pace

LIMITS = Limits(read_bytes_per_s=1000, read_messages_per_s=10)


def test_ten_seconds_worth_comes_at_once_then_it_is_read_slower() -> None:
    pace = Pace(LIMITS, 0.0)
    assert pace.spend(10_000, 0.0) == 0.0
    assert pace.spend(500, 0.0) == pytest.approx(0.5)
    assert pace.spend(0, 0.5) == 0.0


def test_one_large_message_is_never_a_flood() -> None:
    assert Pace(LIMITS, 0.0).spend(60_000, 0.0) == pytest.approx(50.0)


def test_messages_are_slowed_down_in_the_long_run() -> None:
    pace, now, sent = Pace(LIMITS, 0.0), 0.0, 0
    while now < 60.0:
        now += max(pace.spend(1, now), 0.02)
        sent += 1
    assert 690 <= sent <= 710  # 100 at once, then 10 a second


def test_ten_times_the_rate_is_a_flood() -> None:
    pace = Pace(LIMITS, 0.0)
    for n in range(100):
        assert pace.spend(1, n * 0.005) == 0.0
    with pytest.raises(TooFastError):
        for n in range(100, 120):
            pace.spend(1, n * 0.005)
