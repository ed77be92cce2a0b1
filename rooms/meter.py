"""What a room counts. The server's implementation is Prometheus (`server/observe.py`)."""

from __future__ import annotations

from typing import Protocol


class Meter(Protocol):
    """Counters and timings of the live path. Called at most a few times a pulse, never once a reader."""

    def updates(self, count: int) -> None: ...
    def deliveries(self, count: int) -> None: ...
    def pulse(self, seconds: float) -> None: ...
    def commit(self, seconds: float) -> None: ...
    def dropped(self, reason: str) -> None:
        """A connection was ended because it was slow or silent."""
        ...

    def rejected(self, reason: str) -> None:
        """A message or a person was refused."""
        ...


class Silent:
    """Counts nothing: for a room without a server around it."""

    def updates(self, count: int) -> None:
        pass

    def deliveries(self, count: int) -> None:
        pass

    def pulse(self, seconds: float) -> None:
        pass

    def commit(self, seconds: float) -> None:
        pass

    def dropped(self, reason: str) -> None:
        pass

    def rejected(self, reason: str) -> None:
        pass
