"""Seeded sessions of four yjs clients through a real server: in the end everybody reads the same, and so does the log.

They write text, marks, embeds, XML, maps and lists with emoji in them, undo, send things twice, go offline and come back with
what they had, with an older copy or with nothing (`tests/node/sessions-*.mjs`). A new client, a stale one, the log after a
SIGKILL and yjs, given the raw rows, must render what they render: values are compared, not bytes.

`TUTTI_SESSIONS` asks for a longer run, `TUTTI_SESSIONS_SEED` for another. The seed decides who does what; what the network
makes of it isn't in its hands.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conftest import NODE_SCRIPTS, Studio

SESSIONS = int(os.environ.get("TUTTI_SESSIONS", "300"))
SEED = int(os.environ.get("TUTTI_SESSIONS_SEED", "20261"))
SPLIT_SESSIONS = max(50, SESSIONS // 6)
"""Sessions whose edits may fall between the halves of a surrogate pair: yjs' own replicas need not agree there."""
STEPS = 100
PARALLEL = 8


class Sessions:
    """A Node process with all clients of some sessions."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def begin(cls, url: str, tokens: list[str], first: int, count: int, *, split: bool) -> Sessions:
        node = shutil.which("node")
        assert node, "the tests need Node"
        told = [url.replace("http", "ws", 1), tokens, SEED, first, count, split, STEPS, PARALLEL]
        process = await asyncio.create_subprocess_exec(
            node,
            NODE_SCRIPTS / "sessions-run.mjs",
            json.dumps(told),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 24,
        )
        return cls(process)

    async def order(self, do: str, **what: Any) -> dict[str, Any]:
        """Has it done; there must be nothing to complain of."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"do": do, **what}).encode() + b"\n")
        line = await self._process.stdout.readline()
        assert line, "the sessions' process has ended"
        answer: dict[str, Any] = json.loads(line)
        assert answer["failures"] == [], f"seed {SEED}, after {do}: " + "\n".join(answer["failures"][:20])
        return answer

    async def end(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        await self._process.wait()


def export_log(data: Path, file: Path) -> None:
    """The raw rows of every room, in order, a room a line."""
    rooms: dict[str, list[str]] = defaultdict(list)
    database = sqlite3.connect(f"file:{data / 'tutti.sqlite'}?mode=ro", uri=True)
    try:
        for room, update in database.execute('select room, "update" from log order by seq'):
            rooms[room].append(base64.b64encode(update).decode())
    finally:
        database.close()
    file.write_text("".join(json.dumps({"room": room, "updates": updates}) + "\n" for room, updates in rooms.items()))


async def test_everybody_and_the_log_read_the_same(start_studio: Callable[..., Studio], tmp_path: Path) -> None:
    print(f"seed {SEED}")  # noqa: T201 - to be found where it fails
    studio = start_studio(TUTTI_LIMIT_FOLD_ROWS="40", TUTTI_LIMIT_FOLD_ROWS_AT_CLOSE="20")
    tokens = [studio.token(name=name) for name in ("Ana", "Bo", "Cleo", "Dov")]
    whole = await Sessions.begin(studio.url, tokens, 0, SESSIONS, split=False)
    split = await Sessions.begin(studio.url, tokens, SESSIONS, SPLIT_SESSIONS, split=True)
    try:
        written = (await asyncio.gather(whole.order("write"), split.order("write")))[0]
        assert written["edits"] > SESSIONS * STEPS / 2
        assert written["reconnects"] > SESSIONS
        studio.kill9()
        export_log(studio.data, tmp_path / "log")
        await asyncio.gather(whole.order("log", file=str(tmp_path / "log")), split.order("log", file=str(tmp_path / "log")))
        studio.restart()
        await asyncio.gather(whole.order("return"), split.order("return"))
    finally:
        await asyncio.gather(whole.end(), split.end())
        studio.end()
    assert "Traceback" not in studio.log()
