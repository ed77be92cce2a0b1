"""Promptness: what the kernel says of a thread that asked for short slices, and of what it starts."""

from __future__ import annotations

import platform
import subprocess
import sys

from server.promptness import SCHED_SETATTR, SLICE_NS

SAID = """
import subprocess
from server.promptness import be_prompt

print(be_prompt(), flush=True)
with open("/proc/thread-self/sched") as told:
    print(*[line.split()[-1] for line in told if line.startswith("se.slice")], flush=True)
subprocess.run("grep se.slice /proc/self/sched", shell=True)
"""


def test_a_thread_asks_for_short_slices_and_what_it_starts_does_not() -> None:
    done = subprocess.run([sys.executable, "-c", SAID], capture_output=True, text=True)
    assert done.stderr == ""
    first, *slices = done.stdout.splitlines()
    assert first == str(sys.platform == "linux" and platform.machine() in SCHED_SETATTR)
    if _kernel() >= (6, 12) and len(slices) == 2:  # not every kernel tells
        own, started = (int(line.split()[-1]) for line in slices)
        assert own == SLICE_NS
        assert started > SLICE_NS


def _kernel() -> tuple[int, int]:
    major, minor = platform.release().split(".")[:2]
    return int(major), int(minor.partition("-")[0])
