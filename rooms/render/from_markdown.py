"""Markdown in: CommonMark, GitHub's strikethrough and tables, and what `to_markdown` adds (`<u>`, `<mark>`, `<br>`,
`&nbsp;` alone, fences of Fountain and ChordPro, pictures of the room, new pages).

Any other HTML is text. What the schema hasn't is kept as the nearest it has: rows of a table are paragraphs, an image is a link
with its description, headings below the third level are of the third, links to where they mustn't lead are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from rooms.errors import BadRequestError
from rooms.render.chordpro import song_blocks
from rooms.render.from_fountain import fountain_blocks
from rooms.render.to_markdown import EMPTY, IMAGES, NEW_PAGE
from rooms.render.tree import DEPTH, Mark, Node, is_allowed, joined, make, make_mark, make_text, schema, together

_MARKS: Final = {"strong": "bold", "em": "italic", "s": "strike", "u": "underline", "mark": "note", "link": "link"}

_TAG = re.compile(r"<(/?)(u|mark)>|<br ?/?>")
_PICTURE = re.compile(rf"{IMAGES}([a-z0-9]{{1,64}})(?:\.[a-z]+)?")
_SIZE = re.compile(r"([1-9]\d{0,4})×([1-9]\d{0,4})")


class _Parser(MarkdownIt):
    """Addresses are kept as they are written; whether they are allowed is for the schema to say."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - markdown-it's own names
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802
        return link

    def validateLink(self, url: str) -> bool:  # noqa: N802
        return True


@cache
def _parser() -> MarkdownIt:
    parser = _Parser("default", {"html": False, "maxNesting": 2 * DEPTH})
    parser.inline.ruler.before("autolink", "tags", _tags)
    return parser


def _tags(state: StateInline, silent: bool) -> bool:
    """The inline rule for the two tags that count."""
    tag = _TAG.match(state.src, state.pos, state.posMax)
    if tag is None:
        return False
    if not silent:
        if tag[1] is None:
            state.push("hardbreak", "br", 0)
        else:
            state.push(f"{tag[2]}_{'close' if tag[1] else 'open'}", tag[2], 0)
    state.pos = tag.end()
    return True


def from_markdown(source: str) -> Node:
    """Raises BadRequestError where lists and quotes are nested too deep."""
    tokens = _parser().parse(source)
    if any(token.level >= DEPTH and token.type != "inline" and token.nesting >= 0 for token in tokens):
        raise BadRequestError(f"Lists and quotes can be nested {DEPTH} deep, and these are nested deeper.")
    return Node("doc", content=_blocks(iter(tokens)) or [make("paragraph")])


def _blocks(tokens: Iterator[Token]) -> list[Node]:
    """The blocks up to the end of what contains them."""
    blocks: list[Node] = []
    for token in tokens:
        if token.nesting < 0:
            break
        blocks.extend(_block(token, tokens))
    return blocks


def _block(token: Token, tokens: Iterator[Token]) -> list[Node]:
    match token.type:
        case "paragraph_open":
            return [_paragraph(tokens)]
        case "heading_open":
            levels = schema().nodes["heading"].attrs["level"].values or [1]
            return [make("heading", _textblock(tokens), level=min(int(token.tag[1:]), max(levels)))]
        case "blockquote_open":
            return [make("blockquote", _blocks(tokens) or [make("paragraph")])]
        case "bullet_list_open":
            return [make("bulletList", _blocks(tokens))]
        case "ordered_list_open":
            return [make("orderedList", _blocks(tokens), start=int(token.attrs.get("start", 1)))]
        case "list_item_open":
            return [make("listItem", _item(_blocks(tokens)))]
        case "table_open":
            return _table(tokens)
        case "hr":
            return [make("horizontalRule")]
        case _:
            return _code_block(token)


def _textblock(tokens: Iterator[Token]) -> list[Node]:
    line = _line(next(tokens))
    next(tokens)  # its end
    return line


