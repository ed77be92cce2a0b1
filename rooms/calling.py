"""Calling somebody by `@` and their name, on the board and in comments: whom a text mentions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rooms.model import Member, Mention
from rooms.store import Store

MENTIONS = 50
"""How many signs `@` of a text are looked at."""


async def mentions_in(text: str, room: str, store: Store) -> tuple[Mention, ...]:
    """The members of a room, here or not, whom a text calls."""
    if "@" not in text:
        return ()
    return mentioned(text, [member for member in await store.members(room) if not member.removed])


def mentioned(text: str, members: Iterable[Member]) -> tuple[Mention, ...]:
    """Those whom a text calls by `@` and their whole name, whatever its case; the longest name where several fit."""
    called: dict[str, list[Member]] = {}
    for member in members:
        called.setdefault(member.name.casefold(), []).append(member)
    lengths = sorted({len(other.name) for others in called.values() for other in others}, reverse=True)
    found: dict[str, Mention] = {}
    for name in _names(text, called, lengths):
        for member in called[name.casefold()]:
            found.setdefault(member.id, Mention(member.id, name))
    return tuple(found.values())


def _names(text: str, called: dict[str, list[Member]], lengths: list[int]) -> Iterator[str]:
    for number, sign in enumerate(re.finditer(r"(?<!\w)@", text)):
        if number == MENTIONS:
            return
        for length in lengths:
            name = text[sign.end() : sign.end() + length]
            after = text[sign.end() + length : sign.end() + length + 1]
            if name.casefold() in called and not after.isalnum():
                yield name
                break
