"""What is left of a deleted item, byte for byte; and when a reader's pieces are made anew."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

import pycrdt
import pytest

from rooms.document import PIECE_BYTES, Document
from rooms.model import Limits
from rooms.ranges import Ranges
from rooms.readers import Readers
from rooms.redact import redact
from rooms.render import Worker
from rooms.scan import scan

LIMITS = Limits()


def typed(*deletes: tuple[int, int], text: str = "The secret is out") -> tuple[bytes, Ranges]:
    """One text, of which ranges are deleted."""
    doc: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc(client_id=7)
    doc["text"] = written = pycrdt.Text()
    written += text
    return doc.get_update(), Ranges((7, start, end) for start, end in deletes)


def read(updates: Iterable[bytes]) -> str:
    doc: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc()
    doc["text"] = text = pycrdt.Text()
    for update in updates:
        doc.apply_update(update)
    return str(text)


def marked(update: bytes, deleted: Ranges) -> bytes:
    """The update with this delete set, which must have none."""
    ranges = list(deleted)
    numbers = [1, 7, len(ranges), *(n for _, start, end in ranges for n in (start, end - start))]
    assert update[-1] == 0
    return update[:-1] + bytes(numbers)


def test_a_whole_item_leaves_its_length() -> None:
    update, deleted = typed((0, 17))
    redacted = redact(update, deleted)
    assert b"secret" in update
    assert redacted.endswith(b"\x04text\x11\x00")
    assert scan(redacted, LIMITS).runs == [(7, 0, 17)]


@pytest.mark.parametrize(
    ("deletes", "kept"),
    [
        ([(4, 11)], "The is out"),
        ([(0, 4), (10, 17)], "secret"),
        ([(0, 1), (2, 3), (16, 17)], "h secret is ou"),
        ([(3, 40)], "The"),
    ],
)
def test_a_part_of_an_item_is_cut_out(deletes: list[tuple[int, int]], kept: str) -> None:
    update, deleted = typed(*deletes)
    redacted = redact(update, deleted)
    assert scan(redacted, LIMITS).runs == [(7, 0, 17)]
    shown = Ranges((7, start, min(end, 17)) for start, end in deletes)
    assert read([marked(redacted, shown)]) == kept == read([marked(update, shown)])
    assert not any(word in redacted for word in (b"The secret", b"secret is") if word.decode() not in kept)


@pytest.mark.parametrize("cut", [(0, 1), (1, 2), (2, 3), (1, 4), (4, 5), (2, 5)])
def test_a_cut_through_a_surrogate_pair_is_as_yjs_makes_it(cut: tuple[int, int]) -> None:
    """a 🎻 b 🎸: six code units."""
    update, deleted = typed(cut, text="a🎻b🎸")
    redacted = redact(update, deleted)
    assert scan(redacted, LIMITS).runs == [(7, 0, 6)]
    units = [unit if unit in "ab" else "\ufffd" for unit in ("a", "🎻1", "🎻2", "b", "🎸1", "🎸2")]
    whole = {(1, 2): "🎻", (4, 5): "🎸"}
    expected, at = "", 0
    while at < 6:
        if cut[0] <= at < cut[1]:
            at += 1
        elif (at, at + 1) in whole and not cut[0] <= at + 1 < cut[1]:
            expected += whole[at, at + 1]
            at += 2
        else:
            expected += units[at]
            at += 1
    shown = read([marked(redacted, deleted)])
    assert shown == expected


# The pieces that readers get


class CountingWorker(Worker):
    """Says which pieces it was given."""

    def __init__(self) -> None:
        super().__init__(LIMITS)
        self.redacted: list[bytes] = []

    async def redact(self, update: bytes, deleted: Sequence[tuple[int, int, int]]) -> bytes:
        self.redacted.append(update)
        return await super().redact(update, deleted)


class Typist:
    """Writes into a document, and keeps a replica."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.doc: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc()
        self.doc["text"] = self.text = pycrdt.Text()

    def _send(self, before: bytes) -> None:
        update = self.doc.get_update(before)
        self.document.receive(scan(update, LIMITS))
        self.document.append(update)

    def write(self, text: str) -> None:
        before = self.doc.get_state()
        self.text += text
        self._send(before)

    def delete(self, start: int, end: int) -> None:
        before = self.doc.get_state()
        del self.text[start:end]
        self._send(before)


