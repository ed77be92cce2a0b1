"""Desk: one document and the connections at it. Receives, pulses, relays awareness, counts what is saved. No I/O of its own.

Time comes from a `Clock` (an asyncio loop is one), bytes leave through each connection's `Outbox`, edits go to the store's log,
and heavy work to the worker process: so a desk can be driven by a test with no socket.

**The pulse.** Updates are scanned as they come, and queued. At the pulse they are merged into one, encoded once, and the same
bytes are written to every outbox and to the log. The first edit after a quiet spell goes out in the same turn of the loop;
after that pulses are at least `limits.pulse_s` apart, so that the cost per reader falls as writers get faster. This is the hot
path of the studio; `tests/bench` guards it.

**Saved.** Each connection's update messages are counted. A pulse that is in the log acknowledges, for each of its senders, how
many of theirs it contains. A message that changed nothing is acknowledged with whatever was under way when it came.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Protocol

from rooms.awareness import Awareness
from rooms.document import NOTHING, Document, News, Piece, diff, merge
from rooms.errors import BadRequestError, NotGrantedError, SavingError, StudioError, UpdateRefusedError
from rooms.folding import Unfolded
from rooms.meter import Meter
from rooms.model import Grant, Limits, Member
from rooms.naming import now_ms
from rooms.readers import Readers
from rooms.render import Worker
from rooms.scan import Scan, scan
from rooms.store import Log, LogEntry
from rooms.wire import (
    AUTH,
    AWARENESS,
    QUERY_AWARENESS,
    STEP_1,
    STEP_2,
    SYNC,
    UPDATE,
    awareness_message,
    denied_message,
    read_awareness,
    read_sync,
    saved_message,
    sync_message,
)

PULSE_UPDATES = 96
"""So many updates are a pulse, however soon: whoever pours text in isn't held to a pulse's rhythm, and merges stay short."""

PULSE_CONNECTIONS = 20
"""With fewer connections pulses come sooner, in proportion: there is less to save, and two people feel every wait."""

NO_STATE = b"\x00"
"""The state vector of who has nothing."""


class Clock(Protocol):
    """What a desk needs of time. `asyncio.AbstractEventLoop` is one."""

    def time(self) -> float: ...
    def call_soon(self, callback: Callable[[], None], /) -> object: ...
    def call_later(self, delay: float, callback: Callable[[], object], /) -> object: ...


class Outbox(Protocol):
    """The way out to one connection. No method blocks or raises, also after the connection has ended."""

    def write(self, frame: bytes) -> None:
        """Sends an encoded message. A connection that takes its messages too slowly is ended instead."""
        ...

    def snapshot(self, frame: bytes) -> None:
        """The same for a part of the document's state, which a joiner is given time to take."""
        ...

    def close(self, error: StudioError) -> None:
        """Ends the connection with the error's close code and sentence."""
        ...


class Connection:
    """One connection of a member to a desk, and what the desk keeps for it."""

    __slots__ = ("asked", "committed", "denied", "member", "outbox", "received", "wants_saved", "writes")

    def __init__(self, member: Member, outbox: Outbox, *, wants_saved: bool) -> None:
        self.member = member
        self.outbox = outbox
        self.wants_saved = wants_saved
        self.writes = member.may(Grant.WRITE)
        self.received = 0
        self.committed = 0
        self.asked = False
        """Something was missing and has been asked for; not again until an update fits."""
        self.denied = False


