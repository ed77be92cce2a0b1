"""What a new record is given: an id that nobody guesses, the time, and a name or a title that can be shown."""

from __future__ import annotations

import secrets
from time import time
from unicodedata import category

from rooms.errors import BadRequestError

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def now_ms() -> int:
    """Milliseconds since 1970, by this machine's clock: it may go back."""
    return int(time() * 1000)


def new_id(length: int = 10) -> str:
    """A random name of lower-case letters and digits without look-alikes: 10 of them are 50 bits."""
    return "".join(ALPHABET[byte & 31] for byte in secrets.token_bytes(length))


def check_name(name: str, most: int) -> str:
    """On one line, at most so many characters. Raises BadRequestError."""
    return _checked(name, most, "A name")


def check_title(title: str, most: int) -> str:
    """As `check_name`."""
    return _checked(title, most, "A title")


def _checked(text: str, most: int, what: str) -> str:
    """On one line. Control characters can't be shown; what joins letters and emoji may stay."""
    text = " ".join(text.split())
    if not 0 < len(text) <= most or any(category(char) == "Cc" for char in text):
        raise BadRequestError(f"{what} has 1 to {most} characters.")
    return text
