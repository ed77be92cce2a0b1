"""Ranges against a plain set of clocks."""

from __future__ import annotations

import random

import pytest

from rooms.ranges import Ranges


@pytest.mark.parametrize("seed", range(20))
def test_agrees_with_a_set_of_clocks(seed: int) -> None:
    chance = random.Random(seed)
    ranges, truth = Ranges(), set[tuple[int, int]]()
    for _ in range(300):
        client, start = chance.randrange(3), chance.randrange(60)
        end = start + chance.randrange(8)
        clocks = {(client, clock) for clock in range(start, end)}
        assert ranges.contains(client, start, end) == (clocks <= truth)
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
    assert {(c, clock) for c, start, end in ranges for clock in range(start, end)} == truth


def test_keeps_neighbours_joined() -> None:
    ranges = Ranges([(1, 0, 2), (1, 4, 6), (1, 2, 4)])
    assert list(ranges) == [(1, 0, 6)]
    assert not Ranges()
