"""Word in: an Office Open XML file, by python-docx and by its XML where python-docx knows no words for it.

Headings, lists, quotes and links come as such, and so do the lines of scripts and songs that have `to_docx`'s styles (which are
what other programs call them, too). Changes that were tracked count as accepted, comments and what is hidden are left out,
footnotes become notes where they stand, a row of a table is a paragraph, an image is its description.

The file is somebody's: its entries and their sizes are checked before anything is parsed, and XML that declares entities or a
document type is refused.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph
from docx.text.run import Run
from lxml.etree import LxmlError

from rooms.archive import Archive
from rooms.errors import BadRequestError
from rooms.render.docx_styles import BY_NAME, CHORD, CODE, CODE_TEXT, CONTINUED, DIVIDER, NOTE, QUOTE
from rooms.render.tree import DEPTH, Mark, Node, is_allowed, joined, make, make_mark, make_text, together, words

_DECLARED: Final = tuple(
    word.encode(encoding) for word in ("<!DOCTYPE", "<!ENTITY") for encoding in ("utf-8", "utf-16-le", "utf-16-be")
)
_INTO: Final = {
    qn(f"w:{tag}") for tag in ("ins", "moveTo", "smartTag", "sdt", "sdtContent", "fldSimple", "customXml", "dir", "bdo")
}
"""Elements that only stand around what they hold."""
_QUOTES: Final = {QUOTE.casefold(), "intense quote", "block text", "quotations"}
_CODES: Final = {"html preformatted", "preformatted text", "source code", "macro"}
_HEADING = re.compile(r"heading ([1-9])")
_NUMBERED_SCENE = re.compile(r"(\S{1,10})\t")
_KEYED = re.compile(r"([^:\n]{1,80}):[ \t]*")
_CHORD = re.compile(r"\[([^\[\]]*)\]")
_NOTES: Final = {"footnoteReference": "footnote", "endnoteReference": "endnote"}
_CHARACTERS: Final = {
    "tab": "\t",
    "ptab": "\t",
    "noBreakHyphen": "\N{NON-BREAKING HYPHEN}",
    "softHyphen": "\N{SOFT HYPHEN}",
}
_ORDERS: Final = {"lowerLetter": "a", "upperLetter": "A", "lowerRoman": "i", "upperRoman": "I"}
_BREAK: Final = "\f"
"""A new page, in the text of a run."""

Line = list[Node]


def from_docx(source: bytes, most_bytes: int) -> Node:
    """The tree. Raises BadRequestError and TooLargeError, each with a sentence."""
    archive = Archive(source, most_bytes, what="Word file")
    for name in archive.names:
        data = archive.read(name)
        if name.endswith((".xml", ".rels")) and any(word in data for word in _DECLARED):
            raise BadRequestError("This Word file declares things that no honest one needs. It was not read.")
    try:
        return _Reader(Document(io.BytesIO(source))).tree()
    except (PackageNotFoundError, LxmlError, KeyError, ValueError, AttributeError, IndexError, TypeError):
        # python-docx takes the shape of the XML for granted, and raises whatever comes where it is another.
        raise BadRequestError("This is not a Word file that can be read. Saving it again as .docx may help.") from None


class _Reader:
    def __init__(self, docx: Any) -> None:
        self._docx = docx
        self._body = docx.element.body
        self._numbering = _Numbering(docx)
        self._notes = _footnotes(docx)
        self._style_names: dict[str | None, list[str]] = {}
        self._text_styles: dict[str | None, _TextStyle] = {}
        self._blocks: list[Node] = []
        self._lists: list[tuple[str, Node]] = []
        """The lists that are open, outermost first, each with its number."""

    def tree(self) -> Node:
        for element in _flat(self._body):
            if element.tag == qn("w:tbl"):
                self._table(element)
            elif element.tag == qn("w:p"):
                self._paragraph(Paragraph(element, self._docx))
        return Node("doc", content=self._blocks or [make("paragraph")])

    def _put(self, block: Node) -> None:
        self._lists = []
        self._blocks.append(block)

    def _table(self, table: Any) -> None:
        for row in table.iter(qn("w:tr")):
            line: Line = []
            for cell in row.findall(qn("w:tc")):
                inner = [node for p in cell.iter(qn("w:p")) for node in [make_text(" "), *self._line(Paragraph(p, self._docx))]]
                line.extend([*([make_text(" |")] if line else []), *(inner if line else inner[1:])])
            self._put(make("paragraph", _pageless(line)))

    # Paragraphs

    def _paragraph(self, paragraph: Paragraph) -> None:
        names = self._names(paragraph)
        line = self._line(paragraph)
        listed = self._numbering.of(paragraph)
        heading = next((int(found[1]) for name in names if (found := _HEADING.fullmatch(name))), None)
        own = next((BY_NAME[name] for name in names if name in BY_NAME), None)
        if heading is not None or "title" in names:
            self._put(make("heading", _pageless(line), level=min(heading or 1, 3)))
        elif own is not None:
            self._put(_own(own.kind, own.attrs, _pageless(line)))
        elif names[0] in _CODED:
            self._code(names[0], line)
        elif not _QUOTES.isdisjoint(names):
            self._quote(make("paragraph", _pageless(line)))
        elif listed is not None:
            self._item(listed, _pageless(line))
        elif names[0] in _CONTINUED and self._lists:
            depth = min(_CONTINUED.index(names[0]), len(self._lists) - 1)
            del self._lists[depth + 1 :]
            self._lists[-1][1].content[-1].content.append(make("paragraph", _pageless(line)))
        elif names[0] == DIVIDER.casefold():
            self._put(make("horizontalRule"))
        else:
            self._plain(line)

    def _names(self, paragraph: Paragraph) -> list[str]:
        """Of its styles. Asked once for each: python-docx looks through all styles every time."""
        style = paragraph._p.style  # noqa: SLF001 - its id
        if style not in self._style_names:
            self._style_names[style] = _style_names(paragraph.style)
        return self._style_names[style]

    def _text_style(self, run: Run) -> _TextStyle:
        style = run._r.style  # noqa: SLF001 - its id
        if style not in self._text_styles:
            self._text_styles[style] = _text_style(run) if style is not None else _TextStyle()
        return self._text_styles[style]

    def _plain(self, line: Line) -> None:
        """A paragraph; new pages in it part it."""
        part: Line = []
        parted = False
        for node in line:
            before, *after = (node.text or "").split(_BREAK) if node.type == "text" else (None,)
            part.extend([node] if before is None else [Node("text", marks=node.marks, text=before)])
            for text in after:
                if words(Node("doc", content=part)).strip():
                    self._put(make("paragraph", joined(part)))
                self._put(make("pageBreak"))
                parted = True
                part = [Node("text", marks=node.marks, text=text)]
        part = joined(part)
        if part or not parted:
            self._put(make("paragraph", part))

    def _code(self, name: str, line: Line) -> None:
        text = words(Node("doc", content=_pageless(line)))
        last = self._blocks[-1] if self._blocks else None
        if name in _CODES and last is not None and last.type == "codeBlock":
            text = f"{words(last)}\n{text}"
            self._blocks.pop()
        self._put(make("codeBlock", [make_text(text)] if text else []))

    def _quote(self, paragraph: Node) -> None:
        if self._blocks and self._blocks[-1].type == "blockquote":
            self._blocks[-1].content.append(paragraph)
        else:
            self._put(make("blockquote", [paragraph]))

    def _item(self, listed: Listed, line: Line) -> None:
        number = listed.number
        depth = min(listed.depth, len(self._lists), DEPTH // 2 - 1)
        if depth < len(self._lists) and self._lists[depth][0] == number:
            del self._lists[depth + 1 :]
        else:
            del self._lists[depth:]
            made = (
                make("bulletList")
                if listed.order is None
                else make("orderedList", start=listed.start, type=listed.order or None)
            )
            if depth:
                self._lists[-1][1].content[-1].content.append(made)
            else:
                self._blocks.append(made)
            self._lists.append((number, made))
        self._lists[-1][1].content.append(make("listItem", [make("paragraph", line)]))

    # Lines

    def _line(self, paragraph: Paragraph) -> Line:
        return joined(self._pieces(paragraph._p, paragraph, None))  # noqa: SLF001 - python-docx passes over tracked changes

    def _pieces(self, element: Any, paragraph: Paragraph, link: Mark | None) -> Iterator[Node]:
        for child in element:
            if child.tag == qn("w:r"):
                yield from self._run(Run(child, paragraph), link)
            elif child.tag == qn("w:hyperlink"):
                yield from self._pieces(child, paragraph, self._link(child) or link)
            elif child.tag in _INTO:
                yield from self._pieces(child, paragraph, link)

    def _link(self, element: Any) -> Mark | None:
        relation = self._docx.part.rels.get(element.get(qn("r:id")))
        href = relation.target_ref if relation is not None and relation.is_external else None
        return make_mark("link", href=href) if is_allowed(href) else None

    def _run(self, run: Run, link: Mark | None) -> Iterator[Node]:
        if run._r.rPr is not None and run.font.hidden:  # noqa: SLF001 - most have no properties
            return
        style = self._text_style(run)
        marks = _marks(run, style, link)
        for child in run._r:  # noqa: SLF001 - python-docx makes text of it, and this has to tell its kinds apart
            kind = child.tag.rpartition("}")[2]
            text = self._text(kind, child)
            chord = _CHORD.fullmatch(text) if style.name == CHORD else None
            if chord:
                yield make("chord", name=chord[1])
            elif kind in ("br", "cr") and text != _BREAK:
                yield make("hardBreak")
            elif text:
                yield make_text(text, [make_mark("note")] if kind in _NOTES else marks)

    def _text(self, kind: str, element: Any) -> str:
        """What a part of a run says."""
        match kind:
            case "t":
                return element.text or ""
            case "br":
                return _BREAK if element.get(qn("w:type")) == "page" else ""
            case "footnoteReference" | "endnoteReference":
                return self._notes.get((_NOTES[kind], str(element.get(qn("w:id")))), "")
            case "drawing" | "pict":
                return "".join(f"[{alt}]" for alt in _descriptions(element))
            case _:
                return _CHARACTERS.get(kind, "")


_CONTINUED: Final = [name.casefold() for name in CONTINUED]
_CODED: Final = {CODE.casefold(), *_CODES}


def _flat(body: Any) -> Iterator[Any]:
    """The paragraphs and tables of the body, out of whatever stands around them."""
    for child in body:
        if child.tag in _INTO:
            yield from _flat(child)
        else:
            yield child


def _style_names(style: Any) -> list[str]:
    """The name of the style and of those it is based on, nearest first."""
    names: list[str] = []
    while style is not None and len(names) < 10:
        names.append((style.name or "").casefold())
        style = style.base_style
    return names or [""]


class _TextStyle(NamedTuple):
    """A style of pieces of text, and the marks that it stands for."""

    name: str = ""
    marks: frozenset[str] = frozenset()


_FONT_MARKS: Final = ("bold", "italic", "strike", "underline")


def _text_style(run: Run) -> _TextStyle:
    name = str(run.style.name)
    plain = name in (CHORD, NOTE)
    return _TextStyle(name, frozenset(mark for mark in _FONT_MARKS if not plain and getattr(run.style.font, mark)))


def _marks(run: Run, style: _TextStyle, link: Mark | None) -> list[Mark]:
    marks: list[Mark] = []
    for mark in _FONT_MARKS:
        own = getattr(run.font, mark) if run._r.rPr is not None else None  # noqa: SLF001 - most have none
        if (mark in style.marks if own is None else own) and not (link and mark == "underline"):
            marks.append(make_mark(mark))
    if style.name == CODE_TEXT:
        marks.append(make_mark("code"))
    if style.name == NOTE:
        marks.append(make_mark("note"))
    return together([*marks, link] if link else marks)


def _own(kind: str, attrs: dict[str, Any], line: Line) -> Node:
    """A line of a script, with what `to_docx` puts before it."""
    first = line[0] if line else None
    if first is not None and first.type == "text" and kind in ("sceneHeading", "titleLine"):
        found = (_NUMBERED_SCENE if kind == "sceneHeading" else _KEYED).match(first.text or "")
        if found:
            attrs = {"number" if kind == "sceneHeading" else "key": found[1]}
            line = joined([Node("text", marks=first.marks, text=(first.text or "")[found.end() :]), *line[1:]])
    return make(kind, line, **attrs)


def _pageless(line: Iterable[Node]) -> Line:
    """Without new pages in the midst of it."""
    return joined(
        Node("text", marks=node.marks, text=(node.text or "").replace(_BREAK, "")) if node.type == "text" else node
        for node in line
    )


def _descriptions(drawing: Any) -> list[str]:
    return [alt for element in drawing.iter() if (alt := (element.get("descr") or "").strip())][:1]


def _footnotes(docx: Any) -> dict[tuple[str, str], str]:
    """The text of footnotes and endnotes, by kind and id."""
    found: dict[tuple[str, str], str] = {}
    for kind, relation in (("footnote", RELATIONSHIP_TYPE.FOOTNOTES), ("endnote", RELATIONSHIP_TYPE.ENDNOTES)):
        for part in (rel.target_part for rel in docx.part.rels.values() if rel.reltype == relation and not rel.is_external):
            root: Any = parse_xml(part.blob)
            for note in root.findall(qn(f"w:{kind}")):
                text = " ".join("".join(t.text or "" for t in p.iter(qn("w:t"))) for p in note.iter(qn("w:p")))
                found[kind, note.get(qn("w:id"))] = text.strip()
    return found


class Listed(NamedTuple):
    """A list's number, how deep it lies, its `type` (None for bullets), and where it begins."""

    number: str
    depth: int
    order: str | None
    start: int


