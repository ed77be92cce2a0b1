"""The stage in browsers with microphones that sound a tone each: who hears whom, how the mix acts, who sends nothing."""

from __future__ import annotations

import asyncio
import math
import struct
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from playwright.async_api import async_playwright, expect

from tests.conftest import Studio
from tests.e2e.axe import faults
from tests.e2e.visitors import WAIT_MS, Visitor, ask, new_room, picture, room_with_links

HZ = 48_000
TONES_HZ = {"Amara": 440, "Jonas": 1000, "Mei": 2500}
LOUD_DB, SILENT_DB = -45, -75

LISTEN = """() => {
  window.sent = 0;
  const add = RTCPeerConnection.prototype.addTransceiver;
  RTCPeerConnection.prototype.addTransceiver = function (what, how) {
    if (how?.direction !== "recvonly") window.sent++;
    return add.call(this, what, how);
  };
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...more) {
    if (to instanceof AudioDestinationNode) {
      const splitter = to.context.createChannelSplitter(2);
      connect.call(this, splitter);
      window.ears = [0, 1].map((side) => {
        const ear = to.context.createAnalyser();
        ear.fftSize = 8192;
        ear.smoothingTimeConstant = 0;
        connect.call(splitter, ear, side);
        return ear;
      });
    }
    return connect.call(this, to, ...more);
  };
}"""

EARS = """(hz) => (window.ears ?? []).map((ear) => {
  const bins = new Float32Array(ear.frequencyBinCount);
  ear.getFloatFrequencyData(bins);
  const at = Math.round((hz / ear.context.sampleRate) * ear.fftSize);
  return Math.max(-200, ...bins.slice(at - 2, at + 3));
})"""


def tone(path: Path, hz: int) -> Path:
    """Three seconds of it, which Chromium plays again and again: whole waves, so that the seams can't be heard."""
    samples = (round(8000 * math.sin(2 * math.pi * hz * n / HZ)) for n in range(3 * HZ))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(HZ)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return path


@asynccontextmanager
async def people(chromium: Path, folder: Path, *names: str) -> AsyncIterator[list[Visitor]]:
    """A browser each: which file a microphone plays is said once for all of a browser."""
    async with async_playwright() as playwright, AsyncExitStack() as stack:
        visitors = []
        for name in names:
            args = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
            if name in TONES_HZ:
                args.append(f"--use-file-for-fake-audio-capture={tone(folder / f'{name}.wav', TONES_HZ[name])}")
            browser = await playwright.chromium.launch(executable_path=chromium, args=args)
            stack.push_async_callback(browser.close)
            visitor = await Visitor.arrive(browser)
            await visitor.context.add_init_script(f"({LISTEN})()")
            visitors.append(visitor)
        yield visitors


async def step_on_stage(visitor: Visitor) -> None:
    await visitor.page.get_by_role("button", name="Step on stage").click()
    dialog = visitor.page.get_by_role("dialog", name="Step on stage")
    await dialog.get_by_role("button", name="Step on stage").click()
    await visitor.page.get_by_role("button", name="Leave the stage").wait_for()


async def hears(visitor: Visitor, name: str, *, side: int = 0, yes: bool = True) -> None:
    """Waits until a tone comes to an ear, or no longer does."""
    heard = -200.0
    try:
        async with asyncio.timeout(WAIT_MS / 1000):
            while True:
                ears = await visitor.page.evaluate(EARS, TONES_HZ[name])
                heard = ears[side] if ears else -200.0
                if heard > LOUD_DB if yes else heard < SILENT_DB:
                    return
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"{name} comes at {heard} dB, {'too quiet' if yes else 'too loud'}") from None


