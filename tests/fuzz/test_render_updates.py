"""Merging in tiers and diffing, on texts that several people wrote at once, with pieces missing: nothing is lost."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from pycrdt import Doc, Text

from rooms.model import Limits
from rooms.render.updates import TIER, diff, merge, merged
from rooms.scan import Scan, read_state, scan, write_state

LIMITS = Limits()

Clocks = set[tuple[int, int]]


@dataclass
class People:
    """Three who write at once. `updates` in the order they were made."""

    r: random.Random
    docs: list[Doc[Any]] = field(default_factory=lambda: [Doc(client_id=100 + n) for n in range(3)])
    updates: list[bytes] = field(default_factory=list)

    def write(self, times: int) -> None:
        for _ in range(times):
            doc = self.r.choice(self.docs)
            text = doc.get("text", type=Text)
            before, length = doc.get_state(), len(text)
            if length > 4 and self.r.random() < 0.3:
                at = self.r.randrange(length - 3)
                del text[at : at + self.r.randrange(1, 4)]
            else:
                text.insert(self.r.randrange(length + 1), "abcdefghij"[: self.r.randrange(1, 10)])
            self.updates.append(doc.get_update(before))
            if self.r.random() < 0.3:
                other = self.r.choice(self.docs)
                other.apply_update(doc.get_update(other.get_state()))


def clocks(found: Scan) -> Clocks:
    return {(client, clock) for client, start, end in found.runs for clock in range(start, end)}


def deletes(found: Scan) -> Clocks:
    return {(client, clock) for client, start, end in found.deletes for clock in range(start, end)}


@pytest.mark.parametrize("seed", range(10))
def test_tiers_hold_what_a_document_holds(seed: int) -> None:
    people = People(random.Random(seed))
    people.write(TIER * 3 + seed)
    doc: Doc[Any] = Doc()
    for update in people.updates:
        doc.apply_update(update)
    again: Doc[Any] = Doc()
    again.apply_update(merged(people.updates))
    assert str(again.get("text", type=Text)) == str(doc.get("text", type=Text))
    _, facts = merge(people.updates, b"", LIMITS)
    assert {client: end for client, _, end in facts.runs} == read_state(doc.get_state())


@pytest.mark.parametrize("seed", range(200))
def test_a_diff_of_anything_can_be_read_and_lacks_nothing(seed: int) -> None:
    r = random.Random(seed)
    people = People(r)
    people.write(r.choice((6, 15, 40)))
    pool = list(people.updates)
    for _ in range(8):
        update = merged(r.sample(pool, min(len(pool), r.randrange(1, 6))))
        pool.append(update)
        found = scan(update, LIMITS)
        last = {client: end for client, _, end in sorted(found.runs)}
        state = {client: clock for client, end in last.items() if (clock := r.randrange(end + 3))}
        part = diff([update], write_state(state))
        pool.append(part)
        held = scan(part, LIMITS)
        assert clocks(held) >= {(client, clock) for client, clock in clocks(found) if clock >= state.get(client, 0)}
        assert clocks(held) <= clocks(found)
        assert deletes(held) == deletes(found)
