"""Documents as HTML, Markdown, text and JSON, and back: what is written, what is read, what is refused.

Trees of any kind are tried in tests/fuzz/test_render_markdown.py; here are the ones with a meaning.
"""

from __future__ import annotations

import json
from html.parser import HTMLParser

import msgspec
import pytest

from rooms.errors import BadRequestError
from rooms.render.from_json import from_json
from rooms.render.from_markdown import from_markdown
from rooms.render.from_text import from_text
from rooms.render.to_html import to_html
from rooms.render.to_markdown import to_markdown
from rooms.render.to_text import to_text
from rooms.render.tree import DEPTH, Mark, Node, make, make_mark, make_text
from tests.fuzz.render_trees import carried

BOLD, ITALIC, STRIKE, UNDERLINE, CODE = (make_mark(kind) for kind in ("bold", "italic", "strike", "underline", "code"))
BREAK = make("hardBreak")


def link(href: str, **attrs: object) -> Mark:
    return make_mark("link", href=href, **attrs)


def text(words: str, *marks: Mark) -> Node:
    return make_text(words, marks)


def p(*content: Node | str) -> Node:
    return make("paragraph", [text(part) if isinstance(part, str) else part for part in content])


def h(level: int, *content: Node | str) -> Node:
    return make("heading", p(*content).content, level=level)


def items(*contents: list[Node] | str) -> list[Node]:
    return [make("listItem", [p(content)] if isinstance(content, str) else content) for content in contents]


def code(words: str, language: str | None = None) -> Node:
    return make("codeBlock", [text(words)] if words else [], language=language)


def doc(*blocks: Node) -> Node:
    return Node("doc", content=list(blocks))