def held(pieces: Iterable[object]) -> bytes:
    return b"".join(piece.update for piece in pieces)  # type: ignore[attr-defined]


async def test_a_piece_is_made_anew_when_something_is_deleted_in_it() -> None:
    document, worker = Document(LIMITS), CountingWorker()
    readers, typist = Readers(document, worker, LIMITS), Typist(document)
    typist.write("one secret " + "a" * LIMITS.large_update_bytes)
    typist.write("two secret " + "b" * LIMITS.large_update_bytes)
    untouched = await readers.pieces()
    assert [piece.update for piece in untouched] == [piece.update for piece in document.pieces()]
    typist.delete(0, 11)
    typist.write("three")
    pieces = await readers.pieces()
    assert (held(pieces).count(b"secret"), len(worker.redacted)) == (1, 1)
    assert read(piece.update for piece in pieces) == str(typist.text)
    again = await readers.pieces()
    assert [piece.update for piece in again] == [piece.update for piece in pieces]
    typist.delete(str(typist.text).index("two"), str(typist.text).index("two") + 11)
    last = await readers.pieces()
    assert (held(last).count(b"secret"), len(worker.redacted)) == (0, 2)
    assert read(piece.update for piece in last) == str(typist.text)
    await worker.close()


async def test_small_pieces_stay_with_the_desk() -> None:
    document, worker = Document(LIMITS), CountingWorker()
    readers, typist = Readers(document, worker, LIMITS), Typist(document)
    for n in range(8):
        typist.write(f"secret {n} " + "x" * PIECE_BYTES)
        typist.delete(len(str(typist.text)) - PIECE_BYTES - 9, len(str(typist.text)) - PIECE_BYTES)
    pieces = await readers.pieces()
    assert b"secret" not in held(pieces)
    assert worker.redacted == []
    assert read(piece.update for piece in pieces) == str(typist.text)


async def test_an_audience_that_comes_at_once_costs_two_rounds() -> None:
    document, worker = Document(LIMITS), CountingWorker()
    readers, typist = Readers(document, worker, LIMITS), Typist(document)
    typist.write("a secret " + "a" * LIMITS.large_update_bytes)
    typist.delete(0, 9)
    first = asyncio.create_task(readers.pieces())
    await asyncio.sleep(0)
    typist.delete(0, 9)
    everybody = await asyncio.gather(*(readers.pieces() for _ in range(50)))
    assert len(worker.redacted) <= 2
    assert all(held(pieces) == held(everybody[0]) for pieces in everybody)
    assert read(piece.update for piece in everybody[0]) == str(typist.text)
    await first
    await worker.close()


# What a deletion takes along without naming it


