"""Typing in a browser: from a key to the paint that shows it, in the room's page and in Tiptap alone."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import random
import shutil
import statistics
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Browser, CDPSession, Page, async_playwright

from tests.bench.bench import Bench
from tests.bench.errors import BenchError
from tests.bench.servers import Tutti, running
from tests.bench.verdict import Figure

WORDS = 100_000
PER_PARAGRAPH = 50
CURSORS = 10
KEYS_PER_S = 10
KEYS = 150
P95_MS = 50.0
UNSEEN_MS = 8.0
"""Browsers report events whose paint came 16 ms after them or later, in steps of 8: what isn't reported was faster."""

PLAIN = "plain Tiptap"
ROOT = Path(__file__).parents[2]
STATIC = ROOT / "static"
TEXT = (
    "the",
    "sea",
    "kept",
    "its",
    "own",
    "time",
    "and",
    "nobody",
    "in",
    "harbour",
    "asked",
    "what",
    "hour",
    "it",
    "was",
    "late",
)

WATCH = """() => {
  globalThis.keys = {pressed: 0, ms: []};
  addEventListener("keydown", () => keys.pressed++, true);
  new PerformanceObserver((list) => {
    for (const {name, duration} of list.getEntries()) if (name === "keydown") keys.ms.push(duration);
  }).observe({type: "event", durationThreshold: 16});
}"""


@dataclass(frozen=True, slots=True)
class Typed:
    """What one sitting at one page took."""

    p95_ms: float
    cpu_ms: float
    """Of the page's main thread, for each key."""


async def keys(bench: Bench) -> list[Figure]:
    """A document of 100,000 words with ten cursors that move five times a second; keys at 10/s in its middle, from a key to
    the next paint (Event Timing, in steps of 8 ms), and the CPU time of the page's main thread for each key, cursors included;
    beside it Tiptap with the same text and style sheet, alone in its page. On a busy machine only ratios and CPU time count."""
    paragraphs = _paragraphs(5_000 if bench.quick else WORDS)
    ours: list[Typed] = []
    plain: list[Typed] = []
    async with _chromium() as chrome:
        for _ in range(bench.runs):
            await bench.quiet()
            with _plain_page(bench.folder()) as address:
                plain.append(await _in_plain(bench, chrome, address, paragraphs))
            await bench.quiet()
            ours.append(await _in_room(bench, chrome, paragraphs))
    p95, beside = (statistics.median(run.p95_ms for run in runs) for runs in (ours, plain))
    cpu, beside_cpu = (statistics.median(run.cpu_ms for run in runs) for runs in (ours, plain))
    return [
        Figure("keys", "key to paint, p95", "ms", p95, at_most=P95_MS),
        Figure("keys", "key to paint, p95, beside", "ms", p95, beside, PLAIN, at_most=1.5),
        Figure("keys", "main thread for each key", "ms", cpu, beside_cpu, PLAIN, at_most=2.0),
    ]


def _paragraphs(words: int) -> list[str]:
    r = random.Random(1)
    return [" ".join(r.choice(TEXT) for _ in range(PER_PARAGRAPH)) for _ in range(words // PER_PARAGRAPH)]


@contextlib.asynccontextmanager
async def _chromium() -> AsyncIterator[Browser]:
    program = os.environ.get("TUTTI_CHROMIUM") or shutil.which("chromium")
    if program is None:
        raise BenchError("There is no Chromium: TUTTI_CHROMIUM says where one is.")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


@contextlib.contextmanager
def _plain_page(folder: Path) -> Iterator[str]:
    """Builds the page with nothing but Tiptap and serves it."""
    vite = STATIC / "node_modules/vite/bin/vite.js"
    command = ["node", str(vite), "build", str(STATIC / "tests/plain"), "--outDir", str(folder), "--emptyOutDir"]
    built = subprocess.run(command, cwd=STATIC, capture_output=True, text=True)
    if built.returncode != 0:
        raise BenchError(f"The plain page wasn't built: {built.stderr[-500:]}")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


async def _in_plain(bench: Bench, chrome: Browser, address: str, paragraphs: list[str]) -> Typed:
    page = await chrome.new_page(viewport={"width": 1280, "height": 860})
    await page.goto(address)
    await page.evaluate("paragraphs => begin(paragraphs)", paragraphs)
    return await _typed(bench, PLAIN, page, len(paragraphs))


async def _in_room(bench: Bench, chrome: Browser, paragraphs: list[str]) -> Typed:
    async with running(Tutti(bench.folder())) as server, aiohttp.ClientSession() as session:
        base = f"http://127.0.0.1:{server.port}"
        tokens = server.tokens(1 + CURSORS)
        session.headers["Authorization"] = f"Bearer {tokens[0]}"
        async with session.post(f"{base}/api/rooms", json={"title": "Keys"}) as answer:
            room = await answer.json()
        path = f"/api/rooms/{room['room']}/documents/main"
        text = "\n\n".join(paragraphs).encode()
        async with session.put(base + path, data=text, headers={"Content-Type": "text/plain"}) as answer:
            answer.raise_for_status()
        async with session.get(f"{base}/api/rooms/{room['room']}") as answer:
            document = (await answer.json())["main"]
        async with _cursors(f"ws://127.0.0.1:{server.port}/yjs", f"{room['room']}/{document}", tokens[1:]):
            page = await chrome.new_page(viewport={"width": 1280, "height": 860})
            await page.goto(room["invite"])
            await page.get_by_role("textbox").fill("Mei")
            await page.keyboard.press("Enter")
            return await _typed(bench, "the room", page, len(paragraphs))


@contextlib.asynccontextmanager
async def _cursors(base: str, name: str, tokens: list[str]) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        "node", ROOT / "tests/node/cursors.mjs", base, name, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write("\n".join(tokens).encode())
        process.stdin.close()
        async with asyncio.timeout(120):
            if json.loads(await process.stdout.readline() or b"{}").get("ready") != len(tokens):
                raise BenchError("The cursors did not come.")
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _typed(bench: Bench, where: str, page: Page, paragraphs: int) -> Typed:
    """Types in the middle of the page."""
    middle = page.locator(".page p").nth(paragraphs // 2)
    await middle.click(timeout=120_000)
    await asyncio.sleep(2)
    await page.evaluate(WATCH)
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = await _spent_ms(devtools)
    for _ in range(30 if bench.quick else KEYS):
        await asyncio.gather(page.keyboard.press("a"), asyncio.sleep(1 / KEYS_PER_S))
    await asyncio.sleep(0.5)
    found = await page.evaluate("() => globalThis.keys")
    cpu_ms = (await _spent_ms(devtools) - before) / found["pressed"]
    await page.close()
    all_ms = sorted([*found["ms"], *[UNSEEN_MS] * (found["pressed"] - len(found["ms"]))])
    typed = Typed(float(all_ms[int(len(all_ms) * 0.95)]), cpu_ms)
    bench.keep("keys", {"where": where, "ms": all_ms, "cpu_ms": cpu_ms})
    bench.say(f"keys: {where}: p50 {all_ms[len(all_ms) // 2]:.0f} ms, p95 {typed.p95_ms:.0f} ms, CPU {cpu_ms:.1f} ms a key")
    return typed


async def _spent_ms(devtools: CDPSession) -> float:
    """What the page's main thread has spent so far, as CPU time: other programs of a busy machine don't count."""
    metrics = (await devtools.send("Performance.getMetrics"))["metrics"]
    return next(float(each["value"]) * 1000 for each in metrics if each["name"] == "TaskDuration")