# Each: a document, its HTML, its Markdown, its text.
CORPUS = {
    "nothing": (doc(), "", "", ""),
    "an empty paragraph": (doc(p()), "<p></p>\n", "&nbsp;\n", "\n"),
    "a paragraph": (doc(p("Once upon a time.")), "<p>Once upon a time.</p>\n", "Once upon a time.\n", "Once upon a time.\n"),
    "paragraphs": (doc(p("one"), p("two")), "<p>one</p>\n<p>two</p>\n", "one\n\ntwo\n", "one\n\ntwo\n"),
    "a hard break": (doc(p("one", BREAK, "two")), "<p>one<br>two</p>\n", "one\\\ntwo\n", "one\ntwo\n"),
    "a hard break at the end": (doc(p("one", BREAK)), "<p>one<br></p>\n", "one<br>\n", "one\n\n"),
    "a heading": (doc(h(2, "Title")), "<h2>Title</h2>\n", "## Title\n", "Title\n"),
    "a heading of two lines": (doc(h(1, "a", BREAK, "b")), "<h1>a<br>b</h1>\n", "# a<br>b\n", "a\nb\n"),
    "an empty heading": (doc(h(3)), "<h3></h3>\n", "###\n", "\n"),
    "a heading that ends with a number sign": (doc(h(1, "C#")), "<h1>C#</h1>\n", "# C\\#\n", "C#\n"),
    "marks": (
        doc(p(text("a", BOLD), " ", text("b", ITALIC), " ", text("c", STRIKE), " ", text("d", UNDERLINE), text("e", CODE))),
        "<p><strong>a</strong> <em>b</em> <s>c</s> <u>d</u><code>e</code></p>\n",
        "**a** _b_ ~~c~~ <u>d</u>`e`\n",
        "a b c de\n",
    ),
    "a mark within another": (
        doc(p(text("all ", ITALIC), text("bold", ITALIC, BOLD), text(" italic", ITALIC))),
        "<p><em>all <strong>bold</strong> italic</em></p>\n",
        "_all **bold** italic_\n",
        "all bold italic\n",
    ),
    "marks that overlap": (
        doc(p(text("a", BOLD), text("b", BOLD, ITALIC), text("c", ITALIC))),
        "<p><strong>a<em>b</em></strong><em>c</em></p>\n",
        "**&#97;_b_**_c_\n",
        "abc\n",
    ),
    "a mark over a hard break": (
        doc(p(text("a", BOLD), BREAK, text("b", BOLD))),
        "<p><strong>a<br>b</strong></p>\n",
        "**a\\\nb**\n",
        "a\nb\n",
    ),
    "a part of a word": (
        doc(p("un", text("believ", ITALIC), "able")),
        "<p>un<em>believ</em>able</p>\n",
        "un*believ*able\n",
        "unbelievable\n",
    ),
    "a reference that calls for another": (
        doc(p(text("!", BOLD, ITALIC), text("a", BOLD), "b")),
        "<p><strong><em>!</em>a</strong>b</p>\n",
        "**_!_&#97;**&#98;\n",
        "!ab\n",
    ),
    "a space at the end of bold": (
        doc(p(text("bold ", BOLD), "plain")),
        "<p><strong>bold </strong>plain</p>\n",
        "**bold** plain\n",
        "bold plain\n",
    ),
    "a link": (
        doc(p(text("here", link("https://e.org/?a=b&c=d", title='"so"')))),
        '<p><a href="https://e.org/?a=b&amp;c=d" rel="noopener noreferrer nofollow" title="&quot;so&quot;">here</a></p>\n',
        '[here](https://e.org/?a=b&c=d "\\"so\\"")\n',
        "here\n",
    ),
    "a bold word in a link": (
        doc(p(text("a ", link("http://e.org")), text("b", link("http://e.org"), BOLD), text(" c", link("http://e.org")))),
        '<p><a href="http://e.org" rel="noopener noreferrer nofollow">a <strong>b</strong> c</a></p>\n',
        "[a **b** c](http://e.org)\n",
        "a b c\n",
    ),
    "signs of blocks at the start of a line": (
        doc(p("# a", BREAK, "- b", BREAK, "+ c", BREAK, "1. d", BREAK, "> e", BREAK, "===", BREAK, "---", BREAK, "  f")),
        "<p># a<br>- b<br>+ c<br>1. d<br>&gt; e<br>===<br>---<br>  f</p>\n",
        "\\# a\\\n\\- b\\\n\\+ c\\\n1\\. d\\\n\\> e\\\n\\===\\\n\\---\\\n&#32; f\n",
        "# a\n- b\n+ c\n1. d\n> e\n===\n---\n  f\n",
    ),
    "text that looks like Markdown": (
        doc(p("2 * 3 < 4 & a_b [Chorus] (x) ![a](b) <b> &amp; `")),
        "<p>2 * 3 &lt; 4 &amp; a_b [Chorus] (x) ![a](b) &lt;b&gt; &amp;amp; `</p>\n",
        "2 \\* 3 < 4 & a\\_b [Chorus] (x) ![a\\](b) \\<b> \\&amp; \\`\n",
        "2 * 3 < 4 & a_b [Chorus] (x) ![a](b) <b> &amp; `\n",
    ),
    "bullets": (
        doc(make("bulletList", items("a", [p("b"), make("bulletList", items("c"))]))),
        "<ul><li><p>a</p></li><li><p>b</p><ul><li><p>c</p></li></ul></li></ul>\n",
        "- a\n- b\n  - c\n",
        "- a\n- b\n  - c\n",
    ),
    "numbers": (
        doc(make("orderedList", items("a", [p("b"), p("c")]), start=9, type="a")),
        '<ol start="9" type="a"><li><p>a</p></li><li><p>b</p><p>c</p></li></ol>\n',
        "9. a\n\n10. b\n\n    c\n",
        "9. a\n\n10. b\n\n    c\n",
    ),
    "two lists": (
        doc(make("bulletList", items("a")), make("bulletList", items("b")), make("bulletList", items("c"))),
        "<ul><li><p>a</p></li></ul>\n<ul><li><p>b</p></li></ul>\n<ul><li><p>c</p></li></ul>\n",
        "- a\n\n+ b\n\n- c\n",
        "- a\n\n+ b\n\n- c\n",
    ),
    "a quote": (
        doc(make("blockquote", [p("a", BREAK, "b"), make("blockquote", [p("c")])])),
        "<blockquote><p>a<br>b</p><blockquote><p>c</p></blockquote></blockquote>\n",
        "> a\\\n> b\n>\n> > c\n",
        "> a\n> b\n>\n> > c\n",
    ),
    "code": (
        doc(code("if a < b:\n\n    *c*", "python")),
        '<pre><code class="language-python">if a &lt; b:\n\n    *c*</code></pre>\n',
        "```python\nif a < b:\n\n    *c*\n```\n",
        "if a < b:\n\n    *c*\n",
    ),
    "code with a fence in it": (doc(code("```")), "<pre><code>```</code></pre>\n", "````\n```\n````\n", "```\n"),
    "a rule": (doc(make("horizontalRule")), "<hr>\n", "***\n", "* * *\n"),
}


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


