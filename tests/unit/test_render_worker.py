"""The worker against a real child process: what it gives back, and what happens when the child doesn't."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace as changed
from pathlib import Path

import pytest
from PIL import Image

from rooms.errors import BadRequestError, TooFastError, UpdateRefusedError, WorkerError
from rooms.model import Limits
from rooms.ranges import Ranges
from rooms.render import TaskError, Worker, lane
from rooms.render.lane import WAITING
from rooms.scan import scan
from tests.unit.render_documents import chain, crowd, nested_arrays, page, pages

LIMITS = Limits()
PATIENCE_S = 20.0
ENDLESS = crowd(300_000)
"""Takes a minute of processor time to build; merging and scanning it is quick."""

NewWorker = Callable[..., Worker]


@pytest.fixture
async def new_worker() -> AsyncIterator[NewWorker]:
    workers: list[Worker] = []

    def make(**limits: float) -> Worker:
        workers.append(Worker(changed(LIMITS, **limits)))  # type: ignore[arg-type]
        return workers[-1]

    yield make
    for worker in workers:
        await worker.close()


@pytest.fixture
def worker(new_worker: NewWorker) -> Worker:
    return new_worker()


def pid(worker: Worker) -> int:
    assert worker._words._child is not None
    return worker._words._child._transport.get_pid()


async def until(wanted: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not wanted():
            await asyncio.sleep(0.005)


def state(process: int) -> str:
    """The letter by which the system says how a process is: Z for one that nobody has collected, T for a stopped one."""
    if Path("/proc/self/stat").exists():
        try:
            return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return ""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True)
    return done.stdout.strip()[:1]


def is_alive(process: int) -> bool:
    """A zombie is not: whoever should collect it may be gone, too."""
    return state(process) not in ("", "Z")


async def stop(process: int) -> None:
    os.kill(process, signal.SIGSTOP)
    await until(lambda: state(process) == "T")


async def endless(worker: Worker) -> asyncio.Task[bytes]:
    """A task that the child has begun and doesn't end."""
    task = asyncio.create_task(worker.render([ENDLESS], "json"))
    await until(lambda: worker._words._child is not None and worker._words._child.began)
    return task


async def works(worker: Worker) -> None:
    assert await worker.render([page("still here")], "text") == b"still here\n"


# What it gives back


async def test_a_scan_is_what_the_scan_says(worker: Worker) -> None:
    for update in pages("one", "two", "three"):
        assert await worker.scan(update) == scan(update, LIMITS)


async def test_a_refusal_arrives_as_it_was_raised(worker: Worker) -> None:
    with pytest.raises(UpdateRefusedError) as there:
        await worker.scan(b"\x01\x02")
    with pytest.raises(UpdateRefusedError) as here:
        scan(b"\x01\x02", LIMITS)
    assert (there.value.reason, str(there.value)) == (here.value.reason, str(here.value))
    assert worker.failures == 0


async def test_the_child_scans_within_the_limits_it_was_given(new_worker: NewWorker) -> None:
    with pytest.raises(UpdateRefusedError, match="too many parts"):
        await new_worker(types_per_document=3).scan(page("one", "two"))


async def test_merging_gives_the_update_and_what_it_holds(worker: Worker) -> None:
    *updates, _ = pages(*[f"paragraph {n}" for n in range(200)])
    merged = await worker.merge(updates)
    found = scan(merged.update, LIMITS)
    assert (merged.runs, merged.deletes_at, merged.types) == (found.runs, found.deletes_at, found.types)
    assert list(Ranges.unpack(merged.deleted)) == found.deletes
    before = Ranges([(7, 2, 5), *found.deletes[:1]])
    again = await worker.merge(updates, before.pack())
    assert sorted(Ranges.unpack(again.deleted)) == sorted([(7, 2, 5), *found.deletes])
    assert await worker.render([merged.update], "text") == await worker.render(updates, "text")


async def test_a_merge_of_nothing_is_nothing(worker: Worker) -> None:
    merged = await worker.merge([])
    assert (merged.update, merged.runs) == (b"\x00\x00", [])


async def test_a_diff_leaves_out_what_is_known(worker: Worker) -> None:
    first, second, both = pages("one", "two")
    end = scan(first, LIMITS).runs[0][2]
    assert scan(await worker.diff([both], bytes([1, 1, end])), LIMITS).runs == scan(second, LIMITS).runs


