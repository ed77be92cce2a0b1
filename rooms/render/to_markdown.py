r"""Markdown: a document as CommonMark, escaped so that `from_markdown` reads the same tree.

Strikethrough is GitHub's `~~`. What Markdown hasn't is written as the HTML that its readers show, and is read back: `<u>` for
underline, `<mark>` for a note, and `<br>` for a hard break where a backslash can't be one (in a heading, at the end). A
paragraph that is empty is `&nbsp;`, and nothing else is written so. The lines of scripts are Fountain in a fence of that name,
the lines of songs ChordPro in one of `chordpro`: readers show them as they are. A picture is `![…](images/…)`, a new page is
`\newpage` (as Pandoc has it), in a script Fountain's.

What Markdown can't carry:

- white space at the end of a block; bold, italic and strike of white space, unless the text on both sides has them too
- of a link its `target`, `rel` and `class`; an empty title
- of an ordered list its `type`, and a start below 0 or above 999999999
- of a code block its language from the first white space on, and carriage returns
- new lines in the mark `code`: they become spaces; other marks on that text
- control characters and noncharacters: they become U+FFFD
- of scripts and songs what Fountain and ChordPro can't carry (see there); code whose language is `fountain` or `chordpro`
- marks and nodes that the schema doesn't know, links to where they mustn't lead: their text stays, and of a node without text
  its name
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import Final

from rooms.render.arrange import arranged
from rooms.render.chordpro import SONG, song_lines
from rooms.render.edition import ENDINGS
from rooms.render.inline import steps
from rooms.render.outline import Lines, outline
from rooms.render.to_fountain import ELEMENTS, fountain
from rooms.render.to_html import level
from rooms.render.tree import Mark, Node, is_allowed, joined, schema, words

EMPTY: Final = "&nbsp;"

_FLANKING: Final = {"bold": "**", "italic": "*", "strike": "~~"}
"""Marks that only count where CommonMark's rules of flanking hold (section 6.2), which `_Line` sees to."""

_MARKS: Final = {*_FLANKING, "underline", "note", "code", "link"}
_TAGS: Final = {"underline": "u", "note": "mark"}

NEW_PAGE: Final = "\\newpage"
IMAGES: Final = "images/"
"""The folder in which a picture is looked for, beside the file."""

_NONCHARACTERS = "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(17))
_CAN_NOT = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef{_NONCHARACTERS}]")

_REFERRED: Final = "\t\n\r\ufeff"
_SPECIAL = re.compile(rf"[\\`*_~{_REFERRED}]|<(?=[A-Za-z/!?])|&(?=#?[A-Za-z0-9]+;)|\](?=[(:])")
_SPECIAL_IN_LINK = re.compile(rf"{_SPECIAL.pattern}|[\[\]]")
_LINE_START = re.compile(r"#{1,6}(?=\s|$)|[-+](?=[-\s|:]|$)|=(?=[=\s]*$)|>|[|:](?=[-|:\s]*$)")
_NUMBER_START = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9\-._:/?#@!$&'+,;=%]+")


