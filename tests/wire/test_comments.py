"""Comments over a real server: who may do what, that row and mark come together, and that everybody is told."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest
from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from rooms.marks import hashed_name
from tests.wire.live_pages import live_pages
from tests.wire.running import Running, studio


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    limits = {"TUTTI_LIMIT_COMMENTS_PER_THREAD": "3", "TUTTI_LIMIT_THREADS_PER_DOCUMENT": "3"}
    with studio(tmp_path_factory.mktemp("comments") / "data", TUTTI_ENTRIES_PER_MINUTE="100000", **limits) as running:
        yield running


def new_id() -> str:
    return secrets.token_hex(6)


class Somebody:
    """A member, and what it asks."""

    def __init__(self, session: aiohttp.ClientSession, room: str, token: str, member: str) -> None:
        self.session = session
        self.room = room
        self.token = token
        self.member = member

    async def ask(self, status: int, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"/api/rooms/{self.room}{path}"
        async with self.session.request(method, url, headers=headers, json=body) as response:
            text = await response.text()
            assert response.status == status, text
            return json.loads(text) if text else None

    async def guest(self, role: str) -> Somebody:
        invite = await self.ask(201, "POST", "/invites", {"role": role})
        body = {"invite": invite["invite"], "name": role.title()}
        async with self.session.post("/api/join", json=body) as response:
            joined = await response.json()
        return Somebody(self.session, self.room, joined["token"], joined["member"]["id"])

    async def write(self, words: str) -> None:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "text/plain"}
        url = f"/api/rooms/{self.room}/documents/main"
        async with self.session.put(url, headers=headers, data=words.encode()) as response:
            assert response.status == 200, await response.text()

    async def mark(self, thread: str, start: int, end: int) -> str:
        """What a page sends: the update that marks these letters of the first paragraph on a copy of the document."""
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"/api/rooms/{self.room}/documents/main?format=update"
        async with self.session.get(url, headers=headers) as response:
            update = await response.read()
        doc: Doc[XmlFragment] = Doc()
        doc.apply_update(update)
        before = doc.get_state()
        paragraph = doc.get("default", type=XmlFragment).children[0]
        assert isinstance(paragraph, XmlElement)
        text = paragraph.children[0]
        assert isinstance(text, XmlText)
        text.format(start, end, {hashed_name("comment", {"id": thread}): {"id": thread}})
        return base64.b64encode(doc.get_update(before)).decode()

    async def begin(self, status: int = 201, thread: str | None = None, **more: Any) -> Any:
        thread = thread or new_id()
        body = {"id": thread, "text": "Whose is it?", "quote": "lighthouse", "mark": await self.mark(thread, 4, 14)}
        return await self.ask(status, "POST", "/documents/main/threads", body | more)

    async def threads(self) -> list[Any]:
        found: list[Any] = (await self.ask(200, "GET", "/documents/main/threads"))["threads"]
        return found

    async def marked(self) -> dict[str, str]:
        """The words that lie under each mark."""
        words: dict[str, str] = {}
        for block in (await self.ask(200, "GET", "/documents/main"))["content"]:
            for piece in block.get("content", ()):
                for mark in piece.get("marks", ()):
                    words[mark["attrs"]["id"]] = words.get(mark["attrs"]["id"], "") + piece["text"]
        return words


@pytest.fixture
async def lead(running: Running) -> AsyncIterator[Somebody]:
    async with aiohttp.ClientSession(running.url, timeout=aiohttp.ClientTimeout(30)) as session:
        async with session.post("/api/rooms", json={"title": "Songs", "name": "Ada"}) as response:
            room = await response.json()
        lead = Somebody(session, room["room"], room["token"], room["member"]["id"])
        await lead.write("The lighthouse stood where the map had only sea.")
        yield lead


async def test_a_thread_is_begun_with_its_mark_and_everybody_is_told(running: Running, lead: Somebody) -> None:
    reader = await lead.guest("spectator")
    async with live_pages() as pages:
        page = await pages.open(running.url, {"token": reader.token})
        await page.told("welcome")
        thread = await lead.begin()
        assert thread["quote"] == "lighthouse"
        assert [(c["member"], c["name"], c["text"]) for c in thread["comments"]] == [(lead.member, "Ada", "Whose is it?")]
        assert await page.told("thread") == thread
        assert await reader.threads() == [thread]
        assert await reader.marked() == {thread["id"]: "lighthouse"}
        changed = await lead.ask(201, "POST", f"/threads/{thread['id']}/comments", {"text": " The keeper's. "})
        assert [c["text"] for c in changed["comments"]] == ["Whose is it?", "The keeper's."]
        assert await page.told("thread", 2) == changed
        resolved = await lead.ask(200, "PATCH", f"/threads/{thread['id']}", {"resolved": True})
        assert resolved["resolved_by"] == lead.member
        opened = await lead.ask(200, "PATCH", f"/threads/{thread['id']}", {"resolved": False})
        assert (opened["resolved"], opened["resolved_by"]) == (None, None)


async def test_who_did_not_hear_the_answer_may_ask_again(lead: Somebody) -> None:
    thread = new_id()
    mark = await lead.mark(thread, 4, 14)
    first = await lead.begin(thread=thread, mark=mark)
    assert await lead.begin(thread=thread, mark=mark) == first
    other = await lead.guest("contributor")
    await other.begin(400, thread=thread, mark=mark)
    assert await lead.threads() == [first]
    assert await lead.marked() == {thread: "lighthouse"}


async def test_one_changes_ones_own_and_a_moderator_deletes(lead: Somebody) -> None:
    writer, reader = await lead.guest("contributor"), await lead.guest("spectator")
    thread = await writer.begin()
    path = f"/threads/{thread['id']}"
    comment = f"{path}/comments/{thread['comments'][0]['id']}"
    await lead.ask(403, "PATCH", comment, {"text": "not mine"})
    edited = await writer.ask(200, "PATCH", comment, {"text": "Whose light?"})
    assert edited["comments"][0]["text"] == "Whose light?"
    assert edited["comments"][0]["edited"] >= thread["time"]
    reply = await lead.ask(201, "POST", f"{path}/comments", {"text": "Mine"})
    theirs = f"{path}/comments/{reply['comments'][1]['id']}"
    await writer.ask(403, "DELETE", theirs)
    for method, where, body in (
        ("POST", f"{path}/comments", {"text": "I only read"}),
        ("PATCH", path, {"resolved": True}),
        ("DELETE", comment, None),
    ):
        await reader.ask(403, method, where, body)
    await reader.begin(403)
    await lead.ask(204, "DELETE", comment)
    await lead.ask(204, "DELETE", theirs)
    assert await reader.threads() == []
    await lead.ask(404, "POST", f"{path}/comments", {"text": "gone"})
    await lead.ask(404, "DELETE", f"{path}/comments/nonsense")


async def test_a_mark_that_does_more_is_refused_and_leaves_no_row(lead: Somebody) -> None:
    elsewhere = await lead.mark("another123", 4, 14)
    for mark in (elsewhere, "AQID", "nonsense!", base64.b64encode(b"\x00\x00").decode()):
        await lead.begin(422 if mark == "AQID" else 400, mark=mark)
    assert await lead.threads() == []
    assert await lead.marked() == {}


async def test_there_is_an_end_to_threads_and_to_what_is_said_in_one(lead: Somebody) -> None:
    threads = [await lead.begin() for _ in range(3)]
    await lead.begin(409)
    for status in (201, 201, 409):
        await lead.ask(status, "POST", f"/threads/{threads[0]['id']}/comments", {"text": "more"})


async def test_who_is_called_by_name_hears_of_it(lead: Somebody) -> None:
    """Whatever document it is about; who reads behind a closed door doesn't."""
    writer, reader = await lead.guest("contributor"), await lead.guest("spectator")
    thread = await lead.begin(text="Whose is it, @contributor?")
    [comment] = thread["comments"]
    assert comment["mentions"] == [{"member": writer.member, "name": "contributor"}]
    reply = await writer.ask(201, "POST", f"/threads/{thread['id']}/comments", {"text": "Ask @Spectator."})
    for called in (writer, reader):
        assert (await called.ask(200, "GET", "/threads/calling"))["threads"] == [reply]
    await lead.ask(200, "PATCH", "", {"closed": True})
    assert (await reader.ask(403, "GET", "/threads/calling"))["code"] == "door_closed"
    await lead.ask(200, "PATCH", f"/threads/{thread['id']}/comments/{comment['id']}", {"text": "Whose is it?"})
    assert (await writer.ask(200, "GET", "/threads/calling"))["threads"] == []
