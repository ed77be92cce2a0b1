"""The live channel: Socket.IO 5, namespace /room. Who is here, the board, what changed in the room; low-rate messages alone.

A page knocks with a token, gets a `welcome` with everything it needs, then changes only; each reconnection begins again with a
`welcome`. Every event of a page is checked, counted and acknowledged. The room decides what is allowed.

Events leave past python-socketio's `emit`, which starts a task for each page: an event is encoded once, and the same packet is
put in the queue of every page. A page that doesn't take what waits for it is ended; it comes back to a fresh `welcome`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import msgspec
import socketio  # type: ignore[import-untyped]
import structlog
from aiohttp import web

from rooms.errors import BadRequestError, NotGrantedError, ShuttingDownError, StudioError, TooFastError
from rooms.events import (
    Changed,
    Deleted,
    Discussed,
    Edited,
    Event,
    Here,
    Read,
    Restored,
    Said,
    Saving,
    Sprinting,
    Staged,
    Welcome,
    You,
)
from rooms.meter import Meter
from rooms.model import Member
from rooms.naming import now_ms
from rooms.registry import Registry
from rooms.room import Room
from rooms.supervisor import Supervisor
from server import shapes, texts
from server.auth import Auth, enter
from server.engine import FRAME_BYTES, Engine, Message, quiet_logger
from server.origin import is_own_origin
from server.rate import Bucket
from server.settings import Settings

log = structlog.get_logger(__name__)

PROTOCOL = 1
NAMESPACE = "/room"
PATH = "/socket.io/"

UNJOINED = 4096
"""How many connections may be in no room yet: the next are refused."""
EVENTS_PER_S = 5
EVENTS_AT_ONCE = 30
"""How many events a page may send; others are answered with `too_fast`."""
WAITING_CHARS = 1 << 20
"""How much may wait for a page beyond its welcome."""

CODES = {NotGrantedError.code: "removed"}
"""What `bye` says where the reason has another name on other doors."""


class Tab:
    """One page in a room. Implements `rooms.room.Tab`."""

    def __init__(self, live: Live, engine_id: str, room: Room, member: Member, stack: AsyncExitStack) -> None:
        self.member = member
        self.room = room
        self.closed = False
        self.pace = Bucket(EVENTS_PER_S, EVENTS_AT_ONCE)
        self.stack = stack
        """What holds the room open."""
        self.engine_id = engine_id
        self._live = live
        self._early: list[Message] | None = []
        """What waits until the page has been let in."""
        self._bound = WAITING_CHARS

    def send(self, event: Event) -> None:
        if not self.closed:
            self._put(self._live.encoded(event))

    def welcome(self, welcome: Welcome) -> None:
        packet = _packet("welcome", self._live.welcome_shape(welcome))
        self._bound += len(packet.data)
        self._put(packet)

    def close(self, error: StudioError) -> None:
        """Says why, and ends the connection. A final end is Socket.IO's disconnect; after another one a page comes back."""
        if self.closed:
            return
        self._put(_packet("bye", shapes.Bye(CODES.get(error.code, error.code), str(error))))
        if 4400 <= error.close < 4500:
            self._put(Message(f"1{NAMESPACE},"))
        self.closed = True
        self._live.end(self)

    def let_in(self) -> None:
        early, self._early = self._early or [], None
        for packet in early:
            self._put(packet)

    @property
    def is_in(self) -> bool:
        return self._early is None

    def _put(self, packet: Message) -> None:
        if self._early is not None:
            self._early.append(packet)
            return
        waiting = self._live.engine.waiting(self.engine_id)
        if waiting is None:
            return
        if waiting.size > self._bound:
            self.closed = True
            self._live.drop(self)
            return
        waiting.put_nowait(packet)


class Session:
    """One Engine.IO connection, in a room or not yet."""

    __slots__ = ("busy", "tab", "watch")

    def __init__(self) -> None:
        self.busy = asyncio.Lock()
        """One packet of a connection is handled at a time, also where two polls bring them at once."""
        self.tab: Tab | None = None
        self.watch: asyncio.TimerHandle | None = None


class Server(socketio.AsyncServer):  # type: ignore[misc]
    """python-socketio on our engine."""

    def _engineio_server_class(self) -> type[Engine]:
        return Engine


