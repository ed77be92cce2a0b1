"""REST over a real socket to a real server: every line of the table in `docs/protocol.md`, and what isn't taken."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from rooms.model import Role
from tests.wire.running import Running, studio, tutti

Json = dict[str, Any]

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ENDINGS = {"markdown": "md", "chordpro": "cho", "text": "txt", "update": "yjs"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("rest") / "data"
    limits = {"TUTTI_LIMIT_COPY_BYTES": "100000", "TUTTI_LIMIT_MESSAGE_BYTES": "200000", "TUTTI_LIMIT_NAME_CHARS": "40"}
    with studio(folder, TUTTI_ENTRIES_PER_MINUTE="100000", **limits) as running:
        yield running


@pytest.fixture
async def session(running: Running) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(running.url, timeout=aiohttp.ClientTimeout(30)) as session:
        yield session


@dataclass
class Caller:
    """Somebody with a token. Each call states the status it expects."""

    session: aiohttp.ClientSession
    token: str | None = None

    async def __call__(self, status: int, method: str, path: str, body: Any = None, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= options.pop("headers", {})
        if body is not None:
            options["json"] = body
        async with self.session.request(method, path, headers=headers, **options) as response:
            text = await response.text()
            assert response.status == status, text
            if status == 204:
                assert text == ""
                return None
            if status >= 400:
                assert response.content_type == "application/problem+json", text
                problem = json.loads(text)
                assert problem.keys() == {"type", "title", "status", "code", "detail"}
                assert (problem["type"], problem["status"]) == ("about:blank", status)
                return problem
            assert response.content_type == "application/json", text
            return json.loads(text)


@pytest.fixture
def anyone(session: aiohttp.ClientSession) -> Caller:
    return Caller(session)


@dataclass
class Opened:
    """A room with a lead, and a way to make more members."""

    room: str
    lead: Caller
    answer: Json

    @property
    def path(self) -> str:
        return f"/api/rooms/{self.room}"

    async def guest(self, role: str = "contributor", name: str = "Bo") -> tuple[Caller, Json]:
        invite = await self.lead(201, "POST", f"{self.path}/invites", {"role": role})
        joined = await Caller(self.lead.session)(200, "POST", "/api/join", {"invite": invite["invite"], "name": name})
        return Caller(self.lead.session, joined["token"]), joined["member"]


@pytest.fixture
async def opened(anyone: Caller) -> Opened:
    answer = await anyone(201, "POST", "/api/rooms", {"title": "Songs", "name": "Ada"})
    return Opened(answer["room"], Caller(anyone.session, answer["token"]), answer)


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


# The room, its documents, its board


async def test_titles_and_documents(opened: Opened) -> None:
    guest, _ = await opened.guest()
    assert (await opened.lead(200, "PATCH", opened.path, {"title": "Hymns"}))["title"] == "Hymns"
    await guest(403, "PATCH", opened.path, {"title": "Mine"})
    added = await guest(201, "POST", f"{opened.path}/documents", {"title": "Lyrics"})
    assert added == {"id": added["id"], "title": "Lyrics", "place": 1, "kind": "story"}
    documents = (await guest(200, "GET", f"{opened.path}/documents"))["documents"]
    assert [document["title"] for document in documents][1:] == ["Lyrics"]
    assert [document["place"] for document in documents] == sorted(document["place"] for document in documents)


async def test_a_document_is_written_and_read_in_every_format(opened: Opened, session: aiohttp.ClientSession) -> None:
    path = f"{opened.path}/documents/main"
    bearer = {"Authorization": f"Bearer {opened.lead.token}"}
    markdown = {**bearer, "Content-Type": "text/markdown"}
    written = await opened.lead(200, "PUT", path, data=b"# Once\n\nupon a *time* <b>&\n", headers=markdown)
    assert written["document"]["title"] == "Story"
    answers = {}
    for form in ("json", "html", "markdown", "text", "fountain", "chordpro", "docx", "epub", "update"):
        async with session.get(path, params={"format": form}, headers=bearer) as response:
            assert response.status == 200
            assert response.content_disposition is not None
            assert response.content_disposition.type == "attachment"
            assert response.content_disposition.filename == f"Songs.{ENDINGS.get(form, form)}"
            answers[form] = (response.headers["Content-Type"], await response.read())
            assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert {form: kind for form, (kind, _) in answers.items()} == {
        "json": "application/json",
        "html": "text/html; charset=utf-8",
        "markdown": "text/markdown; charset=utf-8",
        "text": "text/plain; charset=utf-8",
        "fountain": "text/vnd.fountain; charset=utf-8",
        "chordpro": "text/vnd.chordpro; charset=utf-8",
        "docx": WORD,
        "epub": "application/epub+zip",
        "update": "application/octet-stream",
    }
    assert "Once" in json.dumps(json.loads(answers["json"][1]))
    assert b"<em>time</em>" in answers["html"][1]
    assert b"<b>" not in answers["html"][1]
    assert b"# Once" in answers["markdown"][1]
    assert b"upon a time" in answers["text"][1]
    other = await opened.lead(201, "POST", f"{opened.path}/documents", {"title": "Copy"})
    copy = f"{opened.path}/documents/{other['id']}"
    octets = {**bearer, "Content-Type": "application/octet-stream"}
    await opened.lead(200, "PUT", copy, data=answers["update"][1], headers=octets)
    async with session.get(copy, params={"format": "markdown"}, headers=bearer) as response:
        assert await response.read() == answers["markdown"][1]
    assert (await opened.lead(200, "GET", copy)) == json.loads(answers["json"][1])
    for form in ("docx", "html", "markdown"):
        kind, body = answers[form]
        await opened.lead(200, "PUT", copy, data=body, headers={**bearer, "Content-Type": kind})
        assert (await opened.lead(200, "GET", copy)) == json.loads(answers["json"][1])
        async with session.post(f"{opened.path}/preview", data=body, headers={**bearer, "Content-Type": kind}) as response:
            assert (response.status, await response.read()) == (200, answers["html"][1])
    for kind in ("text/vnd.fountain", "application/x-fountain"):
        await opened.lead(200, "PUT", copy, data=b"INT. SEA\n\nMEI\nCome.\n", headers={**bearer, "Content-Type": kind})
        assert [block["type"] for block in (await opened.lead(200, "GET", copy))["content"]] == [
            "sceneHeading",
            "character",
            "dialogue",
        ]
    async with session.get(path, params={"format": "html", "whole": "true", "language": "en"}, headers=bearer) as response:
        whole = await response.text()
    async with session.get(path, params={"format": "docx", "comments": "true"}, headers=bearer) as response:
        assert (response.status, (await response.read())[:2]) == (200, b"PK")
    assert whole.startswith('<!doctype html>\n<html lang="en">')
    assert '<meta name="author" content="Ada">' in whole


async def test_a_room_is_taken_along_by_its_lead_and_opened_again(
    opened: Opened, anyone: Caller, session: aiohttp.ClientSession
) -> None:
    guest, _ = await opened.guest("co-lead")
    await guest(403, "GET", f"{opened.path}/bundle")
    bearer = {"Authorization": f"Bearer {opened.lead.token}"}
    async with session.get(f"{opened.path}/bundle", headers=bearer) as response:
        assert (response.status, response.content_type) == (200, "application/zip")
        assert response.content_disposition is not None
        assert response.content_disposition.filename == "Songs.tutti"
        bundle = await response.read()
    assert response.content_length == len(bundle)
    zip_type = {"Content-Type": "application/zip"}
    again = await anyone(201, "POST", "/api/bundles", params={"name": "Zoë"}, data=bundle, headers=zip_type)
    assert again.keys() == opened.answer.keys()
    assert (again["title"], again["member"]["name"], again["member"]["role"]) == ("Songs", "Zoë", "lead")
    assert again["room"] != opened.room
    names = [
        m["name"] for m in (await Caller(session, again["token"])(200, "GET", f"/api/rooms/{again['room']}/members"))["members"]
    ]
    assert names == ["Ada", "Bo", "Zoë"]
    problem = await anyone(400, "POST", "/api/bundles", data=bundle[:-9], headers=zip_type)
    assert "damaged" in problem["detail"]
    await anyone(415, "POST", "/api/bundles", data=b"x", headers={"Content-Type": "text/plain"})


async def test_documents_that_are_not_taken(opened: Opened) -> None:
    path = f"{opened.path}/documents/main"
    guest, _ = await opened.guest("spectator")
    text = {"Content-Type": "text/plain"}
    await guest(403, "PUT", path, data=b"mine", headers=text)
    await opened.lead(415, "PUT", path, data=b"mine", headers={"Content-Type": "image/png"})
    await opened.lead(404, "PUT", f"{opened.path}/documents/none", data=b"mine", headers=text)
    await opened.lead(413, "PUT", path, data=b"x" * 200_001, headers=text)
    await opened.lead(413, "PUT", path, data=chunks(3), headers=text)
    octets = {"Content-Type": "application/octet-stream"}
    assert (await opened.lead(422, "PUT", path, data=b"\x07nonsense", headers=octets))["code"] == "update_refused"
    await opened.lead(400, "GET", path, params={"format": "pdf"})
    await opened.lead(400, "GET", path, params={"format": "epub", "language": "no such language"})
    word = {"Content-Type": WORD}
    assert "Word file" in (await opened.lead(400, "PUT", path, data=b"PK nonsense", headers=word))["detail"]
    assert "Word file" in (await opened.lead(400, "POST", f"{opened.path}/preview", data=b"x", headers=word))["detail"]
    await opened.lead(415, "POST", f"{opened.path}/preview", data=b"{}", headers={"Content-Type": "application/json"})
    await guest(403, "POST", f"{opened.path}/preview", data=b"x", headers=text)


async def chunks(count: int) -> AsyncIterator[bytes]:
    """A body whose length isn't said beforehand."""
    for _ in range(count):
        yield b"x" * 100_000


