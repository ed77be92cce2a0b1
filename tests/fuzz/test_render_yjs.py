"""The worker's reading and writing of documents against yjs, which is what browsers read and write them with."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from rooms.model import Limits
from rooms.render.document import read, replace
from rooms.render.tree import Mark, Node, filled, joined, leaves, ordered, schema
from rooms.render.updates import merged
from rooms.scan import scan
from tests.fuzz.render_trees import random_tree

SEED = 7
LIMITS = Limits()

RunNode = Callable[..., list[Any]]


def as_nodes(read_by_yjs: list[dict[str, Any]]) -> list[Node]:
    """What `render-pages.mjs` prints, as the tree has it."""
    return joined(_as_node(node) for node in read_by_yjs)


def _as_node(node: dict[str, Any]) -> Node:
    if "embed" in node:
        return Node("unknown", {"value": {"image": "x"}})
    if "text" in node:
        return Node("text", marks=ordered(_as_mark(name, attrs) for name, attrs in node["marks"].items()), text=node["text"])
    known = schema().nodes.get(node["type"])
    return Node(node["type"], filled(known.attrs if known else {}, node["attrs"]), as_nodes(node["content"]))


def _as_mark(name: str, attrs: object) -> Mark:
    kind = name.partition("--")[0]
    known = schema().marks.get(kind)
    return Mark(kind, filled(known.attrs if known else {}, attrs if isinstance(attrs, dict) else {}))


def encoded(updates: list[bytes]) -> list[str]:
    return [base64.b64encode(update).decode() for update in updates]


def test_what_yjs_wrote_is_read_as_yjs_reads_it(node: RunNode) -> None:
    pages = node("render-pages.mjs", "make", str(SEED), "200")
    seen: set[str] = set()
    for number, page in enumerate(pages):
        tree = read(merged([base64.b64decode(update) for update in page["updates"]]))
        assert tree.content == as_nodes(page["tree"]), f"page {SEED + number}"
        seen |= {mark.type for leaf in leaves(tree) for mark in leaf.marks} | {leaf.type for leaf in leaves(tree)}
    assert seen >= {"bold", "italic", "code", "link", "comment", "unknown", "text", "image", "listItem"}


def varied(r: random.Random, tree: Node) -> Node:
    """Some of its blocks, some others in their midst."""
    blocks = tree.content
    head, tail = sorted((r.randrange(len(blocks) + 1), r.randrange(len(blocks) + 1)))
    other = random_tree(r).content
    return Node("doc", content=[*blocks[:head], *other[: r.randrange(len(other) + 1)], *blocks[tail:]] or other)


def test_what_is_replaced_reads_the_same_in_yjs(node: RunNode) -> None:
    pages: list[tuple[Node, list[bytes]]] = []
    for seed in range(300):
        r = random.Random(seed)
        tree = random_tree(r)
        updates: list[bytes] = []
        for _ in range(3):
            updates.append(replace(updates, tree))
            pages.append((tree, list(updates)))
            tree = varied(r, tree)
    for tree, updates in pages:
        assert read(merged(updates)) == tree
        assert scan(updates[-1], LIMITS).runs == [] or len({client for client, _, _ in scan(updates[-1], LIMITS).runs}) == 1
    lines = "".join(json.dumps(encoded(updates)) + "\n" for _, updates in pages)
    seen = node("render-pages.mjs", "read", stdin=lines)
    for number, ((tree, _), by_yjs) in enumerate(zip(pages, seen, strict=True)):
        assert as_nodes(by_yjs) == tree.content, f"seed {number // 3}, step {number % 3}"


@pytest.mark.parametrize("seed", range(20))
def test_replacing_by_the_same_says_nothing(seed: int) -> None:
    tree = random_tree(random.Random(seed))
    assert replace([replace([], tree)], tree) == b"\x00\x00"
