"""Texts that people write, as they are cleaned at the door."""

from __future__ import annotations

import msgspec
import pytest

from rooms.errors import BadRequestError
from server import shapes, texts
from server.api.entry import OpenRoom


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Ada   Lovelace ", "Ada Lovelace"),
        ("Ada\nLovelace\t!", "Ada Lovelace !"),
        ("Ada\u202egnihton", "Ada gnihton"),
        ("\ufeffAda\u200b", "Ada"),
        ("A\x00da", "A da"),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("Ünï", "Ünï"),
        ("\ue000\U0010ffff", "\ufffd\ufffd"),
    ],
)
def test_a_line_shows_what_it_holds(written: str, kept: str) -> None:
    assert texts.line(written, 80) == kept


@pytest.mark.parametrize("written", ["", " ", "\u200b", "\u200d\u200c", "\u202e\n\x00", "\xad"])
def test_nothing_to_read(written: str) -> None:
    for clean in (texts.line, texts.text):
        with pytest.raises(BadRequestError):
            clean(written, 80)
    with pytest.raises(msgspec.ValidationError):  # the described pattern says the same
        msgspec.convert({"text": written}, shapes.Say)


def test_lengths_are_counted_in_characters() -> None:
    assert texts.line("é" * 80, 80) == "é" * 80
    for clean in (texts.line, texts.text):
        with pytest.raises(BadRequestError, match="at most 80"):
            clean("e" * 81, 80)


def test_a_text_keeps_its_lines() -> None:
    assert texts.text(" one\r\n\ttwo\x07\u202e \n", 80) == "one\n\ttwo"


def test_a_kind_is_a_word() -> None:
    for kind in ("story", "jam"):
        assert msgspec.convert({"title": "T", "kind": kind}, OpenRoom).kind == kind
    for kind in ("", "story\n", "a b", "X", "a" * 33):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"title": "T", "kind": kind}, OpenRoom)
