"""A Chromium for the browser tests: `$CHROMIUM`, else the system's, else one from npm, else (as root on Debian) apt's.

Each is believed only once Playwright has started it and read a page in it. The one from npm is `@sparticuz/chromium`, a
headless shell for x86-64 Linux that brings the libraries a bare machine lacks; it is unpacked to the cache folder.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import page
from playwright.sync_api import Error, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""

START = """\
#!/bin/sh
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" FONTCONFIG_PATH="$here"
exec "$here/chromium" "$@"
"""

UNPACK = """\
const { createReadStream, createWriteStream } = require("node:fs");
const { pipeline } = require("node:stream/promises");
const [from, to] = process.argv.slice(1);
pipeline(createReadStream(from), require("node:zlib").createBrotliDecompress(), createWriteStream(to));
"""


def find(cache: Path) -> Path:
    """A Chromium that starts. Raises CannotBuildError where none does."""
    found = _remembered(cache) or _asked() or _system() or _npm(cache) or _debian()
    if found is None:
        raise page.CannotBuildError("The browser tests need a Chromium: install one, or name it with CHROMIUM=/path/to/it.")
    (cache / "chromium.path").write_text(_mark(found))
    return found


def starts(path: Path) -> bool:
    """Whether this browser really comes up and shows a page."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, timeout=60_000)
            try:
                tab = browser.new_page()
                tab.set_content("<p>tutti</p>")
                return tab.inner_text("p") == "tutti"
            finally:
                browser.close()
        except Error:
            return False


def _remembered(cache: Path) -> Path | None:
    try:
        said = (cache / "chromium.path").read_text()
    except OSError:
        return None
    path = Path(said.partition("\n")[0])
    asked = os.environ.get("CHROMIUM", str(path))
    return path if asked == str(path) and path.exists() and _mark(path) == said else None


def _mark(path: Path) -> str:
    return f"{path}\n{path.stat().st_mtime_ns}"


def _asked() -> Path | None:
    asked = os.environ.get("CHROMIUM")
    if not asked:
        return None
    if not starts(Path(asked)):
        raise page.CannotBuildError(f"CHROMIUM says {asked}, which doesn't start.")
    return Path(asked)


def _system() -> Path | None:
    for name in NAMES:
        if (at := shutil.which(name)) and starts(Path(at)):
            return Path(at)
    return None


def _npm(cache: Path) -> Path | None:
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        return None
    home = Path(__file__).parents[1] / "tests/chromium"
    page.packages(home)
    packed = home / "node_modules/@sparticuz/chromium/bin"
    half, whole = cache / "chromium.half", cache / "chromium"
    for folder in (half, whole):
        shutil.rmtree(folder, ignore_errors=True)
    half.mkdir()
    for name in ("chromium", "al2023.tar", "fonts.tar", "swiftshader.tar"):
        unpacked = half / name
        subprocess.run([page.find_node().node, "-e", UNPACK, packed / f"{name}.br", unpacked], check=True)
        if unpacked.suffix == ".tar":
            subprocess.run(["tar", "-xf", unpacked, "-C", half], check=True)
            unpacked.unlink()
    (half / "chromium").chmod(0o755)
    (half / "start").write_text(START)
    (half / "start").chmod(0o755)
    # The one that comes along names folders of the place it was made for.
    (half / "fonts.conf").write_text(FONTS)
    half.rename(whole)
    return whole / "start" if starts(whole / "start") else None


def _debian() -> Path | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    for arguments in (("update", "--quiet"), ("install", "--quiet", "--yes", "--no-install-recommends", "chromium")):
        if subprocess.run(["apt-get", *arguments], check=False, stdout=sys.stderr).returncode:
            return None
    return _system()
