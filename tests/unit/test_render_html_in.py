"""HTML that comes in: from this studio, from word processors in browsers, and from people who mean harm."""

from __future__ import annotations

import msgspec
import pytest

from rooms.render.frames import Taken
from rooms.render.from_html import from_html, pictures
from rooms.render.from_json import from_json
from rooms.render.to_html import to_html
from rooms.render.tree import Node, leaves, make, make_mark
from tests.unit.trees import (
    BOLD,
    BREAK,
    CODE,
    CORPUS,
    ITALIC,
    STRIKE,
    UNDERLINE,
    code,
    doc,
    h,
    items,
    link,
    p,
    text,
)

WHITE_SPACE = {"signs of blocks at the start of a line"}


@pytest.mark.parametrize("name", sorted(CORPUS.keys() - WHITE_SPACE - {"nothing"}))
def test_our_own_is_read_as_it_was_written(name: str) -> None:
    tree = CORPUS[name][0]
    assert from_html(to_html(tree).decode()) == tree


def test_lines_of_scripts_and_songs_come_back() -> None:
    tree = doc(
        make("sceneHeading", p("INT. SEA").content, number="7"),
        make("action", p("a").content, centered=True),
        make("character", p("MEI").content, dual=True),
        make("lyric", [make("chord", name="Am"), *p("row", text(" on", make_mark("note"))).content]),
        make("pageBreak"),
        make("titleLine", p("x").content, key="Title"),
    )
    assert from_html(to_html(tree).decode()) == tree


READ = {
    "text alone": ("hello", doc(p("hello"))),
    "white space": ("<p> a \n\t b&nbsp; </p>\n\n<p>c<b> d </b></p>", doc(p("a b\u00a0"), p("c", text(" d", BOLD)))),
    "headings below the third": ("<h5>x</h5>", doc(h(3, "x"))),
    "a stylish editor": (
        '<b style="font-weight:normal"><p><span style="font-weight:700;font-style:italic">a</span><s>b</s></p></b>',
        doc(p(text("a", BOLD, ITALIC), text("b", STRIKE))),
    ),
    "a table": (
        "<table><thead><tr><th>a<th><p>b</p></thead><tr><td><ul><li>c</ul><td>d</table>",
        doc(p("a | b"), p("c | d")),
    ),
    "lists, as they are found": (
        "<ul>stray<li>a<ul><li>b</ul><ol start=5 type=i><li>c</ol></ul><li>loose</li>",
        doc(
            make(
                "bulletList",
                items("stray", [p("a"), make("bulletList", items("b")), make("orderedList", items("c"), start=5, type="i")]),
            ),
            p("loose"),
        ),
    ),
    "code": ('<pre><code class="language-py">a\n  b\n</code></pre>', doc(code("a\n  b", "py"))),
    "inline code": ("<p><b>x <code>y</code></b></p>", doc(p(text("x ", BOLD), text("y", CODE)))),
    "links": (
        '<a href="javascript:alert(1)">a</a> <a href=" HTTP://e.org ">b</a> <a href="https://e.org/" title="t">c</a>',
        doc(p("a b ", text("c", link("https://e.org/", title="t")))),
    ),
    "pictures": (
        '<p>see <img src="https://e.org/a.png" alt="a  cat"></p>',
        doc(p("see ", text("a cat", link("https://e.org/a.png")))),
    ),
    "a page of the web": (
        """<!doctype html><html><head><title>no</title><style>p{}</style></head><body><script>no()</script><nav>a</nav>
        <div>b<div>c</div>d</div><!-- no --><textarea>no</textarea><svg><text>no</text></svg></body></html>""",
        doc(p("a"), p("b"), p("c"), p("d")),
    ),
    "styled lines": ('<span style="text-decoration: underline line-through">a</span>', doc(p(text("a", STRIKE, UNDERLINE)))),
    "breaks": ("<p>a<br>b</p><p><br></p>", doc(p("a", BREAK, "b"), p())),
    "nothing": ("", doc(p())),
}


@pytest.mark.parametrize("name", READ)
def test_what_others_write(name: str) -> None:
    source, tree = READ[name]
    found = from_html(source)
    assert found == tree
    assert from_json(msgspec.json.encode(found)) == found


DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


def test_pictures_that_the_page_has_in_itself() -> None:
    page = (
        f'<p>See <img src="{DOT}" alt="a  dot" width="40"> and:</p><ul><li><img data-image="boat" src="{DOT}#2"></ul>'
        f'<table><tr><td>x<img src="DATA:image/png,%89PNG"><td>y</table><template><img src="{DOT}#3"></template>'
        '<img src="data:text/html,no"><img src="data:image/png;base64,A">'
    )
    dot, boat, png, spoiled = pictures(page)
    assert [found.own for found in (dot, boat, png, spoiled)] == ["", "boat", "", ""]
    assert (dot.data[:6], len(dot.data), png.data, spoiled.data) == (b"GIF89a", 42, b"\x89PNG", b"")
    taken = {
        dot.name: Taken("one", 20, 10),
        boat.name: Taken("two", 20, 10),
        png.name: Taken(sentence="This room has no space for another picture."),
    }
    assert from_html(page, taken) == doc(
        p("See"),
        make("image", id="one", alt="a dot", width=40, height=20),
        p("and:"),
        make("bulletList", [make("listItem", [p(), make("image", id="two", width=20, height=10)])]),
        p("x | y"),
        p("[A picture: This room has no space for another picture.]"),
        p("[A picture: It could not be read.]"),
    )
    assert [node.attrs["id"] for node in from_html(page).content if node.type == "image"] == [None, None, None]
    assert pictures("<div>" * 20_000 + f'<img src="{DOT}">')[0].data == dot.data


@pytest.mark.parametrize("tag", ["blockquote", "div", "ul><li", "b", "p", "table><tr><td", "span style='font-weight:bold'"])
def test_nesting_without_end_is_flattened(tag: str) -> None:
    found = from_html(f"<{tag}>" * 20_000 + "deep")
    assert "".join(leaf.text or "" for leaf in leaves(found)) == "deep"


def test_nothing_that_runs_gets_through() -> None:
    source = (
        "<img src=x onerror=alert(1)><a href='data:text/html,x' onclick=x>a</a><iframe srcdoc='<script>'></iframe><p onload=x>b"
    )
    found = from_html(source)
    assert found == doc(p("a"), p("b"))
    assert isinstance(found, Node)
