"""Documents made by hand, short enough to be read in a test; and those that have a meaning, in each format."""

from __future__ import annotations

from rooms.render.tree import Mark, Node, make, make_mark, make_text

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
