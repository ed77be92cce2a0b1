"""Janus, where it is installed (`apt-get install janus`): started with one event loop and a video room, and spoken to over
WebSockets."""

from __future__ import annotations

import asyncio
import re
import secrets
import shutil
import socket
from pathlib import Path
from typing import Any, Self

import aiohttp
from aioice import stun

from server.media import stun as answering
from server.media.dtls import Dtls, Fingerprint
from tests.bench.errors import BenchError
from tests.bench.servers import Server
from tests.media_client import OPEN, Client

OURS = "theirs", b"p" * 24
"""The credentials in `tests.media_client.offer`."""
PATIENCE_S = 20.0
ROOM = 1
CONFIGURATION = """\
general: {{
    plugins_folder = "{library}/plugins"
    transports_folder = "{library}/transports"
    events_folder = "{library}/events"
    loggers_folder = "{library}/loggers"
    debug_level = 2
    event_loops = 1
}}
nat: {{ ice_enforce_list = "{address}" }}
transports: {{ disable = "libjanus_http.so,libjanus_rabbitmq.so,libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so" }}
"""
WEBSOCKETS = """\
general: {{
    json = "compact"
    ws = true
    ws_port = {port}
    ws_ip = "127.0.0.1"
}}
"""


def own_address() -> str:
    """One of this machine's that isn't loopback, which Janus takes for nobody's; empty where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        return str(asked.getsockname()[0])


class JanusServer(Server):
    name = "janus"
    dialect = ""
    path = ""

    @classmethod
    def check(cls) -> None:
        if shutil.which("janus") is None:
            raise BenchError("There is no Janus here: on Debian, apt-get install janus brings it.")
        if not own_address():
            raise BenchError("Janus needs an address of this machine's beside loopback.")

    def _command(self) -> list[str]:
        program = Path(shutil.which("janus") or "janus")
        library = next(Path("/usr/lib").glob("*/janus"), Path("/usr/lib/janus"))
        (self.folder / "janus.jcfg").write_text(CONFIGURATION.format(library=library, address=own_address()))
        (self.folder / "janus.plugin.videoroom.jcfg").write_text("general: {}\n")
        (self.folder / "janus.transport.websockets.jcfg").write_text(WEBSOCKETS.format(port=self.port))
        return [str(program), "-F", str(self.folder)]

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"


class Asked(Client):
    """A client of somebody who is no ICE-lite: it is asked for checks, too."""

    def __init__(self, *ways: str) -> None:
        super().__init__(*ways)
        self.nominated = asyncio.Event()

    async def open(self, host: str) -> None:
        loop = asyncio.get_running_loop()
        OPEN.append(self)
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, 0))
        port = self.transport.get_extra_info("sockname")[1]
        candidate = f"a=candidate:1 1 udp 2130706431 {host} {port} typ host\r\na=end-of-candidates\r\n"
        self.offer = self.offer.replace(
            "a=ice-ufrag", f"{candidate}a=ice-ufrag", 1
        )  # of the first line, which bundles the others

    async def connect(self, answer: str) -> Client:
        """As the one who offers: checks, nominates, and shakes hands."""
        self._take(answer)
        await self.check()
        return await self._greet()

    async def follow(self, offer: str) -> Client:
        """As the one who answers: waits for the other's nomination."""
        self._take(offer)
        async with asyncio.timeout(PATIENCE_S):
            await self.nominated.wait()
        return await self._greet()

    def _take(self, said: str) -> None:
        self.read(said)
        algorithm, digest = re.findall(r"a=fingerprint:(\S+) (\S+)", said)[0]
        print_ = Fingerprint(algorithm, bytes.fromhex(digest.replace(":", "")))
        self.dtls = Dtls(self.identity, active=True, fingerprints=(print_,))

    async def _greet(self) -> Client:
        """Says hello until it is heard: Janus listens only once its own checks have come through."""
        self.dtls.start()
        async with asyncio.timeout(PATIENCE_S):
            while not self.dtls.done:
                self._flush()
                await asyncio.sleep(0.1)
                if (self.dtls.patience_s or 0) < 0.01 and not self.dtls.done:
                    self.dtls.again()
        return self

    def datagram_received(self, data: bytes, addr: Any) -> None:
        check = answering.read(data) if data[:2] == b"\0\1" else None
        if check is not None:
            self.relay = addr
            self.transport.sendto(answering.answer(check, addr, OURS[1]), addr)
            if check.nominates:
                self.nominated.set()
            return
        if data[0] < 4 and stun.parse_message(data).message_class is not stun.Class.RESPONSE:
            return
        super().datagram_received(data, addr)


class Janus:
    """A session with it, and a room of its video room."""

    def __init__(self, url: str, host: str) -> None:
        self._url = url
        self._host = host
        self._feeds: list[int] = []
        self._asked: dict[str, asyncio.Future[dict[str, Any]]] = {}

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession()
        self._socket = await self._http.ws_connect(self._url, protocols=["janus-protocol"])
        self._reading = asyncio.create_task(self._read())
        self._session = (await self._ask({"janus": "create"}))["data"]["id"]
        made = {"request": "create", "room": ROOM, "publishers": 100, "audiocodec": "opus", "notify_joining": False}
        await self._message(await self._attach(), made)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reading.cancel()
        await self._http.close()

    async def publish(self) -> Client:
        client = Asked("sendonly")
        await client.open(self._host)
        handle = await self._attach()
        joined = await self._message(handle, {"request": "join", "ptype": "publisher", "room": ROOM})
        self._feeds.append(joined["plugindata"]["data"]["id"])
        answer = await self._message(handle, {"request": "publish"}, {"type": "offer", "sdp": client.offer})
        return await client.connect(answer["jsep"]["sdp"])

    async def listen(self, feeds: list[int]) -> Client:
        client = Asked(*["recvonly"] * len(feeds))
        await client.open(self._host)
        handle = await self._attach()
        streams = [{"feed": self._feeds[number]} for number in feeds]
        joined = {"request": "join", "ptype": "subscriber", "room": ROOM, "streams": streams}
        offer = (await self._message(handle, joined))["jsep"]["sdp"]
        answer = client.offer
        for old, new in zip(re.findall(r"a=mid:\S+", answer), re.findall(r"a=mid:\S+", offer), strict=True):
            assert old == new
        (await self._message(handle, {"request": "start"}, {"type": "answer", "sdp": answer}))
        return await client.follow(offer)

    async def _attach(self) -> int:
        return int((await self._ask({"janus": "attach", "plugin": "janus.plugin.videoroom"}))["data"]["id"])

    async def _message(self, handle: int, body: dict[str, Any], jsep: dict[str, str] | None = None) -> dict[str, Any]:
        return await self._ask({"janus": "message", "handle_id": handle, "body": body} | ({"jsep": jsep} if jsep else {}))

    async def _ask(self, said: dict[str, Any]) -> dict[str, Any]:
        name = secrets.token_hex(8)
        answer = self._asked[name] = asyncio.get_running_loop().create_future()
        known = {} if said["janus"] == "create" else {"session_id": self._session}
        await self._socket.send_json({**said, **known, "transaction": name})
        async with asyncio.timeout(PATIENCE_S):
            found: dict[str, Any] = await answer
        if found["janus"] == "error" or "error" in found.get("plugindata", {}).get("data", {}):
            raise BenchError(f"Janus refused: {found}")
        return found

    async def _read(self) -> None:
        async for message in self._socket:
            said = message.json()
            answer = self._asked.get(said.get("transaction", ""))
            if answer is not None and not answer.done() and said["janus"] != "ack":
                answer.set_result(said)
