"""HTML: a document as a fragment of HTML, as Tiptap's `getHTML` writes it.

Everything that people wrote is escaped, and nothing but the schema decides about elements and attributes. Nodes and marks that
the schema doesn't know are shown as what they contain, in a neutral element that says their name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Final

from rooms.render.arrange import arranged
from rooms.render.inline import steps
from rooms.render.tree import Mark, Node, is_allowed, schema, words

_ELEMENTS: Final = {"bold": "strong", "italic": "em", "strike": "s", "underline": "u", "code": "code"}

_NOT_IN_HTML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def to_html(tree: Node) -> bytes:
    return "".join(_block(block) + "\n" for block in arranged(tree)).encode()


def _escaped(text: str) -> str:
    return escape(_NOT_IN_HTML.sub("\N{REPLACEMENT CHARACTER}", text))


def _block(node: Node) -> str:
    match node.type:
        case "paragraph":
            return f"<p>{_line(node.content)}</p>"
        case "heading":
            return f"<h{level(node)}>{_line(node.content)}</h{level(node)}>"
        case "codeBlock":
            language = node.attrs.get("language")
            css = f' class="language-{_escaped(language)}"' if isinstance(language, str) and language else ""
            return f"<pre><code{css}>{_escaped(words(node))}</code></pre>"
        case "horizontalRule":
            return "<hr>"
        case "blockquote":
            return f"<blockquote>{_inner(node)}</blockquote>"
        case "bulletList":
            return f"<ul>{_inner(node)}</ul>"
        case "orderedList":
            return f"<ol{_order(node)}>{_inner(node)}</ol>"
        case "listItem":
            return f"<li>{_inner(node)}</li>"
        case _:
            return f'<div data-node="{_escaped(node.type)}">{_inner(node)}</div>'


def _inner(node: Node) -> str:
    return "".join(map(_block, node.content))


def level(heading: Node) -> int:
    """Its level, or the first one where it has none of the schema's."""
    levels = schema().nodes["heading"].attrs["level"].values or [1]
    found = heading.attrs.get("level")
    return int(levels[levels.index(found)] if found in levels else levels[0])


def _order(node: Node) -> str:
    start, kind = node.attrs.get("start"), node.attrs.get("type")
    starts = f' start="{start}"' if type(start) is int and start != 1 else ""
    return starts + (f' type="{kind}"' if kind in ("1", "a", "A", "i", "I") else "")


def _line(nodes: Sequence[Node]) -> str:
    parts: list[str] = []
    for ending, beginning, node in steps(nodes):
        parts.extend(_end(mark) for mark in ending)
        parts.extend(_begin(mark) for mark in beginning)
        if node is None:
            break
        if node.type == "text":
            parts.append(_escaped(node.text or ""))
        elif node.type == "hardBreak":
            parts.append("<br>")
        else:
            parts.append(f'<span data-node="{_escaped(node.type)}">{_escaped(words(node))}</span>')
    return "".join(parts)


def _begin(mark: Mark) -> str:
    if mark.type in _ELEMENTS:
        return f"<{_ELEMENTS[mark.type]}>"
    href, title = mark.attrs.get("href"), mark.attrs.get("title")
    if mark.type == "link" and is_allowed(href):
        named = f' title="{_escaped(title)}"' if isinstance(title, str) and title else ""
        return f'<a href="{_escaped(str(href))}" rel="noopener noreferrer nofollow"{named}>'
    return f'<span data-mark="{_escaped(mark.type)}">'


def _end(mark: Mark) -> str:
    if mark.type in _ELEMENTS:
        return f"</{_ELEMENTS[mark.type]}>"
    return "</a>" if mark.type == "link" and is_allowed(mark.attrs.get("href")) else "</span>"