class Together:
    """Two replicas of a page with a paragraph, whose changes reach the document and each other when a test says so."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.docs: list[pycrdt.Doc[pycrdt.XmlFragment]] = [pycrdt.Doc(client_id=1), pycrdt.Doc(client_id=2)]
        self.pages = [doc.get("default", type=pycrdt.XmlFragment) for doc in self.docs]
        paragraph = self.pages[0].children.append(pycrdt.XmlElement("paragraph"))
        paragraph.children.append(pycrdt.XmlText("Before. "))
        self.docs[1].apply_update(self.docs[0].get_update())
        self.send(0, b"\x00")

    def send(self, writer: int, before: bytes) -> None:
        update = self.docs[writer].get_update(before)
        self.document.receive(scan(update, LIMITS))
        self.document.append(update)

    def paragraph(self, writer: int) -> pycrdt.XmlElement:
        paragraph = self.pages[writer].children[0]
        assert isinstance(paragraph, pycrdt.XmlElement)
        return paragraph

    def write(self, writer: int, word: str) -> None:
        before = self.docs[writer].get_state()
        text = self.paragraph(writer).children[0]
        assert isinstance(text, pycrdt.XmlText)
        text.insert(len(text), word)
        self.send(writer, before)

    def delete(self, writer: int) -> None:
        before = self.docs[writer].get_state()
        del self.pages[writer].children[0]
        self.send(writer, before)


@pytest.mark.parametrize("deleted_first", [True, False])
@pytest.mark.parametrize("read_between", [True, False])
async def test_words_written_into_a_paragraph_while_it_was_deleted(*, deleted_first: bool, read_between: bool) -> None:
    document, worker = Document(LIMITS), Worker(LIMITS)
    readers, two = Readers(document, worker, LIMITS), Together(document)
    if deleted_first:
        two.delete(0)
    else:
        two.write(1, "Whispered.")
    if read_between:
        assert (b"Whispered" in held(await readers.pieces())) is not deleted_first
    if deleted_first:
        two.write(1, "Whispered.")
    else:
        two.delete(0)
    two.write(1, " Murmured.")
    assert not document.deleted.contains(2, 0, 1), "no delete set names what the other wrote"
    pieces = held(await readers.pieces())
    assert not any(word in pieces for word in (b"Before", b"Whispered", b"Murmured"))


async def test_a_deletion_takes_along_what_is_in_a_paragraph_of_the_paragraph() -> None:
    document, worker = Document(LIMITS), Worker(LIMITS)
    readers, two = Readers(document, worker, LIMITS), Together(document)
    before = two.docs[1].get_state()
    inner = two.paragraph(1).children.append(pycrdt.XmlElement("quote"))
    inner.children.append(pycrdt.XmlText("Whispered."))
    two.send(1, before)
    assert b"Whispered" in held(await readers.pieces())
    two.delete(0)
    assert b"Whispered" not in held(await readers.pieces())
    assert b"quote" not in held(await readers.pieces())


# What one key of a map had besides


class Named:
    """Three replicas of a page with one picture, whose description several change at once."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.docs: list[pycrdt.Doc[pycrdt.XmlFragment]] = [pycrdt.Doc(client_id=client) for client in (1, 2, 3)]
        doc = self.docs[0]
        doc.get("default", type=pycrdt.XmlFragment).children.append(pycrdt.XmlElement("image", {"alt": "First"}))
        self.send(0, b"\x00")
        self.meet()

    def send(self, writer: int, before: bytes) -> None:
        update = self.docs[writer].get_update(before)
        self.document.receive(scan(update, LIMITS))
        self.document.append(update)

    def meet(self) -> None:
        for one in self.docs:
            for other in self.docs:
                one.apply_update(other.get_update(one.get_state()))

    def image(self, writer: int) -> pycrdt.XmlElement:
        image = self.docs[writer].get("default", type=pycrdt.XmlFragment).children[0]
        assert isinstance(image, pycrdt.XmlElement)
        return image

    def describe(self, writer: int, words: str) -> None:
        before = self.docs[writer].get_state()
        self.image(writer).attributes["alt"] = words
        self.send(writer, before)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
@pytest.mark.parametrize("read_between", [True, False])
async def test_what_lost_an_attribute_to_somebody_else_is_gone(order: tuple[int, ...], *, read_between: bool) -> None:
    document, worker = Document(LIMITS), Worker(LIMITS)
    readers, three = Readers(document, worker, LIMITS), Named(document)
    for writer in order:
        three.describe(writer, f"Draft of {writer}.")
        three.describe(writer, f"Words of {writer}.")
        if read_between:
            assert await readers.pieces()
    three.meet()
    [shown] = {str(three.image(writer).attributes["alt"]) for writer in (0, 1, 2)}
    pieces = held(await readers.pieces())
    assert shown.encode() in pieces
    assert not any(f"Words of {writer}".encode() in pieces for writer in (0, 1, 2) if f"Words of {writer}." != shown)
    assert not any(word in pieces for word in (b"First", b"Draft"))
    three.describe(0, "Settled.")
    pieces = held(await readers.pieces())
    assert b"Settled" in pieces
    assert b"Words" not in pieces