def to_markdown(tree: Node, media_types: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """`media_types` of pictures by their ids give their files an ending."""

    def leaf(node: Node) -> Lines:
        return _picture(node, media_types) if node.type == "image" else _leaf(node)

    lines = outline(_fenced(arranged(tree)), leaf)
    return "".join(line + "\n" for line in lines).encode()


def _fenced(blocks: Sequence[Node]) -> list[Node]:
    """The blocks with the lines of scripts and songs as blocks of code in these languages."""
    kinds = [_language(block) for block in blocks]
    for at, block in enumerate(blocks):
        if block.type == "pageBreak" and "fountain" in kinds[max(at - 1, 0) : at + 2]:
            kinds[at] = "fountain"
    found: list[Node] = []
    for kind, group in groupby(zip(kinds, blocks, strict=True), lambda pair: pair[0]):
        some = [block for _, block in group]
        if kind:
            lines = fountain(some) if kind == "fountain" else song_lines(some)
            text = "\n".join(lines)
            found.extend([Node("codeBlock", {"language": kind}, [Node("text", text=text)] if text else [])] if lines else [])
        else:
            found.extend(
                block if _is_textblock(block) else Node(block.type, block.attrs, _fenced(block.content)) for block in some
            )
    return found


def _language(block: Node) -> str:
    return "fountain" if block.type in ELEMENTS else "chordpro" if block.type in SONG else ""


def _is_textblock(block: Node) -> bool:
    known = schema().nodes.get(block.type)
    return known is not None and known.is_textblock


def _picture(node: Node, media_types: Mapping[str, str]) -> Lines:
    name = re.sub(r"[^a-z0-9]", "", str(node.attrs.get("id") or ""))
    alt = _CAN_NOT.sub("\N{REPLACEMENT CHARACTER}", str(node.attrs.get("alt") or ""))
    alt = _escaped(" ".join(alt.split()), link=True)
    ending = ENDINGS.get(media_types.get(name, ""), "")
    width, height = node.attrs.get("width"), node.attrs.get("height")
    size = f' "{width}×{height}"' if type(width) is int and type(height) is int else ""
    return [f"![{alt}]({IMAGES}{name}{ending}{size})"]


def _leaf(node: Node) -> Lines:
    match node.type:
        case "paragraph":
            return (_Line(node.content).written() or EMPTY).split("\n")
        case "heading":
            text = _Line(node.content, heading=True).written()
            return [f"{'#' * level(node)} {text}".rstrip()]
        case "codeBlock":
            return _code_block(node)
        case "horizontalRule":
            return ["***"]
        case "pageBreak":
            return [NEW_PAGE]
        case _:
            return [_named(node)]


def _named(node: Node) -> str:
    return _escaped(f"[{node.type}]")


def _code_block(node: Node) -> Lines:
    text = _CAN_NOT.sub("\N{REPLACEMENT CHARACTER}", words(node).replace("\r\n", "\n").replace("\r", "\n"))
    found = node.attrs.get("language")
    language = found.split()[0] if isinstance(found, str) and found.strip() else ""
    language = _CAN_NOT.sub("\N{REPLACEMENT CHARACTER}", language)
    sign = "~" if "`" in language else "`"
    longest = max(map(len, re.findall(f"{sign}+", text)), default=0)
    fence = sign * max(3, longest + 1)
    return [fence + re.sub(r"[\\&~]", r"\\\g<0>", language), *text.split("\n"), fence]


class _Line:
    """One line of text with its marks, to be written.

    A mark's sign counts only with the right characters around it. Where a wrong one is there, that character is written as a
    character reference, which begins and ends with punctuation and so is right on the outside of every sign.
    """

    def __init__(self, content: Sequence[Node], *, heading: bool = False) -> None:
        self._line = _shed(_trimmed(joined(_known(content))))
        self._heading = heading
        self._steps = list(steps([_without_code(node) for node in self._line]))
        self._signs = [
            [(mark, False) for mark in step.ending] + [(mark, True) for mark in step.beginning] for step in self._steps
        ]
        bold = any(mark.type == "bold" for node in self._line for mark in node.marks)
        self._italic = "_" if bold else "*"
        """Beside `**` a `*` could be taken for a part of it."""
        self._referenced: set[tuple[int, int]] = set()
        """Characters to be written as references: (which node, 0 for its first or -1 for its last)."""
        todo = list(range(len(self._signs)))
        while todo:
            todo.extend(self._settle(todo.pop()))

    # Where the signs are

    def _settle(self, gap: int) -> Iterator[int]:
        """Sees to the characters around the gap before node `gap`. Yields gaps that have to be looked at again."""
        before, after = (gap - 1, -1), (gap, 0)
        signs = self._signs[gap]
        for at, (mark, begins) in enumerate(signs):
            if mark.type not in _FLANKING:
                continue
            left = "!" if at else self._neighbour(before)
            right = "!" if at + 1 < len(signs) else self._neighbour(after)
            inner, outer = (right, left) if begins else (left, right)
            if inner.isspace():
                yield from self._refer(after if begins else before)
                inner = "&"
            underscore = mark.type == "italic" and self._italic == "_"
            if (underscore or not inner.isalnum()) and not _is_outside(outer):
                yield from self._refer(before if begins else after)
        if not signs and not self._is_text(before) and self._neighbour(after).isspace():
            # At the start of a line white space would be lost.
            yield from self._refer(after)

    def _is_text(self, side: tuple[int, int]) -> bool:
        return 0 <= side[0] < len(self._line) and self._line[side[0]].type == "text"

    def _neighbour(self, side: tuple[int, int]) -> str:
        """The character there: a new line at the edges of a line, a backtick for code."""
        if not self._is_text(side):
            return "\n"
        node = self._line[side[0]]
        if _is_code(node):
            return "`"
        return "&" if side in self._referenced else (node.text or "")[side[1]]

    def _refer(self, side: tuple[int, int]) -> Iterator[int]:
        if side in self._referenced or not self._is_text(side) or _is_code(self._line[side[0]]):
            return
        self._referenced.add(side)
        if len(self._line[side[0]].text or "") == 1:
            self._referenced.add((side[0], -1 - side[1]))
            yield side[0] if side[1] else side[0] + 1

    # Writing

    def written(self) -> str:
        parts: list[str] = []
        links = 0
        starts = not self._heading
        for at, (node, signs) in enumerate(zip([*self._line, None], self._signs, strict=True)):
            for mark, begins in signs:
                links += (1 if begins else -1) if mark.type == "link" else 0
                parts.append(self._sign(mark, begins=begins))
            starts = starts and not signs
            if node is None:
                break
            if node.type == "hardBreak":
                starts = at + 1 < len(self._line) and not self._heading
                parts.append("\\\n" if starts else "<br>")
            else:
                parts.append(_code(node) if _is_code(node) else self._text(at, starts=starts, link=links > 0))
                starts = False
        return "".join(parts)

    def _sign(self, mark: Mark, *, begins: bool) -> str:
        if mark.type == "link":
            return "[" if begins else f"]({_address(mark)})"
        if mark.type in _TAGS:
            return f"<{'' if begins else '/'}{_TAGS[mark.type]}>"
        return self._italic if mark.type == "italic" else _FLANKING[mark.type]

    def _text(self, at: int, *, starts: bool, link: bool) -> str:
        text = self._line[at].text or ""
        first, last = (at, 0) in self._referenced, (at, -1) in self._referenced
        if first and len(text) == 1:
            return _reference(text)
        body = _escaped(text[1 if first else 0 : -1 if last else None], starts=starts and not first, link=link)
        if not last and self._heading and body.endswith("#"):
            body = body[:-1] + "\\#"
        follows = self._signs[at + 1][:1]
        if not last and body.endswith("!") and follows and follows[0][0].type == "link" and follows[0][1]:
            body = body[:-1] + "\\!"
        return (_reference(text[0]) if first else "") + body + (_reference(text[-1]) if last else "")


def _reference(character: str) -> str:
    return f"&#{ord(character)};"


def _is_outside(character: str) -> bool:
    """Whether every version of CommonMark takes it for white space or punctuation."""
    return character in " \n" + string.punctuation or unicodedata.category(character) == "Zs"


def _is_code(node: Node) -> bool:
    return any(mark.type == "code" for mark in node.marks)


def _without_code(node: Node) -> Node:
    return Node(node.type, marks=[mark for mark in node.marks if mark.type != "code"], text=node.text)


def _known(content: Iterable[Node]) -> Iterator[Node]:
    """The text with the marks that can be written, hard breaks, and unknown nodes as text."""
    for node in content:
        if node.type == "hardBreak":
            yield Node("hardBreak")
            continue
        text = _CAN_NOT.sub("\N{REPLACEMENT CHARACTER}", words(node) or f"[{node.type}]")
        marks = [mark for mark in node.marks if mark.type in _MARKS]
        links = [
            Mark("link", {"href": mark.attrs.get("href"), "title": mark.attrs.get("title") or None})
            for mark in marks
            if mark.type == "link" and is_allowed(mark.attrs.get("href"))
        ]
        plain = [Mark(mark.type) for mark in marks if mark.type != "link"]
        if any(mark.type == "code" for mark in plain):
            text = re.sub(r"[\n\r]", " ", text)
        yield Node("text", marks=plain + links, text=text)


def _trimmed(line: list[Node]) -> list[Node]:
    """Without white space at the end."""
    while line and line[-1].type == "text" and not _is_code(line[-1]):
        last = line.pop()
        text = (last.text or "").rstrip()
        if text:
            line.append(Node("text", marks=last.marks, text=text))
            break
    return line


def _shed(line: Sequence[Node]) -> list[Node]:
    """Takes bold, italic and strike off white space that doesn't lie between two pieces of text which both have them."""
    pieces = [piece for node in line for piece in _split(node)]
    shared: list[list[Mark]] = []
    marks: list[Mark] = []
    for piece in pieces:
        if not _is_gap(piece):
            marks = piece.marks
        shared.append(marks)
    marks = []
    for at in range(len(pieces) - 1, -1, -1):
        piece = pieces[at]
        if not _is_gap(piece):
            marks = piece.marks
        elif piece.type == "text":
            kept = [m for m in piece.marks if m.type not in _FLANKING or (m in marks and m in shared[at])]
            pieces[at] = Node("text", marks=kept, text=piece.text)
    return joined(pieces)


def _split(node: Node) -> list[Node]:
    """White space at its edges, and what is between."""
    text = node.text or ""
    if node.type != "text" or _is_code(node) or not any(mark.type in _FLANKING for mark in node.marks):
        return [node]
    first, last = len(text) - len(text.lstrip()), len(text.rstrip())
    parts = (text[:first], text[first:last], text[last:]) if last else (text,)
    return [Node("text", marks=node.marks, text=part) for part in parts if part]


def _is_gap(node: Node) -> bool:
    return node.type != "text" or (not _is_code(node) and (node.text or "").isspace())


def _escaped(text: str, *, starts: bool = False, link: bool = False) -> str:
    """`starts` at the start of a line, where signs of blocks would count; `link` between the brackets of a link."""
    sign = ""
    if starts:
        number = _NUMBER_START.match(text)
        if number:
            sign, text = f"{number[1]}\\{number[2]}", text[number.end() :]
        elif _LINE_START.match(text):
            sign = "\\"
    return sign + (_SPECIAL_IN_LINK if link else _SPECIAL).sub(_escape, text)


def _escape(special: re.Match[str]) -> str:
    return _reference(special[0]) if special[0] in _REFERRED else "\\" + special[0]


def _code(node: Node) -> str:
    text = node.text or ""
    runs = {len(run) for run in re.findall("`+", text)}
    fence = "`" * next(n for n in range(1, len(runs) + 2) if n not in runs)
    pad = " " if text.startswith("`") or text.endswith("`") or (text[0] == text[-1] == " " and text.strip(" ")) else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _address(link: Mark) -> str:
    href, title = str(link.attrs["href"]), link.attrs.get("title")
    if not _PLAIN_ADDRESS.fullmatch(href):
        href = "<" + re.sub(r"[<>\\]", r"\\\g<0>", href) + ">"
    href = re.sub(r"&(?=#?[A-Za-z0-9]+;)", "&amp;", href)
    if not isinstance(title, str) or not title:
        return href
    title = _CAN_NOT.sub("\N{REPLACEMENT CHARACTER}", title)
    title = re.sub(r'["\\&]', r"\\\g<0>", title).translate({10: "&#10;", 13: "&#13;"})
    return f'{href} "{title}"'
