"""Where the built page lies: inside an installed wheel, or in a checkout. Reads nothing of it (see `pages.py`)."""

from __future__ import annotations

from pathlib import Path

INSTALLED = Path(__file__).parent / "static"
"""Where `hatch_build.py` puts the page in a wheel."""
CHECKOUT = Path(__file__).parents[1] / "static/dist"


def page_folder() -> Path:
    """The folder with `index.html` and `assets/`. Raises RuntimeError where the page isn't built."""
    for folder in (INSTALLED, CHECKOUT):
        if (folder / "index.html").is_file():
            return folder
    raise RuntimeError("The page isn't built yet: script/run builds it, and so does `npm run build` in static/.")
