"""Word: a document as an Office Open XML file (ECMA-376), by python-docx.

Headings, lists, quotes and the lines of scripts and songs are real styles, links are links, images are in it, and threads that
the edition shows are Word's comments. `from_docx` reads back what it writes.

What Word can't carry: the language of code, titles and underlines of links, links to where they mustn't lead, lists deeper than
nine, quotes within quotes or of anything but paragraphs; images of a kind that Word doesn't know are there as their
description.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from docx import Document
from docx.document import Document as Docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.image.exceptions import InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Emu, Inches, Pt, RGBColor
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from rooms.render.arrange import arranged
from rooms.render.docx_styles import (
    CAPTION,
    CHORD,
    CODE,
    CODE_TEXT,
    CONTINUED,
    DIVIDER,
    ITEM,
    MONO,
    NOTE,
    QUOTE,
    SERIF,
    STYLES,
    Look,
    style_of,
)
from rooms.render.edition import Edition, Pictures
from rooms.render.pictures import portable
from rooms.render.to_html import level
from rooms.render.tree import Node, is_allowed, words

PIXELS_PER_INCH: Final = 96
DEEPEST: Final = 8
"""Word's lists have nine levels, counted from 0."""

_TEXT_STYLES: Final = (("note", NOTE), ("code", CODE_TEXT))
_ALIGN: Final = {"center": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT}
_ORDERS: Final = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


def to_docx(tree: Node, edition: Edition, pictures: Pictures) -> bytes:
    writer = _Writer(edition, portable(pictures))
    writer.blocks(arranged(tree), depth=0, style=None)
    return writer.finished()


def _readable(text: str) -> str:
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)


