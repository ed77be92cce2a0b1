"""REST: how people come into a room and who they are in it, over a real socket to a real server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from rooms.model import Role
from tests.wire.rest import Caller, Opened
from tests.wire.running import Running, studio


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with studio(tmp_path_factory.mktemp("entry") / "data", TUTTI_ENTRIES_PER_MINUTE="100000") as running:
        yield running


# Coming in


async def test_whoever_opens_a_room_leads_it(opened: Opened, running: Running) -> None:
    answer = opened.answer
    assert answer.keys() == {"room", "title", "invite", "token", "member", "recovery"}
    member = answer["member"]
    assert member.keys() == {"id", "name", "hue", "role", "grants", "color", "loans"}
    assert (member["name"], member["role"], member["color"][0]) == ("Ada", "lead", "#")
    assert member["grants"] == ["comment", "invite", "moderate", "play", "read", "record", "speak", "write"]
    assert answer["invite"].startswith(f"{running.url}/join#")
    room = await opened.lead(200, "GET", opened.path)
    assert room.keys() == {"room", "title", "kind", "main", "documents", "settings", "here", "you"}
    assert (room["title"], room["kind"], room["you"], room["here"]) == ("Songs", "story", member, [])
    assert [document["id"] for document in room["documents"]] == [room["main"]]


async def test_an_invite_is_shown_and_then_used(opened: Opened, anyone: Caller) -> None:
    sealed = opened.answer["invite"].partition("#")[2]
    shown = await anyone(200, "GET", "/api/invite", params={"invite": sealed})
    assert shown == {"title": "Songs", "role": "contributor", "room": None}
    known = await opened.lead(200, "GET", "/api/invite", params={"invite": sealed})
    assert known == {**shown, "room": opened.room}
    joined = await anyone(200, "POST", "/api/join", {"invite": sealed, "name": "  Bo \n"})
    assert (joined["room"], joined["title"], joined["member"]["name"]) == (opened.room, "Songs", "Bo")
    assert joined["member"]["role"] == "contributor"
    guest = Caller(anyone.session, joined["token"])
    assert (await guest(200, "GET", opened.path))["you"] == joined["member"]


async def test_an_invite_counts_runs_out_and_is_revoked(opened: Opened, anyone: Caller) -> None:
    path = f"{opened.path}/invites"
    before = time.time() * 1000
    twice = await opened.lead(201, "POST", path, {"role": "spectator", "uses": 2, "expires_in": 60})
    assert twice.keys() == {"invite", "url", "id", "role", "expires", "uses", "used", "revoked", "came"}
    assert twice["url"].endswith(f"/join#{twice['invite']}")
    assert before + 59_000 < twice["expires"] < time.time() * 1000 + 61_000
    for name in ("Bo", "Cy"):
        await anyone(200, "POST", "/api/join", {"invite": twice["invite"], "name": name})
    await anyone(401, "POST", "/api/join", {"invite": twice["invite"], "name": "Di"})
    await anyone(401, "GET", "/api/invite", params={"invite": twice["invite"]})

    short = await opened.lead(201, "POST", path, {"role": "contributor", "expires_in": 1})
    endless = await opened.lead(201, "POST", path, {"role": "contributor"})
    assert (endless["expires"], endless["uses"], endless["revoked"]) == (None, None, False)
    await opened.lead(204, "DELETE", f"{path}/{endless['id']}")
    assert (await anyone(401, "POST", "/api/join", {"invite": endless["invite"], "name": "Di"}))["code"] == "unknown_person"
    await anyone(401, "GET", "/api/invite", params={"invite": endless["invite"]})
    listed = {invite["id"]: invite for invite in (await opened.lead(200, "GET", path))["invites"]}
    assert listed[twice["id"]]["used"] == 2
    assert [member["name"] for member in listed[twice["id"]]["came"]] == ["Bo", "Cy"]
    assert listed[endless["id"]]["came"] == []
    assert listed[endless["id"]]["revoked"]
    await asyncio.sleep(max(0.0, short["expires"] / 1000 - time.time()))
    await anyone(401, "POST", "/api/join", {"invite": short["invite"], "name": "Di"})


async def test_revoking_an_invite_can_remove_whoever_came_by_it(opened: Opened, anyone: Caller) -> None:
    path = f"{opened.path}/invites"
    invite = await opened.lead(201, "POST", path, {"role": "contributor"})
    joined = await anyone(200, "POST", "/api/join", {"invite": invite["invite"], "name": "Bo"})
    guest = Caller(anyone.session, joined["token"])
    await guest(200, "GET", opened.path)
    await opened.lead(204, "DELETE", f"{path}/{invite['id']}", params={"members": "1"})
    assert (await guest(403, "GET", opened.path))["code"] == "not_granted"
    await guest(403, "POST", "/api/renew")
    await opened.lead(404, "DELETE", f"{path}/nothing")


@pytest.mark.parametrize("invite", ["", "x", "abc.def", "ä.ö"])
async def test_made_up_invites(anyone: Caller, invite: str) -> None:
    await anyone(401, "POST", "/api/join", {"invite": invite, "name": "Bo"})
    await anyone(401, "GET", "/api/invite", params={"invite": invite})


async def test_tokens_are_renewed(opened: Opened, running: Running) -> None:
    renewed = await opened.lead(200, "POST", "/api/renew")
    assert renewed["token"] != opened.lead.token
    again = Caller(opened.lead.session, renewed["token"])
    assert (await again(200, "GET", opened.path))["you"]["name"] == "Ada"
    operator = Caller(opened.lead.session, running.token("*"))
    assert (await operator(200, "POST", "/api/renew"))["token"].count(".") == 2


async def test_who_has_no_good_token(opened: Opened, anyone: Caller, running: Running) -> None:
    other = await anyone(201, "POST", "/api/rooms", {"title": "Other"})
    for token in (None, "x", "a.b.c", other["token"], running.token("elsewhere"), (opened.lead.token or "")[:-2]):
        problem = await Caller(anyone.session, token)(401, "GET", opened.path)
        assert problem["code"] == "unknown_person"
    for header in ("Basic eDp5", "Bearer", "Bearer \xff", "bearer"):
        await anyone(401, "GET", opened.path, headers={"Authorization": header})
    await anyone(401, "PATCH", opened.path, {"title": ""})  # who asks comes before what they ask
    async with anyone.session.get(opened.path) as response:
        assert response.headers["WWW-Authenticate"] == "Bearer"
    async with anyone.session.get(opened.path, params={"token": opened.lead.token or ""}) as response:
        assert response.status == 401  # in a query a token would be logged on its way


async def test_the_operator(anyone: Caller, opened: Opened, running: Running) -> None:
    operator = Caller(anyone.session, running.token("*", role=Role.LEAD, name="Op"))
    listed = {room["room"]: room for room in (await operator(200, "GET", "/api/rooms"))["rooms"]}
    assert listed[opened.room]["title"] == "Songs"
    assert (await opened.lead(403, "GET", "/api/rooms"))["code"] == "not_granted"
    made = await operator(200, "PUT", "/api/rooms/made-by-hand", {"title": "By hand"})
    assert (made["room"], made["title"]) == ("made-by-hand", "By hand")
    assert (await operator(200, "PUT", "/api/rooms/made-by-hand", {"title": "Again"}))["title"] == "By hand"
    await opened.lead(403, "PUT", opened.path, {"title": "Mine"})
    invite = await operator(201, "POST", "/api/rooms/made-by-hand/invites", {"role": "lead"})
    joined = await anyone(200, "POST", "/api/join", {"invite": invite["invite"], "name": "Cy"})
    members = await Caller(anyone.session, joined["token"])(200, "GET", "/api/rooms/made-by-hand/members")
    assert [member["name"] for member in members["members"]] == ["Cy"]  # the operator is no member for having invited
    assert (await operator(200, "GET", "/api/rooms/made-by-asking"))["you"]["role"] == "lead"


async def test_a_room_that_is_not_there(anyone: Caller, running: Running) -> None:
    stranger = Caller(anyone.session, running.token("nowhere"))
    assert (await stranger(404, "GET", "/api/rooms/nowhere"))["code"] == "no_such_room"
    maker = Caller(anyone.session, running.token("somewhere", create=True))
    assert (await maker(200, "GET", "/api/rooms/somewhere"))["title"] == "somewhere"
    operator = Caller(anyone.session, running.token("*"))
    for name in (".hidden", "a b", "x" * 65, "é"):
        await operator(404, "GET", f"/api/rooms/{name}")


async def test_a_closed_lobby_and_an_address_that_comes_too_often(tmp_path: Path) -> None:
    with studio(tmp_path / "data", "--no-open-lobby", TUTTI_ENTRIES_PER_MINUTE="2") as running:
        async with aiohttp.ClientSession(running.url) as session:
            anyone, operator = Caller(session), Caller(session, running.token("*"))
            assert (await anyone(403, "POST", "/api/rooms", {"title": "T"}))["code"] == "not_granted"
            opened = await operator(201, "POST", "/api/rooms", {"title": "T"})
            join = {"invite": opened["invite"].partition("#")[2], "name": "Bo"}
            for status in (200, 401):
                await anyone(status, "POST", "/api/join", join)
                join = {"invite": "made.up", "name": "Bo"}
            assert (await anyone(429, "POST", "/api/join", join))["code"] == "too_fast"
            async with session.post("/api/join", json=join) as response:
                assert int(response.headers["Retry-After"]) > 0
            for _ in range(3):
                await operator(201, "POST", "/api/rooms", {"title": "T"})


# Members


async def test_roles_count_at_once(opened: Opened) -> None:
    guest, member = await opened.guest("spectator")
    await guest(403, "POST", f"{opened.path}/documents", {"title": "Lyrics"})
    await guest(403, "PATCH", f"{opened.path}/members/{member['id']}", {"role": "lead"})
    changed = await opened.lead(200, "PATCH", f"{opened.path}/members/{member['id']}", {"role": "contributor"})
    assert (changed["role"], changed["id"]) == ("contributor", member["id"])
    await guest(201, "POST", f"{opened.path}/documents", {"title": "Lyrics"})
    await opened.lead(404, "PATCH", f"{opened.path}/members/nobody", {"role": "lead"})
    last = await opened.lead(409, "PATCH", f"{opened.path}/members/{opened.answer['member']['id']}", {"role": "spectator"})
    assert "lead" in last["detail"]


async def test_a_removed_member_is_out(opened: Opened, anyone: Caller) -> None:
    guest, member = await opened.guest()
    listed = await guest(200, "GET", f"{opened.path}/members")
    assert {other["name"] for other in listed["members"]} == {"Ada", "Bo"}
    await opened.lead(204, "DELETE", f"{opened.path}/members/{member['id']}")
    await guest(403, "GET", opened.path)
    await opened.lead(404, "DELETE", f"{opened.path}/members/{member['id']}")
    listed = await opened.lead(200, "GET", f"{opened.path}/members")
    assert [other["name"] for other in listed["members"]] == ["Ada"]
