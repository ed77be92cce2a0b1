"""Documents as people write them (tests/fixtures), through every format and back, compared as trees."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from rooms.render.chordpro import from_chordpro, to_chordpro
from rooms.render.document import read, replace
from rooms.render.edition import Edition
from rooms.render.from_docx import from_docx
from rooms.render.from_fountain import from_fountain
from rooms.render.from_html import from_html
from rooms.render.from_json import from_json
from rooms.render.from_markdown import from_markdown
from rooms.render.to_docx import to_docx
from rooms.render.to_epub import to_epub
from rooms.render.to_fountain import to_fountain
from rooms.render.to_html import to_html
from rooms.render.to_markdown import to_markdown
from rooms.render.to_text import to_text
from rooms.render.tree import Node, leaves, make_mark, ordered

FIXTURES = Path(__file__).parents[1] / "fixtures"
READ: dict[str, Callable[[str], Node]] = {".md": from_markdown, ".fountain": from_fountain, ".cho": from_chordpro}
FILES = sorted(file for file in FIXTURES.rglob("*.*") if file.suffix in READ)
MOST = 8 << 20

# What Word can't carry: lists and headings in quotes, quotes in quotes, code and quotes in lists.
NOT_IN_WORD = {"quotes.md", "nested.md"}
# White space collapses in HTML.
NOT_IN_HTML = {"lighthouse.cho", "odd-white-space.md", "poem.md", "code.md", "syntax-at-line-starts.md", "signs.fountain"}


def named(file: Path) -> str:
    return file.name


def tree_of(file: Path) -> Node:
    return READ[file.suffix](file.read_text())


def letters(tree: Node) -> str:
    return "".join("".join(leaf.text or "" for leaf in leaves(tree)).split())


def test_there_are_enough() -> None:
    counts = [sum(file.suffix == suffix for file in FILES) for suffix in READ]
    assert (counts[0] >= 20, counts[1] >= 3, counts[2] >= 3) == (True, True, True)
    kinds = {node.type for file in FILES for node in every(tree_of(file))}
    assert len(kinds) >= 22
    assert {mark.type for file in FILES for node in every(tree_of(file)) for mark in node.marks} >= {
        "bold",
        "code",
        "note",
        "link",
    }


def every(tree: Node) -> list[Node]:
    return [tree, *(node for inner in tree.content for node in every(inner))]


@pytest.mark.parametrize("file", FILES, ids=named)
def test_its_own_format(file: Path) -> None:
    tree = tree_of(file)
    if file.suffix == ".md":
        assert from_markdown(to_markdown(tree).decode()) == tree
    elif file.suffix == ".fountain":
        assert from_fountain(to_fountain(tree).decode()) == tree
    else:
        assert from_chordpro(to_chordpro(tree, Edition()).decode()) == tree


@pytest.mark.parametrize("file", FILES, ids=named)
def test_markdown_carries_them_all(file: Path) -> None:
    assert from_markdown(to_markdown(tree_of(file)).decode()) == tree_of(file)


@pytest.mark.parametrize("file", FILES, ids=named)
def test_a_document_holds_them_all(file: Path) -> None:
    tree = tree_of(file)
    assert from_json(msgspec.json.encode(tree)) == tree
    assert read(replace([], tree)) == tree


@pytest.mark.parametrize("file", FILES, ids=named)
def test_word(file: Path) -> None:
    tree = tree_of(file)
    again = from_docx(to_docx(tree, Edition(), {}), MOST)
    if file.name not in NOT_IN_WORD:
        assert again == in_word(tree)
    assert letters(again) == letters(in_word(tree))


def in_word(node: Node) -> Node:
    """Without titles and underlines of links and languages of code; a picture that isn't there is its description."""
    if node.type == "image":
        return Node("paragraph", content=[Node("text", text=f"[{node.attrs['alt']}]")])
    href = next((mark.attrs["href"] for mark in node.marks if mark.type == "link"), None)
    marks = [mark for mark in node.marks if mark.type not in ("link", *(["underline"] if href else []))]
    attrs = {"language": None} if node.type == "codeBlock" else node.attrs
    link = [make_mark("link", href=href)] if href else []
    return Node(node.type, attrs, [in_word(inner) for inner in node.content], ordered([*marks, *link]), node.text)


@pytest.mark.parametrize("file", [file for file in FILES if file.name not in NOT_IN_HTML], ids=named)
def test_html(file: Path) -> None:
    tree = tree_of(file)
    assert from_html(to_html(tree).decode()) == tree


@pytest.mark.parametrize("file", FILES, ids=named)
def test_the_others_lose_no_letter(file: Path) -> None:
    tree = tree_of(file)
    rest = iter("".join(to_text(tree).decode().split()))
    assert all(letter in rest for letter in letters(tree))
    fountain = iter(letters(from_fountain(to_fountain(tree).decode())))
    assert all(letter in fountain for letter in letters(tree) if letter.isalnum())
    assert to_epub(tree, Edition(title=file.stem, language="en"), {})
