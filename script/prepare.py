"""Makes the project's environment: `.venv` with what `uv.lock` names, and the built page. `script/run` calls it first.

Runs first under whatever Python 3.11 or later the machine has, then under `.venv`'s. Each step leaves a stamp made of what went
into it, so that a second run only looks and an interrupted one goes on; a lock makes two runs at once take turns. With the word
`tests` it also brings what tests need, and prints the path of a Chromium: the only thing that goes to standard output.

Nothing is installed outside this folder, with three exceptions, only as root on a Debian that lacks them: the part of Python
that makes environments, a Chromium (see `chromium.py`), and coturn.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import page

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin/python"
NODE = VENV / "node"


class CannotPrepareError(Exception):
    """Says in a sentence what is missing, and what to do."""


def prepare(*, tests: bool) -> None:
    """Brings everything up to date. Raises CannotPrepareError or CannotBuildError."""
    if not _environment_is_current():
        with _turn():
            if not _environment_is_current():
                _make_environment()
    if Path(sys.prefix) != VENV:
        os.execv(PYTHON, [str(PYTHON), *sys.argv])
    # `.venv/node` may be links to the system's Node, which comes and goes.
    if not (page.is_built(ROOT) and (NODE / "node").exists()):
        with _turn():
            if not (NODE / "node").exists():
                page.put_on_path(NODE)
            page.build(ROOT)
    if tests:
        _prepare_tests()


def _prepare_tests() -> None:
    # Only `.venv`'s Python can import it: it starts browsers through Playwright.
    import chromium

    with _turn():
        page.packages(ROOT / "tests/node")
        _bring_coturn()
        print(chromium.find(ROOT / ".cache"))


def _bring_coturn() -> None:
    """A TURN server. Not installed here where systemd runs, which would start it as a service."""
    if shutil.which("turnserver"):
        return
    if not _can_install() or Path("/run/systemd/system").exists():
        raise CannotPrepareError("The tests of TURN servers need coturn: install it, then try again.")
    _say("installing coturn, for the tests of TURN servers")
    _install("coturn")


def _make_environment() -> None:
    if _stamp()[:1] != [str(ROOT)]:
        # None here, never finished, or moved from elsewhere: its scripts name the folder they were made for.
        _say(f"making .venv with {sys.executable} ({sys.version.split()[0]})")
        _need_ensurepip()
        _run(sys.executable, "-m", "venv", "--clear", str(VENV))
        _say("bringing uv")
        _run(str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"uv=={_uv_version()}")
    _say("bringing what uv.lock names")
    wanted = _wanted()
    # Compiled here, once: where people forbid Python to write bytecode, each start would take seconds longer.
    _run(str(VENV / "bin/uv"), "sync", "--frozen", "--compile-bytecode", "--python", str(PYTHON))
    shutil.rmtree(NODE, ignore_errors=True)
    (VENV / ".tutti").write_text("\n".join(wanted))


def _environment_is_current() -> bool:
    return PYTHON.exists() and _stamp() == _wanted()


def _stamp() -> list[str]:
    try:
        return (VENV / ".tutti").read_text().splitlines()
    except OSError:
        return []


def _wanted() -> list[str]:
    return [str(ROOT), page.digest(ROOT, (ROOT / "pyproject.toml", ROOT / "uv.lock"))]


def _uv_version() -> str:
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    return next(str(package["version"]) for package in lock["package"] if package["name"] == "uv")


def _need_ensurepip() -> None:
    if importlib.util.find_spec("ensurepip"):
        return
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if not _can_install():
        raise CannotPrepareError(
            f"{sys.executable} can't make environments: it has no ensurepip. On Debian and Ubuntu, "
            f"`sudo apt-get install {package}` brings it; then try again."
        )
    _say(f"installing {package}, without which this Python can't make environments")
    _install(package)


def _can_install() -> bool:
    """Whether Debian's packages can be brought here, and by us."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install(package: str) -> None:
    _run("apt-get", "update", "--quiet")
    _run("apt-get", "install", "--quiet", "--yes", "--no-install-recommends", package)


def _run(*command: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"}}
    # What these print is progress: standard output belongs to the command that is about to run.
    try:
        subprocess.run(command, cwd=ROOT, env=environment, stdout=sys.stderr, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise CannotPrepareError(f"`{shlex.join(command)}` failed.") from None


@contextmanager
def _turn() -> Iterator[None]:
    """Holds this folder's lock. Another run may have done the work meanwhile."""
    (ROOT / ".cache").mkdir(exist_ok=True)
    with (ROOT / ".cache/lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("waiting for another script/run in this folder")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _say(sentence: str) -> None:
    print(f"tutti: {sentence}", file=sys.stderr, flush=True)


def main() -> int:
    try:
        prepare(tests="tests" in sys.argv[1:])
    except (CannotPrepareError, page.CannotBuildError) as error:
        _say(str(error))
        return 1
    except KeyboardInterrupt:
        _say("stopped; the next run goes on from here")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
