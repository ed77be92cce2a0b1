"""Presence: who is in a room, which document they look at, whose hand is up. One entry a member, however
many tabs and connections.

Changes are gathered for `GATHER_S` and told at once, so that a room that fills up costs each page a few messages, not hundreds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rooms.events import Here, Present
from rooms.model import Grant, Member

GATHER_S = 0.1


@dataclass(slots=True)
class _Entry:
    member: Member
    connections: int = 0
    hand_ms: int | None = None
    wants: Grant | None = None
    looks: dict[object, str | None] = field(default_factory=dict)

    def present(self) -> Present:
        looks = [document for document in self.looks.values() if document is not None]
        return Present(self.member, looks[-1] if looks else None, self.hand_ms, self.wants)


class Presence:
    """Who is here. Connections are told apart by any hashable key."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._before: dict[str, Present | None] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, member_id: str) -> bool:
        return member_id in self._entries

    def _note(self, member_id: str) -> None:
        if member_id not in self._before:
            entry = self._entries.get(member_id)
            self._before[member_id] = entry.present() if entry else None

    def come(self, member: Member, looks: str | None, connection: object) -> None:
        self._note(member.id)
        entry = self._entries.setdefault(member.id, _Entry(member))
        entry.member = member
        entry.connections += 1
        entry.looks[connection] = looks

    def look(self, member: Member, document: str | None, connection: object) -> None:
        self._note(member.id)
        entry = self._entries[member.id]
        entry.looks.pop(connection, None)  # the latest look counts
        entry.looks[connection] = document

    def raise_hand(self, member_id: str, time_ms: int, wants: Grant) -> None:
        """A hand that is up keeps its time; what it asks for may change."""
        entry = self._entries.get(member_id)
        if entry is not None:
            self._note(member_id)
            entry.hand_ms, entry.wants = entry.hand_ms or time_ms, wants

    def lower_hand(self, member_id: str) -> None:
        entry = self._entries.get(member_id)
        if entry is not None:
            self._note(member_id)
            entry.hand_ms = entry.wants = None

    def leave(self, member: Member, connection: object) -> None:
        self._note(member.id)
        entry = self._entries[member.id]
        entry.connections -= 1
        entry.looks.pop(connection, None)
        if not entry.connections:
            del self._entries[member.id]

    def refresh(self, member: Member) -> None:
        if member.id in self._entries:
            self._note(member.id)
            entry = self._entries[member.id]
            entry.member = member
            if entry.wants is not None and member.may(entry.wants):
                entry.hand_ms = entry.wants = None

    def here(self) -> tuple[Present, ...]:
        return tuple(entry.present() for entry in self._entries.values())

    def changes(self) -> Here | None:
        """What changed since the last call, without what came and went between."""
        before, self._before = self._before, {}
        came, changed, left = [], [], []
        for member_id, old in before.items():
            entry = self._entries.get(member_id)
            new = entry.present() if entry else None
            if new == old:
                continue
            if new is None:
                left.append(member_id)
            elif old is None:
                came.append(new)
            else:
                changed.append(new)
        return Here(tuple(came), tuple(changed), tuple(left)) if came or changed or left else None
