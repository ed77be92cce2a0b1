"""Word files: what is written is what python-docx and our own importer read; what others write; what is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import docx
import pytest
from docx.enum.text import WD_BREAK
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Inches
from PIL import Image

from rooms.errors import BadRequestError, StudioError, TooLargeError
from rooms.render.edition import Edition, Picture, Remark, settled
from rooms.render.frames import Taken
from rooms.render.from_docx import from_docx, pictures
from rooms.render.to_docx import to_docx
from rooms.render.tree import Node, make, make_mark
from tests.unit.hostile_zips import bomb, lying, packed, rewritten
from tests.unit.trees import BOLD, BREAK, ITALIC, UNDERLINE, code, doc, h, items, link, p, text

MOST = 8 << 20
PLAIN = Edition()


def written(tree: Node, edition: Edition = PLAIN, **pictures: Picture) -> Any:
    return docx.Document(io.BytesIO(to_docx(tree, edition, pictures)))


def back(tree: Node) -> Node:
    return from_docx(to_docx(tree, PLAIN, {}), MOST)


def line(kind: str, *content: Node | str, **attrs: object) -> Node:
    return make(kind, p(*content).content, **attrs)


CARRIED = {
    "a story": doc(h(1, "Chapter"), p("Once ", text("upon", BOLD), text(" a ", BOLD, ITALIC), text("time", UNDERLINE), ".")),
    "breaks, tabs and white space": doc(p("a", BREAK, "b\tc  d ", BREAK), p(), p(" e")),
    "a link": doc(p("see ", text("here", link("https://e.org/?a=b&c=d")), text(" and here", BOLD, link("https://e.org/2")))),
    "scripts of the world": doc(p("漢字かな交じり文。"), p("שלום עולם"), p("مرحبا"), p("🎸👩‍🚀 naïve Ångström")),
    "lists": doc(
        make("bulletList", items("a", [p("b"), make("orderedList", items("c", "d"), start=3, type="a")], "e")),
        make("orderedList", items([p("f"), p("more of f")], "g")),
        p("between"),
        make("orderedList", items("again from one")),
    ),
    "quotes, code and rules": doc(make("blockquote", [p("a"), p("b")]), code("if x:\n\n    y"), make("horizontalRule"), p("z")),
    "a new page": doc(p("one"), make("pageBreak"), p("two")),
    "a scene": doc(
        line("titleLine", "The Lighthouse", key="Title"),
        line("sceneHeading", "INT. LIGHTHOUSE - NIGHT", number="12A"),
        line("action", "The lamp ", text("flickers", ITALIC), "."),
        line("action", "THE END", centered=True),
        line("character", "MEI"),
        line("parenthetical", "(softly)"),
        line("dialogue", "It: was you.", BREAK, "All along."),
        line("character", "JONAS", dual=True),
        line("dialogue", "No."),
        line("transition", "CUT TO:"),
        line("synopsis", "They part."),
    ),
    "a song": doc(
        line("section", "Verse 1"),
        line("lyric", make("chord", name="Am"), "Row, ", make("chord", name="F#m7/E"), "row [x] your boat"),
        line("lyric", make("chord", name="G")),
    ),
    "a note": doc(p("so", text(" or not?", make_mark("note")), " be it")),
}


@pytest.mark.parametrize("name", CARRIED)
def test_our_own_files_come_back_as_they_were(name: str) -> None:
    assert back(CARRIED[name]) == CARRIED[name]


def test_styles_are_word_s_own() -> None:
    found = written(CARRIED["a scene"], Edition(title="Light", writers=("Mei", "Jonas"), language="en"))
    assert [paragraph.style.name for paragraph in found.paragraphs][:4] == [
        "Title Line",
        "Scene Heading",
        "Action",
        "Action Centered",
    ]
    assert (found.core_properties.title, found.core_properties.author) == ("Light", "Mei, Jonas")
    story = written(doc(h(2, "Part"), p("See ", text("this", link("https://e.org/")))))
    assert [paragraph.style.name for paragraph in story.paragraphs] == ["Heading 2", "Normal"]
    assert [hyperlink.address for hyperlink in story.paragraphs[1].hyperlinks] == ["https://e.org/"]


def test_characters_that_xml_has_not_become_the_sign_for_them() -> None:
    assert back(doc(p("a\x00b\x1bc\ufffe"))) == doc(p("a\ufffdb\ufffdc\ufffd"))


def test_a_picture_is_in_it_and_says_what_it_shows() -> None:
    image = io.BytesIO()
    Image.new("RGB", (300, 100), "navy").save(image, "PNG")
    tree = doc(make("image", id="i1", alt="The sea", width=300, height=100), make("image", id="lost", alt="A boat"))
    found = written(tree, i1=Picture("image/png", image.getvalue()))
    assert len(found.inline_shapes) == 1
    assert [paragraph.text for paragraph in found.paragraphs] == ["", "[A boat]"]
    file = to_docx(tree, PLAIN, {"i1": Picture("image/png", image.getvalue())})
    [name] = pictures(file, MOST)
    taken = {name: Taken("i2", 300, 100)}
    assert from_docx(file, MOST, taken) == doc(make("image", id="i2", alt="The sea", width=300, height=100), p("[A boat]"))
    assert from_docx(file, MOST) == doc(make("image", alt="The sea"), p("[A boat]"))  # before it is taken in
    refused = {name: Taken(sentence="This room has no space for another picture.")}
    assert from_docx(file, MOST, refused).content[0] == p("[The sea: This room has no space for another picture.]")


def test_a_picture_of_a_kind_that_word_does_not_know_is_made_one_that_it_does() -> None:
    image = io.BytesIO()
    Image.new("RGB", (30, 10), "navy").save(image, "WEBP")
    found = written(doc(make("image", id="i1")), i1=Picture("image/webp", image.getvalue()))
    assert len(found.inline_shapes) == 1


def test_threads_that_are_shown_are_word_s_comments() -> None:
    mark = make_mark("comment", id="t1")
    tree = doc(p("all ", text("of", mark), text(" this", mark, BOLD)), p("x ", text("hidden", make_mark("comment", id="t2"))))
    remarks = (Remark("Ada Lovelace", "Why?", 1_700_000_000_000), Remark("Bo", "Because.", 1_700_000_060_000))
    edition = Edition(remarks={"t1": remarks})
    found = written(settled(tree, edition), edition)
    assert [(c.author, c.initials, c.text) for c in found.comments] == [("Ada Lovelace", "AL", "Why?"), ("Bo", "B", "Because.")]
    assert from_docx(to_docx(settled(tree, edition), edition, {}), MOST) == doc(p("all of", text(" this", BOLD)), p("x hidden"))


def test_suggestions_are_decided() -> None:
    out, new = make_mark("deletion", id="s1", member="m"), make_mark("insertion", id="s2", member="m")
    tree = doc(p("a ", text("bad", out), text("good", new), " day"))
    assert settled(tree, Edition()) == doc(p("a bad day"))
    assert settled(tree, Edition(suggestions="accepted")) == doc(p("a good day"))


# What other programs write


def made(build: Callable[[Any], object]) -> Node:
    file = docx.Document()
    build(file)
    data = io.BytesIO()
    file.save(data)
    return from_docx(data.getvalue(), MOST)


def test_lists_by_style() -> None:
    def build(file: Any) -> None:
        file.add_paragraph("one", style="List Bullet")
        file.add_paragraph("two", style="List Bullet")
        file.add_paragraph("first", style="List Number")

    assert made(build) == doc(make("bulletList", items("one", "two")), make("orderedList", items("first")))


def test_a_table_is_a_paragraph_a_row() -> None:
    def build(file: Any) -> None:
        table = file.add_table(rows=2, cols=2)
        for at, cell in enumerate(cell for row in table.rows for cell in row.cells):
            cell.text = f"c{at}"

    assert made(build) == doc(p("c0 | c1"), p("c2 | c3"))


def test_tracked_changes_count_as_accepted_and_what_is_hidden_stays_so() -> None:
    def build(file: Any) -> None:
        paragraph = file.add_paragraph("a ")
        for tag, inner in (("ins", "<w:t>new</w:t>"), ("del", "<w:delText>old</w:delText>"), ("smartTag", "<w:t> tag</w:t>")):
            paragraph._p.append(parse_xml(f"<w:{tag} {nsdecls('w')}><w:r>{inner}</w:r></w:{tag}>"))
        paragraph.add_run(" hidden").font.hidden = True
        run = paragraph.add_run(" end")
        run.add_break(WD_BREAK.PAGE)
        file.add_paragraph("b", style="Title")

    assert made(build) == doc(p("a new tag end"), make("pageBreak"), h(1, "b"))


def test_pictures_stand_where_they_stood_and_as_wide() -> None:
    image = io.BytesIO()
    Image.new("RGB", (300, 100), "navy").save(image, "PNG")

    def put(paragraph: Any) -> None:
        paragraph.add_run().add_picture(image, width=Inches(2))

    document = docx.Document()
    paragraph = document.add_paragraph("before ")
    put(paragraph)
    paragraph.add_run(" after")
    put(document.add_heading("Head", 1))
    put(document.add_paragraph(style="Heading 1"))
    put(document.add_paragraph("item", style="List Bullet"))
    document.add_paragraph("next", style="List Bullet")
    put(document.add_paragraph("said", style="Quote"))
    cells = document.add_table(1, 2).rows[0].cells
    cells[1].text = "other"
    put(cells[0].paragraphs[0])
    put(document.add_table(1, 1).rows[0].cells[0].paragraphs[0])
    saved = io.BytesIO()
    document.save(saved)
    [name] = pictures(saved.getvalue(), MOST)  # however often it is shown
    shown = make("image", id="i", width=192, height=64)
    assert from_docx(saved.getvalue(), MOST, {name: Taken("i", 900, 300)}) == doc(
        *(p("before "), shown, p(" after"), h(1, "Head"), shown, shown),
        make("bulletList", [make("listItem", [p("item"), shown]), *items("next")]),
        make("blockquote", [p("said"), shown]),
        *(p(" | other"), shown, shown),
    )


def test_a_picture_elsewhere_on_the_web_is_not_asked_for() -> None:
    def build(file: Any) -> None:
        there = file.part.rels.get_or_add_ext_rel(RELATIONSHIP_TYPE.IMAGE, "https://e.org/boat.png")
        file.add_paragraph()._p.append(
            parse_xml(
                f'<w:r {nsdecls("w", "wp", "a", "r")}><w:drawing><wp:inline><wp:docPr id="1" name="x" descr="A\n boat"/>'
                f'<a:blip r:link="{there}" r:embed="{there}"/></wp:inline></w:drawing></w:r>'
            )
        )

    assert made(build) == doc(p("[A boat]"))


# Files that mean harm


@pytest.fixture(scope="module")
def honest() -> bytes:
    return to_docx(doc(p("honest")), PLAIN, {})


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_with_entities_is_refused(honest: bytes, encoding: str) -> None:
    def change(name: str, content: bytes) -> bytes:
        if name != "word/document.xml":
            return content
        body = content.decode().partition("?>")[2]
        return (ENTITIES.decode().replace("?>", f' encoding="{encoding}"?>', 1) + body).encode(encoding)

    with pytest.raises(BadRequestError, match="no honest one needs"):
        from_docx(rewritten(honest, change), MOST)


def test_what_unpacks_to_too_much_is_refused(honest: bytes) -> None:
    with pytest.raises(TooLargeError):
        from_docx(bomb(honest, "word/media/zeros.bin", MOST), MOST)
    with pytest.raises(StudioError):
        from_docx(lying(honest, "word/more.xml", 3 * MOST + 12_345), MOST)


@pytest.mark.parametrize("name", ["../../evil.xml", "/etc/evil.xml", "a\\..\\evil.xml", "C:evil.xml"])
def test_names_that_lead_elsewhere_are_refused(honest: bytes, name: str) -> None:
    with pytest.raises(BadRequestError, match="can't be trusted"):
        from_docx(bomb(honest, name, 10), MOST)


def test_what_is_no_word_file_is_refused_in_a_sentence(honest: bytes) -> None:
    broken = [
        b"",
        b"PK\x03\x04",
        b"<html>",
        honest[: len(honest) // 2],
        packed({"a.txt": b"x"}),
        packed({"[Content_Types].xml": b"<Types/>"}),
        rewritten(honest, lambda name, content: None if name == "word/document.xml" else content),
        rewritten(honest, lambda name, content: b"<w/>" if name == "word/document.xml" else content),
        rewritten(honest, lambda name, content: b"" if name == "word/styles.xml" else content),
    ]
    for data in broken:
        with pytest.raises(BadRequestError, match="Word file"):
            from_docx(data, MOST)


def test_a_file_that_was_hit_by_a_stray_byte_raises_nothing_else(honest: bytes) -> None:
    for at in range(0, len(honest), max(1, len(honest) // 60)):
        hurt = honest[:at] + bytes([honest[at] ^ 0x55]) + honest[at + 1 :]
        try:
            from_docx(hurt, MOST)
        except StudioError:
            continue
