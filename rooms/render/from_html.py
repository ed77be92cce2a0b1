"""HTML in: what a page of the web, a mail or a word processor says, as the nearest that the schema has.

Parsed as browsers do (the HTML standard, by justhtml: pure Python, so that a hostile page can do no more than raise). Scripts,
styles, forms and whatever else isn't text are dropped, and so are attributes, but for addresses of links that may be led to,
the start of a list, the language of code, and the styles that stand for bold, italic, underline and strike. White space
collapses. A row of a table is a paragraph, with its pictures below; an image from elsewhere is a link with its description.

A picture that the page has in itself (`data:`, RFC 2397) becomes one of the room's, and one of the room's own is one again.

Walked with a stack of its own, not by recursion: nesting has no limit in HTML.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from justhtml import JustHTML

from rooms.render.frames import Enclosed, Taken
from rooms.render.tree import DEPTH, Mark, Node, is_allowed, joined, make, make_mark, make_text, schema, together

_DROPPED: Final = """audio button canvas datalist dialog embed frameset head iframe input math meter noembed noframes object
option param progress script select source style svg template textarea title track video"""
_BLOCKS: Final = """address article aside body center details dd div dl dt fieldset figcaption figure footer form header hgroup
html legend main nav p search section summary table tbody tfoot thead h1 h2 h3 h4 h5 h6"""
DROPPED: Final = frozenset(_DROPPED.split())
BLOCKS: Final = frozenset(_BLOCKS.split())
_MARKS: Final = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em", "cite", "dfn", "var"), "italic"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("s", "del", "strike"), "strike"),
    **dict.fromkeys(("code", "kbd", "samp", "tt"), "code"),
    "mark": "note",
}
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_SPACES = re.compile("[ \t\n\f\r]+")
_NUMBER = re.compile(r"-?\d{1,9}")
_IMAGE = re.compile(r"[a-z0-9]{1,64}")
_PIXELS = re.compile(r"[1-9]\d{0,4}")
_WIDEST: Final = 10_000
"""In pixels."""
_DATA = re.compile(r"\s*data:\s*image/", re.IGNORECASE)
_LANGUAGE = re.compile(r"(?:^|\s)lang(?:uage)?-(\S+)")

_CONTAINERS: Final = {
    "blockquote": "blockquote",
    "ul": "bulletList",
    "menu": "bulletList",
    "ol": "orderedList",
    "li": "listItem",
}

Attrs = Mapping[str, str | None]
Close = Callable[[], None]


def from_html(source: str, taken: Mapping[str, Taken] | None = None) -> Node:
    """`taken` says what became of each picture of `pictures`; None is for a look at the text before they are taken in."""
    builder = _Builder(taken)
    todo: list[Any] = [_parsed(source).root]
    while todo:
        node = todo.pop()
        if callable(node):
            node()
        elif node.name == "#text":
            builder.text(node.data or "")
        elif node.name.startswith(("#comment", "!")) or node.name in DROPPED or "hidden" in (node.attrs or {}):
            continue
        elif (node.attrs or {}).get("data-node") == "chord":
            builder.chord(node.attrs.get("data-name") or node.text)
        else:
            close = builder.open(node.name, node.attrs or {})
            if close is not None:
                todo.append(close)
            todo.extend(reversed(node.children or ()))
    return Node("doc", content=builder.blocks() or [make("paragraph")])


def _parsed(source: str) -> JustHTML:
    return JustHTML(source, sanitize=False, scripting_enabled=False)


def pictures(source: str) -> list[Enclosed]:
    """The pictures that the page has in itself, each once, in its order."""
    found: dict[str, Enclosed] = {}
    todo: list[Any] = [_parsed(source).root]
    while todo:
        node = todo.pop()
        if node.name in DROPPED:
            continue
        todo.extend(reversed(node.children or ()))
        attrs = (node.attrs or {}) if node.name == "img" else {}
        name = _enclosed(attrs.get("src"))
        if name is not None and name not in found:
            own = attrs.get("data-image") or ""
            found[name] = Enclosed(name, own if _IMAGE.fullmatch(own) else "", _data(attrs["src"]))
    return list(found.values())


def _enclosed(source: str | None) -> str | None:
    """What a picture is called here that is in its address; None for any other address."""
    if source is None or not _DATA.match(source):
        return None
    return hashlib.blake2b(source.encode(errors="replace"), digest_size=16).hexdigest()


def _data(source: str) -> bytes:
    """The bytes in an address of `data:`; none where it is spoiled."""
    about, _, data = source.partition(",")
    octets = unquote_to_bytes(data)
    if not about.rstrip().lower().endswith(";base64"):
        return octets
    try:
        return base64.b64decode(octets + b"==")  # what isn't of its alphabet is passed over, as browsers pass over spaces
    except ValueError:
        return b""


@dataclass
class _Textblock:
    """A paragraph, heading or the like that is being read. `said` where an element of its own stands for it, even if empty."""

    kind: str
    attrs: dict[str, Any] = field(default_factory=dict)
    line: list[Node] = field(default_factory=list)
    said: bool = False

    def ends_with_space(self) -> bool:
        last = self.line[-1] if self.line else None
        return last is None or last.type == "hardBreak" or (last.text or "").endswith(" ")


class _Builder:
    """Puts together a tree from elements that open and close, and the text between."""

    def __init__(self, taken: Mapping[str, Taken] | None) -> None:
        self._taken = taken
        self._around = [Node("doc")]
        self._open: _Textblock | None = None
        self._marks: list[Mark | str] = []
        """Marks of the text to come; a name alone takes that mark away again."""
        self._verbatim = 0
        self._in_row = 0
        self._below: list[Node] = []
        """The pictures of the row."""

    def blocks(self) -> list[Node]:
        self._end()
        return self._around[0].content

    # Text

    def text(self, data: str) -> None:
        if self._verbatim:
            self._textblock().line.append(Node("text", text=data.replace("\r\n", "\n")))
            return
        data = _SPACES.sub(" ", data)
        if data == " " and self._open is None:
            return
        block = self._textblock()
        if data.startswith(" ") and block.ends_with_space():
            data = data[1:]
        if data:
            block.line.append(make_text(data, self._current_marks()))

    def chord(self, name: str) -> None:
        block = self._textblock()
        if block.kind == "lyric":
            block.line.append(make("chord", name=name))
        else:
            self.text(f"[{name}]")

    def _current_marks(self) -> list[Mark]:
        marks: dict[str, Mark] = {}
        for mark in self._marks:
            if isinstance(mark, str):
                marks.pop(mark, None)
            else:
                marks[mark.type] = mark
        return together(marks.values())

    def _textblock(self) -> _Textblock:
        if self._open is None:
            self._open = _Textblock("paragraph")
        return self._open

    def _end(self) -> None:
        """Ends the block of text, if there is one."""
        block, self._open = self._open, None
        if block is None:
            return
        line = joined(block.line)
        if not self._verbatim:
            if line and line[-1].type == "text":
                line[-1] = Node("text", marks=line[-1].marks, text=(line[-1].text or "").rstrip(" "))
            line = joined(line)
            if [node.type for node in line] == ["hardBreak"]:
                line = []
        if line or block.said:
            self._put(make(block.kind, line, **block.attrs))

    # Blocks

    def _put(self, block: Node) -> None:
        around = self._around[-1]
        if around.type in ("bulletList", "orderedList"):
            around.content.append(make("listItem"))
            around = around.content[-1]
        if around.type == "listItem" and not around.content and block.type != "paragraph":
            around.content.append(make("paragraph"))
        around.content.append(block)

    def open(self, tag: str, attrs: Attrs) -> Close | None:
        """An element begins. Returns what is to be done at its end."""
        if self._verbatim:
            return self._open_verbatim(tag, attrs)
        if tag in _CONTAINERS:
            return self._open_container(tag, attrs)
        if tag in BLOCKS:
            return self._open_block(tag, attrs)
        match tag:
            case "br":
                self._textblock().line.append(make("hardBreak"))
            case "hr":
                self._end()
                self._put(make("pageBreak" if attrs.get("data-node") == "pageBreak" else "horizontalRule"))
            case "img":
                self._image(attrs)
            case "pre":
                return self._open_code(attrs)
            case "tr":
                return self._open_row()
            case "td" | "th":
                self._open_cell()
            case _:
                return self._open_marks(tag, attrs)
        return None

    def _open_container(self, tag: str, attrs: Attrs) -> Close | None:
        kind = _CONTAINERS[tag]
        if kind == "listItem" and self._around[-1].type not in ("bulletList", "orderedList"):
            return self._open_block(tag, attrs)
        if kind == "orderedList":
            start, order = attrs.get("start") or "", attrs.get("type")
            start_at = int(start) if _NUMBER.fullmatch(start) else 1
            return self._within(make(kind, start=start_at, type=order if order in ("a", "A", "i", "I") else None))
        return self._within(make(kind))

    def _open_cell(self) -> None:
        if self._open is not None and self._open.line and self._in_row:
            self._open.line.append(make_text(" | "))

    def _open_verbatim(self, tag: str, attrs: Attrs) -> Close | None:
        if tag == "br":
            self.text("\n")
        elif self._open is not None and self._open.attrs.get("language") is None:
            self._open.attrs["language"] = _language(attrs)
        return None

    def _open_block(self, tag: str, attrs: Attrs) -> Close | None:
        if self._in_row:
            self.text(" ")
            return None
        self._end()
        kind = attrs.get("data-node") or ""
        known = schema().nodes.get(kind)
        if tag in _HEADINGS:
            levels = schema().nodes["heading"].attrs["level"].values or [1]
            self._open = _Textblock("heading", {"level": min(_HEADINGS[tag], max(levels))}, said=True)
        elif known is not None and known.is_textblock and kind not in ("codeBlock", "heading"):
            self._open = _Textblock(kind, _data_attrs(kind, attrs), said=True)
        elif tag == "p":
            self._open = _Textblock("paragraph", said=True)
        return self._end

    def _within(self, container: Node) -> Close | None:
        if len(self._around) >= DEPTH - 2 or self._in_row:
            return None
        self._end()
        self._around.append(container)

        def close() -> None:
            self._end()
            self._around.pop()
            if container.type in ("bulletList", "orderedList"):
                if container.content:
                    self._put(container)
            elif container.type == "listItem":
                container.content = container.content or [make("paragraph")]
                self._around[-1].content.append(container)
            else:
                container.content = container.content or [make("paragraph")]
                self._put(container)

        return close

    def _open_code(self, attrs: Attrs) -> Close | None:
        if self._in_row:
            return None
        self._end()
        self._open = _Textblock("codeBlock", {"language": _language(attrs)}, said=True)
        self._verbatim += 1

        def close() -> None:
            if self._open is not None:
                text = "".join(node.text or "" for node in self._open.line).removesuffix("\n")
                self._open.line = [Node("text", text=text)]
            self._end()
            self._verbatim -= 1

        return close

    def _open_row(self) -> Close:
        self._end()
        self._in_row += 1

        def close() -> None:
            self._in_row -= 1
            if not self._in_row:
                self._end()
                below, self._below = self._below, []
                for picture in below:
                    self._put(picture)

        return close

    def _image(self, attrs: Attrs) -> None:
        source, alt = attrs.get("src"), _SPACES.sub(" ", attrs.get("alt") or "").strip()
        name = _enclosed(source)
        if name is not None:
            picture = self._picture(name, alt, attrs)
            if self._in_row:
                self._below.append(picture)
            else:
                self._end()
                self._put(picture)
            return
        if _IMAGE.fullmatch(attrs.get("data-image") or "") and not self._in_row:
            self._end()
            size: dict[str, Any] = {
                side: int(attrs[side] or 0) for side in ("width", "height") if _PIXELS.fullmatch(attrs.get(side) or "")
            }
            self._put(make("image", id=attrs["data-image"], alt=alt, **size))
            return
        if is_allowed(source):
            link = make_mark("link", href=source)
            self._textblock().line.append(make_text(alt or str(source), [*self._current_marks(), link]))
        elif alt:
            self._textblock().line.append(make_text(alt, self._current_marks()))

    def _picture(self, name: str, alt: str, attrs: Attrs) -> Node:
        found = Taken() if self._taken is None else self._taken.get(name, Taken(sentence="It could not be read."))
        if found.sentence:
            return make("paragraph", [make_text(f"[{alt or 'A picture'}: {found.sentence}]")])
        if not found.width:
            return make("image", id=found.id, alt=alt)
        said = attrs.get("width") or ""
        width = min(int(said), _WIDEST) if _PIXELS.fullmatch(said) else found.width
        return make("image", id=found.id, alt=alt, width=width, height=max(1, round(found.height * width / found.width)))

    # Marks

    def _open_marks(self, tag: str, attrs: Attrs) -> Close | None:
        added: list[Mark | str] = []
        kind = "note" if attrs.get("data-mark") == "note" else _MARKS.get(tag)
        if kind is not None:
            added.append(make_mark(kind))
        if tag == "a" and is_allowed(attrs.get("href")):
            added.append(make_mark("link", href=attrs["href"], title=attrs.get("title") or None))
        added.extend(_styled(attrs.get("style") or ""))
        if not added:
            return None
        before = len(self._marks)
        self._marks.extend(added)

        def close() -> None:
            del self._marks[before:]

        return close


def _language(attrs: Attrs) -> str | None:
    found = _LANGUAGE.search(attrs.get("class") or "")
    return found[1] if found else None


def _data_attrs(kind: str, attrs: Attrs) -> dict[str, Any]:
    """What `to_html` says of a node in `data-…`, as the schema has it."""
    found: dict[str, Any] = {}
    for name, attr in schema().nodes[kind].attrs.items():
        value = attrs.get(f"data-{name}")
        if value is not None:
            found[name] = value == "true" if isinstance(attr.default, bool) else value
    return found


def _styled(style: str) -> list[Mark | str]:
    """The marks that a `style` puts on and takes away: word processors in a browser say it so."""
    said = {name.strip(): value.strip() for name, _, value in (part.partition(":") for part in style.lower().split(";"))}
    found: list[Mark | str] = []
    weight = said.get("font-weight")
    if weight is not None:
        heavy = weight in ("bold", "bolder") or (weight.isdecimal() and int(weight[:4]) >= 600)
        found.append(make_mark("bold") if heavy else "bold")
    slant = said.get("font-style")
    if slant is not None:
        found.append(make_mark("italic") if slant in ("italic", "oblique") else "italic")
    line = said.get("text-decoration", said.get("text-decoration-line", ""))
    if "underline" in line:
        found.append(make_mark("underline"))
    if "line-through" in line:
        found.append(make_mark("strike"))
    return found
