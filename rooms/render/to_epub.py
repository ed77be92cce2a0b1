"""EPUB 3.3: a document as a book, with a title page, a chapter for each heading of the first level, and its images.

The container is a zip file (OCF, section 4) whose first entry is its media type, stored as it is. Everything in it is XHTML
made from the tree, so it holds no script and leads nowhere by itself.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import NAMESPACE_OID, uuid5

from rooms.render.arrange import arranged
from rooms.render.edition import ENDINGS, Edition, Pictures
from rooms.render.pictures import portable
from rooms.render.to_html import Html, escaped, level, look
from rooms.render.tree import Node, words

MEDIA_TYPE: Final = "application/epub+zip"
UNTITLED: Final = "Untitled"
RIGHT_TO_LEFT: Final = frozenset(("ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "syr", "ug", "ur", "yi"))
"""Languages that are written from right to left."""

_CONTAINER: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>\n'
)
_TITLE_LOOK: Final = (
    "\nsection.cover { margin: 25vh 0 0; text-align: center; }\nsection.cover h1 { font-size: 2em; margin: 0 0 1em; }\n"
)


class Item(NamedTuple):
    """A file of the book. `properties` are what the manifest says of it beside its type."""

    name: str
    media_type: str
    data: bytes
    properties: str = ""


class Chapter(NamedTuple):
    title: str
    blocks: list[Node]


def to_epub(tree: Node, edition: Edition, pictures: Pictures) -> bytes:
    title = edition.title or UNTITLED
    images = {
        name: Item(f"images/{number}{ENDINGS[picture.media_type]}", picture.media_type, picture.data)
        for number, (name, picture) in enumerate(portable(pictures).items(), 1)
    }
    html = Html({name: item.name for name, item in images.items()}, end=" /")
    chapters = list(_chapters(arranged(tree), title))
    spine = [Item("title.xhtml", _XHTML, _title_page(title, edition).encode())]
    for number, chapter in enumerate(chapters, 1):
        body = f'<section epub:type="bodymatter">\n{html.blocks(chapter.blocks)}</section>'
        spine.append(Item(f"chapter-{number}.xhtml", _XHTML, _xhtml(chapter.title, body, edition).encode()))
    nav = Item("nav.xhtml", _XHTML, _nav(title, chapters, edition).encode(), "nav")
    style = Item("style.css", "text/css", (look() + _TITLE_LOOK).encode())
    items = [nav, style, *spine, *images.values()]
    return _packed([("META-INF/container.xml", _CONTAINER.encode()), _package(title, edition, items, len(spine))], items)


_XHTML: Final = "application/xhtml+xml"


def _chapters(blocks: Sequence[Node], title: str) -> Iterator[Chapter]:
    """Parted at headings of the first level. What comes before the first is a chapter if there is anything."""
    chapter = Chapter(title, [])
    for block in blocks:
        if block.type == "heading" and level(block) == 1:
            if chapter.blocks:
                yield chapter
            chapter = Chapter(" ".join(words(block).split()) or title, [])
        chapter.blocks.append(block)
    yield chapter if chapter.blocks else Chapter(chapter.title, [Node("paragraph")])


def _xhtml(title: str, body: str, edition: Edition) -> str:
    tag = escaped(edition.language)
    direction = ' dir="rtl"' if _is_right_to_left(edition) else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
        f' lang="{tag}" xml:lang="{tag}"{direction}>\n'
        f'<head>\n<title>{escaped(title)}</title>\n<link rel="stylesheet" type="text/css" href="style.css" />\n</head>\n'
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _title_page(title: str, edition: Edition) -> str:
    by = "".join(f"<p>{escaped(name)}</p>\n" for name in edition.writers)
    return _xhtml(title, f'<section class="cover" epub:type="titlepage">\n<h1>{escaped(title)}</h1>\n{by}</section>', edition)


def _nav(title: str, chapters: Sequence[Chapter], edition: Edition) -> str:
    lines = "".join(
        f'<li><a href="chapter-{number}.xhtml">{escaped(chapter.title)}</a></li>\n'
        for number, chapter in enumerate(chapters, 1)
    )
    return _xhtml(title, f'<nav epub:type="toc" id="toc">\n<h1>{escaped(title)}</h1>\n<ol>\n{lines}</ol>\n</nav>', edition)


def _package(title: str, edition: Edition, items: Sequence[Item], pages: int) -> tuple[str, bytes]:
    content = sha256(b"".join(item.data for item in items)).hexdigest()
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    creators = "".join(f"<dc:creator>{escaped(name)}</dc:creator>\n" for name in edition.writers)
    manifest = "".join(
        f'<item id="i{number}" href="{item.name}" media-type="{item.media_type}"'
        + (f' properties="{item.properties}"' if item.properties else "")
        + "/>\n"
        for number, item in enumerate(items)
    )
    spine = "".join(f'<itemref idref="i{number}"/>\n' for number in range(2, 2 + pages))
    direction = ' page-progression-direction="rtl"' if _is_right_to_left(edition) else ""
    package = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">\n'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<dc:identifier id="id">urn:uuid:{uuid5(NAMESPACE_OID, content)}</dc:identifier>\n'
        f"<dc:title>{escaped(title)}</dc:title>\n<dc:language>{escaped(edition.language)}</dc:language>\n{creators}"
        f'<meta property="dcterms:modified">{now}</meta>\n</metadata>\n'
        f"<manifest>\n{manifest}</manifest>\n<spine{direction}>\n{spine}</spine>\n</package>\n"
    )
    return "EPUB/package.opf", package.encode()


def _is_right_to_left(edition: Edition) -> bool:
    return edition.language.partition("-")[0].lower() in RIGHT_TO_LEFT


def _packed(files: Sequence[tuple[str, bytes]], items: Sequence[Item]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", MEDIA_TYPE, zipfile.ZIP_STORED)
        for name, content in [*files, *((f"EPUB/{item.name}", item.data) for item in items)]:
            book.writestr(name, content)
    return data.getvalue()
