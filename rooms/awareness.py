"""Awareness of one document: who has their cursor where. Which entry counts, from whom, and what goes out.

An unchanged `y-websocket` provider sends everybody's entries back, so most of what arrives is an echo. An entry counts only
from the connection that owns its client id: the first id a connection announces, if no other member has it. Ids belong to the
member: a new connection of the same member takes its id over from a half-open one.

Clocks: a client that comes back announces itself under the clock it left with, which others would ignore after having been told
that it left. So an entry goes out with a clock above the last one that went out for it.
"""

from __future__ import annotations

from collections.abc import Hashable

import msgspec

from rooms.errors import BadRequestError
from rooms.model import Limits, Member
from rooms.wire import Entry

COLORS = ("#9a5b00", "#1f6f78", "#6a4fb3", "#2b62b8", "#3d7a2a", "#a03a86", "#5b6470", "#8a5a3b")
"""The light tokens of hues 1 to 8, for clients that know colours and no hues."""

MAX_CLOCK = 1 << 52
"""The highest clock an entry may have. Ours go on from there, and have to fit a varint of 53 bits."""

REMEMBERED = 1 << 16
"""How many client ids of members who have left are remembered, so that nobody else's echo brings them back."""


def user(member: Member) -> dict[str, str | int]:
    """What others are told of a member beside its cursor."""
    return {"id": member.id, "name": member.name, "color": COLORS[member.hue - 1], "hue": member.hue}


class Awareness:
    """Entries by client id. Connections are told apart by any hashable key."""

    __slots__ = ("_changed", "_entries", "_ids", "_known", "_limits", "_owners")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._entries: dict[int, Entry] = {}
        self._owners: dict[int, Hashable] = {}
        self._ids: dict[Hashable, int] = {}
        self._known: dict[int, tuple[str, int]] = {}  # client id → member id, last clock that went out
        self._changed: set[int] = set()

    def receive(self, connection: Hashable, member: Member, entry: Entry) -> bool:
        """Takes an entry if it is this connection's own; False where it isn't. Raises BadRequestError where it is and
        can't be read."""
        client = entry.client
        mine = self._ids.get(connection, client)
        if mine != client or self.member_of(client) not in {None, member.id}:
            return False
        if connection not in self._ids and entry.state == "null":
            return False
        if entry.clock > MAX_CLOCK:
            raise BadRequestError("The awareness entry counts too far.")
        state = self._state(member, entry.state)
        if connection not in self._ids:
            self._claim(connection, member, client)
        self._set(client, entry.clock, state)
        return True

    def _claim(self, connection: Hashable, member: Member, client: int) -> None:
        before = self._owners.get(client)
        if before is not None:
            del self._ids[before]
        self._owners[client] = connection
        self._ids[connection] = client
        _, clock = self._known.pop(client, ("", -1))
        self._known[client] = member.id, clock
        if len(self._known) > REMEMBERED:
            for old in self._known:
                if old not in self._owners:
                    del self._known[old]
                    break

    def _state(self, member: Member, text: str) -> str:
        if len(text) > self._limits.awareness_bytes:
            raise BadRequestError("The awareness entry is too large.")
        try:
            state = msgspec.json.decode(text, type=dict[str, msgspec.Raw] | None)
        except (msgspec.MsgspecError, RecursionError):
            raise BadRequestError("The awareness entry is not a JSON object.") from None
        if state is None:
            return "null"
        state["user"] = msgspec.Raw(msgspec.json.encode(user(member)))
        return msgspec.json.encode(state).decode()

    def _set(self, client: int, clock: int, state: str) -> None:
        owner, last = self._known[client]
        clock = max(clock, last + 1)
        self._known[client] = owner, clock
        self._entries[client] = Entry(client, clock, state)
        self._changed.add(client)

    def member_of(self, client: int) -> str | None:
        """The member that announced this client id, also after it has left."""
        known = self._known.get(client)
        return known[0] if known else None

    def refresh(self, connection: Hashable, member: Member) -> None:
        """The member has another name or colour: says so in its entry."""
        client = self._ids.get(connection)
        entry = self._entries.get(client) if client is not None else None
        if client is not None and entry is not None and entry.state != "null":
            self._set(client, entry.clock, self._state(member, entry.state))

    def leave(self, connection: Hashable) -> None:
        """Removes the connection's entry; its id stays with its member."""
        client = self._ids.pop(connection, None)
        if client is None:
            return
        del self._owners[client]
        entry = self._entries.get(client)
        if entry is not None and entry.state != "null":
            self._entries[client] = Entry(client, entry.clock, "null")
            self._changed.add(client)

    def changed(self) -> list[Entry]:
        """The entries that changed since the last call, in their latest form."""
        if not self._changed:
            return []
        entries = [self._entries[client] for client in self._changed]
        for entry in entries:
            if entry.state == "null" and entry.client not in self._owners:
                del self._entries[entry.client]
        self._changed.clear()
        return entries

    def present(self) -> list[Entry]:
        return [entry for entry in self._entries.values() if entry.state != "null"]
