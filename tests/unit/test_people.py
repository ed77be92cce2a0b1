"""People of a room over a real store, with no socket: loans, hands, the closed door, locks, bans, and who keeps whom out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from rooms import people
from rooms.errors import (
    BadRequestError,
    DoorClosedError,
    LockedError,
    NotFoundError,
    NotGrantedError,
    OnlyLeadError,
    UnknownPersonError,
)
from rooms.events import Changed, Here, You
from rooms.model import Grant, Loan, Member, Role, RoomSettings, Talk
from rooms.naming import now_ms
from rooms.registry import Registry
from rooms.room import Room
from tests.unit.desk_world import ListOutbox
from tests.unit.room_world import ListTab, guest, lead_of, settle
from tests.unit.writer import Writer, update

HOUR_MS = 3_600_000
LONG = b"And then she said it again.\n\n" * 10_000


@pytest.fixture
def hours_later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Puts the clock by which loans end forward."""

    def later(hours: int) -> None:
        monkeypatch.setattr(people, "now_ms", lambda: now_ms() + hours * HOUR_MS)

    return later


async def test_a_lent_pen_writes_and_goes_back(registry: Registry, hours_later: Callable[[int], None]) -> None:
    lead, words = await lead_of(registry), Writer(1)
    async with registry.hold("song") as room:
        reader = await guest(room, Role.SPECTATOR, "Ida")
        tab, outbox = ListTab(reader), ListOutbox()
        room.enter(tab)
        desk = await room.desk(None)
        connection = room.sit(desk, reader, outbox, wants_saved=False)

        lent = await room.people.lend(lead, reader.id, Grant.WRITE, 60)
        assert [loan.grant for loan in lent.loans] == [Grant.WRITE]
        assert lent.allowed == {Grant.READ, Grant.WRITE}
        assert tab.events[-1] == You(lent)
        await desk.receive(connection, update(words.type("x")))
        await room.add_page(reader, "Lyrics")  # the member as it was before: what it is now counts

        hours_later(1)
        with pytest.raises(NotGrantedError):
            await room.add_page(lent, "Chords")
        room.people.end_loans()
        assert isinstance(tab.events[-1], You)
        assert tab.events[-1].member.loans == ()
        await desk.receive(connection, update(words.type("y")))
        desk.flush()
        assert desk.document.state == {1: 1}
        told = len(tab.events)
        room.people.end_loans()
        assert len(tab.events) == told
        room.leave(tab)
        room.rise(desk, connection)


async def test_a_loan_is_taken_back_or_given_back(registry: Registry) -> None:
    lead = await lead_of(registry)
    async with registry.hold("song") as room:
        reader, other = await guest(room, Role.SPECTATOR, "Ida"), await guest(room, Role.SPECTATOR, "Bo")
        await room.people.lend(lead, reader.id, Grant.WRITE, 5)
        with pytest.raises(NotGrantedError):
            await room.people.take_back(other, reader.id, Grant.WRITE)
        assert (await room.people.take_back(lead, reader.id, Grant.WRITE)).loans == ()
        with pytest.raises(NotFoundError):
            await room.people.take_back(lead, reader.id, Grant.WRITE)
        await room.people.lend(lead, reader.id, Grant.WRITE, 5)
        assert (await room.people.take_back(reader, reader.id, Grant.WRITE)).loans == ()
        await room.people.lend(lead, reader.id, Grant.WRITE, 5)
        assert (await room.people.set_role(lead, reader.id, Role.SPECTATOR)).loans == ()


async def test_what_can_t_be_lent(registry: Registry) -> None:
    lead = await lead_of(registry)
    async with registry.hold("song") as room:
        reader, writer = await guest(room, Role.SPECTATOR, "Ida"), await guest(room, Role.CONTRIBUTOR, "Mei")
        for grant, minutes in ((Grant.MODERATE, 5), (Grant.INVITE, 5), (Grant.WRITE, 0), (Grant.WRITE, 1441)):
            with pytest.raises(BadRequestError):
                await room.people.lend(lead, reader.id, grant, minutes)
        with pytest.raises(NotFoundError):
            await room.people.lend(lead, "nobody", Grant.WRITE, 5)
        assert await room.people.lend(lead, writer.id, Grant.WRITE, 5) == writer


