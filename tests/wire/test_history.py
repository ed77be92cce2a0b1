"""A document's history over REST, by a real server: moments, names, differences, the way back, who wrote what, for whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.wire.rest import Caller, Json, Opened
from tests.wire.running import Running, studio

MARKDOWN = {"Content-Type": "text/markdown"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Every change is a moment of its own."""
    folder = tmp_path_factory.mktemp("history") / "data"
    limits = {"TUTTI_LIMIT_HISTORY_PAUSE_S": "0.001", "TUTTI_LIMIT_VERSIONS_PER_DOCUMENT": "3"}
    with studio(folder, TUTTI_ENTRIES_PER_MINUTE="100000", **limits) as running:
        yield running


async def write(caller: Caller, document: str, markdown: str) -> None:
    await caller(200, "PUT", document, data=markdown.encode(), headers=MARKDOWN)


def texts(blocks: list[Json]) -> list[list[tuple[str, str | None]]]:
    return [[(run["text"], run.get("member")) for run in block.get("runs", ())] for block in blocks]


async def test_a_page_is_followed_through_its_moments(opened: Opened) -> None:
    document = f"{opened.path}/documents/main"
    bo, bo_member = await opened.guest()
    ada_id, bo_id = opened.answer["member"]["id"], bo_member["id"]
    assert await opened.lead(200, "GET", f"{document}/history") == {"moments": [], "people": []}

    await write(opened.lead, document, "# Rain\n\nIt rained all the long day.")
    await write(bo, document, "# Rain\n\nIt rained all the long day.\n\nThen it stopped.")
    await write(opened.lead, document, "# Rain\n\nIt snowed all the long day.\n\nThen it stopped.")
    found = await bo(200, "GET", f"{document}/history")
    third, second, first = found["moments"]
    assert [m["members"] for m in (first, second, third)] == [[ada_id], [bo_id], [ada_id]]
    assert first["seq"] < second["seq"] < third["seq"]
    assert {person["name"] for person in found["people"]} == {"Ada", "Bo"}

    difference = await bo(200, "GET", f"{document}/history/{third['seq']}")
    assert (difference["seq"], difference["since"]) == (third["seq"], second["seq"])
    assert [entry["change"] for entry in difference["entries"]] == ["same", "changed", "same"]
    changed = difference["entries"][1]
    assert [(run["text"], run.get("change")) for run in changed["both"][0]["runs"]] == [
        ("It ", None),
        ("rained ", "removed"),
        ("snowed ", "added"),
        ("all the long day.", None),
    ]
    assert [run["text"] for run in changed["before"][0]["runs"]] == ["It ", "rained ", "all the long day."]
    whole = await bo(200, "GET", f"{document}/history/{third['seq']}", params={"since": 0})
    assert [entry["change"] for entry in whole["entries"]] == ["added"] * 3

    authors = await bo(200, "GET", f"{document}/authors")
    assert authors["blocks"][0]["kind"] == "heading"
    assert texts(authors["blocks"]) == [
        [("Rain", ada_id)],
        [("It snowed all the long day.", ada_id)],
        [("Then it stopped.", bo_id)],
    ]
    assert texts((await bo(200, "GET", f"{document}/authors", params={"at": first["seq"]}))["blocks"])[1:] == [
        [("It rained all the long day.", ada_id)]
    ]


async def test_an_old_page_is_brought_back_with_its_authors(opened: Opened) -> None:
    document = f"{opened.path}/documents/main"
    bo, bo_member = await opened.guest()
    await write(bo, document, "Yes.\n\nA paragraph that Bo wrote.")
    await write(opened.lead, document, "Something else.")
    moments = (await bo(200, "GET", f"{document}/history"))["moments"]
    old = moments[-1]["seq"]
    version = (await opened.lead(200, "POST", f"{document}/history/{old}/restore"))["version"]
    assert version["restores"] == old
    assert (await opened.lead(200, "POST", f"{document}/history/{old}/restore"))["version"] is None
    authors = await bo(200, "GET", f"{document}/authors")
    assert texts(authors["blocks"]) == [[("Yes.", bo_member["id"])], [("A paragraph that Bo wrote.", bo_member["id"])]]
    newest = (await bo(200, "GET", f"{document}/history"))["moments"][0]
    assert newest["versions"] == [version]
    assert newest["members"] == [opened.answer["member"]["id"]]
    await opened.lead(400, "DELETE", f"{document}/versions/{version['id']}")

    undone = await bo(200, "POST", f"{document}/history/{moments[0]['seq']}/restore")
    assert undone["version"]["restores"] == moments[0]["seq"]
    read = await bo(200, "GET", document)
    assert [block["content"][0]["text"] for block in read["content"]] == ["Something else."]