async def test_an_import_comes_back_as_it_went_in(worker: Worker) -> None:
    update = await worker.replace([], "markdown", b"# Title\n\nSome *words*.\n")
    assert await worker.render([update], "markdown") == b"# Title\n\nSome *words*.\n"


@pytest.mark.parametrize(
    ("kind", "body", "sentence"),
    [
        ("text", b"\xff", "This is not text in UTF-8."),
        ("json", b'{"type": "paragraph"}', "At $: the outermost node must be of type doc."),
        ("docx", b"", "This Word file is damaged, or isn't what its name says."),
        ("pdf", b"", "A page can't be read from pdf."),
    ],
)
async def test_a_body_that_cannot_be_read_gets_a_sentence(worker: Worker, kind: str, body: bytes, sentence: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        await worker.replace([], kind, body)
    assert str(caught.value) == sentence


async def test_there_are_no_other_formats(worker: Worker) -> None:
    with pytest.raises(BadRequestError):
        await worker.render([page("one")], "pdf")


async def test_megabytes_arrive_whole(worker: Worker) -> None:
    letters = "".join(chr(0x4E00 + n % 5000) for n in range(5 << 20))  # three bytes each
    update = page(letters)
    assert len(update) > 15 << 20
    assert (await worker.merge([update])).update == update
    assert await worker.render([update], "text") == letters.encode() + b"\n"


async def test_tasks_at_once_are_done_one_after_the_other(worker: Worker) -> None:
    texts = [f"page {n}" for n in range(20)]
    answers = await asyncio.gather(*(worker.render([page(text)], "text") for text in texts))
    assert answers == [f"{text}\n".encode() for text in texts]
    assert len(worker._words._children) == 1


# What happens when the child doesn't


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSEGV])
async def test_a_child_that_dies_fails_its_task_alone(worker: Worker, sent: signal.Signals) -> None:
    task = await endless(worker)
    waiting = asyncio.create_task(worker.render([page("me too")], "text"))
    await asyncio.sleep(0)
    os.kill(pid(worker), sent)
    with pytest.raises(TaskError) as caught:
        await task
    assert caught.value.why == f"render: it was ended by {sent.name}"
    assert await waiting == b"me too\n"
    assert worker.failures == 1


async def test_a_task_that_had_not_begun_is_tried_again(worker: Worker) -> None:
    await works(worker)
    first = pid(worker)
    await stop(first)  # it can't take the task
    task = asyncio.create_task(worker.render([page("second try")], "text"))
    await asyncio.sleep(0.05)
    os.kill(first, signal.SIGKILL)
    assert await task == b"second try\n"
    assert worker.failures == 1
    assert pid(worker) != first


async def test_a_child_that_dies_idle_is_replaced(worker: Worker) -> None:
    await works(worker)
    os.kill(pid(worker), signal.SIGKILL)
    await until(lambda: worker._words._child is None)
    await works(worker)
    assert worker.failures == 1


async def test_a_task_that_takes_too_long_is_ended(new_worker: NewWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "PATIENCE", 600)  # the child gives way to everybody: a second may take it minutes
    worker = new_worker(worker_seconds=1.0)
    await works(worker)
    child = pid(worker)
    with pytest.raises(TaskError, match="could not be put together") as caught:
        await worker.render([ENDLESS], "html")
    assert caught.value.why == "render: it used up its processor time"
    assert not is_alive(child)
    await works(worker)
    assert worker.failures == 1