async def test_a_loan_outlives_the_room_s_closing(registry: Registry, hours_later: Callable[[int], None]) -> None:
    lead = await lead_of(registry)
    async with registry.hold("song") as room:
        reader = await guest(room, Role.SPECTATOR, "Ida")
        lent = await room.people.lend(lead, reader.id, Grant.WRITE, 90)
    await settle(registry)
    async with registry.hold("song") as room:
        assert await room.people.admit(reader.id, "", None) == lent
        hours_later(1)
        assert (await room.people.admit(reader.id, "", None)).loans == lent.loans
        hours_later(2)
        assert (await room.people.admit(reader.id, "", None)).loans == ()
        assert lent.loans == (Loan(Grant.WRITE, lent.loans[0].until_ms),)


async def seated(room: Room, member: Member) -> ListOutbox:
    outbox = ListOutbox()
    room.sit(await room.desk(None), member, outbox, wants_saved=False)
    return outbox


async def test_a_closed_door(registry: Registry) -> None:
    lead = await lead_of(registry)
    async with registry.hold("song") as room:
        reader, borrower = await guest(room, Role.SPECTATOR, "Ida"), await guest(room, Role.SPECTATOR, "Bo")
        await room.people.lend(lead, borrower.id, Grant.WRITE, 5)
        tab = ListTab(reader)
        room.enter(tab)
        outboxes = [await seated(room, member) for member in (lead, reader, borrower)]
        await room.change(lead, closed=True)
        assert [type(outbox.error) for outbox in outboxes] == [type(None), DoorClosedError, type(None)]
        assert isinstance(tab.events[-1], Changed)
        assert tab.events[-1].record.settings == RoomSettings(closed=True)
        with pytest.raises(DoorClosedError):
            await seated(room, reader)
        with pytest.raises(DoorClosedError):
            await room.exchange.read(reader, "main", "text")
        with pytest.raises(DoorClosedError):
            await room.image(reader, "none")
        await room.say(reader, "We wait.")
        await room.people.take_back(lead, borrower.id, Grant.WRITE)
        assert isinstance(outboxes[2].error, DoorClosedError)
        with pytest.raises(NotGrantedError):
            await room.change(reader, closed=False)
        await room.change(lead, closed=False)
        assert (await seated(room, reader)).error is None


async def test_settings_are_kept(registry: Registry) -> None:
    lead = await lead_of(registry)
    async with registry.hold("song") as room:
        await room.change(lead, closed=True, talk=Talk.WRITERS)
        await room.change(lead, locked=True, title="Another song")
        await room.change(lead)
    await settle(registry)
    async with registry.hold("song") as room:
        assert room.record.settings == RoomSettings(closed=True, locked=True, talk=Talk.WRITERS)
        assert room.record.title == "Another song"


async def test_a_locked_room(registry: Registry) -> None:
    lead = await lead_of(registry)
    async with registry.hold("song") as room:
        member = await guest(room, Role.SPECTATOR, "Ida")
        link, key = await room.people.invite(lead, Role.CONTRIBUTOR), await room.people.invite(None, Role.LEAD)
        await room.change(lead, locked=True)
        for attempt in (
            room.people.join(link.id, "Mei"),
            guest(room, Role.CONTRIBUTOR, "Bo"),
            room.people.admit("script", "Script", Role.CONTRIBUTOR),
        ):
            with pytest.raises(LockedError):
                await attempt
        assert (await room.people.admit(member.id, "", None)).id == member.id
        assert (await room.people.join(key.id, "Host")).role is Role.LEAD
        await room.people.admit("operator", "Operator", Role.CONTRIBUTOR, operator=True)
        await room.change(lead, locked=False)
        await room.people.join(link.id, "Mei")