class Live:
    """The door."""

    def __init__(self, registry: Registry, auth: Auth, settings: Settings, meter: Meter) -> None:
        self._registry = registry
        self._auth = auth
        self._settings = settings
        self._meter = meter
        self._version = version("tutti-studio")
        self._schema = int(json.loads(files("rooms").joinpath("schema.json").read_bytes())["version"])
        self._sessions: dict[str, Session] = {}
        self._tabs: dict[str, Tab] = {}
        self._supervisor = Supervisor()
        self._last: tuple[Event, Message] | None = None
        logger = quiet_logger()
        self._server = Server(
            async_mode="aiohttp",
            async_handlers=False,
            namespaces=[NAMESPACE],
            cors_allowed_origins=self._is_own,
            cors_credentials=False,
            http_compression=False,
            max_http_buffer_size=FRAME_BYTES,
            ping_interval=max(1.0, settings.limits.silence_s),
            ping_timeout=settings.limits.silence_s,
            logger=logger,
            engineio_logger=logger,
            limits=settings.limits,
            meter=meter,
        )
        self.engine: Engine = self._server.eio
        self._server.on("connect", self._knock, namespace=NAMESPACE)
        self._server.on("disconnect", self._leave, namespace=NAMESPACE)
        self._server.on("*", self._event, namespace=NAMESPACE)
        self._engine_handlers: dict[str, Callable[..., Awaitable[Any]]] = dict(self.engine.handlers)
        self.engine.on("connect", self._on_open)
        self.engine.on("message", self._on_message)
        self.engine.on("disconnect", self._on_close)

    def mount(self, app: web.Application) -> None:
        app.router.add_get(PATH, self._answer, allow_head=False)
        app.router.add_post(PATH, self._answer)

    async def drain(self) -> None:
        """Tells everybody that the studio restarts, and ends every connection once it has been told."""
        for tab in list(self._tabs.values()):
            tab.close(ShuttingDownError())
        await asyncio.gather(*(self.engine.end(engine_id) for engine_id in list(self._sessions)))
        await self._server.shutdown()
        await self._supervisor.close()

    # Connections

    def _is_own(self, _: str | None, environ: dict[str, Any]) -> bool:
        return is_own_origin(environ["aiohttp.request"], self._settings)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if self._registry.draining and "sid" not in request.query:
            raise ShuttingDownError  # to a page this is a failed transport: it tries again by itself
        return await self.engine.answer(request)

    async def _on_open(self, engine_id: str, environ: dict[str, Any]) -> bool | None:
        if sum(session.tab is None for session in self._sessions.values()) >= UNJOINED:
            self._meter.rejected("unjoined")
            return False
        await self._engine_handlers["connect"](engine_id, environ)
        session = self._sessions[engine_id] = Session()
        self._watch(engine_id, session)
        return None

    async def _on_message(self, engine_id: str, data: object) -> None:
        session = self._sessions.get(engine_id)
        if session is None:
            return
        async with session.busy:
            if not (isinstance(data, str) and _is_taken(data) and await self._read(engine_id, data)):
                self._meter.rejected("malformed")
                await self.engine.end(engine_id)
            await self._settle(engine_id, session)

    async def _read(self, engine_id: str, packet: str) -> bool:
        """Passes a packet to python-socketio; False where it can't be read. Our own handlers let none of these errors out."""
        try:
            await self._engine_handlers["message"](engine_id, packet)
        except (LookupError, RecursionError, TypeError, ValueError):
            return False
        return True

    async def _settle(self, engine_id: str, session: Session) -> None:
        """After a packet: a page that was admitted is let in, unless its connection ended meanwhile."""
        tab = session.tab
        if tab is None or tab.is_in:
            return
        if self.engine.waiting(engine_id) is None:
            for sid in [sid for sid, other in self._tabs.items() if other is tab]:
                await self._server.disconnect(sid, namespace=NAMESPACE)
                await self._leave(sid)
        else:
            tab.let_in()

    async def _on_close(self, engine_id: str, reason: str) -> None:
        session = self._sessions.pop(engine_id, None)
        if session is not None and session.watch is not None:
            session.watch.cancel()
        if reason == self.engine.reason.CLIENT_DISCONNECT:
            self.engine.release(engine_id)
        await self._engine_handlers["disconnect"](engine_id, reason)

    def _watch(self, engine_id: str, session: Session) -> None:
        """Ends the connection if it is in no room after `limits.silence_s`."""

        def look() -> None:
            if session.tab is None and engine_id in self._sessions:
                self._supervisor.start(self.engine.end(engine_id), "end of a connection in no room")

        if session.watch is not None:
            session.watch.cancel()
        session.watch = asyncio.get_running_loop().call_later(self._settings.limits.silence_s, look)

    def end(self, tab: Tab) -> None:
        self._supervisor.start(self.engine.end(tab.engine_id), "end of a page's connection")

    def drop(self, tab: Tab) -> None:
        """A page that is too slow goes, and comes back to a fresh welcome."""
        self._meter.dropped("bytes")
        self.engine.drop(tab.engine_id)
        self.end(tab)

    # In and out of a room

    async def _knock(self, sid: str, _: dict[str, Any], said: object) -> bool:
        engine_id: str = self._server.manager.eio_sid_from_sid(sid, NAMESPACE)
        try:
            session = self._sessions.get(engine_id)
            if session is None:
                return False
            tab = await self._admit(engine_id, said)
            self._tabs[sid] = session.tab = tab
        except StudioError as error:
            self._meter.rejected(error.code)
            raise self._refusal(error) from None
        except Exception:
            log.exception("a page could not be let in")
            raise self._refusal(StudioError()) from None
        return True

    async def _admit(self, engine_id: str, said: object) -> Tab:
        try:
            knock = msgspec.convert(said, shapes.Knock)
        except msgspec.ValidationError:
            raise BadRequestError("A page says {token} when it connects.") from None
        claims = self._auth.read(knock.token)
        room_id = knock.room if claims.is_operator and knock.room is not None else claims.room
        async with AsyncExitStack() as stack:
            room, member = await stack.enter_async_context(enter(self._registry, claims, room_id))
            tab = Tab(self, engine_id, room, member, stack)
            tab.welcome(room.enter(tab))
            tab.stack = stack.pop_all()
        return tab

    async def _leave(self, sid: str, _: str = "") -> None:
        tab = self._tabs.pop(sid, None)
        if tab is None:
            return
        tab.closed = True
        tab.room.leave(tab)
        await tab.stack.aclose()
        session = self._sessions.get(tab.engine_id)
        if session is not None and session.tab is tab:
            session.tab = None
            self._watch(tab.engine_id, session)

    def _refusal(self, error: StudioError) -> Exception:
        refusal: Exception = socketio.exceptions.ConnectionRefusedError(str(error), _said(error))
        return refusal

    # From a page

    async def _event(self, event: str, sid: str, *args: object) -> dict[str, Any]:
        """Handles any event; what it returns is the acknowledgement."""
        try:
            return await self._handle(event, self._tabs.get(sid), args[0] if args else None)
        except StudioError as error:
            self._meter.rejected(error.code)
            return {"error": _said(error)}
        except Exception:
            log.exception("an event failed")
            return {"error": _said(StudioError())}

    async def _handle(self, event: str, tab: Tab | None, said: object) -> dict[str, Any]:
        if tab is None or tab.closed:
            raise NotGrantedError
        if not tab.pace.take():
            raise TooFastError
        if event not in EVENTS:
            raise BadRequestError("This event is not known here.")
        shape, handle = EVENTS[event]
        try:
            asked = msgspec.convert(said, shape)
        except msgspec.ValidationError as error:
            raise BadRequestError(f"That could not be understood: {error}.") from None
        return await handle(self, tab, asked)

    async def _say(self, tab: Tab, asked: shapes.Say) -> dict[str, Any]:
        text = texts.text(asked.text, self._settings.limits.board_message_chars)
        said = await tab.room.say(tab.member, text)
        return {"message": msgspec.to_builtins(shapes.message(said))}

    async def _edit(self, tab: Tab, asked: shapes.EditMessage) -> dict[str, Any]:
        text = texts.text(asked.text, self._settings.limits.board_message_chars)
        edited = await tab.room.edit(tab.member, asked.message, text)
        return {"message": msgspec.to_builtins(shapes.message(edited))}

    async def _delete(self, tab: Tab, asked: shapes.DeleteMessage) -> dict[str, Any]:
        await tab.room.delete(tab.member, asked.message)
        return {}

    async def _seen(self, tab: Tab, asked: shapes.Seen) -> dict[str, Any]:
        await tab.room.seen(tab.member, asked.message)
        return {}

    async def _time(self, _: Tab, __: shapes.Nothing) -> dict[str, Any]:
        return {"time": now_ms()}

    async def _join_sprint(self, tab: Tab, _: shapes.Nothing) -> dict[str, Any]:
        return {"sprint": msgspec.to_builtins(shapes.sprint(await tab.room.sprints.join(tab.member)))}

    async def _look(self, tab: Tab, asked: shapes.Look) -> dict[str, Any]:
        tab.room.look(tab, asked.document)
        return {}

    async def _raise(self, tab: Tab, asked: shapes.Raise) -> dict[str, Any]:
        tab.room.raise_hand(tab, up=asked.up, whose=asked.member, wants=asked.wants)
        return {}

    async def _rename(self, tab: Tab, asked: shapes.Rename) -> dict[str, Any]:
        name = texts.line(asked.name, self._settings.limits.name_chars)
        member = await tab.room.people.rename(tab.member, name)
        return {"you": msgspec.to_builtins(shapes.member(member))}

    # To pages

    def encoded(self, event: Event) -> Message:
        """The event's packet. A room tells all its pages in one go, so the last one is kept."""
        if self._last is None or self._last[0] is not event:
            self._last = (event, _packet(*_shape(event)))
        return self._last[1]

    def welcome_shape(self, welcome: Welcome) -> shapes.Welcome:
        room = shapes.room(welcome.record)
        return shapes.Welcome(
            PROTOCOL,
            self._schema,
            self._version,
            shapes.member(welcome.member),
            shapes.RoomFacts(room.room, room.title, room.kind, room.main, room.settings),
            room.documents,
            [shapes.present(present) for present in welcome.here],
            shapes.OwnBoard([shapes.message(said) for said in welcome.messages], welcome.more, welcome.read),
            shapes.saving(welcome.saving),
            shapes.sprint(welcome.sprint),
            shapes.on_stage(welcome.stage),
        )


