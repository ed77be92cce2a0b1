"""The worker's child process: `python -m rooms.render.process LIMITS`, started by `Worker` and by nobody else.

It takes calls from its standard input and answers on its standard output, one after the other, until its input ends. It may be
killed at any time, and protects the machine from itself: little priority, bounded memory, bounded time.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import resource
import signal
import sys
import threading
import traceback
from typing import BinaryIO, Final

import msgspec

from rooms.errors import BadRequestError, UpdateRefusedError
from rooms.model import Limits
from rooms.render.frames import Reply, facts, read_call, write_reply
from rooms.render.tasks import TASKS

STACK_BYTES: Final = 512 << 20
"""Of address space. 100,000 nested types and a delete of the outermost need more than the usual 8 MB of stack."""


def main() -> None:
    limits = msgspec.json.decode(sys.argv[1], type=Limits)
    calls = sys.stdin.buffer
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not be taken for a reply
    faulthandler.enable(all_threads=False)
    os.nice(10)
    for ignored in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)  # meant for the server, which ends this process when it has no more use for it
    _limit_memory(limits.worker_memory_bytes + STACK_BYTES)
    threading.stack_size(STACK_BYTES)
    thread = threading.Thread(target=serve, args=(calls, replies, limits))
    thread.start()
    thread.join()


def _limit_memory(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):  # macOS refuses
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))


def serve(calls: BinaryIO, replies: BinaryIO, limits: Limits) -> None:
    while (received := read_call(calls)) is not None:
        call, blobs = received
        del received
        write_reply(replies, Reply(call.id, "began"))
        # SIGPROF ends the process after so much processor time, whatever it is in the middle of, and with or without a parent.
        signal.setitimer(signal.ITIMER_PROF, limits.worker_seconds)
        try:
            found, blob = TASKS[call.task](blobs, call.format, limits)
            reply = Reply(call.id, "done", facts=facts(found)) if found else Reply(call.id, "done")
        except UpdateRefusedError as error:
            reply, blob = Reply(call.id, "refused", (error.reason, str(error))), b""
        except BadRequestError as error:
            reply, blob = Reply(call.id, "bad", (str(error),)), b""
        except BaseException as error:  # noqa: BLE001 - pycrdt's panics are BaseExceptions; nothing else can stop this thread
            traceback.print_exc()
            write_reply(replies, Reply(call.id, "failed", (f"{type(error).__name__}: {error}",)))
            return
        write_reply(replies, reply, blob)
        signal.setitimer(signal.ITIMER_PROF, 0)
        del blobs, blob


if __name__ == "__main__":
    main()
