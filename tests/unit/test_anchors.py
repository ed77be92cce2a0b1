"""What is taken as the mark of a thread: made by pycrdt, and spoilt in every way that matters."""

from __future__ import annotations

from collections.abc import Mapping

import pycrdt
import pytest
from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from rooms.anchors import check_anchor
from rooms.errors import BadRequestError, NotHereYetError
from rooms.marks import hashed_name
from rooms.model import Limits
from rooms.scan import read_state, scan

THREAD = "q7w2e9r4t6"
MARK = {hashed_name("comment", {"id": THREAD}): {"id": THREAD}}


def story() -> bytes:
    """Two paragraphs, by client 1."""
    doc: Doc[XmlFragment] = Doc(client_id=1)
    fragment = doc.get("default", type=XmlFragment)
    for words in ("Once upon a time", "there was a drum"):
        paragraph = fragment.children.append(XmlElement("paragraph"))
        paragraph.children.append(XmlText(words))
    return doc.get_update()


def change(client: int, *marks: Mapping[str, object], deletes: bool = False, types: str = "") -> bytes:
    """What a copy of the story says after each of these marks was put on the same words of both paragraphs."""
    doc: Doc[XmlFragment] = Doc(client_id=client)
    doc.apply_update(story())
    before = doc.get_state()
    for paragraph in doc.get("default", type=XmlFragment).children:
        assert isinstance(paragraph, XmlElement)
        text = paragraph.children[0]
        assert isinstance(text, XmlText)
        for mark in marks:
            text.format(2, 6, dict(mark))
        if types:
            text.insert(0, types)
        if deletes:
            del text[0:1]
    return doc.get_update(before)


def check(update: bytes, thread: str = THREAD, state: bytes | None = None) -> None:
    scan(update, Limits())
    check_anchor(update, thread, read_state(pycrdt.get_state(story() if state is None else state)))


def test_the_name_of_a_mark_is_y_prosemirrors() -> None:
    assert hashed_name("comment", {"id": THREAD}) == "comment--mFMoHbnU"


def test_a_mark_over_two_paragraphs_is_taken() -> None:
    check(change(7, MARK))


@pytest.mark.parametrize(
    "update",
    [
        change(7, {"bold": {}}),
        change(7, MARK, {"bold": {}}),
        change(7, MARK, types="x"),
        change(7, MARK, deletes=True),
        change(7),
        change(1, MARK),
        b"\x00\x00",
    ],
    ids=["another mark", "one more", "text", "a delete", "nothing", "somebody's client", "empty"],
)
def test_whatever_else_is_refused(update: bytes) -> None:
    with pytest.raises(BadRequestError):
        check(update)


def test_the_mark_of_another_thread_is_refused() -> None:
    with pytest.raises(BadRequestError):
        check(change(7, MARK), thread="another123")
    other = {next(iter(MARK)): {"id": "another123"}}
    with pytest.raises(BadRequestError):
        check(change(7, other))


def test_half_a_mark_is_refused() -> None:
    whole = change(7, MARK)
    begins = pycrdt.get_update(whole, b"\x01\x07\x01")  # from its second struct on: an end without a begin
    with pytest.raises(BadRequestError):
        check(begins)


def test_words_that_are_not_here_yet_are_waited_for() -> None:
    with pytest.raises(NotHereYetError):
        check(change(7, MARK), state=b"\x00\x00")
