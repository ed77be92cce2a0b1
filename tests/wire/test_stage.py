"""The doors of the stage over a real server: libwebrtc through all of them, wrong requests, and who is put out when."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from rooms.model import Role
from server.media.keeper import FAST_S
from tests.conftest import Node
from tests.media_client import PATIENCE_S, Client, close_all
from tests.wire.doors import Ask, House, Person, open_house
from tests.wire.live_pages import Pages
from tests.wire.running import Running, studio

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
WITHIN_S = 1.0
BACK_S = 5.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    data = tmp_path_factory.mktemp("stage") / "data"
    with studio(data, "--media-port", "0", "--media-host", "127.0.0.1", TUTTI_ENTRIES_PER_MINUTE="100000") as running:
        yield running


@pytest.fixture
async def house(running: Running, session: aiohttp.ClientSession) -> AsyncIterator[House]:
    yield await open_house(running, session)
    close_all()
    await asyncio.sleep(0)


async def ask(house: House, token: str | None, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str, Any]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    data = body.encode() if body else None
    async with house.session.request(method, path, data=data, headers=sent, skip_auto_headers=["Content-Type"]) as response:
        return response.status, await response.text(), response.headers


async def come(house: House, token: str, door: str, *ways: str) -> tuple[Client, str, str]:
    """A client that is connected, its Location and its ETag."""
    client = Client(*ways)
    status, answer, headers = await ask(house, token, "POST", f"/{door}/{house.room}", client.offer, Content_Type=SDP)
    assert status == 201, answer
    return await client.connect(answer), headers["Location"], headers["ETag"]


async def hears(listener: Client, singer: Client) -> None:
    before = len(listener.heard)
    async with asyncio.timeout(PATIENCE_S):
        while len(listener.heard) == before:
            singer.play()
            await asyncio.sleep(0.02)


def test_libwebrtc_is_heard_and_hears(node: Node, start_studio: Callable[..., Any]) -> None:
    house = start_studio("--media-port", "0")
    tone, gone, stage = node("stage.mjs", house.url, house.token(), "songs")
    assert tone["peak"] > 4000
    assert tone["lost"] == tone["told"] == 0
    assert gone == {"gone": [200, 404]}
    assert min(stage["stage"]) > 4000
    assert set(stage["members"]) == {1}
    with house.running.log.open() as log:
        assert "Traceback" not in log.read()


async def test_every_wrong_request_is_told_what_is_wrong_with_it(house: House) -> None:
    lead, endpoint = house.lead.token, f"/whip/{house.room}"
    good = Client("sendonly").offer
    for status, method, path, token, body, headers in (
        (401, "POST", endpoint, None, good, {"Content_Type": SDP}),
        (401, "POST", endpoint, "forged", good, {"Content_Type": SDP}),
        (401, "POST", "/whip/elsewhere", lead, good, {"Content_Type": SDP}),
        (405, "GET", endpoint, lead, "", {}),
        (405, "PUT", endpoint, lead, good, {"Content_Type": SDP}),
        (415, "POST", endpoint, lead, good, {"Content_Type": "text/plain"}),
        (400, "POST", endpoint, lead, "v=1", {"Content_Type": SDP}),
        (422, "POST", endpoint, lead, good.replace("opus", "pcmu"), {"Content_Type": SDP}),
        (422, "POST", endpoint, lead, Client("recvonly").offer, {"Content_Type": SDP}),
        (413, "POST", endpoint, lead, good + "a=x\r\n" * 20_000, {"Content_Type": SDP}),
        (404, "DELETE", f"{endpoint}/nothing", lead, "", {}),
        (404, "PATCH", f"{endpoint}/nothing", lead, "a=x", {"Content_Type": FRAGMENT, "If_Match": "*"}),
        (405, "POST", f"{endpoint}/nothing", lead, good, {"Content_Type": SDP}),
    ):
        got, answer, said = await ask(house, token, method, path, body, **headers)
        assert got == status, (method, path, answer)
        assert said["Access-Control-Allow-Origin"] == "*"
        assert status != 405 or "OPTIONS" in said["Allow"]
    status, _, said = await ask(house, None, "OPTIONS", endpoint, Origin="https://elsewhere.example")
    assert (status, said["Accept-Post"], said["Allow"]) == (204, SDP, "OPTIONS, POST")
    assert "Authorization" in said["Access-Control-Allow-Headers"]


async def test_ice_is_restarted_by_who_knows_the_state(house: House) -> None:
    lead = house.lead.token
    singer, _, _ = await come(house, lead, "whip", "sendonly")
    listener, place, tag = await come(house, lead, "whep", "recvonly")
    await hears(listener, singer)
    fragment = f"a=ice-ufrag:anew\r\na=ice-pwd:{'q' * 24}\r\n"
    for status, headers in (
        (415, {"Content_Type": SDP, "If_Match": tag}),
        (428, {"Content_Type": FRAGMENT}),
        (412, {"Content_Type": FRAGMENT, "If_Match": '"another"'}),
    ):
        assert (await ask(house, lead, "PATCH", place, fragment, **headers))[0] == status
    trickled = "a=mid:0\r\na=candidate:1 1 udp 1 192.0.2.9 9 typ host\r\n"
    status, _, _ = await ask(house, lead, "PATCH", place, trickled, Content_Type=FRAGMENT, If_Match=tag)
    assert status == 204
    status, answer, said = await ask(house, lead, "PATCH", place, fragment, Content_Type=FRAGMENT, If_Match="*")
    assert status == 200
    assert said["ETag"] != tag
    listener.read(answer)
    await listener.check()
    await hears(listener, singer)


async def test_somebody_elses_session_is_not_theirs_to_end(house: House) -> None:
    _, place, _ = await come(house, house.lead.token, "whip", "sendonly")
    ida = await house.come("Ida", Role.CONTRIBUTOR)
    assert (await ask(house, ida.token, "DELETE", place))[0] == 403
    assert (await ask(house, house.lead.token, "DELETE", place))[0] == 200
    assert (await ask(house, house.lead.token, "DELETE", place))[0] == 404


async def removed(house: House, ida: Person) -> None:
    await house.lead.ask(204, "DELETE", f"/members/{ida.member}")


async def made_a_spectator(house: House, ida: Person) -> None:
    await house.lead.ask(200, "PATCH", f"/members/{ida.member}", {"role": "spectator"})


async def door_closed(house: House, _: Person) -> None:
    await house.lead.ask(200, "PATCH", "", {"closed": True})


@pytest.mark.parametrize(
    ("role", "door", "way", "change"),
    [
        (Role.CONTRIBUTOR, "whip", "sendonly", removed),
        (Role.CONTRIBUTOR, "whip", "sendonly", made_a_spectator),
        (Role.SPECTATOR, "whep", "recvonly", removed),
        (Role.SPECTATOR, "whep", "recvonly", door_closed),
    ],
)
async def test_a_change_counts_at_once(house: House, role: Role, door: str, way: str, change: Callable[..., Any]) -> None:
    ida = await house.come("Ida", role)
    client, place, _ = await come(house, ida.token or "", door, way)
    await change(house, ida)
    changed = time.monotonic()
    await client.until(lambda: client.goodbye)
    assert time.monotonic() - changed < WITHIN_S
    assert (await ask(house, house.lead.token, "DELETE", place))[0] == 404


async def test_a_lent_microphone_is_enough_and_goes_back(house: House) -> None:
    ida = await house.come("Ida", Role.SPECTATOR)
    offer = Client("sendonly").offer
    assert (await ask(house, ida.token, "POST", f"/whip/{house.room}", offer, Content_Type=SDP))[0] == 403
    await house.lead.ask(200, "PUT", f"/members/{ida.member}/loans/speak", {"minutes": 5})
    client, _, _ = await come(house, ida.token or "", "whip", "sendonly")
    await house.lead.ask(200, "DELETE", f"/members/{ida.member}/loans/speak")
    await client.until(lambda: client.goodbye)


async def test_the_room_is_told_who_is_on_stage(house: House, running: Running, pages: Pages) -> None:
    ida = await house.lead.guest(Role.CONTRIBUTOR)
    page = await pages.open(running.url, {"token": house.lead.token})
    assert (await page.told("welcome"))["stage"] == []
    _, place, _ = await come(house, ida.token, "whip", "sendonly")
    (on,) = (await page.told("stage"))["on"]
    assert (on["member"], on["number"], on["muted_by"]) == (ida.member, 1, None)
    await house.lead.ask(204, "PUT", f"/members/{ida.member}/mute")
    await page.until(lambda look: look.of("stage")[-1] == {"on": [{**on, "muted_by": house.lead.member}]})
    late = await pages.open(running.url, {"token": ida.token})
    assert (await late.told("welcome"))["stage"] == [{**on, "muted_by": house.lead.member}]
    await ask(house, ida.token, "DELETE", place)
    await page.until(lambda look: look.of("stage")[-1] == {"on": []})


async def test_a_lead_mutes_somebody_who_stays_muted_when_they_come_back(house: House) -> None:
    ida = await house.lead.guest(Role.CONTRIBUTOR)
    await house.lead.ask(404, "PUT", "/members/nobody/mute")
    singer, place, _ = await come(house, ida.token, "whip", "sendonly")
    listener, _, _ = await come(house, house.lead.token, "whep", "recvonly")
    await hears(listener, singer)
    await ida.ask(403, "PUT", f"/members/{ida.member}/mute")
    await house.lead.ask(204, "PUT", f"/members/{ida.member}/mute")
    assert (await ask(house, ida.token, "DELETE", place))[0] == 200
    again, _, _ = await come(house, ida.token, "whip", "sendonly")
    heard = len(listener.heard)
    for _ in range(5):
        again.play()
        await asyncio.sleep(0.02)
    assert len(listener.heard) == heard
    stage = await ida.ask(200, "GET", "/stage")
    assert stage["muted"] == [ida.member]
    assert [(s["member"], s["number"], s["muted"]) for s in stage["sessions"]] == [(ida.member, 1, True)]
    await house.lead.ask(204, "DELETE", f"/members/{ida.member}/mute")
    await house.lead.ask(404, "DELETE", f"/members/{ida.member}/mute")
    await hears(listener, again)


async def test_everybody_is_told_how_sound_travels(house: House) -> None:
    singer, _, _ = await come(house, house.lead.token, "whip", "sendonly")
    listener, _, _ = await come(house, house.lead.token, "whep", "recvonly")
    ida = await house.lead.guest(Role.SPECTATOR)
    await hears(listener, singer)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            whole, seen = [await one.ask(200, "GET", "/stage") for one in (house.lead, ida)]
            if whole["sessions"][0]["comes"] and any(line["packets"] for line in whole["sessions"][1]["goes"]):
                break
            await asyncio.sleep(0.1)
    assert whole["ice_servers"] == []
    assert [s["publishes"] for s in whole["sessions"]] == [True, False]
    assert [s["publishes"] for s in seen["sessions"]] == [True]
    await house.lead.ask(200, "PATCH", "", {"closed": True})
    await ida.ask(403, "GET", "/stage")


async def test_who_is_on_the_stage_is_here(house: House) -> None:
    ida = await house.come("Ida", Role.SPECTATOR)
    _, place, _ = await come(house, ida.token or "", "whep", "recvonly")
    here = (await house.lead.ask(200, "GET", ""))["here"]
    assert [one["id"] for one in here] == [ida.member]
    assert (await ask(house, ida.token, "DELETE", place))[0] == 200
    assert (await house.lead.ask(200, "GET", ""))["here"] == []


def media_process(running: Running) -> int:
    listed = subprocess.run(["ps", "--ppid", str(running.process.pid), "-o", "pid=,args="], capture_output=True, text=True)
    (pid,) = re.findall(r"(\d+) .*server\.media\.process", listed.stdout)
    return int(pid)


async def metrics(house: House) -> bytes:
    status, text = await house.ask(None, "GET", "/metrics", Ask())
    assert status == 200
    return text


async def on_and_on(house: House, door: str, ways: tuple[str, ...], now: dict[str, Client], end: asyncio.Event) -> None:
    """A client that comes back by a new offer as soon as its session is gone, as pages do."""
    while not end.is_set():
        try:
            now[door], place, _ = await come(house, house.lead.token, door, *ways)
        except AssertionError:  # the stage is down for a moment
            await asyncio.sleep(0.05)
            continue
        there = 204
        while there == 204 and not end.is_set():
            there, _, _ = await ask(house, house.lead.token, "PATCH", place, "a=x", Content_Type=FRAGMENT, If_Match="*")
            await asyncio.sleep(0.05)


async def write_on(house: House, written: list[float], end: asyncio.Event) -> None:
    while not end.is_set():
        before = time.monotonic()
        await house.lead.write("More words.")
        written.append(time.monotonic() - before)


async def test_sound_comes_back_after_the_process_was_killed_and_writing_goes_on(tmp_path: Path) -> None:
    with studio(tmp_path / "data", "--media-port", "0", "--media-host", "127.0.0.1") as running:
        async with aiohttp.ClientSession(running.url) as session:
            house = await open_house(running, session)
            now: dict[str, Client] = {}
            written: list[float] = []
            end = asyncio.Event()
            doors = {"whip": ("sendonly",), "whep": ("recvonly",), "stage": ("sendrecv", "recvonly")}
            tasks = [asyncio.create_task(on_and_on(house, door, ways, now, end)) for door, ways in doors.items()]
            tasks.append(asyncio.create_task(write_on(house, written, end)))

            async def everybody_hears(before: dict[str, Client]) -> None:
                async with asyncio.timeout(PATIENCE_S):
                    while len(now) < len(doors) or any(now[door] is before.get(door) for door in doors):
                        await asyncio.sleep(0.02)
                    while not (now["whep"].heard and now["stage"].heard):
                        for door in ("whip", "stage"):
                            now[door].play()
                        await asyncio.sleep(0.02)

            await everybody_hears({})
            before, pid, number = dict(now), media_process(running), len(written)
            await asyncio.sleep(FAST_S)
            os.kill(pid, signal.SIGKILL)
            killed = time.monotonic()
            await everybody_hears(before)
            assert time.monotonic() - killed < BACK_S
            assert {client.relay for client in now.values()} == {client.relay for client in before.values()}
            assert media_process(running) != pid
            assert len(written) > number
            assert max(written) < BACK_S
            assert not any(task.done() for task in tasks)
            async with asyncio.timeout(PATIENCE_S):
                while not re.search(rb"^tutti_rtp_forwarded_total [1-9]", await metrics(house), re.MULTILINE):
                    await asyncio.sleep(0.1)
            end.set()
            await asyncio.gather(*tasks)
            close_all()
            await asyncio.sleep(0)
