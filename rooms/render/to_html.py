"""HTML: a document as a fragment of HTML, as Tiptap's `getHTML` writes it; the same as XHTML for EPUB; or a whole file of it.

Everything that people wrote is escaped, and nothing but the schema decides about elements and attributes. Nodes and marks that
the schema doesn't know are shown as what they contain, in a neutral element that says their name.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from rooms.render.arrange import arranged
from rooms.render.edition import Edition, Pictures
from rooms.render.inline import steps
from rooms.render.tree import Mark, Node, is_allowed, schema, words

_ELEMENTS: Final = {"bold": "strong", "italic": "em", "strike": "s", "underline": "u", "code": "code"}

_AROUND: Final = {"blockquote": "blockquote", "bulletList": "ul", "orderedList": "ol", "listItem": "li"}
_IN_URLS: Final = "%/:?#[]@!$&'()*+,;=~"

# Beside the control characters those that XML hasn't, and no reader needs.
_NOT_IN_HTML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


def to_html(tree: Node) -> bytes:
    return Html().blocks(arranged(tree)).encode()


def to_page(tree: Node, edition: Edition, pictures: Pictures) -> bytes:
    """A file of its own: with its title, its look and its images in it."""
    sources = {
        name: f"data:{picture.media_type};base64,{base64.b64encode(picture.data).decode()}"
        for name, picture in pictures.items()
    }
    language = f' lang="{escaped(edition.language)}"' if edition.language != "und" else ""
    author = f'<meta name="author" content="{escaped(", ".join(edition.writers))}">\n' if edition.writers else ""
    return (
        f'<!doctype html>\n<html{language}>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escaped(edition.title)}</title>\n{author}<style>\n{look()}</style>\n"
        f"<body>\n{Html(sources).blocks(arranged(tree))}</body>\n</html>\n"
    ).encode()


def look() -> str:
    """The style sheet of a page that is read outside the studio."""
    return (Path(__file__).parent / "look.css").read_text()


def readable(text: str) -> str:
    """With the sign for it in place of what no reader can show."""
    return _NOT_IN_HTML.sub("\N{REPLACEMENT CHARACTER}", text)


def escaped(text: str) -> str:
    return escape(readable(text))


def level(heading: Node) -> int:
    """Its level, or the first one where it has none of the schema's."""
    levels = schema().nodes["heading"].attrs["level"].values or [1]
    found = heading.attrs.get("level")
    return int(levels[levels.index(found)] if found in levels else levels[0])


@dataclass(frozen=True)
class Html:
    """Writes blocks. `sources` are the addresses of images by their ids. With `end` as ` /` it is XHTML, and links are URLs."""

    sources: Mapping[str, str] = field(default_factory=dict)
    end: str = ""

    def blocks(self, blocks: Sequence[Node]) -> str:
        return "".join(self._block(block) + "\n" for block in blocks)

    def line(self, nodes: Sequence[Node]) -> str:
        parts: list[str] = []
        for ending, beginning, node in steps(nodes):
            parts.extend(_end(mark) for mark in ending)
            parts.extend(self._begin(mark) for mark in beginning)
            if node is None:
                break
            if node.type == "text":
                parts.append(escaped(node.text or ""))
            elif node.type == "hardBreak":
                parts.append(f"<br{self.end}>")
            elif node.type == "chord":
                name = escaped(str(node.attrs.get("name") or ""))
                parts.append(f'<span data-node="chord" data-name="{name}">{name}</span>')
            else:
                parts.append(f'<span data-node="{escaped(node.type)}">{escaped(words(node))}</span>')
        return "".join(parts)

    def _block(self, node: Node) -> str:
        if node.type in _AROUND:
            tag = _AROUND[node.type]
            return f"<{tag}{_order(node) if tag == 'ol' else ''}>{self._inner(node)}</{tag}>"
        match node.type:
            case "paragraph":
                return f"<p>{self.line(node.content)}</p>"
            case "heading":
                return f"<h{level(node)}>{self.line(node.content)}</h{level(node)}>"
            case "codeBlock":
                language = node.attrs.get("language")
                css = f' class="language-{escaped(language)}"' if isinstance(language, str) and language else ""
                return f"<pre><code{css}>{escaped(words(node))}</code></pre>"
            case "horizontalRule":
                return f"<hr{self.end}>"
            case "pageBreak":
                return f'<hr data-node="pageBreak"{self.end}>'
            case "image":
                return self._image(node)
        known = schema().nodes.get(node.type)
        if known is not None and known.is_textblock:
            return f'<p data-node="{node.type}"{_data(node)}>{self.line(node.content)}</p>'
        return f'<div data-node="{escaped(node.type)}">{self._inner(node)}</div>'

    def _begin(self, mark: Mark) -> str:
        if mark.type in _ELEMENTS:
            return f"<{_ELEMENTS[mark.type]}>"
        href, title = mark.attrs.get("href"), mark.attrs.get("title")
        if mark.type == "link" and is_allowed(href):
            address = quote(str(href), safe=_IN_URLS) if self.end else str(href)
            named = f' title="{escaped(title)}"' if isinstance(title, str) and title else ""
            return f'<a href="{escaped(address)}" rel="noopener noreferrer nofollow"{named}>'
        return f'<span data-mark="{escaped(mark.type)}">'

    def _inner(self, node: Node) -> str:
        return "".join(map(self._block, node.content))

    def _image(self, node: Node) -> str:
        name = str(node.attrs.get("id") or "")
        source = f' src="{escaped(self.sources[name])}"' if name in self.sources else ""
        size = "".join(f' {side}="{node.attrs[side]}"' for side in ("width", "height") if type(node.attrs.get(side)) is int)
        alt = escaped(str(node.attrs.get("alt") or ""))
        if self.end and not source:  # XHTML has no image without a source
            return f"<p>{alt or '[image]'}</p>"
        own = "" if self.end else f' data-image="{escaped(name)}"'
        return f'<img{own} alt="{alt}"{size}{source}{self.end}>'


def _data(node: Node) -> str:
    """The attributes of a node that aren't the schema's defaults."""
    known = schema().nodes[node.type].attrs
    return "".join(
        f' data-{name}="{escaped(_said(node.attrs[name]))}"'
        for name, attr in known.items()
        if node.attrs.get(name) not in (attr.default, None)
    )


def _said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _order(node: Node) -> str:
    start, kind = node.attrs.get("start"), node.attrs.get("type")
    starts = f' start="{start}"' if type(start) is int and start != 1 else ""
    return starts + (f' type="{kind}"' if kind in ("1", "a", "A", "i", "I") else "")


def _end(mark: Mark) -> str:
    if mark.type in _ELEMENTS:
        return f"</{_ELEMENTS[mark.type]}>"
    return "</a>" if mark.type == "link" and is_allowed(mark.attrs.get("href")) else "</span>"
