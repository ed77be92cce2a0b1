"""Documents as HTML, Markdown, text and JSON: what is written, and that it can do nothing; and that it is read again.

Trees of any kind are tried in tests/fuzz/test_render_markdown.py; here are the ones with a meaning.
"""

from __future__ import annotations

from html.parser import HTMLParser

import msgspec
import pytest

from rooms.errors import BadRequestError
from rooms.render.from_json import from_json
from rooms.render.from_markdown import from_markdown
from rooms.render.to_html import to_html
from rooms.render.to_markdown import to_markdown
from rooms.render.to_text import to_text
from rooms.render.tree import Mark, Node, make
from tests.fuzz.render_trees import carried
from tests.unit.trees import BOLD, BREAK, CODE, CORPUS, doc, h, items, p, text


@pytest.mark.parametrize("name", CORPUS)
def test_a_document_in_each_format(name: str) -> None:
    tree, html, markdown, plain = CORPUS[name]
    assert to_html(tree).decode() == html
    assert to_markdown(tree).decode() == markdown
    assert to_text(tree).decode() == plain


@pytest.mark.parametrize("name", CORPUS)
def test_its_markdown_is_read_again(name: str) -> None:
    tree, _, markdown, _ = CORPUS[name]
    assert from_markdown(markdown) == carried(tree if tree.content else doc(p()))


@pytest.mark.parametrize("name", CORPUS)
def test_json_is_read_as_it_was_written(name: str) -> None:
    tree = CORPUS[name][0]
    if tree.content:
        assert from_json(msgspec.json.encode(tree)) == tree


# HTML that can do nothing

ATTACKS = [
    "<script>alert(1)</script>",
    "</p><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "<svg/onload=alert(1)>",
    "&lt;script&gt;",
    "\x00<script>",
    "]]><!--",
    "<style>*{}</style>",
    "{{constructor.constructor('alert(1)')()}}",
]
BAD_ADDRESSES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "//evil.example",
    "/relative",
    "http\n://e.org",
    "http://e.org/\njavascript:alert(1)",
    "",
    None,
    5,
    ["http://e.org"],
]
ALLOWED: dict[str, set[str]] = {
    **{tag: set() for tag in ("p", "h1", "h2", "h3", "blockquote", "ul", "li", "pre", "hr", "br", "strong", "em", "s", "u")},
    "ol": {"start", "type"},
    "code": {"class"},
    "a": {"href", "rel", "title"},
    "div": {"data-node"},
    "span": {"data-node", "data-mark"},
}


class Reader(HTMLParser):
    """What a browser would see: elements with their attributes, and text."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")


def attacked(words: str) -> Node:
    """A document with these words in every place that takes any."""
    everywhere = Node(words, {words: words, "style": words}, [p(words), text(words)])
    marked = text(
        words, Mark("link", {"href": f"https://e.org/{words}", "title": words, "class": words}), Mark(words, {words: words})
    )
    return doc(
        p(words, marked, Node(words, {"src": words}, [text(words)])),
        Node("heading", {"level": words}, [text(words)]),
        Node("codeBlock", {"language": words}, [text(words)]),
        Node("orderedList", {"start": words, "type": words}, [everywhere]),
        everywhere,
    )


@pytest.mark.parametrize("words", ATTACKS)
def test_words_stay_words(words: str) -> None:
    seen = Reader(to_html(attacked(words)))
    for tag, attrs in seen.elements:
        assert attrs.keys() <= ALLOWED[tag]
        assert attrs.get("href", "https:").startswith("https:")  # type: ignore[union-attr]
    assert seen.text.count(words.replace("\x00", "\ufffd")) == 9


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_a_link_to_where_it_must_not_lead_is_text(address: object) -> None:
    tree = doc(p(text("here", Mark("link", {"href": address}))))
    seen = Reader(to_html(tree))
    assert seen.text.strip() == "here"
    assert "a" not in [tag for tag, _ in seen.elements]
    assert to_markdown(tree) == b"here\n"


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_such_a_link_is_not_taken_in(address: object) -> None:
    with pytest.raises(BadRequestError, match="must be an address that begins with http:, https:, mailto:"):
        from_json(msgspec.json.encode(doc(p(text("here", Mark("link", {"href": address}))))))
    if isinstance(address, str):
        assert "link" not in msgspec.json.encode(from_markdown(f"[here](<{address}>)")).decode()


# Documents that break the schema: nothing is lost

ODD = {
    "text beside blocks": (
        doc(text("a"), BREAK, text("b"), p("c")),
        "<p>a<br>b</p>\n<p>c</p>\n",
        "a\\\nb\n\nc\n",
    ),
    "an unknown block": (
        doc(Node("callout", {"kind": "tip"}, [p("a"), p("b")])),
        '<div data-node="callout"><p>a</p><p>b</p></div>\n',
        "a\n\nb\n",
    ),
    "an unknown block with text in it": (doc(Node("verse", {}, [text("a")])), '<div data-node="verse"><p>a</p></div>\n', "a\n"),
    "an unknown block with nothing in it": (
        doc(Node("figure", {"src": "x"})),
        '<div data-node="figure"></div>\n',
        "[figure]\n",
    ),
    "an unknown node in a line": (
        doc(p("a ", Node("mention", {}, [text("Ada")]), Node("emoji"))),
        '<p>a <span data-node="mention">Ada</span><span data-node="emoji"></span></p>\n',
        "a Ada[emoji]\n",
    ),
    "an unknown mark": (
        doc(p(text("a", Mark("comment", {"id": 1})), "b")),
        '<p><span data-mark="comment">a</span>b</p>\n',
        "ab\n",
    ),
    "a list item on its own": (
        doc(*items("a")),
        "<ul><li><p>a</p></li></ul>\n",
        "- a\n",
    ),
    "a paragraph in a list": (doc(make("bulletList", [p("a")])), "<ul><li><p>a</p></li></ul>\n", "- a\n"),
    "a paragraph in a paragraph": (
        doc(make("paragraph", [text("a"), p("b"), text("c")])),
        "<p>a</p>\n<p>b</p>\n<p>c</p>\n",
        "a\n\nb\n\nc\n",
    ),
    "paragraphs in code": (
        doc(make("codeBlock", [p("a"), p("b")])),
        "<pre><code>a\nb</code></pre>\n",
        "```\na\nb\n```\n",
    ),
    "a rule with text in it": (doc(make("horizontalRule", [text("a")])), "<hr>\n<p>a</p>\n", "***\n\na\n"),
    "empty lists and quotes": (
        doc(make("bulletList"), make("orderedList", [make("listItem")]), make("blockquote")),
        "<ol><li><p></p></li></ol>\n<blockquote><p></p></blockquote>\n",
        "1. &nbsp;\n\n> &nbsp;\n",
    ),
    "a heading of no known level": (doc(h(7, "a"), h(2.0, "b")), "<h1>a</h1>\n<h2>b</h2>\n", "# a\n\n## b\n"),  # type: ignore[arg-type]
    "code that is bold, too": (
        doc(p(text("a", CODE, BOLD), text(" b", BOLD))),
        "<p><strong><code>a</code> b</strong></p>\n",
        "**`a` b**\n",
    ),
    "a document in a document": (doc(doc(p("a"))), "<p>a</p>\n", "a\n"),
}


@pytest.mark.parametrize("name", ODD)
def test_a_document_that_breaks_the_schema_loses_nothing(name: str) -> None:
    tree, html, markdown = ODD[name]
    assert Reader(to_html(tree)).open == []
    assert to_html(tree).decode() == html
    assert to_markdown(tree).decode() == markdown
