"""REST: a room, its documents, its board and its sprints, over a real socket to a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator

import aiohttp
import pytest

from tests.wire.rest import Caller, Opened, chunks
from tests.wire.running import Running, studio

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ENDINGS = {"markdown": "md", "chordpro": "cho", "text": "txt", "update": "yjs"}
LIMITS = {"TUTTI_LIMIT_COPY_BYTES": "100000", "TUTTI_LIMIT_MESSAGE_BYTES": "200000"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with studio(tmp_path_factory.mktemp("rooms") / "data", TUTTI_ENTRIES_PER_MINUTE="100000", **LIMITS) as running:
        yield running


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
