"""Random and mutated messages, and frames that are none, thrown at /yjs: the server stands, and who writes there goes on.

Every message is followed by a ping, so that it has been read when the pong, or the end, comes. Two y-websocket providers are in
the room all the while: what was accepted they apply, and in the end they and a new client hold the same. One thing isn't
thrown: an update that makes something else of what was said before under the same client and clock. Yjs has no answer.
`TUTTI_FRAMES` asks for a longer run, `TUTTI_FRAMES_SEED` for another.
"""

from __future__ import annotations

import asyncio
import base64
import os
import random
from collections import Counter
from collections.abc import Callable

from rooms.errors import StudioError
from rooms.model import Limits
from rooms.ranges import Ranges
from rooms.scan import read_state, scan
from rooms.wire import STEP_1, STEP_2, UPDATE, Entry, awareness_message, read_sync, sync_message
from tests.conftest import Node, Studio
from tests.fuzz.mutate import Mutator
from tests.yjs_clients import PATIENCE_S, Client, yjs_clients

COUNT = int(os.environ.get("TUTTI_FRAMES", "5000"))
SEED = int(os.environ.get("TUTTI_FRAMES_SEED", "104720"))
CONNECTIONS = 8
SESSIONS = 8
ROOM = "fuzz"
BINARY, TEXT, CLOSE, PING, PONG = 2, 1, 8, 9, 10
STATES = ("{}", '{"cursor":1}', "null", "[]", "{", '{"a":' + "[" * 100 + "]" * 100 + "}", '{"user":7}', '{"é":"🙂"}', "")

LIMITS = Limits()


def frame(opcode: int, payload: bytes, *, first: int | None = None) -> bytes:
    """A client's frame (RFC 6455, section 5.2), masked with nothing. `first` is another first byte."""
    head = bytes((0x80 | opcode if first is None else first,))
    if len(payload) < 126:
        return head + bytes((0x80 | len(payload),)) + bytes(4) + payload
    return head + b"\xfe" + len(payload).to_bytes(2) + bytes(4) + payload


class Thrower:
    """What is thrown, by a seed."""

    def __init__(self, seed: int, mutator: Mutator, said: Ranges) -> None:
        self.random = random.Random(seed)
        self.mutator = mutator
        self.said = said

    def message(self) -> bytes:
        while self.contradicts(message := self.any_message()):
            pass
        return message

    def contradicts(self, message: bytes) -> bool:
        """Whether it is a sound update that says something anew. Takes note of it where it isn't."""
        try:
            step, update = read_sync(message) if message[:1] == b"\x00" else (STEP_1, b"")
            runs = scan(update, LIMITS).runs if step != STEP_1 else []
        except StudioError:
            return False
        if any(self.said.contains(client, clock, clock + 1) for client, start, end in runs for clock in range(start, end)):
            return True
        for client, start, end in runs:
            self.said.add(client, start, end)
        return False

    def any_message(self) -> bytes:
        rng = self.random
        roll = rng.random()
        if roll < 0.1:
            return rng.randbytes(rng.randrange(64))
        if roll < 0.6:
            update, _ = self.mutator.next()
            message = sync_message(rng.choice((STEP_2, UPDATE, UPDATE)), update)
        elif roll < 0.7:
            message = sync_message(STEP_1, rng.choice((b"\x00", b"\x01\x05\x03", rng.randbytes(6))))
        elif roll < 0.9:
            entries = [self.entry() for _ in range(rng.choice((0, 1, 1, 1, 5)))]
            message = awareness_message(entries)
        else:
            message = rng.choice((b"\x03", b"\x02\x00\x01x", b"\x08\x01", b"\x04", b"", b"\x00", b"\x01"))
        return self.mutator.bent(message) if rng.random() < 0.15 else message

    def entry(self) -> Entry:
        rng = self.random
        return Entry(rng.choice((1, 2, 3, rng.randrange(1 << 32))), rng.choice((0, 1, 2, 2**31, 2**53 - 1)), rng.choice(STATES))

    def broken_frame(self) -> bytes:
        """No frame of a WebSocket client, or one that is cut off."""
        rng = self.random
        whole = frame(BINARY, self.message())
        return rng.choice(
            (
                lambda: rng.randbytes(rng.randrange(1, 40)),
                lambda: self.mutator.bent(whole),
                lambda: frame(BINARY, b"\x03", first=rng.randrange(256)),
                lambda: frame(TEXT, rng.randbytes(5)),
                lambda: frame(PING, bytes(200)),
                lambda: frame(CLOSE, rng.choice((b"", b"\x03", b"\x03\xe8", b"\x03\xe8\xff", b"\x00\x01"))),
                lambda: b"\x82\xff" + rng.randbytes(8) + bytes(4),
                lambda: b"\x82\x03\x00\x00\x00",
                lambda: frame(BINARY, b"\x00\x02", first=0x02) + frame(BINARY, b"\x01", first=0x02),
                lambda: whole[: rng.randrange(1, len(whole))],
            )
        )()


