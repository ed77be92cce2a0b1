"""The messages of y-protocols (sync v1, awareness, auth) and our own *saved*, as plain functions over bytes.

A message is a varint for its kind and then a body; see `docs/protocol.md`. Nothing here knows a socket.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rooms.errors import BadRequestError
from rooms.varint import VarintError, read_uint, write_uint

SYNC: Final = 0
AWARENESS: Final = 1
AUTH: Final = 2
QUERY_AWARENESS: Final = 3
SAVED: Final = 8

STEP_1: Final = 0
"""Here is my state vector: send what I lack."""
STEP_2: Final = 1
"""Here is what you lacked."""
UPDATE: Final = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """One client's awareness: its clock, and its state as JSON text (`null` when it has left)."""

    client: int
    clock: int
    state: str


def sync_message(step: int, payload: bytes) -> bytes:
    return bytes((SYNC, step)) + write_uint(len(payload)) + payload


def read_sync(message: bytes) -> tuple[int, bytes]:
    """The step and its payload, of a message that begins with SYNC. Raises BadRequestError."""
    try:
        step = message[1]
        size, at = read_uint(message, 2)
    except (IndexError, VarintError):
        raise BadRequestError("The message ends too early.") from None
    if step > UPDATE or at + size != len(message):
        raise BadRequestError("The message is not one of the sync protocol.")
    return step, message[at:]


def awareness_message(entries: Sequence[Entry]) -> bytes:
    body = bytearray(write_uint(len(entries)))
    for entry in entries:
        state = entry.state.encode()
        body += write_uint(entry.client) + write_uint(entry.clock) + write_uint(len(state)) + state
    return bytes((AWARENESS,)) + write_uint(len(body)) + bytes(body)


def read_awareness(message: bytes) -> Iterable[Entry]:
    """The entries of a message that begins with AWARENESS, as they stand. Raises BadRequestError, also in mid-way."""
    try:
        size, at = read_uint(message, 1)
        if at + size != len(message):
            raise BadRequestError("The message is not one of the awareness protocol.")
        count, at = read_uint(message, at)
        for _ in range(count):
            client, at = read_uint(message, at)
            clock, at = read_uint(message, at)
            size, at = read_uint(message, at)
            if at + size > len(message):
                raise BadRequestError("The message ends too early.")
            yield Entry(client, clock, message[at : at + size].decode())
            at += size
    except (VarintError, IndexError):
        raise BadRequestError("The message ends too early.") from None
    except UnicodeDecodeError:
        raise BadRequestError("An awareness entry is not UTF-8.") from None
    if at != len(message):
        raise BadRequestError("The message goes on after its end.")


def denied_message(reason: str) -> bytes:
    """The auth message that says permission denied; `y-websocket` shows the reason and keeps the socket open."""
    text = reason.encode()
    return bytes((AUTH, 0)) + write_uint(len(text)) + text


def saved_message(count: int) -> bytes:
    """How many of this connection's update messages are committed."""
    return bytes((SAVED,)) + write_uint(count)
