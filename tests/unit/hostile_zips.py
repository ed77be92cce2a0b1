"""Zip files that mean harm, or that something happened to."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable


def rewritten(source: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The archive with each entry changed; None leaves it out."""
    data = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = change(info.filename, old.read(info))
            if content is not None:
                new.writestr(info.filename, content, info.compress_type)
    return data.getvalue()


def packed(entries: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return data.getvalue()


def bomb(source: bytes, name: str, size: int) -> bytes:
    """The archive with one entry more, of so many zeros."""
    data = io.BytesIO(source)
    with zipfile.ZipFile(data, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, bytes(size))
    return data.getvalue()


def lying(source: bytes, name: str, size: int) -> bytes:
    """The same bomb, which says of itself that it is one byte."""
    data = bytearray(bomb(source, name, size))
    for said in (size.to_bytes(4, "little"),):
        at = data.find(said)
        while at >= 0:
            data[at : at + 4] = (1).to_bytes(4, "little")
            at = data.find(said)
    return bytes(data)