EVENTS: dict[str, tuple[type[msgspec.Struct], Callable[[Live, Tab, Any], Awaitable[dict[str, Any]]]]] = {
    "say": (shapes.Say, Live._say),  # noqa: SLF001
    "edit": (shapes.EditMessage, Live._edit),  # noqa: SLF001
    "delete": (shapes.DeleteMessage, Live._delete),  # noqa: SLF001
    "seen": (shapes.Seen, Live._seen),  # noqa: SLF001
    "time": (shapes.Nothing, Live._time),  # noqa: SLF001
    "join_sprint": (shapes.Nothing, Live._join_sprint),  # noqa: SLF001
    "look": (shapes.Look, Live._look),  # noqa: SLF001
    "raise": (shapes.Raise, Live._raise),  # noqa: SLF001
    "rename": (shapes.Rename, Live._rename),  # noqa: SLF001
}


def _shape(event: Event) -> tuple[str, msgspec.Struct]:  # noqa: C901 (a table of events)
    match event:
        case Here(came, changed, left):
            return "here", shapes.Here([shapes.present(p) for p in came], [shapes.present(p) for p in changed], list(left))
        case You(member):
            return "you", shapes.member(member)
        case Said(said):
            return "message", shapes.message(said)
        case Edited(edited):
            return "edited", shapes.Edited(shapes.message(edited))
        case Deleted(deleted):
            return "deleted", shapes.Deleted(deleted.id)
        case Read(read):
            return "read", shapes.Read(read)
        case Sprinting(sprint):
            return "sprint", shapes.Sprinting(shapes.sprint(sprint))
        case Staged(on):
            return "stage", shapes.Staged(shapes.on_stage(on))
        case Discussed(thread):
            return "thread", shapes.thread(thread)
        case Changed(record):
            return "room", shapes.room(record)
        case Saving(sentence):
            return "saving", shapes.saving(sentence)
        case Restored(member, page, time_ms):
            return "restored", shapes.Restored(page.id, member.name, time_ms)


def _packet(name: str, shape: msgspec.Struct) -> Message:
    payload = msgspec.json.encode((name, shape)).decode()
    return Message(f"2{NAMESPACE},{payload}")


def _is_taken(packet: str) -> bool:
    """A connect, a disconnect, or an event that is not named like one of these, which python-socketio would take it for."""
    if not packet[1:].startswith(f"{NAMESPACE},"):
        return False
    if packet[0] != "2":
        return packet[0] in "01"
    name = packet[len(NAMESPACE) + 2 :].lstrip("0123456789")
    return name.startswith('["') and not name.startswith(('["connect"', '["disconnect"', '["\\'))


def _said(error: StudioError) -> dict[str, str]:
    return {"code": error.code, "message": str(error)}