# Markdown as people write it

READ = {
    "": doc(p()),
    "\n\n": doc(p()),
    "a\nb  \nc\\\nd": doc(p("a b", BREAK, "c", BREAK, "d")),
    "Title\n===\n\nsub\n---": doc(h(1, "Title"), h(2, "sub")),
    "##### deep": doc(h(3, "deep")),
    "*a* __b__ ***c***": doc(p(text("a", ITALIC), " ", text("b", BOLD), " ", text("c", BOLD, ITALIC))),
    "**`a`** ~~b~~ ~c~": doc(p(text("a", CODE), " ", text("b", STRIKE), " ~c~")),
    "<u>a *b*</u> <u>c": doc(p(text("a ", UNDERLINE), text("b", UNDERLINE, ITALIC), " <u>c")),
    "a</u> <br/><br />b": doc(p("a</u> ", BREAK, BREAK, "b")),
    "*a <u>b* c</u>": doc(p(text("a ", ITALIC), text("b", ITALIC, UNDERLINE), text(" c", UNDERLINE))),
    "<b>a</b> <script>alert(1)</script>": doc(p("<b>a</b> <script>alert(1)</script>")),
    "<div>\n*a*\n</div>": doc(p("<div> ", text("a", ITALIC), " </div>")),
    "&copy; \\&copy; &nbsp;": doc(p("© &copy; \u00a0")),
    "&nbsp;\n\n&#160;": doc(p(), p("\u00a0")),
    "[a](http://e.org 't') <https://e.org/ä>": doc(
        p(text("a", link("http://e.org", title="t")), " ", text("https://e.org/ä", link("https://e.org/ä")))
    ),
    "[a][1]\n\n[1]: mailto:a@b.c": doc(p(text("a", link("mailto:a@b.c")))),
    "[a](b.md) [b](javascript:c)": doc(p("a b")),
    "![a cat](http://e.org/c.png) ![](http://e.org)": doc(
        p(text("a cat", link("http://e.org/c.png")), " ", text("http://e.org", link("http://e.org")))
    ),
    "![*a* cat](c.png)": doc(p(text("a", ITALIC), " cat")),
    "[![a](http://e.org/c)](http://e.org)": doc(p(text("a", link("http://e.org")))),
    "- a\n- b\n\n  c\n* d": doc(make("bulletList", items("a", [p("b"), p("c")])), make("bulletList", items("d"))),
    "-\n- # a": doc(make("bulletList", items([p()], [p(), h(1, "a")]))),
    "7) a\n8) b": doc(make("orderedList", items("a", "b"), start=7)),
    "- [x] a": doc(make("bulletList", items("[x] a"))),
    ">": doc(make("blockquote", [p()])),
    "> a\nb": doc(make("blockquote", [p("a b")])),
    "    a\n\n    b": doc(code("a\n\nb")),
    "~~~ py x\na\n~~~\n```\n```": doc(code("a", "py"), code("")),
    "***": doc(make("horizontalRule")),
    "| a | *b* |\n| - | - |\n| c | |\n\nd": doc(p("a | ", text("b", ITALIC)), p("c | "), p("d")),
    "a\r\nb\r\rc\x00": doc(p("a b"), p("c\ufffd")),
}


