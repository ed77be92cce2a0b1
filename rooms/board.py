"""Board: a room's messages. The latest are in memory, so that a welcome needs no read; the rest are in the store."""

from __future__ import annotations

from collections import deque
from time import time

from rooms.errors import BadRequestError
from rooms.model import Limits, Member, Message
from rooms.store import Store

LATEST = 50
PAGE = 200
"""The most messages that one request for older ones brings."""


class Board:
    def __init__(self, room: str, store: Store, limits: Limits) -> None:
        self._room = room
        self._store = store
        self._limits = limits
        self._latest: deque[Message] = deque(maxlen=LATEST)
        self._more = False

    async def load(self) -> None:
        messages = await self._store.messages(self._room, limit=LATEST + 1)
        self._more = len(messages) > LATEST
        self._latest.extend(messages)

    def latest(self) -> tuple[tuple[Message, ...], bool]:
        """The newest messages, oldest first, and whether there are older ones."""
        return tuple(self._latest), self._more

    async def say(self, member: Member, text: str) -> Message:
        """Keeps a message; returns it once it is committed. Raises BadRequestError for an empty or an overlong one."""
        text = text.strip()
        if not text:
            raise BadRequestError("There is nothing in this message.")
        if len(text) > self._limits.board_message_chars:
            raise BadRequestError(f"A message can have {self._limits.board_message_chars} characters at most.")
        message = await self._store.add_message(self._room, member, text, int(time() * 1000))
        self._more |= len(self._latest) == LATEST
        self._latest.append(message)
        return message

    async def before(self, message_id: int | None, limit: int) -> tuple[list[Message], bool]:
        """Up to `limit` messages older than this one (the newest for None), oldest first, and whether there are more."""
        limit = max(1, min(limit, PAGE))
        messages = await self._store.messages(self._room, before=message_id, limit=limit + 1)
        return messages[-limit:], len(messages) > limit
