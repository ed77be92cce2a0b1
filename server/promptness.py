"""Promptness: how soon a thread that wakes up gets a processor that others keep busy.

Since Linux 6.6 a thread that runs is left its whole slice, some 3 ms, before one that has just woken up: with as many busy
threads as processors, if only a worker of the lowest priority, every edit and packet may wait so long. A thread may ask for a
shorter slice (since 6.12, sched_setattr(2)); it then goes before those with longer ones, for no more of the processor in all.
That needs no privilege. Elsewhere nothing changes. See docs/decisions/0020-promptness.md.
"""

from __future__ import annotations

import os
import platform
import struct
import sys
from typing import Final

SLICE_NS: Final = 100_000
"""The shortest slice that the kernel gives."""
SCHED_SETATTR: Final = {"x86_64": 314, "aarch64": 274, "riscv64": 274}
"""The number of the system call, by machine."""
ATTRIBUTES: Final = struct.Struct("IIQiIQQQII")
"""`struct sched_attr`: size, policy, flags, nice, priority, runtime, deadline, period, util_min, util_max."""
SCHED_OTHER: Final = 0
RESET_ON_FORK: Final = 1


def be_prompt() -> bool:
    """Asks for short slices for the thread that calls; what it starts has usual ones. False where that can't be asked for."""
    number = SCHED_SETATTR.get(platform.machine())
    if sys.platform != "linux" or number is None:
        return False
    import ctypes

    nice = os.getpriority(os.PRIO_PROCESS, 0)
    attributes = ATTRIBUTES.pack(ATTRIBUTES.size, SCHED_OTHER, RESET_ON_FORK, nice, 0, SLICE_NS, 0, 0, 0, 0)
    return bool(ctypes.CDLL(None).syscall(number, 0, attributes, 0) == 0)
