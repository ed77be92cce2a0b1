"""Runs the benchmarks that are named (otherwise all but the soak, which takes half an hour), prints their parameters and one
table."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import FrameType

from tests.bench.bench import Bench
from tests.bench.churn import churn
from tests.bench.crash import crash
from tests.bench.deep import deep
from tests.bench.documents import typed_in
from tests.bench.errors import BenchError
from tests.bench.histories import histories
from tests.bench.isolation import isolation
from tests.bench.keys import keys
from tests.bench.media import media
from tests.bench.servers import PEER_KINDS
from tests.bench.slow_reader import slow_reader
from tests.bench.soak import soak
from tests.bench.traffic import fanout, many, room
from tests.bench.verdict import Figure, table

BENCHMARKS: Mapping[str, Callable[[Bench], Awaitable[list[Figure]]]] = {
    "room": room,
    "fanout": fanout,
    "many": many,
    "typed-in": typed_in,
    "isolation": isolation,
    "history": histories,
    "slow-reader": slow_reader,
    "churn": churn,
    "crash": crash,
    "deep": deep,
    "keys": keys,
    "media": media,
    "soak": soak,
}


async def run(names: list[str], bench: Bench, figures: list[Figure]) -> None:
    for name in names:
        began = time.monotonic()
        figures += await BENCHMARKS[name](bench)
        bench.say(f"{name}: done in {time.monotonic() - began:.0f} s")


def main() -> int:
    arguments = parser().parse_args()
    names = arguments.names or [name for name in BENCHMARKS if name != soak.__name__]
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        sys.stderr.write(f"There is no benchmark called {unknown[0]}; there are {', '.join(BENCHMARKS)}.\n")
        return 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    peer = PEER_KINDS[arguments.peer] if arguments.peer else None
    work = Path(tempfile.mkdtemp(prefix="tutti-bench-"))
    bench = Bench(work, peer, 1 if arguments.quick else arguments.runs, arguments.quick, arguments.calm)
    figures: list[Figure] = []
    try:
        if peer is not None:
            peer.check()
        asyncio.run(run(names, bench, figures))
    except BenchError as error:
        sys.stderr.write("\n".join([str(error), *getattr(error, "__notes__", [])]) + "\n")
        return 2
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if figures:  # also those before something went wrong, or somebody had enough
            report(bench, figures, arguments.json)
    return 1 if any(figure.must and figure.ok is False for figure in figures) else 0


def report(bench: Bench, figures: list[Figure], file: Path | None) -> None:
    names = dict.fromkeys(figure.benchmark for figure in figures)
    parameters = {name: " ".join((BENCHMARKS[name].__doc__ or "").split()) for name in names}
    sys.stdout.write("".join(f"{name}: {text}\n" for name, text in parameters.items()) + f"\n{table(figures)}\n")
    if bench.peer is None:
        sys.stdout.write("\nNo peer was measured: --peer hocuspocus compares with one.\n")
    if file is not None:
        machine = {"cores": os.cpu_count(), "python": platform.python_version(), "kernel": platform.release()}
        facts = {
            "machine": machine,
            "runs": bench.runs,
            "quick": bench.quick,
            "parameters": parameters,
            "figures": [figure.facts() for figure in figures],
            "raw": bench.raw,
        }
        file.write_text(json.dumps(facts, indent=1))


def _end(number: int, _: FrameType | None) -> None:
    """Leaves by the `finally` clauses, which end the servers that were started."""
    sys.exit(128 + number)


def parser() -> argparse.ArgumentParser:
    described = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    described.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    described.add_argument(
        "--peer", choices=sorted(PEER_KINDS), help="compare with it, in the same sitting; TUTTI_PEERS says where it is"
    )
    described.add_argument(
        "--runs", type=int, default=3, metavar="N", help="how often each is measured; the median counts (default 3)"
    )
    described.add_argument(
        "--quick", action="store_true", help="a few seconds each, to see that everything works: its figures mean nothing"
    )
    described.add_argument(
        "--calm", type=float, default=20.0, metavar="S", help="seconds to wait for an idle machine before each run"
    )
    described.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured")
    return described


if __name__ == "__main__":
    sys.exit(main())