class Desk:
    """A document and the people at it."""

    def __init__(
        self,
        room: str,
        document_id: str,
        document: Document,
        *,
        limits: Limits,
        clock: Clock,
        log: Log,
        worker: Worker,
        meter: Meter,
        encode: Callable[[bytes], bytes],
    ) -> None:
        """`encode` makes of a message the bytes that outboxes send: a WebSocket frame, in the server."""
        self.room = room
        self.id = document_id
        self.document = document
        self.connections: dict[Connection, Outbox] = {}
        self.used = clock.time()
        """When somebody last asked for it or left it."""
        self.unfolded = Unfolded()
        self._limits = limits
        self._clock = clock
        self._log = log
        self._worker = worker
        self._meter = meter
        self._encode = encode
        self._awareness = Awareness(limits)
        self._readers = Readers(document, worker, limits)
        self._pending: list[bytes] = []
        self._senders: dict[Connection, None] = {}
        self._members: dict[str, None] = {}
        self._new_clients: list[tuple[int, str]] = []
        self._bound: set[int] = set()
        self._scheduled = False
        self._last_pulse = float("-inf")
        self._appended = 0
        self._committed = 0
        self._acknowledgements: deque[tuple[int, Connection, int]] = deque()  # (when this many are committed, who, count)

    # Coming and going

    def join(self, member: Member, outbox: Outbox, *, wants_saved: bool = False) -> Connection:
        """Subscribes a connection and greets it. Its first state is computed afterwards, so that no update falls between."""
        connection = Connection(member, outbox, wants_saved=wants_saved)
        self.connections[connection] = outbox
        if connection.writes:
            self._ask(connection)
        present = self._awareness.present()
        if present:
            outbox.write(self._encode(awareness_message(present)))
        return connection

    def leave(self, connection: Connection) -> None:
        if self.connections.pop(connection, None) is not None:
            self._awareness.leave(connection)
            self._schedule()

    def refresh(self, member: Member) -> None:
        """The member's name or grants changed, or it was removed: counts from the next message on."""
        if member.removed:
            self.dismiss(NotGrantedError(), lambda seated: seated.id == member.id)
        for connection in [c for c in self.connections if c.member.id == member.id]:
            had, connection.member = connection.writes, member
            connection.writes = member.may(Grant.WRITE)
            if connection.writes and not had:
                connection.denied = False
                self._ask(connection)
            elif had and not connection.writes:
                self._awareness.leave(connection)
            else:
                self._awareness.refresh(connection, member)
            self._schedule()

    def end(self, error: StudioError) -> None:
        """Nobody writes or reads here any more: every connection is told why, and closed."""
        self.dismiss(error, lambda _: True)

    def dismiss(self, error: StudioError, who: Callable[[Member], bool]) -> None:
        """Ends the connections of these members: they are told why."""
        for connection in [c for c in self.connections if who(c.member)]:
            connection.writes = False
            connection.outbox.close(error)
            self.leave(connection)

    def _ask(self, connection: Connection) -> None:
        connection.outbox.write(self._encode(sync_message(STEP_1, self.document.state_vector())))

    # Receiving

    async def receive(self, connection: Connection, message: bytes) -> bool:
        """Takes one message of a connection; False where it was an echo that should not count against its rate.

        Raises StudioError, with the code to close the connection with.
        """
        kind = message[0] if message else -1
        if kind == SYNC:
            step, payload = read_sync(message)
            if step == STEP_1:
                await self._answer(connection, payload)
            else:
                await self._update(connection, step, payload)
            return True
        if kind == AWARENESS:
            return self._entries(connection, message)
        if kind == QUERY_AWARENESS:
            connection.outbox.write(self._encode(awareness_message(self._awareness.present())))
            return True
        if kind == AUTH:
            return True
        raise BadRequestError("This kind of message is not known here.")

    async def _answer(self, connection: Connection, state_vector: bytes) -> None:
        if self._pending:
            self._pulse()
        parts = await self._differences(await self._lacking(connection, state_vector), state_vector)
        for update in parts[:-1]:
            connection.outbox.snapshot(self._encode(sync_message(UPDATE, update)))
        last = parts[-1] if parts else NOTHING  # a provider calls itself synced at the SyncStep2
        connection.outbox.snapshot(self._encode(sync_message(STEP_2, last)))

    async def _lacking(self, connection: Connection, state_vector: bytes) -> Sequence[Piece | bytes]:
        if not connection.writes and state_vector == NO_STATE:
            return await self._readers.whole()
        return self.document.answer(await self.pieces(connection.member), state_vector)

    async def pieces(self, member: Member) -> list[Piece]:
        """The document as this member may have it: what was deleted is only for those with the pen."""
        return self.document.pieces() if member.may(Grant.WRITE) else await self._readers.pieces()

    async def _differences(self, parts: Sequence[Piece | bytes], state_vector: bytes) -> list[bytes]:
        """The same, diffed. Where there is much to diff the worker does it, and makes it one."""
        whole = [part if isinstance(part, bytes) else part.update for part in parts]
        if sum(len(part.update) for part in parts if isinstance(part, Piece)) < self._limits.large_update_bytes:
            return [part if isinstance(part, bytes) else diff(part.update, state_vector) for part in parts]
        try:
            return [await self._worker.diff(whole, state_vector)]
        except StudioError:
            return whole  # more than was asked for, and nothing wrong: the client knows what it has

    async def _update(self, connection: Connection, step: int, update: bytes) -> None:
        if not self._may_write(connection):
            await self._deny(connection, step, update)
            return
        if self._log.pending_bytes(self.room) > self._limits.unsaved_bytes_per_room:
            raise SavingError
        if step == STEP_2:  # the answer to what was asked for: the next gap is another one
            connection.asked = False
        if update == NOTHING:
            self._acknowledge_later(connection)
            return
        found = await self._scan(update)
        if self.document.repeats(found):
            update, found = await self._without_repeats(update, found)
        if not self._may_write(connection):  # the pen was taken meanwhile
            await self._deny(connection, step, update)
            return
        self.accept(update, found, connection.member, connection)

    async def _scan(self, update: bytes) -> Scan:
        if len(update) < self._limits.large_update_bytes:
            return scan(update, self._limits)
        return await self._worker.scan(update)

    async def _without_repeats(self, update: bytes, found: Scan) -> tuple[bytes, Scan]:
        """What of an update isn't known yet, as of clients that send all they have.

        No character is kept twice: it would take its room twice, and where it was half of a surrogate pair, split meanwhile by
        what others wrote, whoever read the merged pieces would read the other one than whoever read them one by one.
        """
        state_vector = self.document.state_vector()
        try:
            if len(update) < self._limits.large_update_bytes:
                new = diff(update, state_vector)
            else:
                new = await self._worker.diff([update], state_vector)
            return new, await self._scan(new)
        except StudioError:  # more than is needed, and nothing wrong
            return update, found

    @staticmethod
    def _may_write(connection: Connection) -> bool:
        return connection.writes

    async def _deny(self, connection: Connection, step: int, update: bytes) -> None:
        if connection.denied:
            return
        if step == STEP_2:  # what readers answer to anyone's SyncStep1: no attempt to write unless it says something new
            try:
                if not self.document.is_new(await self._scan(update)):
                    return
            except UpdateRefusedError:
                return
        connection.denied = True
        self._meter.rejected("not_granted")
        connection.outbox.write(self._encode(denied_message("not granted")))

    def accept(self, update: bytes, found: Scan, member: Member, connection: Connection | None = None) -> None:
        """Queues a member's scanned update for the next pulse. Without a connection it is a change made by REST.

        Raises UpdateRefusedError beyond the limit of types.
        """
        news = self.document.receive(found)
        if news is News.NOTHING:
            if connection is not None:
                self._acknowledge_later(connection)
            return
        large = len(update) >= self._limits.large_update_bytes
        if large and self._pending:
            self._pulse()
        self._pending.append(update)
        self._members[member.id] = None
        self._bind(found, member)
        if connection is not None:
            connection.received += 1
            self._senders[connection] = None
            if news is News.NEW:
                connection.asked = False
            elif not connection.asked:
                connection.asked = True
                self._ask(connection)
        if large or len(self._pending) >= PULSE_UPDATES:
            self._pulse()
        else:
            self._schedule()

    def _bind(self, found: Scan, member: Member) -> None:
        """Client ids seen for the first time belong to the member that announced them, else to the first to use them."""
        for client, _, _ in found.runs:
            if client not in self._bound:
                self._bound.add(client)
                self._new_clients.append((client, self._awareness.member_of(client) or member.id))

    def _entries(self, connection: Connection, message: bytes) -> bool:
        if not connection.writes:  # spectators are shown by presence
            return False
        counts = False
        for entry in read_awareness(message):
            counts |= self._awareness.receive(connection, connection.member, entry)
        if counts:
            self._schedule()
        return counts

    # The pulse

    def _schedule(self) -> None:
        if self._scheduled:
            return
        self._scheduled = True
        share = min(1.0, len(self.connections) / PULSE_CONNECTIONS)
        wait = self._last_pulse + self._limits.pulse_s * share - self._clock.time()
        if wait > 0:
            self._clock.call_later(wait, self._beat)
        else:
            self._clock.call_soon(self._beat)

    def _beat(self) -> None:
        self._scheduled = False
        self._pulse()

    def _pulse(self) -> None:
        """Sends what has gathered since the last pulse, and appends it to the log.

        The log comes last, for its thread wakes up and would compete with the sending; but it comes, whatever happens before.
        """
        entries = self._awareness.changed()
        if not self._pending:
            if entries:
                self._last_pulse = self._clock.time()
                self._send(self._encode(awareness_message(entries)))
            return
        started = perf_counter()
        self._last_pulse = self._clock.time()
        updates, self._pending = self._pending, []
        senders, self._senders = self._senders, {}
        merged = merge(updates, self._limits)
        try:
            frame = self._encode(awareness_message(entries)) if entries else b""
            for update in merged:
                self.document.append(update)
                frame += self._encode(sync_message(UPDATE, update))
            alone = next(iter(senders)) if len(updates) == len(senders) == 1 and not entries else None
            self._send(frame, but=alone)  # who is alone knows what it sent
        finally:
            for update in merged:
                self._append(update)
            for connection in senders:
                self._acknowledgements.append((self._appended, connection, connection.received))
        self._meter.updates(len(updates))
        self._meter.deliveries(len(updates) * len(self.connections))
        self._meter.pulse(perf_counter() - started)

    def _send(self, frame: bytes, but: Connection | None = None) -> None:
        for connection, outbox in list(self.connections.items()):
            if connection is not but:
                outbox.write(frame)

    def flush(self) -> None:
        """Pulses now, if anything waits."""
        if self._pending:
            self._pulse()

    # The log, and what is saved

    def _append(self, update: bytes) -> None:
        self._appended += 1
        self.unfolded.add(update)
        clients, self._new_clients = tuple(self._new_clients), []
        members, self._members = tuple(self._members), {}
        entry = LogEntry(self.room, self.id, now_ms(), members, update, clients, self._on_commit)
        self._log.append(entry)

    def _on_commit(self) -> None:
        self._committed += 1
        self._acknowledge()

    def _acknowledge_later(self, connection: Connection) -> None:
        """Counts a message that changed nothing: what it says is saved once everything known so far is."""
        connection.received += 1
        due = self._appended + bool(self._pending)
        self._acknowledgements.append((due, connection, connection.received))
        self._acknowledge()

    def _acknowledge(self) -> None:
        waiting, committed = self._acknowledgements, self._committed
        if not waiting or waiting[0][0] > committed:
            return
        told: dict[Connection, None] = {}
        while waiting and waiting[0][0] <= committed:
            _, connection, count = waiting.popleft()
            connection.committed = count
            told[connection] = None
        for connection in told:
            if connection.wants_saved and connection in self.connections:
                connection.outbox.write(self._encode(saved_message(connection.committed)))

    @property
    def saved(self) -> bool:
        """Whether everything that was received is committed."""
        return not self._pending and self._committed == self._appended