async def test_a_copy_is_kept(opened: Opened) -> None:
    path = f"{opened.path}/documents/main/copies"
    octets = {"Content-Type": "application/octet-stream"}
    assert await opened.lead(201, "POST", path, data=b"\x00" * 1000, headers=octets) == {"kept": 1000}
    await opened.lead(413, "POST", path, data=b"\x00" * 100_001, headers=octets)
    await opened.lead(415, "POST", path, data=b"x", headers={"Content-Type": "text/plain"})
    guest, _ = await opened.guest("spectator")
    await guest(403, "POST", path, data=b"x", headers=octets)


async def test_the_board(opened: Opened) -> None:
    path = f"{opened.path}/board"
    guest, member = await opened.guest("spectator", "Bo")
    said = [await guest(201, "POST", path, {"text": f"number {number}\n"}) for number in range(5)]
    assert said[0].keys() == {"id", "member", "name", "hue", "text", "time", "mentions", "edited", "deleted", "note"}
    assert (said[0]["member"], said[0]["text"]) == (member["id"], "number 0")
    newest = await opened.lead(200, "GET", path, params={"limit": "2"})
    assert newest == {"messages": said[3:], "more": True}
    older = await opened.lead(200, "GET", path, params={"limit": "50", "before": str(said[3]["id"])})
    assert older == {"messages": said[:3], "more": False}
    for bad in ({"limit": "0"}, {"limit": "many"}, {"before": "x"}):
        await opened.lead(400, "GET", path, params=bad)
    first, second = (f"{path}/{message['id']}" for message in said[:2])
    edited = await guest(200, "PATCH", first, {"text": "number one, @ada"})
    assert (edited["text"], edited["mentions"]) == (
        "number one, @ada",
        [{"member": opened.answer["member"]["id"], "name": "ada"}],
    )
    assert edited["edited"] >= edited["time"]
    other, _ = await opened.guest()
    for method, body in (("PATCH", {"text": "mine"}), ("DELETE", None)):
        assert (await other(403, method, first, body))["code"] == "not_granted"
    await opened.lead(403, "PATCH", first, {"text": "mine"})
    await opened.lead(204, "DELETE", first)
    await guest(204, "DELETE", second)
    for method, body in (("PATCH", {"text": "mine"}), ("DELETE", None)):
        await guest(404, method, first, body)
    for nowhere in ("0", "999999", "x", "9" * 40, "٣"):
        await guest(404, "DELETE", f"{path}/{nowhere}")
    left = (await opened.lead(200, "GET", path))["messages"][:2]
    assert [(message["text"], message["deleted"], message["mentions"]) for message in left] == [("", True, [])] * 2