class _Writer:
    def __init__(self, edition: Edition, pictures: Pictures) -> None:
        self._docx = _template(edition)
        self._body: Any = self._docx._body  # noqa: SLF001 - what paragraphs have for a parent
        self._end: Any = self._docx.element.body.sectPr
        self._style_ids: dict[str, str] = {}
        self._edition = edition
        self._pictures = pictures
        self._lists = _Lists(self._docx)
        self._remarked: dict[str, list[Run]] = {}
        """The first and the last run of each thread."""
        self._width = (self._docx.sections[0].page_width or Inches(8.5)) - Inches(2)

    def finished(self) -> bytes:
        for thread, runs in self._remarked.items():
            for remark in self._edition.remarks[thread]:
                initials = "".join(word[0] for word in remark.name.split()[:2])
                comment = self._docx.add_comment(runs, _readable(remark.text), _readable(remark.name), _readable(initials))
                comment._comment_elm.date = datetime.fromtimestamp(remark.time_ms / 1000, UTC)  # noqa: SLF001 - it has no setter
        data = io.BytesIO()
        self._docx.save(data)
        return data.getvalue()

    # Blocks

    def blocks(self, blocks: Iterable[Node], *, depth: int, style: str | None) -> None:
        """`depth` in lists, 0 outside of them; paragraphs get `style` where they have none of their own."""
        for block in blocks:
            self._block(block, depth, style)

    def _block(self, node: Node, depth: int, style: str | None) -> None:
        known = style_of(node.type, node.attrs)
        if known is not None:
            self._own(node, known.name)
            return
        match node.type:
            case "paragraph":
                self._line(self._paragraph(style or "Normal"), node.content)
            case "heading":
                self._line(self._paragraph(f"Heading {level(node)}"), node.content)
            case "codeBlock":
                self._paragraph(CODE).add_run(_readable(words(node)))
            case "horizontalRule":
                self._paragraph(DIVIDER).add_run("* * *")
            case "pageBreak":
                self._paragraph("Normal").add_run().add_break(WD_BREAK.PAGE)
            case "image":
                self._image(node)
            case "bulletList" | "orderedList":
                self._list(node, depth)
            case _:
                self._around(node, depth, style)

    def _own(self, node: Node, style: str) -> None:
        """A line of a script or a song."""
        paragraph = self._paragraph(style)
        before = node.attrs.get("number") or node.attrs.get("key")
        if before:
            paragraph.add_run(_readable(f"{before}\t" if node.type == "sceneHeading" else f"{before}: "))
        self._line(paragraph, node.content)

    def _around(self, node: Node, depth: int, style: str | None) -> None:
        if node.content:
            self.blocks(node.content, depth=depth, style=QUOTE if node.type == "blockquote" else style)
        else:
            self._paragraph("Normal").add_run(_readable(f"[{node.type}]"))

    def _paragraph(self, style: str) -> Paragraph:
        """At the end. python-docx looks through all blocks and all styles for each: a novel would take half a minute."""
        element: Any = OxmlElement("w:p")
        self._end.addprevious(element)
        element.style = self._style_id(style)
        return Paragraph(element, self._body)

    def _style_id(self, name: str) -> str:
        if name not in self._style_ids:
            self._style_ids[name] = str(self._docx.styles[name].style_id)
        return self._style_ids[name]

    def _list(self, node: Node, depth: int) -> None:
        number = self._lists.add(node, depth)
        for item in node.content:
            first, *more = item.content
            paragraph = self._paragraph(ITEM)
            shape: Any = paragraph._p.get_or_add_pPr()  # noqa: SLF001 - python-docx knows no lists
            settings = shape.get_or_add_numPr()
            settings.get_or_add_ilvl().val = min(depth, DEEPEST)
            settings.get_or_add_numId().val = number
            if first.type == "paragraph":
                self._line(paragraph, first.content)
            else:
                more = item.content
            self.blocks(more, depth=depth + 1, style=CONTINUED[min(depth, len(CONTINUED) - 1)])

    def _image(self, node: Node) -> None:
        picture = self._pictures.get(str(node.attrs.get("id")))
        alt = _readable(str(node.attrs.get("alt") or ""))
        if picture is not None:
            run = self._paragraph("Normal").add_run()
            try:
                shape = run.add_picture(io.BytesIO(picture.data))
            except (UnrecognizedImageError, InvalidImageStreamError, UnexpectedEndOfFileError, ValueError, ZeroDivisionError):
                run.text = f"[{alt or 'image'}]"
                return
            wanted = node.attrs.get("width")
            width = Emu(int(wanted * Inches(1) / PIXELS_PER_INCH)) if type(wanted) is int and wanted > 0 else shape.width
            width = Emu(min(width, self._width))
            shape.height = Emu(max(1, int(shape.height * width / shape.width)))
            shape.width = width
            shape._inline.docPr.set("descr", alt)  # noqa: SLF001 - python-docx has no name for it
            return
        self._paragraph(CAPTION).add_run(f"[{alt or 'image'}]")

    # Lines

    def _line(self, paragraph: Paragraph, nodes: Sequence[Node]) -> None:
        link: tuple[str, Any] | None = None
        for node in nodes:
            href = next((m.attrs.get("href") for m in node.marks if m.type == "link" and is_allowed(m.attrs.get("href"))), None)
            if href is None:
                link = None
                run = paragraph.add_run()
            else:
                if link is None or link[0] != href:
                    link = (str(href), self._hyperlink(paragraph, str(href)))
                element: Any = OxmlElement("w:r")
                link[1].append(element)
                run = Run(element, paragraph)
                run.font.color.rgb = RGBColor(0x2B, 0x62, 0xB8)
                run.font.underline = True
            self._write(run, node)

    def _write(self, run: Run, node: Node) -> None:
        match node.type:
            case "text":
                run.text = _readable(node.text or "")
            case "hardBreak":
                run.add_break()
            case "chord":
                run.text = _readable(f"[{node.attrs.get('name') or ''}]")
                self._set_style(run, CHORD)
            case _:
                run.text = _readable(words(node) or f"[{node.type}]")
        self._mark(run, {mark.type for mark in node.marks})
        for mark in node.marks:
            if mark.type == "comment":
                self._remarked.setdefault(str(mark.attrs.get("id")), [run])[1:] = [run]

    def _mark(self, run: Run, kinds: set[str]) -> None:
        if "bold" in kinds:
            run.bold = True
        if "italic" in kinds:
            run.italic = True
        if "strike" in kinds:
            run.font.strike = True
        if "underline" in kinds:
            run.font.underline = True
        for kind, style in _TEXT_STYLES:
            if kind in kinds:
                self._set_style(run, style)

    def _set_style(self, run: Run, style: str) -> None:
        run._r.style = self._style_id(style)  # noqa: SLF001 - by its id, as paragraphs

    def _hyperlink(self, paragraph: Paragraph, href: str) -> Any:
        element = OxmlElement("w:hyperlink")
        element.set(qn("r:id"), paragraph.part.relate_to(href, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
        paragraph._p.append(element)  # noqa: SLF001 - python-docx reads links and writes none
        return element


class _Lists:
    """Numbering: each list is one of its own, so that its numbers begin where they should."""

    def __init__(self, docx: Docx) -> None:
        self._numbering: Any = docx.part.numbering_part.element
        self._kinds: dict[str, int] = {}
        self._next = 1 + max(
            (int(e.get(qn("w:abstractNumId"))) for e in self._numbering.findall(qn("w:abstractNum"))), default=0
        )

    def add(self, node: Node, depth: int) -> int:
        """The number under which the paragraphs of this list go."""
        bullets = node.type == "bulletList"
        order = "bullet" if bullets else _ORDERS.get(str(node.attrs.get("type")), "decimal")
        if order not in self._kinds:
            self._kinds[order] = self._define(order)
        num = self._numbering.add_num(self._kinds[order])
        start = node.attrs.get("start")
        if not bullets:
            first = start if type(start) is int and 0 <= start < 2**31 else 1
            num.add_lvlOverride(ilvl=min(depth, DEEPEST)).add_startOverride(first)
        return int(num.numId)

    def _define(self, order: str) -> int:
        number, self._next = self._next, self._next + 1
        levels = "".join(
            f'<w:lvl w:ilvl="{ilvl}"><w:start w:val="1"/><w:numFmt w:val="{order}"/>'
            f'<w:lvlText w:val="{"•◦▪"[ilvl % 3] if order == "bullet" else f"%{ilvl + 1}."}"/><w:lvlJc w:val="left"/>'
            f'<w:pPr><w:ind w:left="{360 * (ilvl + 1)}" w:hanging="360"/></w:pPr></w:lvl>'
            for ilvl in range(DEEPEST + 1)
        )
        self._numbering.insert(
            0,
            parse_xml(
                f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{number}"><w:multiLevelType w:val="multilevel"/>'
                f"{levels}</w:abstractNum>"
            ),
        )
        return number


# The empty file that pages are written into


def _template(edition: Edition) -> Docx:
    docx = Document()
    facts = docx.core_properties
    facts.title = _readable(edition.title)[:255]
    facts.author = _readable(", ".join(edition.writers))[:255]
    facts.comments = ""
    facts.created = facts.modified = datetime.now(UTC).replace(microsecond=0)
    if edition.language != "und":
        facts.language = edition.language
    styles = docx.styles
    normal: Any = styles["Normal"]
    _shape(normal, Look(font=SERIF, size=11.5, after=8))
    for name in (f"Heading {number}" for number in range(1, 4)):
        heading: Any = styles[name]
        heading.font.color.rgb = RGBColor(0, 0, 0)
        _set_font(heading, SERIF)
    quote: Any = styles[QUOTE]
    quote.font.color.rgb = RGBColor(0, 0, 0)
    quote.paragraph_format.left_indent = Inches(0.4)
    for style in STYLES:
        _shape(styles.add_style(style.name, WD_STYLE_TYPE.PARAGRAPH), style.look)
    _shape(styles.add_style(CODE, WD_STYLE_TYPE.PARAGRAPH), Look(size=10, left=0.25))
    _shape(styles.add_style(DIVIDER, WD_STYLE_TYPE.PARAGRAPH), Look(font=SERIF, size=11.5, before=8, align="center"))
    code: Any = styles.add_style(CODE_TEXT, WD_STYLE_TYPE.CHARACTER)
    _set_font(code, MONO)
    note: Any = styles.add_style(NOTE, WD_STYLE_TYPE.CHARACTER)
    note.font.italic = True
    note.font.color.rgb = RGBColor(0x6F, 0x65, 0x5A)
    chord: Any = styles.add_style(CHORD, WD_STYLE_TYPE.CHARACTER)
    chord.font.bold = True
    chord.font.size = Pt(9)
    return docx


def _shape(style: Any, look: Look) -> None:
    _set_font(style, look.font)
    style.font.size = Pt(look.size)
    style.font.bold = look.bold or None
    style.font.italic = look.italic or None
    style.font.all_caps = look.caps or None
    shape = style.paragraph_format
    shape.left_indent, shape.right_indent = Inches(look.left), Inches(look.right)
    shape.space_before, shape.space_after = Pt(look.before), Pt(look.after)
    shape.alignment = _ALIGN.get(look.align)
    shape.keep_with_next = look.keep or None


def _set_font(style: Any, font: str) -> None:
    style.font.name = font
    fonts = style.element.rPr.rFonts
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