@pytest.mark.parametrize("source", READ)
def test_markdown_as_people_write_it(source: str) -> None:
    tree = from_markdown(source)
    assert tree == READ[source]
    assert from_json(msgspec.json.encode(tree)) == tree


def test_markdown_that_is_nested_too_deep_is_refused() -> None:
    deepest = from_markdown("> " * (DEPTH - 1) + "a")
    assert to_markdown(deepest).decode() == "> " * (DEPTH - 1) + "a\n"
    for source in ("> " * DEPTH + "a", "> " * 5000 + "a", "".join("  " * n + "- a\n" for n in range(DEPTH))):
        with pytest.raises(BadRequestError, match="nested"):
            from_markdown(source)


# Text


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("", doc(p())),
        ("a\nb\n\nc\n", doc(p("a", BREAK, "b"), p("c"))),
        ("\n\na\r\n \t\r\n\n\n  b\rc", doc(p("a"), p("  b", BREAK, "c"))),
        ("*a* <b>", doc(p("*a* <b>"))),
    ],
)
def test_text_becomes_paragraphs(source: str, tree: Node) -> None:
    assert from_text(source) == tree


# JSON


def test_json_is_filled_in_and_put_in_order() -> None:
    source = {
        "type": "doc",
        "content": [
            {"type": "heading", "content": [{"type": "text", "text": "a", "marks": [{"type": "italic"}, {"type": "bold"}]}]},
            {"type": "paragraph", "content": [{"type": "text", "text": "b"}, {"type": "text", "text": "c"}]},
            {"type": "paragraph", "content": [{"type": "hardBreak", "marks": [{"type": "bold"}]}]},
        ],
    }
    assert from_json(json.dumps(source).encode()) == doc(h(1, text("a", BOLD, ITALIC)), p("bc"), p(BREAK))


WRONG = {
    "{": "This is not a document in JSON",
    "[]": "This is not a document in JSON: Expected `object`, got `array`",
    '{"type": "doc", "colour": 1}': "unknown field `colour`",
    '{"type": "doc"}': "At $: the content of a doc must be: block+",
    '{"type": "doc", "content": [{"type": "video"}]}': "At $.content[0]: there is no node of type video",
    '{"type": "doc", "content": [{"type": "text", "text": "a"}]}': "At $: the content of a doc must be: block+",
    '{"type": "doc", "content": [{"type": "paragraph", "text": "a"}]}': "a paragraph has content, not text",
    '{"type": "doc", "content": [{"type": "paragraph", "marks": [{"type": "bold"}]}]}': "a paragraph has no marks",
    '{"type": "doc", "content": [{"type": "paragraph", "attrs": {"x": 1}}]}': "there is no attribute x",
    '{"type": "doc", "content": [{"type": "bulletList"}]}': "the content of a bulletList must be: listItem+",
    '{"type": "doc", "content": [{"type": "horizontalRule", "content": [{"type": "paragraph"}]}]}': "must be: nothing",
    '{"type": "doc", "content": [{"type": "heading", "attrs": {"level": 4}}]}': "level: must be one of 1, 2, 3",
    '{"type": "doc", "content": [{"type": "heading", "attrs": {"level": true}}]}': "level: must be one of 1, 2, 3",
    '{"type": "doc", "content": [{"type": "codeBlock", "attrs": {"language": 1}}]}': "language: must be text or null",
    '{"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": ""}]}]}': "text can't be empty",
    '{"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "\\ud800"}]}]}': "not a document",
}
IN_LINE = {
    '{"type": "text", "text": "a", "attrs": {"b": 1}}': "text has neither content nor attributes",
    '{"type": "text", "text": "a", "marks": [{"type": "blink"}]}': "there is no mark of type blink",
    '{"type": "text", "text": "a", "marks": [{"type": "bold"}, {"type": "bold"}]}': "bold can't be there beside the others",
    '{"type": "text", "text": "a", "marks": [{"type": "bold"}, {"type": "code"}]}': "bold can't be there beside the others",
    '{"type": "text", "text": "a", "marks": [{"type": "bold", "attrs": {"b": 1}}]}': "bold: there is no attribute b",
    '{"type": "text", "text": "a", "marks": [{"type": "link"}]}': "link, href: must be an address",
    '{"type": "hardBreak", "marks": [{"type": "blink"}]}': "there is no mark of type blink",
    '{"type": "paragraph"}': "the content of a paragraph must be: inline*",
}


