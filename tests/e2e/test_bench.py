"""The benchmarks work: a smoke run of two of them against the real server. What is timed is not looked at, what is lost is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE_S = 300


@pytest.mark.skipif(sys.platform != "linux", reason="the benchmarks read /proc")
def test_a_quick_run_loses_nothing(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "tests.bench", "--quick", "--json", str(report), "room", "crash"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = json.loads(report.read_bytes())
    for typed in found["raw"]["room"]:
        assert typed["expected"] > 0
        assert typed["delivered"] == typed["expected"]
        assert typed["cpu_us_per_delivery"] > 0
    for crash in found["raw"]["crash"]:
        assert sum(writer["saved"] for writer in crash["writers"]) > 0
        for writer in crash["writers"]:
            assert crash["kept"].get(str(writer["id"]), 0) >= writer["saved"]
    judged = {figure["name"]: figure["ok"] for figure in found["figures"] if figure["must"]}
    assert judged
    assert all(judged.values())