async def test_documents_are_changed_removed_and_brought_back(opened: Opened) -> None:
    path = f"{opened.path}/documents"
    guest, _ = await opened.guest()
    reader, _ = await opened.guest("spectator")
    main = (await guest(200, "GET", path))["documents"][0]["id"]
    song = (await guest(201, "POST", path, {"title": "Song", "kind": "song"}))["id"]
    notes = (await guest(201, "POST", path, {"title": "Notes", "kind": "notes"}))["id"]
    await guest(400, "POST", path, {"title": "X", "kind": "poem"})
    changed = await guest(200, "PATCH", f"{path}/{notes}", {"title": " Loose  notes ", "place": 0})
    assert changed == {"id": notes, "title": "Loose notes", "place": 0, "kind": "notes"}
    assert await ids(reader, path) == [notes, main, song]
    await guest(200, "PATCH", f"{path}/{notes}", {"place": 99})
    assert await ids(reader, path) == [main, song, notes]
    await reader(403, "PATCH", f"{path}/{song}", {"title": "Mine"})
    await reader(403, "DELETE", f"{path}/{song}")
    await reader(403, "GET", path, params={"removed": "true"})
    await guest(400, "DELETE", f"{path}/{main}")
    await guest(204, "DELETE", f"{path}/{song}")
    assert "removed" in (await guest(404, "GET", f"{path}/{song}"))["detail"]
    assert await ids(reader, path) == [main, notes]
    assert [gone["id"] for gone in (await guest(200, "GET", path, params={"removed": "true"}))["documents"]] == [song]
    assert (await guest(200, "POST", f"{path}/{song}/restore"))["place"] == 1
    assert await ids(reader, path) == [main, song, notes]
    await guest(404, "POST", f"{path}/none/restore")


