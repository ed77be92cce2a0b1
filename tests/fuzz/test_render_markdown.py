"""Markdown, written and read again: any tree that keeps the schema comes back as it was, but for what Markdown can't carry.

`TUTTI_FUZZ_SEED` and `TUTTI_FUZZ_COUNT` ask for another run or a longer one.
"""

from __future__ import annotations

import os
import random
import re
from html import unescape

import msgspec
import pytest

from rooms.render.from_json import from_json
from rooms.render.from_markdown import from_markdown
from rooms.render.to_html import to_html
from rooms.render.to_markdown import to_markdown
from rooms.render.to_text import to_text
from rooms.render.tree import Node, leaves
from tests.fuzz.render_trees import carried, random_page, random_tree

SEED = int(os.environ.get("TUTTI_FUZZ_SEED", "0"))
COUNT = int(os.environ.get("TUTTI_FUZZ_COUNT", "4000"))
PARTS = 20


def trees(part: int) -> list[tuple[int, Node]]:
    return [(seed, random_tree(random.Random(seed))) for seed in range(SEED + part, SEED + COUNT, PARTS)]


@pytest.mark.parametrize("part", range(PARTS))
def test_markdown_reads_back_as_it_was_written(part: int) -> None:
    for seed, tree in trees(part):
        markdown = to_markdown(tree).decode()
        again = from_markdown(markdown)
        assert again == carried(tree), f"seed {seed}:\n{markdown}"
        assert to_markdown(again).decode() == markdown, f"seed {seed}"


@pytest.mark.parametrize("part", range(PARTS))
def test_scripts_songs_and_pictures_in_markdown_too(part: int) -> None:
    for seed in range(SEED + part, SEED + COUNT // 4, PARTS):
        page = random_page(random.Random(seed))
        markdown = to_markdown(page).decode()
        assert from_markdown(markdown) == carried(page), f"seed {seed}:\n{markdown}"


@pytest.mark.parametrize("part", range(PARTS))
def test_json_keeps_everything(part: int) -> None:
    for seed, tree in trees(part)[:50]:
        assert from_json(msgspec.json.encode(tree)) == tree, f"seed {seed}"
        page = random_page(random.Random(seed))
        assert from_json(msgspec.json.encode(page)) == page, f"seed {seed}"


def broken(r: random.Random, node: Node) -> Node:
    """The tree with nodes moved to where the schema doesn't want them."""
    content = [broken(r, inner) for inner in node.content]
    if content and r.random() < 0.2:
        content.insert(r.randrange(len(content)), r.choice(content))
    if content and r.random() < 0.1:
        content = r.choice(content).content or content
    kind = (
        node.type
        if node.type in ("doc", "text") or r.random() < 0.8
        else r.choice(("paragraph", "listItem", "callout", "codeBlock"))
    )
    return Node(kind, node.attrs, content, node.marks, node.text)


def letters(text: str) -> str:
    return "".join(filter(str.isalpha, text))


def written(tree: Node) -> str:
    return letters("".join(leaf.text or "" for leaf in leaves(tree)))


def is_within(some: str, all_of_them: str) -> bool:
    """Whether the letters are all there, in order, with others between them."""
    rest = iter(all_of_them)
    return all(letter in rest for letter in some)


@pytest.mark.parametrize("part", range(PARTS))
def test_no_tree_is_too_odd_to_be_written(part: int) -> None:
    r = random.Random(part)
    for seed, tree in trees(part)[:50]:
        odd = broken(r, tree)
        words = written(odd)
        assert letters(unescape(re.sub("<[^>]*>", "", to_html(odd).decode()))) == words, f"seed {seed}"
        assert is_within(words, letters(to_text(odd).decode())), f"seed {seed}"
        assert is_within(words, written(from_markdown(to_markdown(odd).decode()))), f"seed {seed}"
