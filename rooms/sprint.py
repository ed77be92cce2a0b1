"""Sprints: everybody writes for a while, by the server's clock. One at a time in a room.

It is kept in the store, so that a restart doesn't end it; when it is over, one line on the board says what it was. It names who
was in it and counts nothing of theirs. Whoever has the pen may start one and be in it; who started it, or who looks after the
room, may make it longer or stop it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from rooms.errors import BadRequestError, NotFoundError, NotGrantedError
from rooms.events import Event, Sprinting
from rooms.model import Grant, Limits, Member, Message, Sprint
from rooms.naming import now_ms
from rooms.people import People
from rooms.store import Opening, Store

MINUTE_MS = 60_000
NAMED = 12
"""How many people the line on the board names."""


def line(sprint: Sprint, end_ms: int) -> str:
    """What stays on the board of a sprint that ended then."""
    minutes = max(1, round((end_ms - sprint.start_ms) / MINUTE_MS))
    names = [name for _, name in sprint.people]
    others = [] if len(names) <= NAMED else ["others"]
    parts = [f"‘{sprint.prompt}’"] if sprint.prompt else []
    return "Sprint: " + ", ".join([*parts, f"{minutes} min", f"with {', '.join([*names[:NAMED], *others])}"])


class Sprints:
    """The sprint of one room. `tell` takes what its pages should know, `note` what was put on its board."""

    def __init__(
        self,
        room: str,
        store: Store,
        limits: Limits,
        people: People,
        *,
        tell: Callable[[Event], None],
        note: Callable[[Message], None],
    ) -> None:
        self.sprint: Sprint | None = None
        """The one that is under way or about to begin."""
        self._room = room
        self._store = store
        self._limits = limits
        self._people = people
        self._tell = tell
        self._note = note
        self._turn = asyncio.Lock()

    def load(self, opening: Opening) -> None:
        self.sprint = opening.sprint

    @property
    def is_over(self) -> bool:
        """Whether it has come to its end, and `finish` is due."""
        return self.sprint is not None and self.sprint.end_ms <= now_ms()

    async def start(self, by: Member, prompt: str, minutes: int, wait_s: int = 0) -> Sprint:
        """Begins after `wait_s` seconds. Raises BadRequestError where one is under way."""
        self._people.need(by, Grant.WRITE)
        prompt = " ".join(prompt.split())
        if len(prompt) > self._limits.title_chars:
            raise BadRequestError(f"A prompt can have {self._limits.title_chars} characters at most.")
        if not 0 <= wait_s <= self._limits.sprint_wait_s:
            raise BadRequestError(f"A sprint begins within {self._limits.sprint_wait_s} seconds.")
        self._check_minutes(minutes)
        async with self._turn:
            if self.sprint is not None:
                raise BadRequestError("A sprint is under way here already.")
            start = now_ms() + wait_s * 1000
            return await self._set(Sprint(prompt, start, start + minutes * MINUTE_MS, by.id, ((by.id, by.name),)))

    async def extend(self, by: Member, minutes: int) -> Sprint:
        """Raises NotFoundError where there is none, NotGrantedError, BadRequestError where it would last too long."""
        async with self._turn:
            sprint = self._held_by(by)
            end_ms = sprint.end_ms + minutes * MINUTE_MS
            self._check_minutes((end_ms - sprint.start_ms) / MINUTE_MS)
            return await self._set(replace(sprint, end_ms=end_ms))

    async def join(self, by: Member) -> Sprint:
        """Is named when it is over. Raises NotFoundError where there is none."""
        self._people.need(by, Grant.WRITE)
        async with self._turn:
            sprint = self._current()
            if any(member == by.id for member, _ in sprint.people):
                return sprint
            return await self._set(replace(sprint, people=(*sprint.people, (by.id, by.name))))

    async def stop(self, by: Member) -> None:
        """Ends it now. One that had not begun leaves nothing behind."""
        async with self._turn:
            sprint = self._held_by(by)
            now = now_ms()
            if now < sprint.start_ms:
                await self._store.set_sprint(self._room, None)
                self._end(None)
            else:
                await self._finish(sprint, now)

    async def finish(self) -> None:
        """Ends the one that is over, if there is one."""
        async with self._turn:
            if self.sprint is not None and self.is_over:
                await self._finish(self.sprint, self.sprint.end_ms)

    async def _finish(self, sprint: Sprint, end_ms: int) -> None:
        starter = await self._store.member(self._room, sprint.by)
        if starter is None:
            await self._store.set_sprint(self._room, None)
            self._end(None)
            return
        self._end(await self._store.end_sprint(self._room, starter, line(sprint, end_ms), end_ms))

    def _end(self, noted: Message | None) -> None:
        self.sprint = None
        self._tell(Sprinting(None))
        if noted is not None:
            self._note(noted)

    async def _set(self, sprint: Sprint) -> Sprint:
        await self._store.set_sprint(self._room, sprint)
        self.sprint = sprint
        self._tell(Sprinting(sprint))
        return sprint

    def _current(self) -> Sprint:
        if self.sprint is None or self.is_over:
            raise NotFoundError("There is no sprint under way here.")
        return self.sprint

    def _held_by(self, by: Member) -> Sprint:
        sprint = self._current()
        if sprint.by != by.id and not self._people.current(by).may(Grant.MODERATE):
            raise NotGrantedError("Only who started the sprint, or who leads the room, can do that.")
        self._people.need(by, Grant.WRITE)
        return sprint

    def _check_minutes(self, minutes: float) -> None:
        if not 1 <= minutes <= self._limits.sprint_minutes:
            raise BadRequestError(f"A sprint lasts 1 to {self._limits.sprint_minutes} minutes.")
