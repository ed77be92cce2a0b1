"""Books: their structure, as EPUB 3.3 wants it. `epubcheck` is run by hand; here is what it would first complain about."""

from __future__ import annotations

import io
import zipfile

from lxml import etree
from PIL import Image

from rooms.render.edition import Edition, Picture
from rooms.render.to_epub import to_epub
from rooms.render.tree import Node, make, make_mark
from tests.unit.trees import BOLD, doc, h, items, link, p, text

OPF = "{http://www.idpf.org/2007/opf}"
DC = "{http://purl.org/dc/elements/1.1/}"
XHTML = "{http://www.w3.org/1999/xhtml}"
EDITION = Edition(title="Tide & Time", writers=("Mei", "Tomás <3"), language="en")


def book(tree: Node, edition: Edition = EDITION, **pictures: Picture) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(to_epub(tree, edition, pictures))) as found:
        first = found.infolist()[0]
        assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")
        return {name: found.read(name) for name in found.namelist()}


def test_a_book_has_a_title_page_a_table_of_contents_and_a_chapter_for_each_first_heading() -> None:
    files = book(doc(p("Before."), h(1, "One & ", text("only", BOLD)), p("a"), h(2, "inner"), h(1, "Two"), p("b")))
    assert files["mimetype"] == b"application/epub+zip"
    container = etree.fromstring(files["META-INF/container.xml"])
    assert [e.get("full-path") for e in container.iter() if e.get("full-path")] == ["EPUB/package.opf"]
    package = etree.fromstring(files["EPUB/package.opf"])
    metadata = package[0]
    assert [e.text for e in metadata.findall(f"{DC}title")] == ["Tide & Time"]
    assert [e.text for e in metadata.findall(f"{DC}creator")] == ["Mei", "Tomás <3"]
    assert [e.text for e in metadata.findall(f"{DC}language")] == ["en"]
    assert package.get("unique-identifier") == metadata[0].get("id")
    manifest = {e.get("id"): e for e in package.iter(f"{OPF}item")}
    assert {f"EPUB/{e.get('href')}" for e in manifest.values()} == {n for n in files if n.startswith("EPUB/")} - {
        "EPUB/package.opf"
    }
    assert [e.get("href") for e in manifest.values() if e.get("properties") == "nav"] == ["nav.xhtml"]
    spine = [manifest[e.get("idref")].get("href") for e in package.iter(f"{OPF}itemref")]
    assert spine == ["title.xhtml", "chapter-1.xhtml", "chapter-2.xhtml", "chapter-3.xhtml"]
    nav = etree.fromstring(files["EPUB/nav.xhtml"])
    assert [(a.get("href"), a.text) for a in nav.iter(f"{XHTML}a")] == [
        ("chapter-1.xhtml", "Tide & Time"),
        ("chapter-2.xhtml", "One & only"),
        ("chapter-3.xhtml", "Two"),
    ]
    assert "Tomás &lt;3" in files["EPUB/title.xhtml"].decode()


def test_every_page_of_it_is_xml() -> None:
    image = io.BytesIO()
    Image.new("RGB", (3, 2)).save(image, "WEBP")
    every = doc(
        p("a\x00\x0b\ufffe < & \" ' ]]> ", make("hardBreak"), text("x", link("http://e.org/a b?c&d=ä"))),
        make("horizontalRule"),
        make("pageBreak"),
        make("image", id="i1", alt='"<', width=3, height=2),
        make("image", id="lost"),
        make("bulletList", items("a")),
        make("lyric", [make("chord", name="A<"), *p("b").content]),
        make("dialogue", p(text("c", make_mark("note"))).content),
        Node("unknown", content=[p("d")]),
        Node("a<b"),
    )
    files = book(every, Edition(), i1=Picture("image/webp", image.getvalue()))
    for name, data in files.items():
        if name.endswith((".xhtml", ".opf", ".xml")):
            etree.fromstring(data)
    assert files["EPUB/images/1.png"].startswith(b"\x89PNG")
    chapter = files["EPUB/chapter-1.xhtml"].decode()
    assert 'src="images/1.png"' in chapter
    assert 'href="http://e.org/a%20b?c&amp;d=%C3%A4"' in chapter


def test_a_language_that_is_written_from_the_right_turns_its_pages_so() -> None:
    files = book(doc(p("שלום")), Edition(title="א", language="he"))
    assert b'page-progression-direction="rtl"' in files["EPUB/package.opf"]
    assert b'dir="rtl"' in files["EPUB/chapter-1.xhtml"]


def test_nothing_makes_a_book_too() -> None:
    assert "EPUB/chapter-1.xhtml" in book(Node("doc"), Edition())