@pytest.mark.parametrize("source", WRONG)
def test_json_that_breaks_the_schema_is_refused(source: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        from_json(source.encode())
    assert WRONG[source] in str(caught.value)


@pytest.mark.parametrize("node", IN_LINE)
def test_json_that_breaks_the_schema_in_a_line_is_refused(node: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        from_json(f'{{"type": "doc", "content": [{{"type": "paragraph", "content": [{node}]}}]}}'.encode())
    assert "At $.content[0]" in str(caught.value)
    assert IN_LINE[node] in str(caught.value)


@pytest.mark.parametrize(
    ("list_attrs", "right"),
    [({"start": 0}, True), ({"start": -5}, True), ({"start": 1.5}, False), ({"start": 2**53}, False), ({"type": "a"}, True)],
)
def test_the_attributes_of_a_list(list_attrs: dict[str, object], right: bool) -> None:
    source = msgspec.json.encode(doc(Node("orderedList", list_attrs, items("a"))))
    if right:
        assert from_json(source).content[0].attrs.items() >= list_attrs.items()
    else:
        with pytest.raises(BadRequestError, match="start: must be a whole number"):
            from_json(source)


@pytest.mark.parametrize(
    ("node", "right"),
    [
        (make("image", id="a", alt="A boat", width=640, height=480), True),
        (make("image", width="640"), False),
        (make("image", alt=None), False),
        (make("action", centered=True), True),
        (make("action", centered=1), False),
        (make("sceneHeading", number="12A"), True),
        (make("sceneHeading", number=12), False),
        (make("lyric", [make("chord", name="Am"), make_text("word")]), True),
        (make("paragraph", [make_text("a", [make_mark("comment", id="1"), make_mark("comment", id="2")])]), True),
        (make("paragraph", [make_text("a", [make_mark("comment", id="1"), make_mark("comment", id="1")])]), False),
        (make("paragraph", [make_text("a", [make_mark("comment", id="1"), make_mark("code")])]), True),
        (make("codeBlock", [make_text("a", [make_mark("comment", id="1")])]), True),
    ],
)
def test_blocks_of_writers(node: Node, right: bool) -> None:
    source = msgspec.json.encode(doc(node))
    if right:
        assert from_json(source) == doc(node)
    else:
        with pytest.raises(BadRequestError):
            from_json(source)


def test_marks_in_code_are_refused() -> None:
    with pytest.raises(BadRequestError, match="text in a codeBlock has no bold"):
        from_json(msgspec.json.encode(doc(make("codeBlock", [text("a", BOLD)]))))


@pytest.mark.parametrize("depth", [DEPTH, 5000, 200_000])
def test_json_that_is_nested_too_deep_is_refused(depth: int) -> None:
    open_, close = b'{"type":"blockquote","content":[', b"]}"
    inner = open_ * depth + b'{"type":"paragraph"}' + close * depth
    with pytest.raises(BadRequestError, match="nested"):
        from_json(b'{"type":"doc","content":[' + inner + b"]}")
    edge = open_ * (DEPTH - 1) + b'{"type":"paragraph"}' + close * (DEPTH - 1)
    assert to_html(from_json(b'{"type":"doc","content":[' + edge + b"]}")).count(b"<blockquote>") == DEPTH - 1
