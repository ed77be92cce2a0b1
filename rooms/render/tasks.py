"""What the worker process can do: each task takes bytes and gives bytes back. Whatever a task needs is imported by it alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from rooms.errors import BadRequestError
from rooms.model import Limits
from rooms.render.frames import Facts, Picture

Answer = tuple[Facts | Picture | None, bytes]
Task = Callable[[list[bytes], str, Limits], Answer]


def _scan(blobs: list[bytes], _format: str, limits: Limits) -> Answer:
    from rooms.scan import scan

    found = scan(blobs[0], limits)
    return Facts(found.runs, found.deletes, found.deletes_at, found.types), b""


def _merge(blobs: list[bytes], _format: str, limits: Limits) -> Answer:
    from rooms.render.updates import merge

    update, facts = merge(blobs, limits)
    return facts, update


def _diff(blobs: list[bytes], _format: str, _limits: Limits) -> Answer:
    from rooms.render.updates import diff

    return None, diff(blobs[0], blobs[1])


def _render(blobs: list[bytes], kind: str, _limits: Limits) -> Answer:
    import msgspec

    from rooms.render.document import read
    from rooms.render.to_html import to_html
    from rooms.render.to_markdown import to_markdown
    from rooms.render.to_text import to_text
    from rooms.render.tree import Node
    from rooms.render.updates import merged

    writers: dict[str, Callable[[Node], bytes]] = {
        "json": msgspec.json.encode,
        "html": to_html,
        "markdown": to_markdown,
        "text": to_text,
    }
    update = merged(blobs)
    if kind == "update":
        return None, update
    if kind not in writers:
        raise BadRequestError(f"A page can't be written as {kind}.")
    return None, writers[kind](read(update))


def _replace(blobs: list[bytes], kind: str, _limits: Limits) -> Answer:
    """The last of the blobs is what comes in, the others are the document's pieces."""
    from rooms.render.document import replace
    from rooms.render.from_json import from_json
    from rooms.render.from_markdown import from_markdown
    from rooms.render.from_text import from_text

    *pieces, body = blobs
    if kind == "json":
        tree = from_json(body)
    elif kind in ("markdown", "text"):
        tree = (from_markdown if kind == "markdown" else from_text)(_decoded(body))
    else:
        raise BadRequestError(f"A page can't be read from {kind}.")
    return None, replace(pieces, tree)


def _image(blobs: list[bytes], _format: str, limits: Limits) -> Answer:
    from rooms.render.image import remake

    return remake(blobs[0], limits.image_side_px)


def _history(blobs: list[bytes], kind: str, _limits: Limits) -> Answer:
    """The first of the blobs says what is asked, with how many pages of the log follow; after these the document's pieces."""
    import msgspec

    from rooms.render import history

    if kind == "restore":
        count = int.from_bytes(blobs[0], "little")
        return None, history.restore(blobs[1 : count + 1], blobs[count + 1 :])
    asked = msgspec.msgpack.decode(blobs[0], type=history.Asked)
    return None, (history.difference if kind == "difference" else history.authors)(asked, blobs[1:])


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    except UnicodeDecodeError:
        raise BadRequestError("This is not text in UTF-8.") from None


TASKS: Final[Mapping[str, Task]] = {
    "scan": _scan,
    "merge": _merge,
    "diff": _diff,
    "render": _render,
    "replace": _replace,
    "image": _image,
    "history": _history,
}
