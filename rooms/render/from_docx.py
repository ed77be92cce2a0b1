"""Word in: an Office Open XML file, by python-docx and by its XML where python-docx knows no words for it.

Headings, lists, quotes and links come as such, and so do the lines of scripts and songs that have `to_docx`'s styles (which are
what other programs call them, too). Changes that were tracked count as accepted, comments and what is hidden are left out,
footnotes become notes where they stand, a row of a table is a paragraph. A picture parts its paragraph: it is one of the room's
where the room has taken it in, else a sentence stands in its place. One that is elsewhere on the web isn't asked for: it is its
description, and so is a drawing without a picture.

The file is somebody's: its entries and their sizes are checked before anything is parsed, and XML that declares entities or a
document type is refused.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
from rooms.render.frames import Taken
from rooms.render.tree import DEPTH, Mark, Node, is_allowed, joined, make, make_mark, make_text, schema, together, words

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
_PICTURES: Final = {
    qn("a:blip"): qn("r:embed"),
    "{urn:schemas-microsoft-com:vml}imagedata": qn("r:id"),
}
"""Where a drawing names the picture in it, today and in files of long ago."""
_EMU_PER_PIXEL: Final = 9525
_WIDEST: Final = 10_000
"""In pixels."""
_BREAK: Final = "\f"
"""A new page, in the text of a run."""

Line = list[Node]


def from_docx(source: bytes, most_bytes: int, taken: Mapping[str, Taken] | None = None) -> Node:
    """The tree. `taken` says what became of each picture, by its name in the file; None is for a look at the text before the
    pictures are taken in. Raises BadRequestError and TooLargeError, each with a sentence."""
    with _honest(source, most_bytes) as docx:
        return _Reader(docx, taken).tree()


def pictures(source: bytes, most_bytes: int) -> list[str]:
    """The names that the pictures of its text have in the file. Raises as `from_docx` does."""
    with _honest(source, most_bytes) as docx:
        return list(dict.fromkeys(_name(relation) for relation in docx.part.rels.values() if _is_picture(relation)))


@contextmanager
def _honest(source: bytes, most_bytes: int) -> Iterator[Any]:
    """The file, opened by python-docx."""
    archive = Archive(source, most_bytes, what="Word file")
    for name in archive.names:
        data = archive.read(name)
        if name.endswith((".xml", ".rels")) and any(word in data for word in _DECLARED):
            raise BadRequestError("This Word file declares things that no honest one needs. It was not read.")
    try:
        yield Document(io.BytesIO(source))
    except (PackageNotFoundError, LxmlError, KeyError, ValueError, AttributeError, IndexError, TypeError):
        # python-docx takes the shape of the XML for granted, and raises whatever comes where it is another.
        raise BadRequestError("This is not a Word file that can be read. Saving it again as .docx may help.") from None


class _Reader:
    def __init__(self, docx: Any, taken: Mapping[str, Taken] | None) -> None:
        self._docx = docx
        self._taken = taken
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

    def _put(self, *blocks: Node) -> None:
        self._lists = []
        self._blocks.extend(blocks)

    def _table(self, table: Any) -> None:
        for row in table.iter(qn("w:tr")):
            line: Line = []
            for cell in row.findall(qn("w:tc")):
                inner = [node for p in cell.iter(qn("w:p")) for node in [make_text(" "), *self._line(Paragraph(p, self._docx))]]
                line.extend([*([make_text(" |")] if line else []), *(inner if line else inner[1:])])
            text, apart = _unbroken(line)
            has_words = words(Node("doc", content=text)).strip(" |") != ""
            self._put(*_with(make("paragraph", text if has_words else []), apart))

    # Paragraphs

    def _paragraph(self, paragraph: Paragraph) -> None:
        names = self._names(paragraph)
        line = self._line(paragraph)
        text, apart = _unbroken(line)
        listed = self._numbering.of(paragraph)
        heading = next((int(found[1]) for name in names if (found := _HEADING.fullmatch(name))), None)
        own = next((BY_NAME[name] for name in names if name in BY_NAME), None)
        if heading is not None or "title" in names:
            self._put(*_with(make("heading", text, level=min(heading or 1, 3)), apart))
        elif own is not None:
            self._put(*_with(_own(own.kind, own.attrs, text), apart))
        elif names[0] in _CODED:
            self._code(names[0], words(Node("doc", content=text)), apart)
        elif not _QUOTES.isdisjoint(names):
            self._quote(_with(make("paragraph", text), apart))
        elif listed is not None:
            self._item(listed, [make("paragraph", text), *apart])
        elif names[0] in _CONTINUED and self._lists:
            depth = min(_CONTINUED.index(names[0]), len(self._lists) - 1)
            del self._lists[depth + 1 :]
            self._lists[-1][1].content[-1].content.extend(_with(make("paragraph", text), apart))
        elif names[0] == DIVIDER.casefold():
            self._put(make("horizontalRule"), *apart)
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
        """A paragraph; new pages and pictures in it part it."""
        part: Line = []
        parted = False
        for node in line:
            if _is_apart(node):
                if words(Node("doc", content=part)).strip():
                    self._put(make("paragraph", joined(part)))
                self._put(node)
                parted = True
                part = []
                continue
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

    def _code(self, name: str, text: str, apart: Sequence[Node]) -> None:
        last = self._blocks[-1] if self._blocks else None
        if name in _CODES and last is not None and last.type == "codeBlock":
            text = f"{words(last)}\n{text}"
            self._blocks.pop()
        self._put(*_with(make("codeBlock", [make_text(text)] if text else []), apart))

    def _quote(self, blocks: Sequence[Node]) -> None:
        if self._blocks and self._blocks[-1].type == "blockquote":
            self._blocks[-1].content.extend(blocks)
        else:
            self._put(make("blockquote", blocks))

    def _item(self, listed: Listed, blocks: Sequence[Node]) -> None:
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
        self._lists[-1][1].content.append(make("listItem", blocks))

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
            if kind in _DRAWN:
                yield from self._drawing(child, marks)
                continue
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
            case _:
                return _CHARACTERS.get(kind, "")

    # Pictures

    def _drawing(self, drawing: Any, marks: list[Mark]) -> Iterator[Node]:
        """Its pictures; the description of one that has none of its own."""
        alt = _description(drawing)
        shown = next(iter(drawing), drawing) if drawing.tag == _EITHER else drawing
        relations = [self._docx.part.rels.get(element.get(_PICTURES[element.tag])) for element in shown.iter(*_PICTURES)]
        names = [_name(relation) for relation in relations if relation is not None and _is_picture(relation)]
        for name in names:
            yield self._picture(name, alt, shown)
        if alt and not names:
            yield make_text(f"[{alt}]", marks)

    def _picture(self, name: str, alt: str, drawing: Any) -> Node:
        found = Taken() if self._taken is None else self._taken.get(name, Taken(sentence="It could not be read."))
        if found.sentence:
            return make("paragraph", [make_text(f"[{alt or 'A picture'}: {found.sentence}]")])
        return make("image", id=found.id, alt=alt, **_size(drawing, found))


_DRAWN: Final = {"drawing", "pict", "object", "AlternateContent"}
_EITHER: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
"""The same drawing several times, the newest way first."""

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


def _unbroken(line: Iterable[Node]) -> tuple[Line, list[Node]]:
    """Its text without new pages in the midst of it, and the pictures that stood there."""
    text = joined(
        Node("text", marks=node.marks, text=(node.text or "").replace(_BREAK, "")) if node.type == "text" else node
        for node in line
        if not _is_apart(node)
    )
    return text, [node for node in line if _is_apart(node)]


def _is_apart(node: Node) -> bool:
    """Whether it is a block, which stands by itself."""
    return schema().nodes[node.type].is_block


def _with(block: Node, apart: Sequence[Node]) -> list[Node]:
    """A block and the pictures that stood in it; them alone where there was nothing else."""
    return [block, *apart] if block.content or not apart else list(apart)


def _description(drawing: Any) -> str:
    found = (element.get("descr") or element.get("alt") or "" for element in drawing.iter())
    return next((alt for said in found if (alt := " ".join(said.split()))), "")


def _is_picture(relation: Any) -> bool:
    return bool(relation.reltype == RELATIONSHIP_TYPE.IMAGE and not relation.is_external)


def _name(relation: Any) -> str:
    """What the archive calls it."""
    return str(relation.target_part.partname).lstrip("/")


def _size(drawing: Any, picture: Taken) -> dict[str, Any]:
    """As wide as it was shown, and as high as it is then."""
    if not picture.width:
        return {}
    extents = [extent.get("cx") or "" for extent in drawing.iter(qn("wp:extent"))]
    shown = int(extents[0]) // _EMU_PER_PIXEL if len(extents) == 1 and extents[0].isdecimal() else picture.width
    width = max(1, min(shown, _WIDEST))
    return {"width": width, "height": max(1, round(picture.height * width / picture.width))}


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