async def ids(caller: Caller, path: str) -> list[str]:
    return [document["id"] for document in (await caller(200, "GET", path))["documents"]]


async def test_a_sprint_is_begun_made_longer_and_stopped(opened: Opened) -> None:
    path = f"{opened.path}/sprint"
    guest, member = await opened.guest()
    other, _ = await opened.guest()
    reader, _ = await opened.guest("spectator")
    assert await reader(200, "GET", path) == {"sprint": None}
    await reader(403, "POST", path, {"minutes": 10})
    for wrong in ({"minutes": 0}, {"minutes": 241}, {"minutes": 10, "wait": 61}, {"minutes": 10, "prompt": "x" * 201}):
        await guest(400, "POST", path, wrong)
    sprint = (await guest(201, "POST", path, {"minutes": 10, "prompt": " The door  wouldn't open"}))["sprint"]
    assert sprint["end"] - sprint["start"] == 600_000
    assert (sprint["by"], sprint["prompt"]) == (member["id"], "The door wouldn't open")
    await other(400, "POST", path, {"minutes": 10})
    await other(403, "PATCH", path, {"minutes": 5})
    await other(403, "DELETE", path)
    assert (await opened.lead(200, "PATCH", path, {"minutes": 5}))["sprint"]["end"] == sprint["end"] + 300_000
    await guest(204, "DELETE", path)
    assert await reader(200, "GET", path) == {"sprint": None}
    (line,) = (await reader(200, "GET", f"{opened.path}/board"))["messages"]
    assert (line["note"], line["text"]) == (True, f"Sprint: ‘The door wouldn't open’, 1 min, with {member['name']}")
    await guest(201, "POST", path, {"minutes": 10, "wait": 60})
    await guest(204, "DELETE", path)
    await guest(404, "DELETE", path)
    assert len((await reader(200, "GET", f"{opened.path}/board"))["messages"]) == 1


# What isn't taken


@pytest.mark.parametrize("body", [{}, {"title": ""}, {"title": " \u200b"}, {"title": 5}, {"title": "x" * 201}, [], "x", None])
async def test_bodies_that_are_not_understood(anyone: Caller, body: Any) -> None:
    problem = await anyone(400, "POST", "/api/rooms", data=json.dumps(body), headers={"Content-Type": "application/json"})
    assert problem["code"] == "bad_request"


@pytest.mark.parametrize("body", [b"", b"{", b'{"title": "\\ud800"}', b'{"title": "\xff"}', b"[" * 60_000])
async def test_bodies_that_are_no_json(anyone: Caller, body: bytes) -> None:
    await anyone(400, "POST", "/api/rooms", data=body, headers={"Content-Type": "application/json"})


async def test_bodies_of_the_wrong_kind_or_size(anyone: Caller) -> None:
    await anyone(415, "POST", "/api/rooms", data=b'{"title": "T"}', headers={"Content-Type": "text/plain"})
    await anyone(415, "POST", "/api/rooms", data={"title": "T"})
    await anyone(413, "POST", "/api/rooms", {"title": "T" * 70_000})
    await anyone(413, "POST", "/api/rooms", data=chunks(1), headers={"Content-Type": "application/json"})


async def test_names_are_limited_by_a_setting(anyone: Caller) -> None:
    await anyone(201, "POST", "/api/rooms", {"title": "T", "name": "é" * 40})
    await anyone(400, "POST", "/api/rooms", {"title": "T", "name": "é" * 41})


