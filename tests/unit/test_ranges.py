"""Ranges against a plain set of clocks."""

from __future__ import annotations

import random

import pytest

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
    assert {(c, clock) for c, start, end in ranges for clock in range(start, end)} == truth


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


def test_keeps_neighbours_joined() -> None:
    ranges = Ranges([(1, 0, 2), (1, 4, 6), (1, 2, 4)])
    assert list(ranges) == [(1, 0, 6)]
    assert not Ranges()
