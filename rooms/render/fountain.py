"""What a line of Fountain is, by itself and by the blank lines around it: https://fountain.io/syntax.

Shared by its two directions, so that what is written without a sign is what is read back as the same.
"""

from __future__ import annotations

import re
from typing import Final

KEY = re.compile(r"([A-Za-z][A-Za-z0-9 _-]{0,40}):[ \t]*(.*)")
PAGE_BREAK = re.compile(r"={3,}")
LABEL = re.compile(r"\[(?!\[)((?:\\.|[^\\\[\]])+)\]")
"""A song part's label, right above lyrics. It isn't in Fountain, but in every song that is passed on as text."""

FORCED: Final = {"!": "action", "~": "lyric", "@": "character", "#": "heading", "=": "synopsis", ">": "transition"}
_SCENE = re.compile(r"(?:int\./ext|int/ext|i/e|int|ext|est)[. ]", re.IGNORECASE)
GAP: Final = "  "
"""An empty line within a speech: without its two spaces it would end it."""


def forced(line: str) -> str | None:
    """What its first sign makes of a line without white space around it; None where it has no such sign."""
    if line.startswith("."):
        return "sceneHeading" if line[1:2] not in ("", ".") else None
    return FORCED.get(line[:1])


def natural(line: str, *, ends: bool) -> str:
    """What a line after a blank one is that has no sign; `ends` where a blank one follows."""
    if _SCENE.match(line):
        return "sceneHeading"
    if ends and line.endswith("TO:") and line == line.upper():
        return "transition"
    if not ends and is_speaker(line):
        return "character"
    return "action"


def is_speaker(line: str) -> bool:
    """Whether it is in capitals, but for what stands in parentheses."""
    letters = re.sub(r"\(.*?\)", "", line)
    return letters == letters.upper() and any(map(str.isupper, letters))


def begins_title_page(line: str, following: str) -> bool:
    """Whether the first line of a file is a key, and not a scene or a transition with a colon in it."""
    found = KEY.fullmatch(line.strip())
    if found is None or not is_key(found[1]):
        return False
    return bool(found[2].strip()) or continues_value(following)


def is_key(text: str) -> bool:
    found = KEY.fullmatch(f"{text}:")
    return found is not None and found[1] == text and _SCENE.match(text) is None


def continues_value(line: str) -> bool:
    return line.startswith(("   ", "\t")) and bool(line.strip())
