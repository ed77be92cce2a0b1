"""Token buckets, by a clock of the test's own."""

from __future__ import annotations

from server.rate import Addresses, Bucket


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    clock = Clock()
    bucket = Bucket(2.0, 3, clock)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    clock.now += 0.5
    assert [bucket.take() for _ in range(2)] == [True, False]
    clock.now += 1000
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_addresses_don_t_share_a_bucket() -> None:
    addresses = Addresses(1, clock=Clock())
    assert [addresses.take("a"), addresses.take("a"), addresses.take("b")] == [True, False, True]


def test_the_quietest_address_is_forgotten_first() -> None:
    addresses = Addresses(1, remembered=2, clock=Clock())
    for address in ("a", "b", "a", "c"):
        addresses.take(address)
    assert not addresses.take("a")  # still remembered, though it came first
    assert addresses.take("b")
