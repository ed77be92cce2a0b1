"""Awareness: whose entry counts, and under which clock it goes out."""

from __future__ import annotations

import json

import pytest

from rooms.awareness import Awareness
from rooms.errors import BadRequestError
from rooms.model import GRANTS, Limits, Member, Role
from rooms.wire import AWARENESS, Entry, awareness_message, read_awareness


def member(name: str) -> Member:
    return Member(name, "room", name.title(), 2, Role.CONTRIBUTOR, GRANTS[Role.CONTRIBUTOR])


AMARA, JONAS = member("amara"), member("jonas")


def here(awareness: Awareness) -> dict[int, dict[str, object]]:
    return {entry.client: json.loads(entry.state) for entry in awareness.present()}


def test_the_server_says_who_it_is() -> None:
    awareness = Awareness(Limits())
    assert awareness.receive("tab", AMARA, Entry(7, 1, '{"cursor": 3, "user": {"name": "Mallory"}}'))
    state = here(awareness)[7]
    assert state["cursor"] == 3
    assert state["user"] == {"id": "amara", "name": "Amara", "color": "#1f6f78", "hue": 2}


def test_echoes_of_others_are_ignored() -> None:
    awareness = Awareness(Limits())
    awareness.receive("a", AMARA, Entry(7, 1, "{}"))
    awareness.receive("j", JONAS, Entry(8, 1, "{}"))
    assert not awareness.receive("j", JONAS, Entry(7, 9, '{"stolen": true}'))
    assert not awareness.receive("j", JONAS, Entry(7, 9, "null"))
    assert "stolen" not in here(awareness)[7]


def test_an_echo_does_not_bring_back_who_left() -> None:
    awareness = Awareness(Limits())
    awareness.receive("a", AMARA, Entry(7, 1, "{}"))
    awareness.leave("a")
    assert [(e.client, e.state) for e in awareness.changed()] == [(7, "null")]
    assert not awareness.receive("j", JONAS, Entry(7, 1, "{}"))
    awareness.receive("a2", AMARA, Entry(9, 1, "{}"))
    assert not awareness.receive("a2", AMARA, Entry(7, 1, "{}"))  # another tab of hers echoes it
    assert set(here(awareness)) == {9}


def test_a_new_connection_takes_its_id_over() -> None:
    awareness = Awareness(Limits())
    awareness.receive("half-open", AMARA, Entry(7, 4, "{}"))
    assert awareness.receive("new", AMARA, Entry(7, 4, '{"back": 1}'))
    awareness.leave("half-open")
    assert here(awareness)[7]["back"] == 1


def test_who_comes_back_is_heard() -> None:
    awareness = Awareness(Limits())
    awareness.receive("first", AMARA, Entry(7, 4, "{}"))
    awareness.changed()
    awareness.leave("first")
    (left,) = awareness.changed()
    awareness.receive("second", AMARA, Entry(7, 4, "{}"))  # y-websocket announces the clock it left with
    (back,) = awareness.changed()
    assert back.clock > left.clock == 4


@pytest.mark.parametrize("state", ["[]", "3", "{", "", '{"a": ' + "[" * 5000, '{"x": "' + "a" * 70_000 + '"}'])
def test_bad_entries_are_refused(state: str) -> None:
    awareness = Awareness(Limits())
    with pytest.raises(BadRequestError):
        awareness.receive("a", AMARA, Entry(7, 1, state))
    assert awareness.present() == []


def test_a_clock_leaves_room_for_the_next() -> None:
    """Ours go on where a client's ended: what can't be written would end the pulse of everybody."""
    awareness = Awareness(Limits())
    for clock in ((1 << 53) - 1, (1 << 52) + 1):
        with pytest.raises(BadRequestError, match="too far"):
            awareness.receive("a", AMARA, Entry(7, clock, "{}"))
    assert awareness.receive("a", AMARA, Entry(7, 1 << 52, "{}"))
    for _ in range(3):
        awareness.receive("a", AMARA, Entry(7, 1 << 52, "{}"))
    (written,) = read_awareness(awareness_message(awareness.present()))
    assert written.clock > 1 << 52


def test_a_refused_entry_claims_nothing() -> None:
    awareness = Awareness(Limits())
    with pytest.raises(BadRequestError):
        awareness.receive("j", JONAS, Entry(7, 1, "[]"))
    assert awareness.receive("a", AMARA, Entry(7, 1, "{}"))


def test_the_wire_reads_what_it_writes() -> None:
    entries = [Entry(1, 2, "{}"), Entry((1 << 53) - 1, 300, '{"n":"Zoë 🎷"}')]
    message = awareness_message(entries)
    assert message[0] == AWARENESS
    assert list(read_awareness(message)) == entries
    for cut in range(1, len(message)):
        with pytest.raises(BadRequestError):
            list(read_awareness(message[:cut]))