async def test_a_task_that_cannot_get_on_is_given_up_but_not_blamed(
    new_worker: NewWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = new_worker()
    await works(worker)
    with monkeypatch.context() as impatient:  # only now: a child's start takes its time on a busy machine
        impatient.setattr(lane, "PATIENCE", 3 / LIMITS.worker_seconds)
        task = await endless(worker)
        child = pid(worker)
        await stop(child)  # as good as a machine with better things to do
        with pytest.raises(WorkerError) as caught:
            await task
    assert type(caught.value) is WorkerError
    await until(lambda: not is_alive(child))
    await works(worker)
    assert worker.failures == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of a process")
async def test_a_task_that_takes_too_much_memory_is_ended(new_worker: NewWorker) -> None:
    worker = new_worker(worker_memory_bytes=60 << 20)
    await works(worker)
    with pytest.raises(TaskError):
        await worker.render([chain(100_000, deleted=False)], "json")
    await works(worker)
    assert worker.failures == 1


@pytest.mark.parametrize("document", [chain(100_000, deleted=True), chain(100_000, deleted=False), nested_arrays(26_500)])
async def test_documents_that_overflow_an_ordinary_stack_are_built(worker: Worker, document: bytes) -> None:
    await worker.render([document], "json")
    assert worker.failures == 0


async def test_bytes_that_are_no_update_fail_their_task_and_are_logged(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(TaskError) as caught:
        await worker.render([b"\x05nonsense"], "json")
    assert caught.value.why.startswith("render: ValueError: ")
    await until(lambda: "Traceback" in caplog.text)
    await works(worker)
    assert worker.failures == 1


async def test_pictures_hold_nobody_up(worker: Worker) -> None:
    small = io.BytesIO()
    Image.new("RGB", (2, 2)).save(small, "PNG")
    await worker.image(small.getvalue())
    busy = worker._pictures._child
    assert busy is not None
    await stop(busy._transport.get_pid())
    waiting = asyncio.create_task(worker.image(small.getvalue()))
    await works(worker)
    assert not waiting.done()
    os.kill(busy._transport.get_pid(), signal.SIGCONT)
    found, _ = await waiting
    assert (found.width, found.height) == (2, 2)


async def test_long_exports_hold_up_nobody_who_joins(worker: Worker) -> None:
    task = await endless(worker)
    assert (await worker.merge([page("x")])).update == page("x")
    assert not task.done()


async def test_an_idle_child_is_dismissed(new_worker: NewWorker) -> None:
    worker = new_worker(worker_idle_s=0.05)
    await works(worker)
    child = next(iter(worker._words._children))
    async with asyncio.timeout(PATIENCE_S):
        await child.gone.wait()
    assert child.end == "it ended with status 0"
    await works(worker)
    assert worker.failures == 0


async def test_more_tasks_than_may_wait_are_refused(worker: Worker) -> None:
    task = await endless(worker)
    waiting = [asyncio.create_task(worker.rename([page("x")], {})) for _ in range(WAITING - 1)]
    await asyncio.sleep(0)
    with pytest.raises(TooFastError):
        await worker.rename([page("one too many")], {})
    os.kill(pid(worker), signal.SIGKILL)
    with pytest.raises(TaskError):
        await task
    await asyncio.gather(*waiting)
    await works(worker)


async def test_a_task_nobody_waits_for_is_given_up(worker: Worker) -> None:
    task = await endless(worker)
    child = pid(worker)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await works(worker)
    await until(lambda: not is_alive(child))
    assert worker.failures == 0


async def test_closing_ends_the_child_and_what_waits(worker: Worker) -> None:
    tasks: list[Awaitable[object]] = [await endless(worker), asyncio.create_task(worker.rename([page("x")], {}))]
    await asyncio.sleep(0)
    child = pid(worker)
    await worker.close()
    assert not is_alive(child)
    for failure in await asyncio.gather(*tasks, return_exceptions=True):
        assert type(failure) is WorkerError
    with pytest.raises(WorkerError):
        await worker.rename([page("x")], {})
    assert worker.failures == 0


async def test_it_yields_to_everybody_else_and_is_bounded(worker: Worker) -> None:
    await works(worker)
    child = pid(worker)
    assert os.getpriority(os.PRIO_PROCESS, child) == min(os.getpriority(os.PRIO_PROCESS, 0) + 10, 19)
    if sys.platform == "linux":
        size = LIMITS.worker_memory_bytes + (512 << 20)
        assert resource.prlimit(child, resource.RLIMIT_DATA) == (size, size)


async def test_signals_for_the_server_do_not_end_it(worker: Worker) -> None:
    await works(worker)
    child = pid(worker)
    for sent in (signal.SIGINT, signal.SIGTERM):
        os.kill(child, sent)
    await works(worker)
    assert pid(worker) == child


PARENT = """
import asyncio
from rooms.model import Limits
from rooms.render import Worker

async def main():
    worker = Worker(Limits())
    await worker.scan(b"\\0\\0")
    print(worker._updates._child._transport.get_pid(), flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_it_ends_with_its_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.kill()
    deadline = time.monotonic() + PATIENCE_S
    while is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_alive(child)
