"""What a file is called that leaves the studio: the `Content-Disposition` of RFC 6266, its name as RFC 8187 writes it."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import quote

UNNAMED: Final = "page"
MOST_BYTES: Final = 150
"""File systems take 255 bytes, and people put something before a name."""

# What some file system takes for something else, and what can't be seen.
_TROUBLE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+')


def file_name(title: str, ending: str) -> str:
    """The title as a name that every file system takes."""
    name = " ".join(_TROUBLE.sub(" ", title).split())
    name = name.encode()[:MOST_BYTES].decode(errors="ignore").strip(". ")
    return f"{name or UNNAMED}.{ending}"


def attachment(title: str, ending: str) -> str:
    """The header's value: a name in ASCII for who knows no other, and the name."""
    name = file_name(title, ending)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = " ".join(plain.split())
    if plain.partition(".")[0].strip() == "":
        plain = f"{UNNAMED}.{ending}"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
