"""Room and Registry over a real store, with no socket: doors' rules, opening, closing, saving."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from rooms.errors import (
    BadRequestError,
    FullError,
    NoSuchRoomError,
    NotFoundError,
    NotGrantedError,
    OnlyLeadError,
    UnknownPersonError,
    UnreadableError,
)
from rooms.events import Changed, Here, Said, Saving, You
from rooms.model import Grant, Role
from rooms.registry import Registry
from tests.unit.desk_world import ListOutbox
from tests.unit.room_world import ListTab, guest, lead_of, open_registry, settle
from tests.unit.writer import Writer, step_1, update


async def test_a_room_is_opened_once_and_closed_when_nobody_holds_it(registry: Registry) -> None:
    await lead_of(registry)
    async with registry.hold("song") as one, registry.hold("song") as two:
        assert one is two
        assert one.record.title == "Song"
    async with registry.hold("song") as again:
        assert again is one
    await settle(registry)
    with pytest.raises(NoSuchRoomError):
        async with registry.hold("nowhere"):
            pass
    async with registry.hold("made", create=True) as room:
        assert [page.title for page in room.record.pages] == ["Story"]
    with pytest.raises(BadRequestError):
        async with registry.hold("../etc", create=True):
            pass


async def test_what_was_written_is_there_when_the_room_opens_again(registry: Registry) -> None:
    lead, writer = await lead_of(registry), Writer(1)
    async with registry.hold("song") as room:
        desk = await room.desk(None)
        connection = room.sit(desk, lead, ListOutbox(), wants_saved=False)
        for letter in "hello":
            await desk.receive(connection, update(writer.type(letter)))
            desk.flush()
        room.rise(desk, connection)
    await settle(registry)
    async with registry.hold("song") as room:
        desk, outbox = await room.desk("main"), ListOutbox()
        connection = room.sit(desk, lead, outbox, wants_saved=False)
        await desk.receive(connection, step_1())
        reader = Writer(2)
        reader.read(outbox.messages)
        assert str(reader) == "hello"
        room.rise(desk, connection)


async def test_a_document_has_one_desk_and_an_idle_one_is_cleared(registry: Registry) -> None:
    lead = await lead_of(registry)
    async with registry.hold("song") as room:
        one, two = await asyncio.gather(room.desk(None), room.desk("main"))
        assert one is two
        connection = room.sit(one, lead, ListOutbox(), wants_saved=False)
        one.used -= 100
        assert room.clear_desks() == []
        room.rise(one, connection)
        assert room.clear_desks() == []
        one.used -= 100
        assert room.clear_desks() == [one]
        assert await room.desk(None) is not one


async def test_rows_are_folded_when_a_room_closes_and_read_back(registry: Registry, tmp_path: Path) -> None:
    lead, writer = await lead_of(registry), Writer(1)
    for n in range(10):
        async with registry.hold("song") as room:
            desk = await room.desk(None)
            connection = room.sit(desk, lead, ListOutbox(), wants_saved=False)
            for letter in f"{n} abcde ":
                await desk.receive(connection, update(writer.type(letter)))
                desk.flush()
            room.rise(desk, connection)
        await settle(registry)
        async with asyncio.timeout(20):
            while registry.folding:
                await asyncio.sleep(0.01)
    with sqlite3.connect(tmp_path / "tutti.sqlite") as database:
        folds = database.execute("select level, first, last from fold order by first").fetchall()
        rows = database.execute("select count(*) from log").fetchone()[0]
    database.close()
    assert rows == 80
    assert [level for level, _, _ in folds] == [1, 0, 0]
    assert folds[-1][2] == 80
    async with registry.hold("song") as room:
        assert (await room.desk(None)).document.state == {1: 80}


async def test_a_room_keeps_to_its_size(registry: Registry) -> None:
    await lead_of(registry)
    async with registry.hold("song") as room:
        tabs = [ListTab(await guest(room, Role.SPECTATOR, f"guest {n}")) for n in range(4)]
        for tab in tabs[:3]:
            room.enter(tab)
        with pytest.raises(FullError):
            room.enter(tabs[3])
        again = ListTab(tabs[0].member)
        room.enter(again)  # another tab of somebody who is in
        for tab in [again, *tabs[:3]]:
            room.leave(tab)
        room.enter(tabs[3])
        room.leave(tabs[3])
        lead = (await room.people.members(tabs[0].member))[0]
        await room.add_page(lead, "Lyrics")
        await room.add_page(lead, "Chords")
        with pytest.raises(FullError):
            await room.add_page(lead, "One more")


async def test_who_may_do_what(registry: Registry) -> None:
    lead = await lead_of(registry)
    async with registry.hold("song") as room:
        co_lead, writer, reader = [
            await guest(room, role, str(role)) for role in (Role.CO_LEAD, Role.CONTRIBUTOR, Role.SPECTATOR)
        ]
        for who in (writer, reader):
            for refused in (
                room.people.set_role(who, reader.id, Role.CONTRIBUTOR),
                room.people.remove(who, writer.id),
                room.people.invite(who, Role.SPECTATOR),
                room.people.invites(who),
                room.change(who, title="Mine"),
                room.change(who, closed=True),
                room.people.lend(who, reader.id, Grant.WRITE, 5),
                room.people.take_back(who, lead.id, Grant.WRITE),
            ):
                with pytest.raises(NotGrantedError):
                    await refused
        for denied in (
            room.add_page(reader, "Mine"),
            room.exchange.write(reader, "main", "text", b"x"),
            room.exchange.keep_copy(reader, "main", b""),
            room.people.set_role(co_lead, writer.id, Role.LEAD),
            room.people.set_role(co_lead, lead.id, Role.SPECTATOR),
            room.people.remove(co_lead, lead.id),
            room.people.invite(co_lead, Role.LEAD),
        ):
            with pytest.raises(NotGrantedError):
                await denied
        for refused in (room.people.set_role(lead, lead.id, Role.SPECTATOR), room.people.remove(lead, lead.id)):
            with pytest.raises(OnlyLeadError, match="needs a lead"):
                await refused
        assert (await room.people.set_role(co_lead, reader.id, Role.CONTRIBUTOR)).role is Role.CONTRIBUTOR
        with pytest.raises(NotFoundError):
            await room.people.remove(lead, "nobody")


async def test_a_change_of_role_counts_at_once_on_every_door(registry: Registry) -> None:
    lead, words = await lead_of(registry), Writer(1)
    async with registry.hold("song") as room:
        member = await guest(room, Role.CONTRIBUTOR, "Jonas")
        tab, outbox = ListTab(member), ListOutbox()
        room.enter(tab)
        desk = await room.desk(None)
        connection = room.sit(desk, member, outbox, wants_saved=False)
        await room.people.set_role(lead, member.id, Role.SPECTATOR)
        await desk.receive(connection, update(words.type("x")))
        desk.flush()
        assert desk.document.state == {}
        assert isinstance(tab.events[-1], You)
        assert tab.member.role is Role.SPECTATOR
        await room.people.remove(lead, member.id)
        assert tab.error is not None
        assert outbox.error is not None
        with pytest.raises(NotGrantedError):
            await room.people.admit(member.id, "Jonas", None)
        room.rise(desk, connection)
        assert room.here() == ()


async def test_ways_in(registry: Registry) -> None:
    lead = await lead_of(registry)
    async with registry.hold("song") as room:
        once = await room.people.invite(lead, Role.SPECTATOR, uses=1)
        came = await room.people.join(once.id, "  Ida \n B ")
        assert (came.name, came.role) == ("Ida B", Role.SPECTATOR)
        with pytest.raises(UnknownPersonError):
            await room.people.join(once.id, "Tomás")
        shut = await room.people.invite(lead, Role.CONTRIBUTOR)
        mei = await room.people.join(shut.id, "Mei")
        await room.people.revoke(lead, shut.id, members_too=True)
        with pytest.raises(UnknownPersonError):
            await room.people.join(shut.id, "Mei")
        with pytest.raises(NotGrantedError):
            await room.people.admit(mei.id, "Mei", Role.LEAD)  # not even an operator's token brings back who was removed
        for name in ("", "   ", "x" * 81, "a\x00b"):
            with pytest.raises(BadRequestError):
                await guest(room, Role.SPECTATOR, name)
        with pytest.raises(UnknownPersonError):
            await room.people.admit("stranger", "Stranger", None)
        assert (await room.people.admit("script", "Script", Role.CONTRIBUTOR)).hue in range(1, 9)


async def test_pages_are_told_what_changes(registry: Registry) -> None:
    lead = await lead_of(registry)
    async with registry.hold("song") as room:
        tab = ListTab(lead)
        welcome = room.enter(tab)
        assert [present.member.id for present in welcome.here] == [lead.id]
        ida = ListTab(await guest(room, Role.SPECTATOR, "Ida"))
        room.enter(ida)
        await asyncio.sleep(0.15)
        (here,) = [event for event in tab.events if isinstance(event, Here)][-1:]
        assert [present.member.name for present in here.came][-1:] == ["Ida"]
        room.look(ida, "main")
        message = await room.say(ida.member, " hello ")
        assert message.text == "hello"
        await room.change(await guest(room, Role.CO_LEAD, "Kofi"), title="Another song")
        room.leave(ida)
        await asyncio.sleep(0.15)
        assert [event.message.text for event in tab.events if isinstance(event, Said)] == ["hello"]
        assert [event.record.title for event in tab.events if isinstance(event, Changed)] == ["Another song"]
        assert [event.left for event in tab.events if isinstance(event, Here)][-1] == (ida.member.id,)
        assert (await room.messages(lead, None, 10))[0] == [message]
        with pytest.raises(BadRequestError):
            await room.say(lead, "x" * 5000)
        room.leave(tab)


async def test_a_damaged_document_is_not_opened_and_not_changed(tmp_path: Path) -> None:
    registry = open_registry(tmp_path)
    await registry.open()
    lead, writer = await lead_of(registry), Writer(1)
    await lead_of(registry, room_id="other")
    async with registry.hold("song") as room:
        desk = await room.desk(None)
        connection = room.sit(desk, lead, ListOutbox(), wants_saved=False)
        await desk.receive(connection, update(writer.type("precious")))
        room.rise(desk, connection)
    await registry.drain()
    await registry.close()
    file = tmp_path / "tutti.sqlite"
    with sqlite3.connect(file) as database:
        (row,) = database.execute('select "update" from log').fetchone()
        broken = row[:-3] + bytes([row[-3] ^ 1]) + row[-2:]
        database.execute('update log set "update" = ?', (broken,))
    database.close()
    registry = open_registry(tmp_path)
    await registry.open()
    async with registry.hold("song") as room:
        for _ in range(2):
            with pytest.raises(UnreadableError, match="can't be opened"):
                await room.desk(None)
        for attempt in (room.exchange.write(lead, "main", "text", b"new"), room.exchange.read(lead, "main", "text")):
            with pytest.raises(UnreadableError):
                await attempt
        await room.exchange.keep_copy(lead, "main", writer.doc.get_update())
    async with registry.hold("other") as room:
        await room.desk(None)
    await registry.drain()
    await registry.close()
    with sqlite3.connect(file) as database:
        assert database.execute('select "update" from log').fetchall() == [(broken,)]
        assert database.execute("select data from copy").fetchall() == [(writer.doc.get_update(),)]
    database.close()


async def test_a_room_that_cannot_be_saved_stays_says_so_and_is_saved_in_the_end(registry: Registry, tmp_path: Path) -> None:
    lead, writer = await lead_of(registry), Writer(1)
    with sqlite3.connect(tmp_path / "tutti.sqlite") as database:
        database.execute("create trigger full before insert on log begin select raise(abort, 'full'); end")
    tab = ListTab(lead)
    async with registry.hold("song") as room:
        room.enter(tab)
        desk = await room.desk(None)
        connection = room.sit(desk, lead, ListOutbox(), wants_saved=False)
        await desk.receive(connection, update(writer.type("kept")))
        async with asyncio.timeout(5):
            while not registry.failing:
                await asyncio.sleep(0.01)
        room.rise(desk, connection)
        room.leave(tab)
    await asyncio.sleep(0.2)
    assert list(registry.rooms) == ["song"]
    assert [event.sentence for event in tab.events if isinstance(event, Saving)] != []
    database.execute("drop trigger full")
    database.commit()
    database.close()
    await settle(registry)
    assert registry.failing == {}
    async with registry.hold("song") as room:
        assert (await room.desk(None)).document.state == {1: 4}


async def test_reading_and_importing(registry: Registry) -> None:
    lead = await lead_of(registry)
    async with registry.hold("song") as room:
        await room.exchange.write(lead, "main", "markdown", b"# Title\n\nFour in the *morning*")
        assert (await room.exchange.read(lead, "main", "text")).decode().split() == ["Title", "Four", "in", "the", "morning"]
        assert b"<h1>Title</h1>" in await room.exchange.read(lead, "main", "html")
        state = dict((await room.desk(None)).document.state)
    await settle(registry)
    async with registry.hold("song") as room:
        assert (await room.desk(None)).document.state == state
