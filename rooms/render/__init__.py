"""The worker: everything heavy or dangerous that is done with the bytes of a document, kept away from the event loop.

`Worker` is the parent's side, and all that the rest of the studio needs. It is imported when it is asked for: the child
processes import this package too, and would pay for asyncio, which they don't use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rooms.render.lane import TaskError
    from rooms.render.worker import Merged, Worker

__all__ = ["Merged", "TaskError", "Worker"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from rooms.render import lane, worker

        return getattr(lane if name == "TaskError" else worker, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
