"""Pictures for readers that know only PNG, JPEG and GIF: Word, and EPUB as most readers have it. WebP becomes PNG."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image

from rooms.render.edition import Picture, Pictures

PORTABLE: Final = frozenset(("image/png", "image/jpeg", "image/gif"))


def portable(pictures: Pictures) -> Pictures:
    """The same; one that can't be decoded is left out."""
    found = {name: _portable(picture) for name, picture in pictures.items()}
    return {name: picture for name, picture in found.items() if picture is not None}


def _portable(picture: Picture) -> Picture | None:
    if picture.media_type in PORTABLE:
        return picture
    made = io.BytesIO()
    try:
        with Image.open(io.BytesIO(picture.data), formats=("WEBP",)) as opened:
            opened.save(made, "PNG")
    except (OSError, ValueError):
        return None
    return Picture("image/png", made.getvalue())
