"""Texts that people write, as they are cleaned at the doors.

Characters that can't be seen are dropped, since they only serve to look like somebody else.
"""

from __future__ import annotations

import re

from rooms.errors import BadRequestError

# Control characters, soft hyphens, direction marks and overrides, what has no width. Joiners stay: emoji and scripts need them.
_HIDDEN = r"\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
VISIBLE = rf"[^\s\u200c\u200d{_HIDDEN}]"
"""The pattern of one character that can be seen: what every name, title and message has."""
_KEPT = "\u200c\u200d\n\t"
_HIDDEN_IN_LINE = re.compile(rf"[{_HIDDEN}]+")
_HIDDEN_IN_TEXT = re.compile(rf"(?![\n\t])[{_HIDDEN}]")


def line(text: str, limit: int) -> str:
    """A name or a title: one line, nothing hidden. Raises BadRequestError where it is too long or nothing is left."""
    _check_length(text, limit)
    return _readable(" ".join(_HIDDEN_IN_LINE.sub(" ", text).split()))


def text(written: str, limit: int) -> str:
    """A message: line ends and tabs stay. Raises BadRequestError as `line` does."""
    _check_length(written, limit)
    return _readable(_HIDDEN_IN_TEXT.sub("", written.replace("\r\n", "\n")).strip())


def quote(words: str) -> str:
    """Words of a document, to be shown beside what is said about them."""
    return " ".join(_HIDDEN_IN_LINE.sub(" ", words).split())


def _check_length(text: str, limit: int) -> None:
    if len(text) > limit:
        raise BadRequestError(f"That is too long: at most {limit} characters.")


def _readable(text: str) -> str:
    """With the sign for what can't be shown in place of characters that nobody has given a meaning."""
    if not re.search(VISIBLE, text):
        raise BadRequestError("There is nothing to read in that.")
    return "".join(char if char.isprintable() or char in _KEPT or char.isspace() else "\ufffd" for char in text)