def _item(blocks: list[Node]) -> list[Node]:
    return blocks if blocks and blocks[0].type == "paragraph" else [make("paragraph"), *blocks]


def _paragraph(tokens: Iterator[Token]) -> Node:
    inline = next(tokens)
    next(tokens)  # its end
    if inline.content == NEW_PAGE:
        return make("pageBreak")
    children = inline.children or []
    found = _PICTURE.fullmatch(str(children[0].attrs.get("src"))) if [c.type for c in children] == ["image"] else None
    if found is None:
        return make("paragraph", _line(inline))
    size = _SIZE.fullmatch(str(children[0].attrs.get("title")))
    width, height = (int(size[1]), int(size[2])) if size else (None, None)
    alt = "".join(child.content for child in children[0].children or [])
    return make("image", id=found[1], alt=alt, width=width, height=height)


def _code_block(token: Token) -> list[Node]:
    info = unescapeAll(token.info).split()
    text = token.content.removesuffix("\n")
    if info[:1] == ["fountain"]:
        return fountain_blocks(text)
    if info[:1] == ["chordpro"]:
        return song_blocks(text.split("\n"))
    return [make("codeBlock", [make_text(text)] if text else [], language=info[0] if info else None)]


def _table(tokens: Iterator[Token]) -> list[Node]:
    """A paragraph for each row, its cells parted by `|`."""
    rows: list[Node] = []
    cells: list[Node] = []
    for token in tokens:
        if token.type == "inline":
            cells.extend([make_text(" | ")] if cells else [])
            cells.extend(_line(token))
        elif token.type == "tr_close":
            rows.append(make("paragraph", joined(cells)))
            cells = []
        elif token.type == "table_close":
            break
    return rows


def _line(token: Token) -> list[Node]:
    if token.content == EMPTY:
        return []
    return joined(_nodes(_paired(token.children or []), ()))


def _paired(tokens: Sequence[Token]) -> list[Token]:
    """The same, with tags that have no other half as the text they are."""
    tokens = list(tokens)
    for tag in ("u", "mark"):
        begun: list[int] = []
        alone: list[int] = []
        for at, token in enumerate(tokens):
            if token.type == f"{tag}_open":
                begun.append(at)
            elif token.type == f"{tag}_close":
                if begun:
                    begun.pop()
                else:
                    alone.append(at)
        for at in begun + alone:
            sign = "" if tokens[at].type == f"{tag}_open" else "/"
            tokens[at] = Token("text", "", 0, content=f"<{sign}{tag}>")
    return tokens


def _nodes(tokens: Iterable[Token], around: Sequence[Mark]) -> Iterator[Node]:
    """The text of a line, within the marks `around` it."""
    begun: list[tuple[str, Mark | None]] = [(mark.type, mark) for mark in around]
    for token in tokens:
        kind, _, side = token.type.rpartition("_")
        marks = [mark for _, mark in begun if mark]
        if side == "open":
            begun.append((_MARKS[kind], _mark(token.attrs.get("href"), token) if kind == "link" else make_mark(_MARKS[kind])))
        elif side == "close":
            last = max(at for at, (begun_kind, _) in enumerate(begun) if begun_kind == _MARKS[kind])
            del begun[last]
        elif token.type == "code_inline":
            yield make_text(token.content, together([*marks, make_mark("code")]))
        elif token.type == "hardbreak":
            yield make("hardBreak")
        elif token.type == "image":
            source = token.attrs.get("src")
            link = _mark(source, token)
            inner = [*marks, link] if link else marks
            yield from _nodes(token.children or [Token("text", "", 0, content=str(source))], inner)
        else:
            yield make_text(" " if token.type == "softbreak" else token.content, together(marks))


def _mark(address: object, token: Token) -> Mark | None:
    title = token.attrs.get("title")
    return make_mark("link", href=address, title=title or None) if is_allowed(address) else None
