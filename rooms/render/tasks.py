"""What the worker process can do: each task takes bytes and gives bytes back. Whatever a task needs is imported by it alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from rooms.model import Limits
from rooms.render.frames import Facts, MergedFacts, Picture

Answer = tuple[Facts | MergedFacts | Picture | None, bytes]
Task = Callable[[list[bytes], str, Limits], Answer]


def _scan(blobs: list[bytes], _format: str, limits: Limits) -> Answer:
    from rooms.scan import scan

    found = scan(blobs[0], limits)
    return Facts(found.runs, found.deletes, found.deletes_at, found.types), b""


def _merge(blobs: list[bytes], _format: str, limits: Limits) -> Answer:
    from rooms.render.updates import merge

    update, facts = merge(blobs[1:], blobs[0], limits)
    return facts, update


def _diff(blobs: list[bytes], _format: str, _limits: Limits) -> Answer:
    from rooms.render.updates import diff

    return None, diff(blobs[1:], blobs[0])


def _redact(blobs: list[bytes], _format: str, _limits: Limits) -> Answer:
    """The second of the blobs is what was deleted, as MessagePack."""
    import msgspec

    from rooms.ranges import Ranges
    from rooms.redact import redact

    deleted = msgspec.msgpack.decode(blobs[1], type=list[tuple[int, int, int]])
    return None, redact(blobs[0], Ranges(deleted))


def _places(blobs: list[bytes], _format: str, _limits: Limits) -> Answer:
    """As MessagePack."""
    import msgspec

    from rooms.nesting import places

    return None, msgspec.msgpack.encode(places(blobs[0]))


def _render(blobs: list[bytes], kind: str, _limits: Limits) -> Answer:
    """First the edition, then the bytes of its images, then the document's pieces."""
    import msgspec

    from rooms.render.document import read
    from rooms.render.edition import Edition, Picture
    from rooms.render.formats import written
    from rooms.render.updates import merged

    edition = msgspec.msgpack.decode(blobs[0], type=Edition)
    first = 1 + len(edition.images)
    pictures = {
        name: Picture(media_type, data) for (name, media_type), data in zip(edition.images, blobs[1:first], strict=True)
    }
    update = merged(blobs[first:])
    return None, update if kind == "update" else written(read(update), kind, edition, pictures)


def _replace(blobs: list[bytes], kind: str, limits: Limits) -> Answer:
    """First what became of the pictures in what comes in, then the document's pieces, and at last what comes in."""
    import msgspec

    from rooms.render.document import replace
    from rooms.render.formats import parsed
    from rooms.render.frames import Taken

    about, *pieces, body = blobs
    taken = msgspec.msgpack.decode(about, type=dict[str, Taken])
    return None, replace(pieces, parsed(body, kind, limits, taken))


def _pictures(blobs: list[bytes], kind: str, limits: Limits) -> Answer:
    """Those in what comes in, as MessagePack."""
    import msgspec

    from rooms.render.formats import pictures

    return None, msgspec.msgpack.encode(pictures(blobs[0], kind, limits))


def _rename(blobs: list[bytes], _format: str, _limits: Limits) -> Answer:
    """The first of the blobs says which ids become which, the others are the document's pieces."""
    import msgspec

    from rooms.render.renaming import renamed

    return None, renamed(blobs[1:], msgspec.msgpack.decode(blobs[0], type=dict[str, str]))


def _preview(blobs: list[bytes], kind: str, limits: Limits) -> Answer:
    """What comes in, as HTML."""
    from rooms.render.formats import parsed
    from rooms.render.to_html import to_html

    return None, to_html(parsed(blobs[0], kind, limits))


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


TASKS: Final[Mapping[str, Task]] = {
    "scan": _scan,
    "merge": _merge,
    "diff": _diff,
    "render": _render,
    "replace": _replace,
    "pictures": _pictures,
    "preview": _preview,
    "rename": _rename,
    "image": _image,
    "history": _history,
    "redact": _redact,
    "places": _places,
}
