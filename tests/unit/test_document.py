"""Document: what is new, what is missing, and what a joiner gets."""

from __future__ import annotations

import random

import pytest

from rooms.document import Document, News, Piece, diff, merge
from rooms.errors import UpdateRefusedError
from rooms.model import Limits
from rooms.ranges import Ranges
from rooms.scan import scan
from tests.unit.writer import Writer

LIMITS = Limits()


def take(document: Document, update: bytes) -> News:
    news = document.receive(scan(update, LIMITS))
    if news is not News.NOTHING:
        document.append(update)
    return news


def answered(document: Document, state: bytes) -> list[bytes]:
    return [diff(part.update, state) if isinstance(part, Piece) else part for part in document.answer(document.pieces(), state)]


def test_what_is_known_is_no_news() -> None:
    writer, document = Writer(1), Document(LIMITS)
    first, second = writer.type("a"), writer.type("b")
    assert take(document, first) is News.NEW
    assert take(document, first) is News.NOTHING
    assert take(document, second) is News.NEW
    assert document.state == {1: 2}


def test_a_deletion_is_news_once() -> None:
    writer, document = Writer(1), Document(LIMITS)
    take(document, writer.type("ab"))
    gone = writer.delete(0)
    assert take(document, gone) is News.NEW
    assert take(document, gone) is News.NOTHING
    assert take(document, writer.doc.get_update()) is News.NOTHING


def test_a_gap_is_noticed_and_closes() -> None:
    writer, document = Writer(1), Document(LIMITS)
    one, two, three = writer.type("a"), writer.type("b"), writer.type("c")
    assert take(document, three) is News.GAP
    assert take(document, three) is News.NOTHING
    assert document.state == {}
    assert take(document, one) is News.NEW
    assert take(document, two) is News.NEW
    assert document.state == {1: 3}
    reader = Writer(2)
    for update in answered(document, b"\x00"):
        reader.doc.apply_update(update)
    assert str(reader) == "abc"


def test_too_many_types_are_refused() -> None:
    document = Document(Limits(types_per_document=3))
    found = scan(Writer(1).type("a"), LIMITS)
    found.types = 4
    with pytest.raises(UpdateRefusedError, match="too many parts"):
        document.receive(found)
    assert document.state == {}


@pytest.mark.parametrize("seed", range(6))
def test_every_joiner_reads_what_was_written(seed: int) -> None:
    """Four writers, 1,200 edits: joiners with nothing, with something and with everything all end with the same text."""
    chance = random.Random(seed)
    writers = [Writer(n + 1) for n in range(4)]
    document = Document(LIMITS)
    stale: list[Writer] = []
    said: list[bytes] = []
    for n in range(1200):
        writer = chance.choice(writers)
        length = len(str(writer))
        if length and chance.random() < 0.2:
            update = writer.delete(chance.randrange(length))
        else:
            update = writer.type(chance.choice("etaoin 🎷é"), chance.randrange(length + 1) if writer.text else 0)
        said.append(update)
        take(document, update)
        for other in writers:
            if other is not writer and chance.random() < 0.5:
                other.doc.apply_update(writer.doc.get_update(other.doc.get_state()))
        if n % 300 == 150:
            copy = Writer(100 + n)
            copy.doc.apply_update(writer.doc.get_update())
            stale.append(copy)
    for writer in writers:
        for other in writers:
            writer.doc.apply_update(other.doc.get_update())
    truth = str(writers[0])
    assert document.state == {n + 1: clock for n, clock in ((n, document.state[n + 1]) for n in range(4))}
    for reader in [Writer(50), *stale, *writers]:
        for update in answered(document, reader.doc.get_state()):
            reader.doc.apply_update(update)
        assert str(reader) == truth
    everything = [scan(update, LIMITS) for update in said]
    assert all(take(document, update) is News.NOTHING for update in said), everything[-1]


def test_who_has_everything_gets_deletions_alone() -> None:
    writer, document = Writer(1), Document(LIMITS)
    take(document, writer.type("hello"))
    take(document, writer.delete(1, 2))
    (answer,) = answered(document, writer.doc.get_state())
    found = scan(answer, LIMITS)
    assert (found.runs, found.deletes) == ([], [(1, 1, 3)])


def test_loading_brings_back_what_was_known() -> None:
    writer, document = Writer(1), Document(LIMITS)
    updates = [writer.type("x") for _ in range(100)] + [writer.delete(3, 4)]
    for update in updates:
        take(document, update)
    pieces = document.pieces()
    for again in (
        Document.load(LIMITS, [], Ranges(), 0, updates),
        Document.load(LIMITS, pieces, Ranges(scan(pieces[-1].update, LIMITS).deletes), 0, []),
        Document.load(LIMITS, pieces[:1], Ranges(), 0, updates),
    ):
        assert again.state == document.state
        assert again.receive(scan(writer.doc.get_update(), LIMITS)) is News.NOTHING


def test_damaged_rows_are_not_loaded() -> None:
    with pytest.raises(UpdateRefusedError):
        Document.load(LIMITS, [], Ranges(), 0, [Writer(1).type("a"), b"\x01\x01\x01"])


def test_what_no_browser_could_read_is_not_made_by_merging() -> None:
    """One client with two histories: each update is sound, and merged they would hold an empty string."""

    def said(text: str) -> bytes:
        encoded = text.encode()
        return bytes((1, 1, 5, 0, 4, 1, 1)) + b"t" + bytes((len(encoded),)) + encoded + b"\x00"

    updates = [said("ab"), said("x😀")]
    for update in updates:
        scan(update, LIMITS)
    assert merge(updates, LIMITS) == updates
    document = Document.load(LIMITS, [], Ranges(), 0, updates * 40)
    for update in answered(document, b"\x00"):
        scan(update, LIMITS)
