"""Comments: the threads about a room's documents. Begun, answered, edited, resolved; every check of a grant is made here.

Reading is enough to see them. A thread's row is committed before its mark is put into the document, so that there is never a
mark without a thread; a thread whose words are gone keeps what they were.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Final

from rooms.anchors import check_anchor
from rooms.calling import mentions_in
from rooms.desk import Desk
from rooms.errors import BadRequestError, FullError, NotFoundError, NotGrantedError, TooLargeError
from rooms.events import Discussed
from rooms.model import Comment, Grant, Limits, Member, Thread
from rooms.naming import now_ms
from rooms.people import People
from rooms.scan import scan
from rooms.store import Store

THREAD_ID = re.compile(r"[a-z0-9]{10,32}")
MARK_BYTES = 32 << 10
"""A mark that lies over several hundred paragraphs is this long."""

CALLING: Final = 50
"""So many threads that call somebody are told at once."""


class Comments:
    def __init__(
        self,
        room: str,
        store: Store,
        limits: Limits,
        people: People,
        desk: Callable[[str | None], Awaitable[Desk]],
        tell: Callable[[Discussed], None],
    ) -> None:
        """`desk` finds the desk of a document, `tell` tells the pages of whoever may see it."""
        self._room = room
        self._store = store
        self._limits = limits
        self._people = people
        self._desk = desk
        self._tell = tell
        self._turn = asyncio.Lock()
        """For changes that look first: two at once would both find room."""

    async def threads(self, by: Member, document: str) -> list[Thread]:
        """The threads of a document (its id), oldest first."""
        self._people.need_draft(by)
        return await self._store.threads(self._room, document)

    async def calling(self, by: Member) -> list[Thread]:
        """The open threads of all documents in which somebody calls this member by `@`, the newest call first."""
        self._people.need_draft(by)
        return await self._store.threads_calling(self._room, by.id, limit=CALLING)

    async def begin(self, by: Member, document: str, thread: str, text: str, quote: str, mark: bytes) -> Thread:
        """Begins a thread under an id that its page drew, on the words around which `mark` (an update) sets its mark.

        A page that didn't hear the answer may ask again. Returns when both are committed. Raises BadRequestError,
        NotHereYetError, FullError.
        """
        self._people.need_draft(by, Grant.COMMENT)
        if not THREAD_ID.fullmatch(thread):
            raise BadRequestError("A thread's id has 10 to 32 small letters and digits.")
        if len(mark) > MARK_BYTES:
            raise TooLargeError("That is too much text for one comment.")
        found = scan(mark, self._limits)
        desk = await self._desk(document)
        async with self._turn:
            known = await self._store.thread(self._room, thread)
            if known is None or desk.document.is_new(found):
                check_anchor(mark, thread, desk.document.state)
            if known is None:
                if len(await self._store.threads(self._room, desk.id)) >= self._limits.threads_per_document:
                    raise FullError(f"A page can have {self._limits.threads_per_document} threads.")
                new = Thread(thread, self._room, desk.id, quote[: self._limits.quote_chars], now_ms())
                text = self._checked(text)
                known = await self._store.add_thread(new, by, text, await mentions_in(text, self._room, self._store))
                self._tell(Discussed(known))
            elif known.document != desk.id or not known.comments or known.comments[0].member != by.id:
                raise BadRequestError("There is already a thread by this id.")
        desk = await self._desk(document)
        desk.accept(mark, found, by)
        desk.flush()
        await self._store.flush()
        return known

    async def reply(self, by: Member, thread: str, text: str) -> Thread:
        self._people.need_draft(by, Grant.COMMENT)
        async with self._turn:
            known = await self._known(thread)
            if len(known.comments) >= self._limits.comments_per_thread:
                raise FullError(f"A thread can have {self._limits.comments_per_thread} comments.")
            text = self._checked(text)
            mentions = await mentions_in(text, self._room, self._store)
            await self._store.add_comment(thread, by, text, now_ms(), mentions)
        return await self._changed(thread)

    async def edit(self, by: Member, thread: str, comment: int, text: str) -> Thread:
        """Only one's own."""
        self._people.need_draft(by, Grant.COMMENT)
        if (await self._comment(thread, comment)).member != by.id:
            raise NotGrantedError("Only who wrote a comment can change it.")
        text = self._checked(text)
        mentions = await mentions_in(text, self._room, self._store)
        await self._store.edit_comment(thread, comment, text, now_ms(), mentions)
        return await self._changed(thread)

    async def delete(self, by: Member, thread: str, comment: int) -> Thread:
        """One's own, or with `moderate` anybody's. With the last one the thread is gone."""
        if (await self._comment(thread, comment)).member == by.id:
            self._people.need_draft(by, Grant.COMMENT)
        else:
            self._people.need(by, Grant.MODERATE)
        await self._store.delete_comment(thread, comment, now_ms())
        return await self._changed(thread)

    async def resolve(self, by: Member, thread: str, *, resolved: bool) -> Thread:
        self._people.need_draft(by, Grant.COMMENT)
        await self._known(thread)
        await self._store.resolve_thread(thread, by.id if resolved else None, now_ms())
        return await self._changed(thread)

    async def _known(self, thread: str) -> Thread:
        known = await self._store.thread(self._room, thread)
        if known is None or not known.comments:
            raise NotFoundError("There is no such thread.")
        return known

    async def _comment(self, thread: str, comment: int) -> Comment:
        for known in (await self._known(thread)).comments:
            if known.id == comment:
                return known
        raise NotFoundError("There is no such comment.")

    async def _changed(self, thread: str) -> Thread:
        known = await self._store.thread(self._room, thread)
        if known is None:
            raise NotFoundError("There is no such thread.")
        self._tell(Discussed(known))
        return known

    def _checked(self, text: str) -> str:
        text = text.strip()
        if not text:
            raise BadRequestError("There is nothing in this comment.")
        if len(text) > self._limits.comment_chars:
            raise BadRequestError(f"A comment can have {self._limits.comment_chars} characters at most.")
        return text
