"""`script/run` and `script/server` as a person uses them: from any folder; signals, status and output are the program's own."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from tests.wire.running import START_S, STOP_S, environment

ROOT = Path(__file__).parents[2]


def test_it_runs_the_command_where_one_stands_and_prints_nothing_else(tmp_path: Path) -> None:
    done = subprocess.run(
        [ROOT / "script/run", "python", "-c", "import os, sys; print(os.getcwd(), sys.prefix, sep='\\n')"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=START_S,
    )
    assert done.stdout.splitlines() == [str(tmp_path.resolve()), str(ROOT / ".venv")], done.stderr


def test_it_brings_a_node_and_its_npm(tmp_path: Path) -> None:
    for program in ("node", "npm"):
        done = subprocess.run([ROOT / "script/run", program, "--version"], capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stderr


def test_it_ends_as_the_command_ends(tmp_path: Path) -> None:
    done = subprocess.run([ROOT / "script/run", "sh", "-c", "exit 7"], cwd=tmp_path, timeout=START_S)
    assert done.returncode == 7


def test_the_server_is_the_process_that_was_started(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [ROOT / "script/server", "--port", "0", "--data", "data"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Tutti is open at http://127.0.0.1:")
        assert f'"pid":{process.pid}' in (tmp_path / "data/server.json").read_text()
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_S) == 0
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
