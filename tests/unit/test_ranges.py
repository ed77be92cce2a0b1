"""Ranges against a plain set of clocks."""

from __future__ import annotations

import random

import msgspec
import pytest

from rooms.lib0 import MAX_CLOCK
from rooms.ranges import MANY, Ranges


@pytest.mark.parametrize("seed", range(20))
def test_agrees_with_a_set_of_clocks(seed: int) -> None:
    chance = random.Random(seed)
    ranges, truth = Ranges(), set[tuple[int, int]]()
    for _ in range(300):
        client, start = chance.randrange(3), chance.randrange(60)
        end = start + chance.randrange(8)
        clocks = {(client, clock) for clock in range(start, end)}
        assert ranges.contains(client, start, end) == (clocks <= truth)
        if chance.random() < 0.2:
            several = _some(chance)
            clocks = {(client, clock) for client, start, end in several for clock in range(start, end)}
            assert ranges.update(several) == (not clocks <= truth)
            truth |= clocks
            continue
        assert ranges.add(client, start, end) == (not clocks <= truth)
        truth |= clocks
        if chance.random() < 0.1:
            below = chance.randrange(60)
            mine = {clock for c, clock in truth if c == client}
            top = below
            while top in mine:
                top += 1
            assert ranges.take(client, below) == max(top, below)
            truth -= {(client, clock) for clock in range(top)}
    assert _clocks(ranges) == truth


def _some(chance: random.Random) -> list[tuple[int, int, int]]:
    """As an update has them: client by client, each in order; and now and then as none should."""
    found = []
    for client in chance.sample(range(3), 2):
        clock = 0
        for _ in range(chance.choice((1, 4, MANY))):
            start = clock + chance.randrange(9)
            clock = start + chance.randrange(5)
            found.append((client, start, clock))
    if chance.random() < 0.2:
        chance.shuffle(found)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_two_joined_hold_what_both_held(seed: int) -> None:
    chance = random.Random(seed)
    few, many = (Ranges(_some(chance)[:count]) for count in (5, 1000))
    few_clocks, many_clocks = _clocks(few), _clocks(many)
    for one, other in ((few, many), (many, few), (Ranges(), many), (many, Ranges())):
        joined = Ranges(one)
        joined.update(other)
        assert _clocks(joined) == _clocks(one) | _clocks(other)
        joined.add(9, 0, 1)
    assert (_clocks(few), _clocks(many)) == (few_clocks, many_clocks)


def _clocks(ranges: Ranges) -> set[tuple[int, int]]:
    return {(client, clock) for client, start, end in ranges for clock in range(start, end)}


@pytest.mark.parametrize("seed", range(20))
def test_packed_and_unpacked_they_are_the_same(seed: int) -> None:
    ranges = Ranges([*_some(random.Random(seed)), (2**53 - 1, MAX_CLOCK - 1, MAX_CLOCK)])
    again = Ranges.unpack(ranges.pack())
    assert list(again) == list(ranges)
    assert again.add(7, 1, 2)
    assert list(Ranges.unpack(Ranges().pack())) == []


def test_what_was_never_packed_is_refused() -> None:
    for packed in (
        b"",
        b"\x80\x80",
        b"\xc0",
        msgspec.msgpack.encode({1: (b"1234", b"")}),
        msgspec.msgpack.encode({1: (b"1", b"1")}),
    ):
        with pytest.raises(ValueError, match=r"."):
            Ranges.unpack(packed)


def test_keeps_neighbours_joined() -> None:
    ranges = Ranges([(1, 0, 2), (1, 4, 6), (1, 2, 4)])
    assert list(ranges) == [(1, 0, 6)]
    assert not Ranges()
