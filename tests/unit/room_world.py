"""Rooms over a real store and worker, with no socket: a registry, who comes in, and pages that keep what they are told."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rooms.blobs import FolderBlobs
from rooms.errors import StudioError
from rooms.events import Event
from rooms.meter import Silent
from rooms.model import Limits, Member, Role
from rooms.registry import Registry
from rooms.render import Worker
from rooms.room import Room
from rooms.store.sql import SqlStore

LIMITS = Limits(room_idle_s=0.1, members_per_room=3, fold_rows_at_close=4, documents_per_room=3, retry_s=0.05)


class ListTab:
    """A page that keeps what it is told."""

    def __init__(self, member: Member) -> None:
        self.member = member
        self.events: list[Event] = []
        self.error: StudioError | None = None

    def send(self, event: Event) -> None:
        self.events.append(event)

    def close(self, error: StudioError) -> None:
        self.error = error


def open_registry(folder: Path, limits: Limits = LIMITS) -> Registry:
    store = SqlStore(f"sqlite:///{folder / 'tutti.sqlite'}", limits)
    loop, blobs = asyncio.get_running_loop(), FolderBlobs(folder / "images")
    return Registry(store, Worker(limits), limits, Silent(), loop, lambda message: message, blobs)


async def lead_of(registry: Registry, title: str = "Song", room_id: str = "song") -> Member:
    _, lead = await registry.create(title, "Amara", room_id=room_id)
    assert lead is not None
    return lead


async def guest(room: Room, role: Role, name: str) -> Member:
    return await room.people.join((await room.people.invite(None, role)).id, name)


async def settle(registry: Registry) -> None:
    """Until the rooms that nobody holds are gone."""
    async with asyncio.timeout(10):
        while registry.rooms:
            await asyncio.sleep(0.01)
