"""What waits for a page, in which order it leaves, and how much it is. The sockets are in `tests/wire/test_live_abuse.py`."""

from __future__ import annotations

import asyncio
from typing import cast

from engineio.packet import MESSAGE, PING, Packet  # type: ignore[import-untyped]

from server.engine import Message, Waiting, Wire


class Written:
    """Stands where a WebSocket is: keeps the frames."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.unsent = 7

    def write(self, frame: bytes) -> None:
        self.frames.append(frame)


async def test_nothing_overtakes_what_the_writer_has_still_to_send() -> None:
    waiting, written = Waiting(), Written()
    waiting.put_nowait(Message("2/room,1"))
    waiting.put_nowait(Message("2/room,2"))
    waiting.wire = cast("Wire", written)
    assert (await waiting.get()).data == "2/room,1"
    waiting.put_nowait(Message("2/room,3"))  # the writer may still be waiting for the socket to take the first
    assert [waiting.get_nowait().data, waiting.get_nowait().data] == ["2/room,2", "2/room,3"]
    assert written.frames == []


async def test_a_page_that_has_caught_up_is_written_to_at_once() -> None:
    waiting, written = Waiting(), Written()
    waiting.wire = cast("Wire", written)
    writer = asyncio.create_task(waiting.get())
    await asyncio.sleep(0)
    everybody = Message("2/room,é")
    waiting.put_nowait(everybody)
    await waiting.put(Packet(MESSAGE, "3/room,1[]"))
    assert written.frames == [b"\x81\x0a42/room,\xc3\xa9", b"\x81\x0b43/room,1[]"]
    assert everybody.frame is written.frames[0]
    assert not writer.done()
    waiting.put_nowait(Packet(PING))  # keeps the writer, which ends where nothing comes
    assert (await writer).packet_type == PING
    waiting.put_nowait(None)
    assert await waiting.get() is None


def test_what_waits_is_counted() -> None:
    waiting = Waiting()
    waiting.put_nowait(Message("x" * 10))
    waiting.put_nowait(None)
    assert waiting.size == 10
    waiting.wire = cast("Wire", Written())
    assert waiting.size == 17
    waiting.get_nowait()
    assert waiting.size == 7
