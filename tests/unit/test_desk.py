"""Desk: the live path, driven by hand."""

from __future__ import annotations

import dataclasses

import pytest

from rooms.desk import PULSE_CONNECTIONS
from rooms.errors import BadRequestError, SavingError, UpdateRefusedError
from rooms.model import GRANTS, Limits, Role
from rooms.scan import scan
from rooms.wire import AUTH, AWARENESS, SAVED, Entry, awareness_message, read_awareness
from tests.unit.desk_world import ListOutbox, World, member
from tests.unit.writer import Writer, asked, step_1, step_2, update, updates_in


def saved_counts(messages: list[bytes]) -> list[int]:
    return [message[1] for message in messages if message[0] == SAVED]


async def test_the_first_edit_goes_out_at_once_and_the_next_wait_for_the_pulse() -> None:
    world, writer = World(), Writer(1)
    amara, _ = world.sit("Amara")
    _, jonas = world.sit("Jonas")
    for n in range(PULSE_CONNECTIONS - 2):
        world.sit(f"Reader {n}")
    jonas.take()
    await world.desk.receive(amara, update(writer.type("a")))
    world.clock.run()
    assert len(jonas.take()) == 1
    for letter in "bcd":
        await world.desk.receive(amara, update(writer.type(letter)))
    world.clock.run(world.limits.pulse_s / 2)
    assert jonas.take() == []
    world.clock.run(world.limits.pulse_s)
    (message,) = jonas.take()
    reader = Writer(2)
    for entry in world.log.entries:
        reader.doc.apply_update(entry.update)
    assert str(reader) == "abcd"
    assert updates_in([message]) == [world.log.entries[-1].update]
    assert [entry.members for entry in world.log.entries] == [("amara",), ("amara",)]


async def test_two_people_wait_less_than_a_full_room() -> None:
    world, writer = World(), Writer(1)
    amara, _ = world.sit("Amara")
    _, jonas = world.sit("Jonas")
    for letter in "ab":
        await world.desk.receive(amara, update(writer.type(letter)))
        world.clock.run()
    jonas.take()
    world.clock.run(world.limits.pulse_s * 2 / PULSE_CONNECTIONS)
    assert len(jonas.take()) == 1


async def test_the_log_is_written_even_if_sending_fails() -> None:
    class Broken(ListOutbox):
        def write(self, frame: bytes) -> None:
            raise OSError("this must not happen, and must not cost a word")

    world, writer = World(), Writer(1)
    amara, _ = world.sit("Amara")
    world.desk.join(member("Jonas", Role.SPECTATOR), Broken(), wants_saved=False)
    await world.desk.receive(amara, update(writer.type("kept")))
    with pytest.raises(OSError, match="must not"):
        world.clock.run(1)
    assert [scan(entry.update, world.limits).runs for entry in world.log.entries] == [[(1, 0, 4)]]


async def test_a_lone_sender_is_not_sent_its_own_edit() -> None:
    world, writer = World(), Writer(1)
    amara, outbox = world.sit("Amara")
    outbox.take()
    await world.desk.receive(amara, update(writer.type("a")))
    world.clock.run()
    assert outbox.take() == []


async def test_saved_is_said_after_the_commit_and_not_before() -> None:
    world, writer = World(), Writer(1)
    amara, outbox = world.sit("Amara", wants_saved=True)
    for letter in "abc":
        await world.desk.receive(amara, update(writer.type(letter)))
    world.clock.run(1)
    assert saved_counts(outbox.take()) == []
    world.log.commit()
    assert saved_counts(outbox.take()) == [3]
    gone = writer.delete(0)
    await world.desk.receive(amara, update(gone))
    world.clock.run(1)
    await world.desk.receive(amara, update(gone))  # says nothing new, but waits for what it repeats
    assert saved_counts(outbox.take()) == []
    world.log.commit()
    assert saved_counts(outbox.take()) == [5]
    await world.desk.receive(amara, update(gone))
    assert saved_counts(outbox.take()) == [6]