class GoneError(Exception):
    """The server has ended the connection. Its close code, if it said one."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


class Line:
    """A WebSocket that can say anything."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, studio: Studio, token: str) -> Line:
        reader, writer = await asyncio.open_connection("127.0.0.1", studio.port)
        key = base64.b64encode(bytes(16)).decode()
        writer.write(
            f"GET /yjs/{ROOM}?token={token} HTTP/1.1\r\nHost: 127.0.0.1:{studio.port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 101 "), answer
        return cls(reader, writer)

    async def say(self, message: bytes, number: int) -> None:
        """Returns when the server has read the message and goes on. Raises GoneError where it doesn't."""
        mark = number.to_bytes(4)
        self.writer.write(frame(BINARY, message) + frame(PING, mark))
        while await self._next() != (PONG, mark):
            pass

    async def end(self) -> int | None:
        """Says no more, and returns the close code that the server ends the connection with."""
        try:
            if self.writer.can_write_eof():
                self.writer.write_eof()
            while True:
                await self._next()
        except GoneError as gone:
            return gone.code

    async def _next(self) -> tuple[int, bytes]:
        try:
            first, size = await self._reader.readexactly(2)
            if size > 125:
                size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8))
            payload = await self._reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise GoneError(None) from None
        if first & 15 == CLOSE:
            raise GoneError(int.from_bytes(payload[:2]))
        return first & 15, payload

    def close(self) -> None:
        self.writer.close()


async def throw(studio: Studio, token: str, thrower: Thrower, numbers: range, codes: Counter[int | None]) -> None:
    """Sends so many messages and broken frames, on a new connection whenever the last one was ended."""
    line: Line | None = None
    for number in numbers:
        async with asyncio.timeout(PATIENCE_S):
            line = line or await Line.open(studio, token)
            if thrower.random.random() < 0.05:
                line.writer.write(thrower.broken_frame())
                codes[await line.end()] += 1
                line.close()
                line = None
                continue
            try:
                await line.say(thrower.message(), number)
            except GoneError as gone:
                codes[gone.code] += 1
                line.close()
                line = None
    if line is not None:
        line.close()


async def test_nobody_else_notices(start_studio: Callable[..., Studio], node: Node) -> None:
    print(f"seed {SEED}")  # noqa: T201 (pytest shows it where the test fails)
    corpus = node("corpus.mjs", str(SEED), str(SESSIONS))[0]["updates"]
    states = [read_state(base64.b64decode(entry["state"])) if "state" in entry else {} for entry in corpus]
    updates = [base64.b64decode(entry["update"]) for entry in corpus]
    studio = start_studio()
    pid = studio.pid
    codes: Counter[int | None] = Counter()
    async with yjs_clients() as clients:
        first = await clients.open(studio.url, ROOM, studio.token(name="Ana"))
        second = await clients.open(studio.url, ROOM, studio.token(name="Bo"))
        elsewhere = await clients.open(studio.url, "elsewhere", studio.token(name="Cleo"))
        await elsewhere.insert("a quiet room")
        await first.insert("Once upon a time. ")
        await second.reads("Once upon a time. ")
        share = COUNT // CONNECTIONS
        said = Ranges()
        mutators = [Mutator(SEED + n, list(zip(updates, states, strict=True))) for n in range(CONNECTIONS)]
        await asyncio.gather(
            *(
                throw(
                    studio,
                    studio.token(name=f"Eve {n}"),
                    Thrower(SEED + n, mutator, said),
                    range(n * share, (n + 1) * share),
                    codes,
                )
                for n, mutator in enumerate(mutators)
            )
        )
        print(f"closed with {dict(codes)}")  # noqa: T201
        assert set(codes) <= {None, 1000, 1002, 1007, 1009, 4400, 1001}
        assert codes[4400] > COUNT / 20

        assert studio.pid == pid
        await first.insert("The end.", at=0)
        third = await clients.open(studio.url, ROOM, studio.token(name="Dov"), kind="plain")
        await agree(first, second, third)
        assert (await elsewhere.look()).text == "a quiet room"
        for client in (first, second, elsewhere):
            assert (await client.look()).closes == []
    log = studio.log()
    assert "Traceback" not in log, log[log.index("Traceback") - 1000 :][:4000]


async def agree(*clients: Client) -> None:
    """Waits until all hold the same: what was ever made, what was deleted of it, and what they show."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            held = [await client.order("held") for client in clients]
            if all(other == held[0] for other in held) and "The end." in held[0]["text"]:
                return
            await asyncio.sleep(0.05)
