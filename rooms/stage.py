"""The stage of a room: who may be heard now, and who hears them. Sessions are opened, judged again at every change, and ended.

How sound travels is a MediaNode's to know; this knows no SDP, no ICE and no packet. What a session is for decides the grant it
needs: `play` or `speak` to be heard, `read` to listen; behind a closed door the stage is for those who see the draft.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from rooms.errors import FullError, NotFoundError, NotGrantedError, StageDownError, StudioError
from rooms.events import OnStage
from rooms.model import Grant, Limits, Member
from rooms.naming import new_id
from rooms.people import People

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a node is asked to open: one peer connection of a member. `near` is the address of ours they came to, if any."""

    peer: str
    stage: str
    number: int
    """Names the member in every packet of theirs (its CSRC)."""
    offer: str
    publishes: bool
    hears: bool
    near: str = ""
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Totals:
    """What was counted since the start. `buckets` count how long the forwards of one packet took, by `bounds_s` and beyond."""

    received: int = 0
    forwarded: int = 0
    lost_in: int = 0
    """Packets that never came here."""
    lost_out: int = 0
    """Packets that never came to a listener, as listeners report it."""
    dropped: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    """Peers that ended by themselves, by why."""
    bounds_s: tuple[float, ...] = ()
    buckets: tuple[int, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Track:
    """How one stream of sound travels. `number` names whose it is, as its CSRC does; 0 on a line that nobody has."""

    number: int
    packets: int
    lost: int
    jitter_ms: float
    dropped: dict[str, int] = field(default_factory=dict)
    """By why: what came and was not passed on."""


@dataclass(frozen=True, slots=True)
class Report:
    """One connection as it was within the last two seconds: what comes from it, what goes to it, and how far away it is.

    Who only sends reports on nothing, so that there is no round trip."""

    comes: Track | None = None
    goes: tuple[Track, ...] = ()
    round_trip_ms: float | None = None


Ended = Callable[[str], None]
"""Told the peer that ended by itself, or with the node."""


class MediaNode(Protocol):
    """Carries sound between peers. Each call that is awaited raises StageDownError where the node can't be reached."""

    async def warm(self) -> None:
        """Makes ready for somebody who is about to come, so that they needn't wait."""
        ...

    async def open(self, opening: Opening, ended: Ended) -> str:
        """The answer to an offer. Raises BadRequestError, OfferRefusedError, FullError."""
        ...

    async def restart(self, peer: str, fragment: str) -> str | None:
        """New ICE credentials for a peer that asks for them, as a fragment of SDP; None where it asks for nothing. Raises
        NotFoundError."""
        ...

    def close(self, peer: str) -> None:
        """Ends a peer, if it is there. `ended` isn't called."""
        ...

    def mute(self, peer: str, *, muted: bool) -> None:
        """Whether a peer's sound is kept from everybody, from its next packet on."""
        ...

    def report(self, peer: str) -> Report:
        """The last there is of a peer; an empty one where there is none yet."""
        ...

    def totals(self) -> Totals: ...


class Dark:
    """No node at all: for commands and tests without a stage."""

    async def warm(self) -> None:
        raise StageDownError

    async def open(self, _: Opening, __: Ended) -> str:
        raise StageDownError

    async def restart(self, _: str, __: str) -> str | None:
        raise StageDownError

    def close(self, _: str) -> None:
        pass

    def mute(self, _: str, *, muted: bool) -> None:
        pass

    def report(self, _: str) -> Report:
        return Report()

    def totals(self) -> Totals:
        return Totals()


@dataclass(eq=False, slots=True)
class Session:
    """One connection of a member to the stage. `number` is the member's, in every packet; `tag` changes with its ICE
    credentials."""

    id: str
    number: int
    member: Member
    publishes: bool
    hears: bool
    tag: str


class Stage:
    """The stage of one room."""

    def __init__(
        self,
        room: str,
        media: MediaNode,
        limits: Limits,
        people: People,
        *,
        seat: Callable[[Member, object], None],
        unseat: Callable[[Member, object], None],
        changed: Callable[[], None],
    ) -> None:
        self.sessions: dict[str, Session] = {}
        self.muted: dict[str, str] = {}
        """Whom a lead has muted, by the member's id, and the id of who did it. It holds until they are let speak again or the
        room closes, whatever they leave and come back to."""
        self._room = room
        self._media = media
        self._limits = limits
        self._people = people
        self._seat = seat
        self._unseat = unseat
        self._changed = changed
        self._numbers: dict[str, int] = {}

    def on(self) -> tuple[OnStage, ...]:
        """Who may be heard now, in the order they came: one entry a member, however many connections."""
        heard: dict[str, OnStage] = {}
        for session in self.sessions.values():
            member = session.member
            if session.publishes:
                heard.setdefault(member.id, OnStage(member, session.number, self.muted.get(member.id)))
        return tuple(heard.values())

    async def prepare(self, by: Member) -> None:
        """Makes ready for somebody who is about to step on stage or to listen. Raises DoorClosedError, StageDownError."""
        self._need(by, publishes=False)
        await self._media.warm()

    async def open(self, by: Member, offer: str, *, publishes: bool, hears: bool, near: str = "") -> tuple[Session, str]:
        """A new session and the answer to its offer. Raises NotGrantedError, DoorClosedError, and as `MediaNode.open` does."""
        self._need(by, publishes=publishes)
        if len(self.sessions) >= self._limits.sessions_per_stage:
            raise FullError("This stage is full.")
        if publishes and sum(s.publishes for s in self.sessions.values()) >= self._limits.publishers_per_stage:
            raise FullError(f"{self._limits.publishers_per_stage} can be heard at once here.")
        number = self._numbers.setdefault(by.id, len(self._numbers) + 1)
        session = Session(new_id(22), number, self._people.current(by), publishes, hears, new_id())
        self._seat(session.member, session)
        self.sessions[session.id] = session
        try:
            opening = Opening(session.id, self._room, number, offer, publishes, hears, near, by.id in self.muted)
            answer = await self._media.open(opening, self._ended)
            self._need(by, publishes=publishes)  # it may have been taken meanwhile
            self._media.mute(session.id, muted=by.id in self.muted)
        except BaseException:
            self._end(session)
            raise
        return session, answer

    def session(self, by: Member, session_id: str) -> Session:
        """One's own; anybody's for who moderates. Raises NotFoundError."""
        session = self.sessions.get(session_id)
        if session is None:
            raise NotFoundError("There is no such session. It may have ended.")
        if session.member.id != by.id:
            self._people.need(by, Grant.MODERATE)
        return session

    async def restart(self, session: Session, fragment: str) -> str | None:
        """Restarts ICE where the fragment asks for it, and gives the session another tag."""
        answer = await self._media.restart(session.id, fragment)
        if answer is not None:
            session.tag = new_id()
        return answer

    async def mute(self, by: Member, member_id: str, *, muted: bool) -> None:
        """Keeps a member's sound from everybody at once, or no longer, on every connection they have and will have."""
        self._people.need(by, Grant.MODERATE)
        if muted:
            self.muted[(await self._people.known(member_id)).id] = by.id
        elif self.muted.pop(member_id, None) is None:
            raise NotFoundError("Nobody has muted them.")
        for session in self.sessions.values():
            if session.member.id == member_id:
                self._media.mute(session.id, muted=muted)
        self._changed()

    def report(self, session: Session) -> Report:
        return self._media.report(session.id)

    def leave(self, session: Session) -> None:
        self._end(session)

    def keep(self) -> None:
        """Ends the sessions of whoever may no longer have them."""
        for session in list(self.sessions.values()):
            session.member = self._people.current(session.member)
            try:
                self._need(session.member, publishes=session.publishes)
            except StudioError as error:
                log.info("a session of the stage was ended", extra={"room": self._room, "why": error.code})
                self._end(session)

    def _need(self, member: Member, *, publishes: bool) -> None:
        self._people.need_draft(member)
        member = self._people.current(member)
        if publishes and not (member.may(Grant.PLAY) or member.may(Grant.SPEAK)):
            raise NotGrantedError("Being heard needs the microphone here: ask a lead for it.")

    def _ended(self, session_id: str) -> None:
        session = self.sessions.get(session_id)
        if session is not None:
            self._end(session)

    def _end(self, session: Session) -> None:
        if self.sessions.pop(session.id, None) is not None:
            self._media.close(session.id)
            self._unseat(session.member, session)