async def test_a_repeated_edit_waits_for_whoever_said_it_first() -> None:
    world, writer = World(), Writer(1)
    amara, _ = world.sit("Amara", wants_saved=True)
    jonas, outbox = world.sit("Jonas", wants_saved=True)
    edit = writer.type("a")
    await world.desk.receive(amara, update(edit))
    await world.desk.receive(jonas, step_2(edit))
    assert saved_counts(outbox.take()) == []
    world.clock.run(1)
    assert saved_counts(outbox.take()) == []
    world.log.commit()
    assert saved_counts(outbox.take()) == [1]


@pytest.mark.parametrize("large", [False, True])
async def test_nothing_is_kept_twice_of_a_client_that_sends_all_it_has(large: bool) -> None:
    world, writer = World(Limits(large_update_bytes=8 if large else 1 << 16)), Writer(1)
    amara, _ = world.sit("Amara")
    jonas, _ = world.sit("Jonas")
    await world.desk.receive(amara, update(writer.type("The sea kept ")))
    world.clock.run(1)
    writer.type("its own time.")
    await world.desk.receive(jonas, step_2(writer.doc.get_update()))
    world.clock.run(1)
    assert [scan(entry.update, world.limits).runs for entry in world.log.entries] == [[(1, 0, 13)], [(1, 13, 26)]]
    reader = Writer(2)
    for entry in world.log.entries:
        reader.doc.apply_update(entry.update)
    assert str(reader) == "The sea kept its own time."
    await world.worker.close()


async def test_something_missing_is_asked_for_once_a_gap() -> None:
    world, writer = World(), Writer(1)
    amara, outbox = world.sit("Amara")
    assert asked(outbox.take()) == 1
    _lost, later, latest = writer.type("a"), writer.type("b"), writer.type("c")
    await world.desk.receive(amara, update(later))
    await world.desk.receive(amara, update(latest))
    assert asked(outbox.take()) == 1
    await world.desk.receive(amara, step_2(writer.doc.get_update()))
    assert asked(outbox.take()) == 0
    await world.desk.receive(amara, step_2(writer.doc.get_update()))  # its whole state again
    assert asked(outbox.take()) == 0
    assert world.desk.document.state == {1: 3}


async def test_a_reader_reads_and_does_not_write() -> None:
    world, writer, reader = World(), Writer(1), Writer(2)
    amara, _ = world.sit("Amara")
    ida, outbox = world.sit(member("Ida", Role.SPECTATOR), wants_saved=True)
    assert asked(outbox.take()) == 0
    await world.desk.receive(amara, update(writer.type("hello")))
    world.clock.run(1)
    reader.read(outbox.take())
    assert str(reader) == "hello"
    await world.desk.receive(ida, step_2(reader.doc.get_update()))  # a complete answer does no harm
    assert outbox.take() == []
    for _ in range(3):
        await world.desk.receive(ida, update(reader.type("!")))
    assert [message[0] for message in outbox.take()] == [AUTH]
    await world.desk.receive(ida, step_1())
    assert updates_in(outbox.take())
    assert len(world.log.entries) == 1
    assert outbox.error is None


async def test_a_pen_taken_and_given_back() -> None:
    world, writer = World(), Writer(1)
    amara, outbox = world.sit("Amara", wants_saved=True)
    await world.desk.receive(amara, update(writer.type("a")))
    world.clock.run(1)
    spectator = dataclasses.replace(amara.member, role=Role.SPECTATOR, grants=GRANTS[Role.SPECTATOR])
    world.desk.refresh(spectator)
    outbox.take()
    await world.desk.receive(amara, update(writer.type("b")))
    world.clock.run(1)
    world.log.commit()
    assert [message[0] for message in outbox.take()] == [AUTH, SAVED]
    assert amara.committed == 1  # what was dropped is never called saved
    world.desk.refresh(dataclasses.replace(spectator, role=Role.CONTRIBUTOR, grants=GRANTS[Role.CONTRIBUTOR]))
    assert asked(outbox.take()) == 1
    await world.desk.receive(amara, step_2(writer.doc.get_update()))
    world.clock.run(1)
    assert world.desk.document.state == {1: 2}