class _Numbering:
    """Which paragraphs are items of lists, and of what kind."""

    def __init__(self, docx: Any) -> None:
        self._of_style: dict[str | None, tuple[str | None, str | None]] = {}
        self._nums: dict[str, Any] = {}
        self._abstract: dict[str, Any] = {}
        if any(rel.reltype == RELATIONSHIP_TYPE.NUMBERING for rel in docx.part.rels.values()):
            numbering = docx.part.numbering_part.element
            self._nums = {num.get(qn("w:numId")): num for num in numbering.findall(qn("w:num"))}
            self._abstract = {a.get(qn("w:abstractNumId")): a for a in numbering.findall(qn("w:abstractNum"))}

    def of(self, paragraph: Paragraph) -> Listed | None:
        """Where it stands in a list; None for one in no list."""
        number, depth = self._settings(paragraph)
        num = self._nums.get(number or "")
        if number is None or num is None:
            return None
        abstract = self._abstract.get(num.find(qn("w:abstractNumId")).get(qn("w:val")))
        levels = [] if abstract is None else [e for e in abstract.findall(qn("w:lvl")) if e.get(qn("w:ilvl")) == str(depth)]
        order = _value(levels[0], "numFmt") if levels else "bullet"
        if order == "none":
            return None
        start = _value(levels[0], "start") if levels else None
        for override in num.findall(qn("w:lvlOverride")):
            if override.get(qn("w:ilvl")) == str(depth):
                start = _value(override, "startOverride") or start
        kind = None if order == "bullet" else _ORDERS.get(order or "", "")
        return Listed(number, depth, kind, int(start) if start and start.isdecimal() else 1)

    def _settings(self, paragraph: Paragraph) -> tuple[str | None, int]:
        """The number and the depth, its own or its style's."""
        own = _numbered(paragraph._p.pPr)  # noqa: SLF001 - python-docx knows no lists
        style = paragraph._p.style  # noqa: SLF001 - its id
        if style not in self._of_style:
            self._of_style[style] = _numbered_style(paragraph.style)
        number, depth = (
            mine if mine is not None else inherited for mine, inherited in zip(own, self._of_style[style], strict=True)
        )
        return number, int(depth) if depth and depth.isdecimal() else 0


def _numbered(properties: Any) -> tuple[str | None, str | None]:
    """The number of a list, and the depth in it, as properties of a paragraph say."""
    settings = None if properties is None else properties.find(qn("w:numPr"))
    return (None, None) if settings is None else (_value(settings, "numId"), _value(settings, "ilvl"))


def _numbered_style(style: Any) -> tuple[str | None, str | None]:
    number, depth, steps = None, None, 0
    while style is not None and steps < 10:
        found = _numbered(style.element.find(qn("w:pPr")))
        number, depth = number if number is not None else found[0], depth if depth is not None else found[1]
        style, steps = style.base_style, steps + 1
    return number, depth


def _value(element: Any, name: str) -> str | None:
    child = element.find(qn(f"w:{name}"))
    return None if child is None else child.get(qn("w:val"))
