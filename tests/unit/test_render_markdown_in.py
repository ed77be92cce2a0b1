"""Markdown and text that people bring in: what is made of it, and what is refused."""

from __future__ import annotations

import msgspec
import pytest

from rooms.errors import BadRequestError
from rooms.render.from_json import from_json
from rooms.render.from_markdown import from_markdown
from rooms.render.from_text import from_text
from rooms.render.to_markdown import to_markdown
from rooms.render.tree import DEPTH, Node, make
from tests.unit.trees import BOLD, BREAK, CODE, ITALIC, STRIKE, UNDERLINE, code, doc, h, items, link, p, text

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