async def test_other_sites_change_nothing(anyone: Caller, running: Running, opened: Opened) -> None:
    for origin in ("https://evil.example", "null", running.url + ".evil.example"):
        problem = await anyone(403, "POST", "/api/rooms", {"title": "T"}, headers={"Origin": origin})
        assert problem["code"] == "other_site"
    await anyone(201, "POST", "/api/rooms", {"title": "T"}, headers={"Origin": running.url})
    async with anyone.session.get(
        opened.path, headers={"Origin": "https://evil.example", "Authorization": f"Bearer {opened.lead.token}"}
    ) as response:
        assert response.status == 200
        assert not [name for name in response.headers if name.startswith("Access-Control")]


async def test_addresses_and_methods(anyone: Caller, opened: Opened) -> None:
    for path in ("/api", "/api/", "/api/nothing", "/api/rooms/a/b/c"):
        for method in ("GET", "POST"):
            assert (await anyone(404, method, path))["code"] == "not_found"
    for path, allowed in (
        ("/api/join", "OPTIONS, POST"),
        ("/api/rooms", "GET, HEAD, OPTIONS, POST"),
        (opened.path, "GET, HEAD, OPTIONS, PATCH, PUT"),
    ):
        async with anyone.session.delete(path) as response:
            assert (response.status, response.headers["Allow"]) == (405, allowed)
            assert (await response.json(content_type="application/problem+json"))["code"] == "method_not_allowed"
        async with anyone.session.options(path) as response:
            assert (response.status, response.headers["Allow"]) == (204, allowed)
    bearer = {"Authorization": f"Bearer {opened.lead.token}"}
    async with anyone.session.get(opened.path, headers=bearer) as whole:
        length = len(await whole.read())
    async with anyone.session.head(opened.path, headers=bearer) as response:
        assert (response.status, int(response.headers["Content-Length"]), await response.read()) == (200, length, b"")


async def test_the_openapi_document_is_served(anyone: Caller) -> None:
    document = await anyone(200, "GET", "/api/openapi.json")
    assert document["openapi"] == "3.1.0"
    assert document["components"]["schemas"]["Join"]["properties"]["name"]["maxLength"] == 40
    printed = json.loads(tutti("openapi", TUTTI_LIMIT_NAME_CHARS="40").stdout)
    assert printed == document


# Health, pages, headers, logs


async def test_health(session: aiohttp.ClientSession, opened: Opened) -> None:
    for path in ("/healthz", "/readyz"):
        async with session.get(path) as response:
            assert (response.status, await response.text()) == (200, "ok")
    async with session.get("/metrics") as response:
        assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        text = await response.text()
    for name in (
        "tutti_rooms 0.0",
        'tutti_members{role="lead"} 0.0',
        "tutti_updates_total ",
        "tutti_deliveries_total ",
        "tutti_pulse_seconds_bucket{",
        "tutti_commit_seconds_bucket{",
        "tutti_unsaved_rooms 0.0",
        "tutti_worker_failures_total 0.0",
        "# TYPE tutti_outbox_dropped_total counter",
        "# TYPE tutti_rejected_total counter",
    ):
        assert f"\n{name}" in f"\n{text}", text


async def test_headers_of_every_answer(session: aiohttp.ClientSession) -> None:
    for path in ("/", "/join", "/room/a", "/room/a/b", "/nothing", "/api/nothing", "/healthz", "/api/openapi.json"):
        async with session.get(path) as response:
            headers = response.headers
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "no-referrer"
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert "microphone=(self), " in headers["Permissions-Policy"]
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
            assert "unsafe" not in headers["Content-Security-Policy"]


async def test_the_log_says_what_happened_and_not_what_was_said(opened: Opened, running: Running) -> None:
    await opened.lead(201, "POST", f"{opened.path}/board", {"text": "between us"})
    await opened.lead(404, "GET", f"/api/nothing/{opened.lead.token}", params={"token": opened.lead.token or ""})
    async with opened.lead.session.get("/", headers={"X-Bad": "x"}, params={"token": opened.lead.token or ""}):
        pass
    reader, writer = await asyncio.open_connection(*running.url.removeprefix("http://").split(":"))
    writer.write(f"GET /?token={opened.lead.token} HTTP/1.1\r\nHo st: \x00\r\n\r\n".encode())
    await writer.drain()
    assert (await reader.read()).startswith(b"HTTP/1.")
    writer.close()
    await writer.wait_closed()
    log = running.logged()
    assert f"room={opened.room}" in log
    assert "route=/api/rooms/{room}/board" in log
    for secret in (opened.lead.token or "", "between us", "Ada", "Songs"):
        assert secret not in log
