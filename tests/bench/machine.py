"""What /proc says: CPU time and memory of a process and everything beneath it, and how busy the machine is. Linux only."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")
CALM_CORES = 0.3
"""So much of a core may others take before a row is marked, or while a run waits for the machine to calm down."""


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds since the start, ended children included, and resident memory now (shared memory counts for each process)."""

    cpu_s: float
    rss_mb: float


def usage(pid: int) -> Usage:
    """Of a process and all its descendants."""
    cpu_s = rss_kb = 0.0
    for process in tree(pid):
        try:
            fields = _stat(process)
            # utime, stime, and those of children that have ended and been waited for (proc(5), fields 14 to 17)
            cpu_s += sum(int(field) for field in fields[11:15]) / TICKS_PER_S
            status = (PROC / str(process) / "status").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        rss_kb += next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")), 0)
    return Usage(cpu_s, rss_kb / 1024)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on: the second is a name that may hold anything."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def tree(pid: int) -> list[int]:
    """A process and all its descendants."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                children.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
            except (FileNotFoundError, ProcessLookupError):
                continue
    found = [pid]
    for process in found:
        found += children.get(process, [])
    return found


def busy_s() -> float:
    """CPU seconds that the whole machine has worked since it started."""
    fields = [int(field) for field in (PROC / "stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS_PER_S


async def calm(patience_s: float) -> None:
    """Returns when the machine has been nearly idle for a second, or after a while."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        before = busy_s()
        await asyncio.sleep(1)
        if busy_s() - before < CALM_CORES:
            return