async def test_who_may_talk(registry: Registry) -> None:
    lead = await lead_of(registry)
    async with registry.hold("song") as room:
        reader = await guest(room, Role.SPECTATOR, "Ida")
        await room.change(lead, talk=Talk.WRITERS)
        with pytest.raises(NotGrantedError):
            await room.say(reader, "Hm?")
        await room.say(lead, "Hush.")
        assert len((await room.messages(reader, None, 10))[0]) == 1
        await room.people.lend(lead, reader.id, Grant.WRITE, 5)
        await room.say(reader, "Thanks!")


async def test_hands(registry: Registry) -> None:
    lead = await lead_of(registry)
    async with registry.hold("song") as room:
        reader = await guest(room, Role.SPECTATOR, "Ida")
        one, two, chair = ListTab(reader), ListTab(reader), ListTab(lead)
        for tab in (one, two, chair):
            room.enter(tab)

        def hand() -> int | None:
            return next(present.hand_ms for present in room.here() if present.member.id == reader.id)

        room.raise_hand(one, up=True)
        since = hand()
        assert since is not None
        await asyncio.sleep(0.15)
        assert isinstance(chair.events[-1], Here)
        room.raise_hand(two, up=True)
        assert hand() == since, "it has been up all the while"
        room.raise_hand(two, up=False)
        assert hand() is None
        room.raise_hand(one, up=True)
        room.raise_hand(chair, up=False, whose=reader.id)
        assert hand() is None
        for tab, up, whose in ((chair, True, None), (chair, True, reader.id), (one, True, lead.id)):
            with pytest.raises(BadRequestError):
                room.raise_hand(tab, up=up, whose=whose)
        with pytest.raises(NotGrantedError):
            room.raise_hand(one, up=False, whose=lead.id)
        room.raise_hand(one, up=True)
        await room.people.lend(lead, reader.id, Grant.WRITE, 5)
        assert hand() is None
        await room.people.take_back(lead, reader.id, Grant.WRITE)
        room.raise_hand(one, up=True)
        room.leave(one)
        assert hand() is not None, "another page of theirs is open"
        room.leave(two)
        room.enter(one)
        assert hand() is None
        room.leave(one)
        room.leave(chair)


async def test_a_hand_for_the_microphone(registry: Registry) -> None:
    lead = await lead_of(registry)
    async with registry.hold("song") as room:
        reader = await guest(room, Role.SPECTATOR, "Ida")
        tab, chair = ListTab(reader), ListTab(lead)
        room.enter(tab)
        room.enter(chair)

        def wants() -> Grant | None:
            return next(present.wants for present in room.here() if present.member.id == reader.id)

        room.raise_hand(tab, up=True)
        assert wants() is Grant.WRITE
        room.raise_hand(tab, up=True, wants=Grant.SPEAK)
        await room.people.lend(lead, reader.id, Grant.WRITE, 5)
        assert wants() is Grant.SPEAK, "the pen is not what it asked for"
        await room.people.lend(lead, reader.id, Grant.SPEAK, 5)
        assert wants() is None
        for grant in (Grant.SPEAK, Grant.MODERATE):
            with pytest.raises(BadRequestError):
                room.raise_hand(tab, up=True, wants=grant)
        await room.people.take_back(lead, reader.id, Grant.SPEAK)
        room.raise_hand(tab, up=True, wants=Grant.PLAY)
        room.leave(tab)
        room.leave(chair)


