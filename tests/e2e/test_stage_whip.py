"""Chromium as a WHIP and WHEP client with no page of ours around it: its microphone beeps, and it hears itself by the relay."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.async_api import async_playwright

from tests.conftest import Studio

FAKE = ("--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
MEET = """async ([token, room]) => {
  const until = async (condition) => {
    for (const end = Date.now() + 20000; Date.now() < end; await new Promise((done) => setTimeout(done, 50))) {
      const found = await condition();
      if (found) return found;
    }
    throw new Error(`waited in vain: ${condition}`);
  };
  const meet = async (door, prepare) => {
    const peer = new RTCPeerConnection();
    await prepare(peer);
    await peer.setLocalDescription(await peer.createOffer());
    const response = await fetch(`/${door}/${room}`, {
      method: "POST",
      headers: { "Content-Type": "application/sdp", Authorization: `Bearer ${token}` },
      body: peer.localDescription.sdp,
    });
    if (response.status !== 201) throw new Error(await response.text());
    await peer.setRemoteDescription({ type: "answer", sdp: await response.text() });
    await until(() => peer.connectionState === "connected");
    return { peer, place: response.headers.get("Location") };
  };
  const stat = async ({ peer }, type) => [...(await peer.getStats()).values()].find((one) => one.type === type);
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
  const singer = await meet("whip", (peer) => peer.addTrack(microphone.getTracks()[0]));
  const began = performance.now();
  const listener = await meet("whep", (peer) => {
    peer.addTransceiver("audio", { direction: "recvonly" });
    peer.ontrack = ({ track }) => {
      const sound = document.createElement("audio");
      sound.srcObject = new MediaStream([track]);
      sound.play();
    };
  });
  await until(async () => (await stat(listener, "inbound-rtp"))?.packetsReceived > 0);
  const ms = performance.now() - began;
  const heard = await until(async () => {
    const inbound = await stat(listener, "inbound-rtp");
    return inbound?.totalAudioEnergy > 0.0001 && inbound;
  });
  const told = await until(async () => (await stat(singer, "remote-inbound-rtp"))?.roundTripTime !== undefined);
  const gone = await fetch(singer.place, { method: "DELETE", headers: { Authorization: `Bearer ${token}` } });
  await until(() => singer.peer.connectionState !== "connected");
  return { ms, lost: heard.packetsLost, concealed: heard.concealedSamples, told, gone: gone.status };
}"""


async def test_chromium_publishes_by_whip_and_listens_by_whep(start_studio: Callable[..., Studio], chromium: Path) -> None:
    studio = start_studio("--media-port", "0")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(FAKE))
        try:
            page = await browser.new_page()
            await page.goto(studio.url)
            found = await page.evaluate(MEET, [studio.token(), "songs"])
        finally:
            await browser.close()
    assert (found["lost"], found["told"], found["gone"]) == (0, True, 200)