async def test_everybody_hears_everybody_and_mixes_for_themselves(
    start_studio: Callable[..., Studio], chromium: Path, tmp_path: Path
) -> None:
    studio = start_studio("--media-port", "0")
    room = await new_room(studio.url, studio.token())
    token = studio.token(room["room"], role="lead")
    spectators = await ask(studio.url, token, "POST", f"/api/rooms/{room['room']}/invites", json={"role": "spectator"})
    async with people(chromium, tmp_path, "Amara", "Jonas", "Mei", "Yael") as (amara, jonas, mei, yael):
        players = {"Amara": amara, "Jonas": jonas, "Mei": mei}
        for name, player in players.items():
            await player.join(room["invite"], name)
            await step_on_stage(player)
        await yael.join(spectators["url"], "Yael")
        assert await yael.page.get_by_role("button", name="Step on stage").count() == 0
        await yael.page.get_by_role("button", name="Listen").click()

        # Everybody hears everybody, and nobody themselves; who is on stage is named to all, with how loud they are.
        for name, tone_of in ((n, t) for n in [*players, "Yael"] for t in TONES_HZ):
            await hears({**players, "Yael": yael}[name], tone_of, yes=name != tone_of)
        for visitor in (*players.values(), yael):
            await expect(visitor.page.locator(".player .person")).to_have_text(["Amara", "Jonas", "Mei"])
            for name in TONES_HZ:
                meter = visitor.page.get_by_role("meter", name=f"How loud {name} is")
                await expect(meter).not_to_have_js_property("value", 0)
        assert await yael.page.evaluate("window.sent") == 0
        assert await mei.page.evaluate("window.sent") == 1

        # A mix is one's own, and kept.
        await mei.page.get_by_role("button", name="Mix").click()
        await mei.page.get_by_role("slider", name="Place of Amara").fill("-1")
        await hears(mei, "Amara", side=0)
        await hears(mei, "Amara", side=1, yes=False)
        await mei.page.get_by_role("button", name="Mute for you: Jonas").click()
        await hears(mei, "Jonas", yes=False)
        await hears(amara, "Jonas")
        assert await faults(mei.page) == []
        await mei.page.get_by_role("button", name="Hear alone: Jonas").click()
        await hears(mei, "Amara", yes=False)
        await mei.page.get_by_role("button", name="Hear all again: Jonas").click()
        await mei.page.reload()
        await step_on_stage(mei)
        await hears(mei, "Amara", side=0)
        await hears(mei, "Amara", side=1, yes=False)
        await hears(mei, "Jonas", yes=False)

        # Who leaves frees the place, and the next one is heard in it. A lead's mute holds for everybody.
        await jonas.page.get_by_role("button", name="Leave the stage").click()
        await expect(yael.page.locator(".player .person")).to_have_text(["Amara", "Mei"])
        await hears(amara, "Jonas", yes=False)
        await step_on_stage(jonas)
        await hears(amara, "Jonas")
        member = (await ask(studio.url, token, "GET", f"/api/rooms/{room['room']}/stage"))["sessions"][0]["member"]
        await ask(studio.url, token, "PUT", f"/api/rooms/{room['room']}/members/{member}/mute")
        await amara.page.get_by_text("a lead has muted you").wait_for()
        await hears(yael, "Amara", yes=False)
        assert [visitor.complaints for visitor in (amara, jonas, mei, yael)] == [[]] * 4


async def test_the_microphone_is_asked_for_lent_and_taken_back(
    start_studio: Callable[..., Studio], chromium: Path, tmp_path: Path
) -> None:
    studio = start_studio("--media-port", "0")
    links = await room_with_links(studio)
    async with people(chromium, tmp_path, "Amara", "Mei") as (amara, mei):
        await amara.join(links["co-lead"], "Amara")
        await mei.join(links["spectator"], "Mei")
        assert await mei.page.get_by_role("button", name="Ask for the microphone").count() == 0  # nobody is on stage
        await step_on_stage(amara)
        await mei.page.get_by_role("button", name="Listen").click()
        await hears(mei, "Amara")

        await mei.page.get_by_role("button", name="Ask for the microphone").click()
        await mei.page.get_by_role("button", name="You asked for the microphone: never mind").wait_for()
        await expect(mei.page.get_by_text("You can read along. Ask for the pen?")).to_be_visible()
        await amara.page.get_by_text("Mei would like the microphone.").wait_for()
        assert await faults(mei.page) == await faults(amara.page) == []
        await picture(amara.page, "microphone-asked")
        await picture(mei.page, "microphone-asking")
        await amara.page.get_by_role("button", name="Give it for 10 min").click()
        await mei.page.get_by_text("You have the microphone for 10 minutes.").wait_for()
        await step_on_stage(mei)
        await hears(amara, "Mei")
        await hears(mei, "Mei", yes=False)

        await amara.page.get_by_role("button", name="Who is here").click()
        row = amara.page.locator(".person-row", has_text="Mei")
        await row.get_by_text("has the microphone, 10 min left").wait_for()
        await row.get_by_role("button", name="Take the microphone back").click()
        await picture(amara.page, "microphone-back")
        await row.get_by_role("button", name="Take it back now").click()
        await expect(mei.page.get_by_role("button", name="Step on stage")).to_have_count(0)
        await expect(mei.page.locator(".player .person")).to_have_text(["Amara"])
        await hears(amara, "Mei", yes=False)
        await picture(mei.page, "microphone-gone")
        assert [visitor.complaints for visitor in (amara, mei)] == [[]] * 2