async def test_a_ban(registry: Registry) -> None:
    lead = await lead_of(registry)
    async with registry.hold("song") as room:
        link = await room.people.invite(lead, Role.SPECTATOR)
        ida, ida_again = await room.people.join(link.id, "Ida"), await room.people.join(link.id, "Ida")
        await room.people.remove(lead, ida.id, ban=True)
        with pytest.raises(NotGrantedError):
            await room.people.admit(ida.id, "Ida", Role.LEAD)
        with pytest.raises(UnknownPersonError):
            await room.people.join(link.id, "Ida")
        await room.people.admit(ida_again.id, "", None)
        with pytest.raises(NotFoundError):
            await room.people.remove(lead, ida.id, ban=True)
        with pytest.raises(NotGrantedError):
            await room.people.put_out(ida_again)
        with pytest.raises(NotGrantedError):
            await room.people.readmit(ida_again, ida.id)
        assert [member.id for member in await room.people.put_out(lead)] == [ida.id]
        assert (await room.people.readmit(lead, ida.id)).role is Role.SPECTATOR
        assert await room.people.put_out(lead) == []
        await room.people.admit(ida.id, "", None)
        with pytest.raises(NotFoundError):
            await room.people.readmit(lead, ida.id)
        with pytest.raises(UnknownPersonError):  # the way they came by stays shut
            await room.people.join(link.id, "Ida")


async def test_who_revokes_stays_and_leads_go_only_by_a_lead(registry: Registry) -> None:
    lead = await lead_of(registry)
    async with registry.hold("song") as room:
        link = await room.people.invite(lead, Role.CO_LEAD)
        one, two = await room.people.join(link.id, "One"), await room.people.join(link.id, "Two")
        await room.people.set_role(lead, two.id, Role.LEAD)
        with pytest.raises(NotGrantedError):
            await room.people.revoke(one, link.id, members_too=True)
        await room.people.revoke(two, link.id, members_too=True)
        assert [member.id for member in await room.people.members(lead)] == [lead.id, two.id]


async def test_who_loses_the_pen_while_the_worker_is_at_it_writes_and_reads_nothing(registry: Registry) -> None:
    lead = await lead_of(registry)
    async with registry.hold("song") as room:
        writer = await guest(room, Role.CONTRIBUTOR, "Mei")
        await room.exchange.write(lead, "main", "text", b"before")
        await room.exchange.write(lead, "main", "text", b"mine")
        for attempt in (
            lambda: room.exchange.write(writer, "main", "text", b"yours"),
            lambda: room.history.restore(writer, "main", 1),
            lambda: room.history.authors(writer, "main", None),
            lambda: room.exchange.read(writer, "main", "text"),
        ):
            await room.people.set_role(lead, writer.id, Role.CONTRIBUTOR)
            await room.change(lead, closed=True)
            before_them = asyncio.ensure_future(
                room.exchange.preview(lead, "text", LONG)
            )  # the worker does one thing at a time
            under_way = asyncio.ensure_future(attempt())
            await asyncio.sleep(0)
            await room.people.set_role(lead, writer.id, Role.SPECTATOR)
            assert not before_them.done()
            await before_them
            with pytest.raises((NotGrantedError, DoorClosedError)):
                await under_way
        assert (await room.exchange.read(lead, "main", "text")).strip() == b"mine"


async def test_who_was_removed_while_waiting_does_nothing_more(registry: Registry) -> None:
    lead = await lead_of(registry)
    async with registry.hold("song") as room:
        chair = await guest(room, Role.LEAD, "Kofi")
        await room.people.remove(lead, chair.id)
        for attempt in (
            room.people.invite(chair, Role.LEAD),
            room.people.remove(chair, lead.id),
            room.change(chair, title="Mine"),
            room.exchange.read(chair, "main", "text"),
            room.exchange.write(chair, "main", "text", b"x"),
            room.say(chair, "x"),
            seated(room, chair),
        ):
            with pytest.raises(NotGrantedError):
                await attempt
        with pytest.raises(NotGrantedError):
            room.enter(ListTab(chair))
        with pytest.raises(OnlyLeadError):
            await room.people.remove(lead, lead.id)
