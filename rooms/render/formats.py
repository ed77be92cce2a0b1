"""Formats: by which a document is written out and read in, each under its name. Imports each format's own code when it is asked
for: Word's alone takes half a second and 30 MB.

`json` and `update` are the document as it is; every other is what its readers see, so suggestions are decided first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rooms.errors import BadRequestError
from rooms.render.edition import settled
from rooms.render.tree import Node, leaves

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rooms.model import Limits
    from rooms.render.edition import Edition, Pictures
    from rooms.render.frames import Enclosed, Taken


def written(tree: Node, kind: str, edition: Edition, pictures: Pictures) -> bytes:
    """The document as one of: json, html, page (a whole file of HTML), markdown, text, fountain, chordpro, docx, epub; or
    images, which are the
    ids of those in it, as JSON. Raises BadRequestError for another."""
    if kind == "json":
        return msgspec.json.encode(tree)
    if kind == "images":
        return msgspec.json.encode(sorted({str(node.attrs["id"]) for node in leaves(tree) if _is_image(node)}))
    return _written(settled(tree, edition), kind, edition, pictures)


def _is_image(node: Node) -> bool:
    return node.type == "image" and bool(node.attrs.get("id"))


def _written(tree: Node, kind: str, edition: Edition, pictures: Pictures) -> bytes:
    match kind:
        case "html":
            from rooms.render.to_html import to_html

            return to_html(tree)
        case "page":
            from rooms.render.to_html import to_page

            return to_page(tree, edition, pictures)
        case "markdown":
            from rooms.render.to_markdown import to_markdown

            return to_markdown(tree, dict(edition.images))
        case "text":
            from rooms.render.to_text import to_text

            return to_text(tree)
        case "fountain":
            from rooms.render.to_fountain import to_fountain

            return to_fountain(tree)
        case "chordpro":
            from rooms.render.chordpro import to_chordpro

            return to_chordpro(tree, edition)
        case "docx":
            from rooms.render.to_docx import to_docx

            return to_docx(tree, edition, pictures)
        case "epub":
            from rooms.render.to_epub import to_epub

            return to_epub(tree, edition, pictures)
        case _:
            raise BadRequestError(f"A page can't be written as {kind}.")


def parsed(body: bytes, kind: str, limits: Limits, taken: Mapping[str, Taken] | None = None) -> Node:
    """What came in as one of: json, html, markdown, text, fountain, chordpro, docx.

    `taken` says what became of the pictures in it; None is for a look at it, before they are. Raises BadRequestError
    where it can't be read.
    """
    match kind:
        case "json":
            from rooms.render.from_json import from_json

            return from_json(body)
        case "html":
            from rooms.render.from_html import from_html

            return from_html(_decoded(body), taken)
        case "markdown":
            from rooms.render.from_markdown import from_markdown

            return from_markdown(_decoded(body))
        case "text":
            from rooms.render.from_text import from_text

            return from_text(_decoded(body))
        case "fountain":
            from rooms.render.from_fountain import from_fountain

            return from_fountain(_decoded(body))
        case "chordpro":
            from rooms.render.chordpro import from_chordpro

            return from_chordpro(_decoded(body))
        case "docx":
            from rooms.render.from_docx import from_docx

            return from_docx(body, limits.unpacked_bytes, taken)
        case _:
            raise BadRequestError(f"A page can't be read from {kind}.")


def pictures(body: bytes, kind: str, limits: Limits) -> list[Enclosed]:
    """Those in a file of html or docx, each once. Raises as `parsed` does."""
    if kind == "html":
        from rooms.render.from_html import pictures as in_html

        return in_html(_decoded(body))
    from rooms.render.frames import Enclosed
    from rooms.render.from_docx import pictures as in_docx

    return [Enclosed(name) for name in in_docx(body, limits.unpacked_bytes)]


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    except UnicodeDecodeError:
        raise BadRequestError("This is not text in UTF-8.") from None
