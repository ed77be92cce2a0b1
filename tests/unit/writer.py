"""A client's document, by pycrdt: types, deletes, and says what it did as updates."""

from __future__ import annotations

from pycrdt import Doc, Text

from rooms.wire import STEP_1, STEP_2, SYNC, UPDATE, read_sync, sync_message


class Writer:
    def __init__(self, client: int) -> None:
        self.doc: Doc[Text] = Doc(client_id=client)
        self.text = self.doc.get("text", type=Text)

    def type(self, text: str, at: int | None = None) -> bytes:
        before = self.doc.get_state()
        self.text.insert(self._offset(at), text)
        return self.doc.get_update(before)

    def delete(self, at: int, length: int = 1) -> bytes:
        before = self.doc.get_state()
        del self.text[self._offset(at) : self._offset(at + length)]
        return self.doc.get_update(before)

    def _offset(self, at: int | None) -> int:
        """pycrdt counts in bytes of UTF-8, Python in characters."""
        return len(str(self.text)[:at].encode())

    def read(self, messages: list[bytes]) -> None:
        for message in messages:
            if message[0] == SYNC:
                step, payload = read_sync(message)
                if step != STEP_1:
                    self.doc.apply_update(payload)

    def __str__(self) -> str:
        return str(self.text)


def update(payload: bytes) -> bytes:
    return sync_message(UPDATE, payload)


def step_1(state: bytes = b"\x00") -> bytes:
    return sync_message(STEP_1, state)


def step_2(payload: bytes) -> bytes:
    return sync_message(STEP_2, payload)


def updates_in(messages: list[bytes]) -> list[bytes]:
    """The payloads of the sync messages that carry content."""
    read = [read_sync(message) for message in messages if message[0] == SYNC]
    return [payload for step, payload in read if step != STEP_1]


def asked(messages: list[bytes]) -> int:
    """How often something was asked for."""
    return sum(1 for message in messages if message[0] == SYNC and read_sync(message)[0] == STEP_1)
