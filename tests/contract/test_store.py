"""What every Store promises: rooms, members, invites, the board. The log's part is in `test_store_log.py`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from rooms.errors import BadRequestError, NoSuchRoomError, NotFoundError, SavingError, UnknownPersonError
from rooms.model import GRANTS, Grant, Invite, Loan, Member, Page, Role, RoomRecord, RoomSettings, Talk
from rooms.store import Store
from tests.contract.store_places import SqlitePlace, opened

STORY = Page("story", "attic", "Story", 0, 1_700_000_000_001)
ATTIC = RoomRecord("attic", "The Attic 🎻", "story", 1_700_000_000_000, "story", (STORY,))
CELLAR = RoomRecord("cellar", "Cellar", "story", 1_700_000_000_002, "hum", (Page("hum", "cellar", "Hum", 0, 5),))


def person(member: str, room: str = "attic", **more: object) -> Member:
    role = Role.CONTRIBUTOR
    return replace(Member(member, room, member.title(), 0, role, GRANTS[role], None, 1_700_000_000_000), **more)  # type: ignore[arg-type]


def invitation(name: str, **more: object) -> Invite:
    return replace(Invite(name, "attic", Role.CONTRIBUTOR, 1_700_000_000_000, "ann"), **more)  # type: ignore[arg-type]


@pytest.fixture
async def attic(store: Store) -> Store:
    await store.add_room(ATTIC)
    return store


# Rooms and pages


async def test_a_room_comes_back_as_it_was_added(store: Store) -> None:
    await store.add_room(ATTIC)
    assert await store.room("attic") == ATTIC


async def test_an_unknown_room_is_none(store: Store) -> None:
    assert await store.room("nowhere") is None


async def test_a_room_is_added_once(attic: Store) -> None:
    with pytest.raises(BadRequestError):
        await attic.add_room(replace(ATTIC, title="Another", main="other", pages=()))
    assert await attic.room("attic") == ATTIC


async def test_rooms_come_oldest_first_each_with_its_own_pages(store: Store) -> None:
    await store.add_room(CELLAR)
    await store.add_room(ATTIC)
    assert await store.rooms() == [ATTIC, CELLAR]


async def test_a_room_is_retitled(attic: Store) -> None:
    await attic.retitle_room("attic", "Loft")
    assert await attic.room("attic") == replace(ATTIC, title="Loft")


async def test_a_room_keeps_its_settings(attic: Store) -> None:
    settings = RoomSettings(closed=True, locked=True, talk=Talk.WRITERS)
    await attic.set_settings("attic", settings)
    assert await attic.room("attic") == replace(ATTIC, settings=settings)
    with pytest.raises(NoSuchRoomError):
        await attic.set_settings("nowhere", settings)
    loft = replace(ATTIC, id="loft", main="loft", pages=(), settings=settings)
    await attic.add_room(loft)
    assert await attic.room("loft") == loft


async def test_an_unknown_room_is_not_retitled(store: Store) -> None:
    with pytest.raises(NoSuchRoomError):
        await store.retitle_room("nowhere", "Loft")


async def test_pages_come_by_place(attic: Store) -> None:
    third, second = Page("chords", "attic", "Chords", 2, 8), Page("lyrics", "attic", "Lyrics", 1, 9)
    await attic.add_page(third)
    await attic.add_page(second)
    record = await attic.room("attic")
    assert record is not None
    assert record.pages == (STORY, second, third)


async def test_a_page_is_added_once(attic: Store) -> None:
    await attic.add_room(CELLAR)
    with pytest.raises(BadRequestError):
        await attic.add_page(Page("story", "cellar", "Mine", 1, 3))
    assert await attic.rooms() == [ATTIC, CELLAR]


async def test_a_room_whose_page_is_taken_is_not_half_added(attic: Store) -> None:
    with pytest.raises(BadRequestError):
        await attic.add_room(replace(CELLAR, pages=(*CELLAR.pages, replace(STORY, room="cellar"))))
    assert await attic.rooms() == [ATTIC]


@pytest.mark.parametrize("what", ["page", "member", "invite", "message"])
async def test_nothing_is_made_in_a_room_that_is_not_there(store: Store, what: str) -> None:
    making: dict[str, Callable[[], Awaitable[object]]] = {
        "page": lambda: store.add_page(STORY),
        "member": lambda: store.add_member(person("ann")),
        "invite": lambda: store.add_invite(invitation("door")),
        "message": lambda: store.add_message("attic", person("ann"), "hello", 1),
    }
    with pytest.raises(NoSuchRoomError):
        await making[what]()


# Members


async def test_a_member_comes_back_as_it_was_added(attic: Store) -> None:
    ann = person("ann", name="Ann Ørsted", hue=5, role=Role.LEAD, grants=GRANTS[Role.LEAD], invite="door")
    assert await attic.add_member(ann) == ann
    assert await attic.member("attic", "ann") == ann
    assert await attic.member("attic", "ben") is None
    assert await attic.member("cellar", "ann") is None


async def test_a_member_is_added_once_and_then_found(attic: Store) -> None:
    ann = await attic.add_member(person("ann", hue=3))
    assert await attic.add_member(person("ann", name="Impostor", role=Role.LEAD)) == ann
    assert await attic.members("attic") == [ann]


async def test_one_id_may_be_in_many_rooms(attic: Store) -> None:
    await attic.add_room(CELLAR)
    here = await attic.add_member(person("robot"))
    there = await attic.add_member(person("robot", "cellar", name="Other"))
    assert (await attic.member("attic", "robot"), await attic.member("cellar", "robot")) == (here, there)


async def test_members_come_in_the_order_of_joining(attic: Store) -> None:
    later = await attic.add_member(person("ann", joined_ms=2))
    sooner = await attic.add_member(person("ben", joined_ms=1))
    assert await attic.members("attic") == [sooner, later]


async def test_hues_are_given_out_evenly(attic: Store) -> None:
    given = [(await attic.add_member(person(f"p{n}"))).hue for n in range(18)]
    assert given == [*range(1, 9), *range(1, 9), 1, 2]


async def test_a_hue_is_free_again_when_its_member_was_removed(attic: Store) -> None:
    for name, hue in (("a", 1), ("b", 2), ("c", 2), ("d", 3), ("e", 4), ("f", 5), ("g", 6), ("h", 7), ("i", 8)):
        await attic.add_member(person(name, hue=hue))
    await attic.remove_member("attic", "e")
    assert (await attic.add_member(person("new"))).hue == 4
    assert (await attic.add_member(person("newer"))).hue == 1


async def test_hues_of_other_rooms_do_not_count(attic: Store) -> None:
    await attic.add_room(CELLAR)
    await attic.add_member(person("ann"))
    assert (await attic.add_member(person("ben", "cellar"))).hue == 1


async def test_who_comes_at_once_gets_different_hues(attic: Store) -> None:
    came = await asyncio.gather(*(attic.add_member(person(f"p{n}")) for n in range(8)))
    assert sorted(member.hue for member in came) == list(range(1, 9))


async def test_a_member_is_changed(attic: Store) -> None:
    ann = await attic.add_member(person("ann"))
    other = await attic.add_member(person("ben"))
    grants = frozenset({Grant.READ, Grant.SPEAK})
    expected = replace(ann, role=Role.SPECTATOR, grants=grants)
    assert await attic.grant("attic", "ann", Role.SPECTATOR, grants) == expected
    expected = replace(expected, name="Anne")
    assert await attic.rename("attic", "ann", "Anne") == expected
    expected = replace(expected, removed=True)
    assert await attic.remove_member("attic", "ann") == expected
    assert await attic.member("attic", "ann") == expected
    assert await attic.members("attic") == [expected, other]
    assert await attic.add_member(person("ann")) == expected


async def test_a_grant_is_lent_again_and_taken_back(attic: Store) -> None:
    ann, bob = await attic.add_member(person("ann")), await attic.add_member(person("bob"))
    speak, write, later = Loan(Grant.SPEAK, 5_000), Loan(Grant.WRITE, 6_000), Loan(Grant.WRITE, 9_000)
    assert await attic.lend("attic", "ann", write, "bob", 1_000) == replace(ann, loans=(write,))
    assert await attic.lend("attic", "ann", speak, "bob", 1_000) == replace(ann, loans=(speak, write))
    lent = await attic.lend("attic", "ann", later, "bob", 2_000)
    assert lent == replace(ann, loans=(speak, later))
    assert await attic.member("attic", "ann") == lent
    assert await attic.members("attic") == [lent, bob]
    assert (await opened(attic, "attic")).lent == (lent,)
    assert (await attic.rename("attic", "ann", "Anne")).loans == lent.loans
    assert await attic.take_back("attic", "ann", Grant.SPEAK) == replace(ann, name="Anne", loans=(later,))
    assert (await attic.take_back("attic", "ann", Grant.SPEAK)).loans == (later,)


async def test_loans_that_have_ended_go_with_the_next(attic: Store) -> None:
    await attic.add_member(person("ann"))
    await attic.add_member(person("bob"))
    await attic.lend("attic", "ann", Loan(Grant.WRITE, 5_000), "bob", 1_000)
    await attic.lend("attic", "bob", Loan(Grant.WRITE, 9_000), "ann", 5_000)
    assert [member.id for member in (await opened(attic)).lent] == ["bob"]


async def test_loans_end_with_a_role_and_with_membership(attic: Store) -> None:
    for who in ("ann", "bob"):
        await attic.add_member(person(who))
        await attic.lend("attic", who, Loan(Grant.WRITE, 5_000), "cy", 1_000)
    assert (await attic.grant("attic", "ann", Role.SPECTATOR, GRANTS[Role.SPECTATOR])).loans == ()
    assert (await attic.remove_member("attic", "bob")).loans == ()
    assert (await opened(attic, "attic")).lent == ()


async def test_a_ban_shuts_the_way_that_was_taken(attic: Store) -> None:
    await attic.add_invite(invitation("door"))
    for who in ("ann", "bob"):
        await attic.use_invite("door", person(who), 5)
    assert not (await attic.remove_member("attic", "ann")).banned
    assert await attic.invite("door") == invitation("door", used=2)
    banned = await attic.remove_member("attic", "bob", ban=True)
    assert (banned.removed, banned.banned) == (True, True)
    assert await attic.member("attic", "bob") == banned
    assert await attic.invite("door") == invitation("door", used=2, revoked=True)
    await attic.add_member(person("cy"))
    assert (await attic.remove_member("attic", "cy", ban=True)).banned
    again = await attic.readmit_member("attic", "bob")
    assert (again.removed, again.banned, again.role) == (False, False, banned.role)
    assert await attic.member("attic", "bob") == again
    assert await attic.invite("door") == invitation("door", used=2, revoked=True)


async def test_a_member_may_have_no_grants(attic: Store) -> None:
    await attic.add_member(person("ann"))
    assert (await attic.grant("attic", "ann", Role.SPECTATOR, frozenset())).grants == frozenset()


async def test_an_unknown_member_is_not_changed(attic: Store) -> None:
    await attic.add_room(CELLAR)
    await attic.add_member(person("ann", "cellar"))
    with pytest.raises(NotFoundError):
        await attic.grant("attic", "ann", Role.LEAD, GRANTS[Role.LEAD])
    with pytest.raises(NotFoundError):
        await attic.rename("attic", "ann", "Anne")
    with pytest.raises(NotFoundError):
        await attic.remove_member("attic", "ann")


# Invites


async def test_an_invite_comes_back_as_it_was_added(attic: Store) -> None:
    plain = invitation("door", created_by=None, created_ms=2)
    full = invitation("window", role=Role.CO_LEAD, expires_ms=2**41, uses=3, used=1, revoked=True, created_ms=1)
    await attic.add_invite(plain)
    await attic.add_invite(full)
    assert await attic.invite("door") == plain
    assert await attic.invite("window") == full
    assert await attic.invite("chimney") is None
    assert await attic.invites("attic") == [full, plain]
    assert await attic.invites("cellar") == []


async def test_using_an_invite_counts_and_adds(attic: Store) -> None:
    await attic.add_invite(invitation("door"))
    ann = await attic.use_invite("door", person("ann"), 1)
    assert ann == person("ann", hue=1, invite="door")
    assert await attic.member("attic", "ann") == ann
    assert await attic.invite("door") == invitation("door", used=1)


@pytest.mark.parametrize(
    ("made", "counts"),
    [
        ({"expires_ms": 1001}, True),
        ({"expires_ms": 1000}, False),
        ({"uses": 2, "used": 1}, True),
        ({"uses": 2, "used": 2}, False),
        ({"revoked": True}, False),
    ],
)
async def test_an_invite_has_its_ends(attic: Store, made: dict[str, object], counts: bool) -> None:
    await attic.add_invite(invitation("door", **made))
    if counts:
        assert await attic.use_invite("door", person("ann"), 1000)
    else:
        before = await attic.invite("door")
        with pytest.raises(UnknownPersonError):
            await attic.use_invite("door", person("ann"), 1000)
        assert await attic.invite("door") == before
        assert await attic.members("attic") == []


async def test_an_invite_opens_its_own_room_only(attic: Store) -> None:
    await attic.add_room(CELLAR)
    await attic.add_invite(invitation("door"))
    for invite, room in (("door", "cellar"), ("chimney", "attic")):
        with pytest.raises(UnknownPersonError):
            await attic.use_invite(invite, person("ann", room), 1)


async def test_uses_are_counted_exactly_however_many_come_at_once(place: SqlitePlace, attic: Store) -> None:
    await attic.add_invite(invitation("door", uses=5))
    beside = place.store()
    await beside.open(lambda room, error: None)
    came = await asyncio.gather(
        *((attic, beside)[n % 2].use_invite("door", person(f"p{n}"), 1) for n in range(20)), return_exceptions=True
    )
    await beside.close()
    assert sum(isinstance(each, Member) for each in came) == 5
    assert sum(isinstance(each, UnknownPersonError) for each in came) == 15
    assert await attic.invite("door") == invitation("door", uses=5, used=5)
    assert len(await attic.members("attic")) == 5


async def test_a_revoked_invite_leaves_its_members(attic: Store) -> None:
    await attic.add_invite(invitation("door"))
    ann = await attic.use_invite("door", person("ann"), 1)
    assert await attic.revoke_invite("door", members_too=False) == []
    assert await attic.invite("door") == invitation("door", used=1, revoked=True)
    assert await attic.member("attic", "ann") == ann


async def test_a_revoked_invite_can_take_its_members_with_it(attic: Store) -> None:
    await attic.add_invite(invitation("door"))
    await attic.add_invite(invitation("window"))
    ann = await attic.use_invite("door", person("ann", joined_ms=1), 1)
    ben = await attic.use_invite("door", person("ben", joined_ms=2), 1)
    await attic.use_invite("door", person("cat"), 1)
    dan = await attic.use_invite("window", person("dan"), 1)
    await attic.remove_member("attic", "cat")
    assert await attic.revoke_invite("door", members_too=True) == [replace(ann, removed=True), replace(ben, removed=True)]
    assert [member for member in await attic.members("attic") if not member.removed] == [dan]


async def test_who_asks_is_not_taken_with_an_invite(attic: Store) -> None:
    await attic.add_invite(invitation("door"))
    for who in ("ann", "bob"):
        await attic.use_invite("door", person(who), 5)
    assert [member.id for member in await attic.revoke_invite("door", members_too=True, but="ann")] == ["bob"]
    assert [member.id for member in await attic.members("attic") if not member.removed] == ["ann"]


async def test_an_unknown_invite_is_not_revoked(attic: Store) -> None:
    with pytest.raises(NotFoundError):
        await attic.revoke_invite("chimney", members_too=True)


# The board


async def test_messages_are_numbered_and_come_oldest_first(attic: Store) -> None:
    ann = await attic.add_member(person("ann"))
    said = [await attic.add_message("attic", ann, f"{n} ✓", 1_700_000_000_000 + n) for n in range(5)]
    assert [m.id for m in said] == sorted({m.id for m in said})
    assert (said[3].room, said[3].member, said[3].name, said[3].hue) == ("attic", "ann", "Ann", 1)
    assert (said[3].text, said[3].time_ms) == ("3 ✓", 1_700_000_000_003)
    assert await attic.messages("attic") == said
    assert await attic.messages("attic", limit=2) == said[3:]
    assert await attic.messages("attic", before=said[3].id, limit=2) == said[1:3]
    assert await attic.messages("attic", before=said[0].id) == []


async def test_a_message_keeps_the_name_of_its_time(attic: Store) -> None:
    ann = await attic.add_member(person("ann"))
    await attic.add_message("attic", ann, "hello", 1)
    await attic.rename("attic", "ann", "Anne")
    assert [m.name for m in await attic.messages("attic")] == ["Ann"]


async def test_a_board_is_of_one_room(attic: Store) -> None:
    await attic.add_room(CELLAR)
    ann = await attic.add_member(person("ann"))
    await attic.add_message("attic", ann, "hello", 1)
    assert await attic.messages("cellar") == []


# Damage


async def test_a_document_is_marked_and_the_mark_taken_away(store: Store) -> None:
    assert await store.damage("story") is None
    await store.mark_damage("story", "its worker died")
    await store.mark_damage("story", "it died again")
    assert await store.damage("story") == "it died again"
    assert await store.damage("hum") is None
    await store.mark_damage("story", None)
    assert await store.damage("story") is None


async def test_copies_are_kept_as_they_are_all_of_them(place: SqlitePlace, store: Store) -> None:
    data = bytes(range(256))
    await store.keep_copy("attic", "story", "ann", data, 7)
    await store.keep_copy("attic", "story", "ann", data, 8)
    kept = place.run("SELECT room, document, member, data, time_ms FROM copy ORDER BY id")
    assert kept == [("attic", "story", "ann", data, 7), ("attic", "story", "ann", data, 8)]


# Together


async def test_what_is_refused_undoes_nothing_of_what_came_with_it(place: SqlitePlace, attic: Store) -> None:
    """All of these are asked for in one loop turn, so that most share a transaction."""
    await attic.add_invite(invitation("door", uses=0))
    asked = await asyncio.gather(
        attic.add_member(person("ann")),
        attic.use_invite("door", person("mob"), 1),
        attic.add_page(Page("lyrics", "attic", "Lyrics", 1, 9)),
        attic.retitle_room("nowhere", "?"),
        attic.add_member(person("ben")),
        return_exceptions=True,
    )
    assert [type(each) for each in asked] == [Member, UnknownPersonError, type(None), NoSuchRoomError, Member]
    assert place.run("SELECT id FROM member ORDER BY id") == [("ann",), ("ben",)]
    assert place.run("SELECT id FROM page ORDER BY id") == [("lyrics",), ("story",)]


async def test_rows_say_so_when_the_store_can_not_be_written(place: SqlitePlace, impatient: Store) -> None:
    await impatient.add_room(ATTIC)
    with place.locked():
        with pytest.raises(SavingError):
            await impatient.retitle_room("attic", "Loft")
        assert await impatient.room("attic") == ATTIC
    await impatient.retitle_room("attic", "Loft")
    assert await impatient.room("attic") == replace(ATTIC, title="Loft")


async def test_everything_is_there_after_reopening(place: SqlitePlace) -> None:
    first = place.store()
    await first.open(lambda room, error: None)
    await first.add_room(ATTIC)
    ann = await first.add_member(person("ann"))
    message = await first.add_message("attic", ann, "hello", 1)
    await first.close()
    second = place.store()
    await second.open(lambda room, error: None)
    assert await second.rooms() == [ATTIC]
    assert await second.members("attic") == [ann]
    assert await second.messages("attic") == [message]
    await second.close()


async def test_two_stores_see_what_the_other_did(place: SqlitePlace, attic: Store) -> None:
    """A command of an operator works beside the running server."""
    beside = place.store()
    await beside.open(lambda room, error: None)
    await beside.add_invite(invitation("door"))
    assert await attic.invite("door") == invitation("door")
    await attic.retitle_room("attic", "Loft")
    assert (await beside.rooms())[0].title == "Loft"
    await beside.close()


async def test_two_stores_that_write_at_once_wait_for_one_another(place: SqlitePlace, attic: Store) -> None:
    """Each of these reads before it writes: the other must not have written in between."""
    beside = place.store()
    await beside.open(lambda room, error: None)
    people = [person(f"p{n:02}") for n in range(60)]
    await asyncio.gather(*((attic, beside)[n % 2].add_member(member) for n, member in enumerate(people)))
    await beside.close()
    assert [member.id for member in await attic.members("attic")] == [member.id for member in people]