async def test_a_removed_member_is_out() -> None:
    world, writer = World(), Writer(1)
    amara, outbox = world.sit("Amara")
    world.desk.refresh(dataclasses.replace(amara.member, removed=True))
    assert outbox.error is not None
    assert outbox.error.close == 4403
    await world.desk.receive(amara, update(writer.type("a")))
    world.clock.run(1)
    assert world.log.entries == []


async def test_client_ids_belong_to_who_announced_them() -> None:
    world, amaras, jonass = World(), Writer(1), Writer(2)
    amara, _ = world.sit("Amara")
    jonas, _ = world.sit("Jonas")
    await world.desk.receive(amara, awareness_message([Entry(1, 1, "{}")]))
    await world.desk.receive(jonas, update(amaras.type("hers, sent by him")))
    await world.desk.receive(jonas, update(jonass.type("his own")))
    world.clock.run(1)
    assert await world.log.owners("page") == {1: "amara", 2: "jonas"}


async def test_awareness_goes_out_with_the_pulse_and_leaves_with_the_connection() -> None:
    world = World()
    amara, _ = world.sit("Amara")
    _, outbox = world.sit("Jonas")
    outbox.take()
    assert await world.desk.receive(amara, awareness_message([Entry(1, 1, "{}")]))
    assert await world.desk.receive(amara, awareness_message([Entry(1, 2, '{"cursor":1}')]))
    assert not await world.desk.receive(amara, awareness_message([Entry(99, 2, '{"cursor":1}')]))
    world.clock.run(1)
    (message,) = outbox.take()
    (entry,) = read_awareness(message)
    assert (entry.client, entry.clock) == (1, 2)
    world.desk.leave(amara)
    world.clock.run(1)
    (message,) = outbox.take()
    assert [(e.client, e.state) for e in read_awareness(message)] == [(1, "null")]
    _, late = world.sit("Mei")
    assert [m for m in late.take() if m[0] == AWARENESS] == []


@pytest.mark.parametrize(
    "message", [b"", b"\x00", b"\x00\x02\x05ab", b"\x00\x09\x00", b"\x63", b"\x01\xff\xff", b"\x00\x02\x01ab"]
)
async def test_what_is_no_message_is_refused(message: bytes) -> None:
    world = World()
    amara, _ = world.sit("Amara")
    with pytest.raises(BadRequestError):
        await world.desk.receive(amara, message)


async def test_a_refused_update_leaves_no_trace() -> None:
    world = World()
    amara, _ = world.sit("Amara")
    with pytest.raises(UpdateRefusedError):
        await world.desk.receive(amara, update(b"\x01\x01\x01\x00\x04"))
    world.clock.run(1)
    assert world.log.entries == []
    assert world.desk.document.state == {}


async def test_a_room_that_cannot_save_stops_taking_at_its_bound() -> None:
    world, writer = World(Limits(unsaved_bytes_per_room=100)), Writer(1)
    amara, _ = world.sit("Amara")
    with pytest.raises(SavingError):
        for _ in range(20):
            await world.desk.receive(amara, update(writer.type("word ")))
            world.clock.run(1)
    world.log.commit()
    await world.desk.receive(amara, step_2(writer.doc.get_update()))
    world.clock.run(1)
    assert world.desk.document.state == {1: len(str(writer))}


async def test_a_joiner_during_writing_misses_nothing() -> None:
    world, writer, reader = World(), Writer(1), Writer(2)
    amara, _ = world.sit("Amara")
    await world.desk.receive(amara, update(writer.type("before ")))
    jonas, outbox = world.sit("Jonas")
    await world.desk.receive(amara, update(writer.type("between ")))
    await world.desk.receive(jonas, step_1())
    await world.desk.receive(amara, update(writer.type("after")))
    world.clock.run(1)
    reader.read(outbox.take())
    assert str(reader) == "before between after"