async def test_moments_are_named(opened: Opened) -> None:
    document = f"{opened.path}/documents/main"
    await opened.lead(404, "POST", f"{document}/versions", {"title": "Nothing yet"})
    await write(opened.lead, document, "One.")
    await write(opened.lead, document, "Two.")
    first = (await opened.lead(200, "GET", f"{document}/history"))["moments"][-1]
    named = await opened.lead(201, "POST", f"{document}/versions", {"title": " First\u200b draft ", "at": first["seq"]})
    assert (named["title"], named["seq"], named["restores"]) == ("First draft", first["seq"], None)
    now = await opened.lead(201, "POST", f"{document}/versions", {"title": "Second"})
    path = f"{document}/versions/{named['id']}"
    assert (await opened.lead(200, "PATCH", path, {"title": "Zero"}))["title"] == "Zero"
    moments = (await opened.lead(200, "GET", f"{document}/history"))["moments"]
    assert [[v["title"] for v in m["versions"]] for m in moments] == [["Second"], ["Zero"]]
    await opened.lead(404, "POST", f"{document}/versions", {"title": "Later", "at": now["seq"] + 1000})
    await opened.lead(201, "POST", f"{document}/versions", {"title": "Third"})
    full = await opened.lead(409, "POST", f"{document}/versions", {"title": "Fourth"})
    assert full["detail"] == "A page can have 3 named versions."
    await opened.lead(204, "DELETE", path)
    await opened.lead(404, "DELETE", path)
    await opened.lead(404, "PATCH", path, {"title": "Gone"})


async def test_a_document_knows_nothing_of_another_ones_names(opened: Opened) -> None:
    document = f"{opened.path}/documents/main"
    other = (await opened.lead(201, "POST", f"{opened.path}/documents", {"title": "Verse"}))["id"]
    await write(opened.lead, document, "One.")
    named = await opened.lead(201, "POST", f"{document}/versions", {"title": "Here"})
    await opened.lead(404, "PATCH", f"{opened.path}/documents/{other}/versions/{named['id']}", {"title": "There"})
    await opened.lead(404, "DELETE", f"{opened.path}/documents/{other}/versions/{named['id']}")
    await opened.lead(404, "GET", f"{opened.path}/documents/{other}/history/{named['seq']}")


async def test_a_page_that_was_removed_has_its_history_when_it_is_brought_back(opened: Opened) -> None:
    other = (await opened.lead(201, "POST", f"{opened.path}/documents", {"title": "Verse"}))["id"]
    document = f"{opened.path}/documents/{other}"
    await write(opened.lead, document, "One.")
    named = await opened.lead(201, "POST", f"{document}/versions", {"title": "Here"})
    await write(opened.lead, document, "Two.")
    before = await opened.lead(200, "GET", f"{document}/history")
    await opened.lead(204, "DELETE", document)
    for path in ("history", f"history/{named['seq']}", "authors"):
        await opened.lead(404, "GET", f"{document}/{path}")
    await opened.lead(404, "POST", f"{document}/history/{named['seq']}/restore")
    await opened.lead(200, "POST", f"{document}/restore")
    assert await opened.lead(200, "GET", f"{document}/history") == before
    assert (await opened.lead(200, "POST", f"{document}/history/{named['seq']}/restore"))["version"] is not None
    assert texts((await opened.lead(200, "GET", f"{document}/authors"))["blocks"]) == [
        [("One.", opened.answer["member"]["id"])]
    ]


async def test_who_has_left_for_good_is_still_named(opened: Opened) -> None:
    document = f"{opened.path}/documents/main"
    bo, member = await opened.guest()
    await write(bo, document, "What Bo wrote.")
    await opened.lead(204, "DELETE", f"{opened.path}/members/{member['id']}")
    for path in ("history", "authors"):
        people = (await opened.lead(200, "GET", f"{document}/{path}"))["people"]
        assert [(person["name"], person["removed"]) for person in people if person["id"] == member["id"]] == [("Bo", True)]


@pytest.mark.parametrize("seq", ["x", "-1", "1.5", "0", "9" * 16, "٣"])
async def test_what_is_no_moment_is_refused(opened: Opened, seq: str) -> None:
    document = f"{opened.path}/documents/main"
    await write(opened.lead, document, "One.")
    for method, path in (("GET", f"{document}/history/{seq}"), ("POST", f"{document}/history/{seq}/restore")):
        body: dict[str, Any] = {"headers": {"Content-Type": "application/json"}, "data": b"{}"} if method == "POST" else {}
        async with opened.lead.session.request(
            method, path, **{**body, "headers": {"Authorization": f"Bearer {opened.lead.token}"}}
        ) as response:
            assert response.status in (400, 404), await response.text()


async def test_history_is_for_who_may_write_alone(opened: Opened) -> None:
    document = f"{opened.path}/documents/main"
    await write(opened.lead, document, "A secret that goes.")
    named = await opened.lead(201, "POST", f"{document}/versions", {"title": "With the secret"})
    await write(opened.lead, document, "What is left.")
    reader, _ = await opened.guest("spectator", "Reader")
    seq, version = named["seq"], f"{document}/versions/{named['id']}"
    asked: list[tuple[str, str, Any]] = [
        ("GET", f"{document}/history", None),
        ("GET", f"{document}/history/{seq}", None),
        ("GET", f"{document}/history/{seq}?since=0", None),
        ("GET", f"{document}/authors", None),
        ("GET", f"{document}/authors?at={seq}", None),
        ("POST", f"{document}/history/{seq}/restore", None),
        ("POST", f"{document}/versions", {"title": "Mine", "at": seq}),
        ("PATCH", version, {"title": "Mine"}),
        ("DELETE", version, None),
    ]
    for method, path, body in asked:
        problem = await reader(403, method, path, body)
        assert "secret" not in str(problem)
