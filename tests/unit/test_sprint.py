"""Sprints over a real store: who may, what stays on the board, and that a restart doesn't end one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from time import time

import pytest

from rooms.errors import BadRequestError, NotFoundError, NotGrantedError
from rooms.events import Said, Sprinting
from rooms.model import Role, Sprint
from rooms.sprint import line
from tests.unit.room_world import ListTab, guest, lead_of, open_registry


@pytest.mark.parametrize(
    ("sprint", "end_ms", "said"),
    [
        (Sprint("Rain", 0, 0, "a", (("a", "Amara"), ("k", "Ken"))), 600_000, "Sprint: ‘Rain’, 10 min, with Amara, Ken"),
        (Sprint("", 0, 0, "a", (("a", "Amara"),)), 20_000, "Sprint: 1 min, with Amara"),
        (Sprint("", 0, 0, "a", tuple((str(n), str(n)) for n in range(14))), 60_000,
         "Sprint: 1 min, with 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, others"),
    ],
)  # fmt: skip
def test_the_line_that_stays(sprint: Sprint, end_ms: int, said: str) -> None:
    assert line(sprint, end_ms) == said


async def test_a_sprint_outlives_the_process_and_leaves_one_line(tmp_path: Path) -> None:
    registry = open_registry(tmp_path)
    await registry.open()
    lead = await lead_of(registry)
    async with registry.hold("song") as room:
        await room.sprints.start(lead, "Rain", 10)
    await registry.close()

    registry = open_registry(tmp_path)
    await registry.open()
    async with registry.hold("song") as room:
        sprint = room.sprints.sprint
        assert sprint is not None
        assert (sprint.prompt, sprint.people) == ("Rain", ((lead.id, "Amara"),))
        now = int(time() * 1000)
        await registry._store.set_sprint("song", replace(sprint, start_ms=now - 600_000, end_ms=now - 1))
    await registry.close()

    registry = open_registry(tmp_path)
    await registry.open()
    async with registry.hold("song") as room:
        tab = ListTab(lead)
        room.enter(tab)
        async with asyncio.timeout(10):
            while room.sprints.sprint is not None:
                await asyncio.sleep(0.01)
        await room.sprints.finish()
        assert [event.sprint for event in tab.events if isinstance(event, Sprinting)] == [None]
        (said,) = [event.message for event in tab.events if isinstance(event, Said)]
        assert (said.text, said.note, said.time_ms) == ("Sprint: ‘Rain’, 10 min, with Amara", True, now - 1)
        assert (await room.messages(lead, None, 10))[0] == [said]
        room.leave(tab)
    await registry.close()


async def test_who_may_do_what_with_a_sprint(tmp_path: Path) -> None:
    registry = open_registry(tmp_path)
    await registry.open()
    lead = await lead_of(registry)
    async with registry.hold("song") as room:
        ken, mei = await guest(room, Role.CONTRIBUTOR, "Ken"), await guest(room, Role.CONTRIBUTOR, "Mei")
        ida = await guest(room, Role.SPECTATOR, "Ida")
        with pytest.raises(NotGrantedError):
            await room.sprints.start(ida, "", 10)
        with pytest.raises(NotFoundError):
            await room.sprints.join(mei)
        started = await asyncio.gather(*(room.sprints.start(ken, "", 10, 60) for _ in range(2)), return_exceptions=True)
        assert [type(one) for one in started] == [Sprint, BadRequestError]
        with pytest.raises(NotGrantedError):
            await room.sprints.join(ida)
        with pytest.raises(NotGrantedError):
            await room.sprints.extend(mei, 5)
        with pytest.raises(NotGrantedError):
            await room.sprints.stop(mei)
        with pytest.raises(BadRequestError):
            await room.sprints.extend(ken, 231)
        await room.sprints.join(mei)
        await room.sprints.join(mei)
        sprint = await room.sprints.extend(lead, 5)
        assert sprint.end_ms - sprint.start_ms == 900_000
        assert [name for _, name in sprint.people] == ["Ken", "Mei"]
        await room.sprints.stop(ken)
        assert (await room.messages(lead, None, 10))[0] == []  # it had not begun
    await registry.close()
