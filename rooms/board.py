"""Board: a room's messages, and how far each member has read them.

The latest messages and the marks are in memory, so that a welcome needs no read; the rest are in the store. Whoever wrote a
message may change it; deleting one takes its text out of the store and leaves its place.
"""

from __future__ import annotations

from collections import deque

from rooms.calling import mentions_in
from rooms.errors import BadRequestError, NotFoundError, NotGrantedError
from rooms.model import Grant, Limits, Member, Message
from rooms.naming import now_ms
from rooms.store import Opening, Store

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
        self._read: dict[str, int] = {}

    def load(self, opening: Opening) -> None:
        """`opening` has one message more than are shown at first, if there are so many."""
        self._more = len(opening.messages) > LATEST
        self._latest.extend(opening.messages)
        self._read = opening.read

    def latest(self) -> tuple[tuple[Message, ...], bool]:
        """The newest messages, oldest first, and whether there are older ones."""
        return tuple(self._latest), self._more

    async def say(self, member: Member, text: str) -> Message:
        """Keeps a message; returns it once it is committed. Raises BadRequestError for an empty or an overlong one."""
        text = self._check(text)
        mentions = await mentions_in(text, self._room, self._store)
        message = await self._store.add_message(self._room, member, text, now_ms(), mentions=mentions)
        self.put(message)
        return message

    def put(self, message: Message) -> None:
        """Takes in a message that is in the store."""
        self._more |= len(self._latest) == LATEST
        self._latest.append(message)

    async def before(self, message_id: int | None, limit: int) -> tuple[list[Message], bool]:
        """Up to `limit` messages older than this one (the newest for None), oldest first, and whether there are more."""
        limit = max(1, min(limit, PAGE))
        messages = await self._store.messages(self._room, before=message_id, limit=limit + 1)
        return messages[-limit:], len(messages) > limit

    # Changing

    async def edit(self, by: Member, message_id: int, text: str) -> Message:
        """Raises NotGrantedError for somebody else's message, BadRequestError as `say` does."""
        message = await self._known(message_id)
        if message.member != by.id or message.note:
            raise NotGrantedError("Only who wrote a message can change it.")
        text = self._check(text)
        if text == message.text:
            return message
        mentions = await mentions_in(text, self._room, self._store)
        return self._replace(await self._store.edit_message(self._room, message_id, text, mentions, now_ms()))

    async def delete(self, by: Member, message_id: int) -> Message:
        """Raises NotGrantedError for somebody else's message, unless by a moderator."""
        message = await self._known(message_id)
        if message.member != by.id and not by.may(Grant.MODERATE):
            raise NotGrantedError("Only who wrote a message, or who looks after the room, can delete it.")
        return self._replace(await self._store.delete_message(self._room, message_id, now_ms()))

    async def _known(self, message_id: int) -> Message:
        message = next((m for m in self._latest if m.id == message_id), None)
        if message is None:
            message = await self._store.message(self._room, message_id)
        if message is None or message.deleted_ms is not None:
            raise NotFoundError("There is no such message on this board.")
        return message

    def _replace(self, changed: Message) -> Message:
        for at, message in enumerate(self._latest):
            if message.id == changed.id:
                self._latest[at] = changed
        return changed

    def _check(self, text: str) -> str:
        text = text.strip()
        if not text:
            raise BadRequestError("There is nothing in this message.")
        if len(text) > self._limits.board_message_chars:
            raise BadRequestError(f"A message can have {self._limits.board_message_chars} characters at most.")
        return text

    # Reading

    def read_by(self, member: Member) -> int | None:
        return self._read.get(member.id)

    async def mark_read(self, member: Member, message_id: int) -> int:
        """Everything up to this message was read. Never goes back; returns how far it is now."""
        newest = self._latest[-1].id if self._latest else 0
        message_id = min(message_id, newest)
        if message_id > self._read.get(member.id, 0):
            self._read[member.id] = message_id
            await self._store.mark_read(self._room, member.id, message_id)
        return self._read.get(member.id, 0)
