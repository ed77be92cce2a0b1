"""Random trees that keep the schema, made to be hard to write as Markdown; and what of a tree Markdown carries."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from itertools import groupby

from rooms.render.tree import Mark, Node, joined, make, make_mark, make_text
from tests.fuzz.render_pieces import random_text
from tests.fuzz.render_scripts import carried_by_chordpro, carried_by_fountain, random_script

HREFS = [
    "http://example.org",
    "HTTPS://example.org/a?b=c&copy=1&amp;d#e",
    "mailto:a@b.c",
    "http://e.org/(a(b)c",
    "http://e.org/a b>c<d\\e",
    "http://e.org/ä\u00a0`*_~]",
    "http:",
    "http://e.org/\"'&#41;",
]
LANGUAGES = [None, "", "python", "c++", "a b", "x`y", "~~~", "\\&amp;", "&copy;", "*z*", "\tq"]
LEVELS = [1, 2, 3]


def random_marks(r: random.Random) -> list[Mark]:
    if r.random() < 0.15:
        return [make_mark("code"), *([make_mark("note")] if r.random() < 0.2 else [])]
    kinds = [kind for kind in ("bold", "italic", "strike", "underline", "note") if r.random() < r.choice((0.1, 0.5))]
    marks = [make_mark(kind) for kind in kinds]
    if r.random() < 0.15:
        title = r.choice((None, None, "", random_text(r)))
        marks.append(make_mark("link", href=r.choice(HREFS), title=title, target=r.choice((None, "_blank"))))
    return marks


def random_line(r: random.Random, *, most: int = 6) -> list[Node]:
    return joined(
        make("hardBreak") if r.random() < 0.12 else make_text(random_text(r), random_marks(r))
        for _ in range(r.randrange(most + 1))
    )


def random_block(r: random.Random, depth: int) -> Node:
    kind = r.choice(("paragraph",) * 4 + ("heading", "codeBlock", "horizontalRule") + ("list", "blockquote") * (depth > 0))
    match kind:
        case "heading":
            return make("heading", random_line(r), level=r.choice(LEVELS))
        case "codeBlock":
            text = "\n".join(random_text(r) for _ in range(r.randrange(4)))
            return make("codeBlock", [make_text(text)] if text else [], language=r.choice(LANGUAGES))
        case "horizontalRule":
            return make("horizontalRule")
        case "blockquote":
            return make("blockquote", random_blocks(r, depth - 1))
        case "list":
            items = [make("listItem", _random_item(r, depth - 1)) for _ in range(r.randrange(1, 4))]
            if r.random() < 0.5:
                return make("bulletList", items)
            start = r.choice((1, 1, 0, 7, 99, 999_999_998, -3, 10**10))
            return make("orderedList", items, start=start, type=r.choice((None, "a")))
        case _:
            return make("paragraph", random_line(r))


def random_blocks(r: random.Random, depth: int) -> list[Node]:
    return [random_block(r, depth) for _ in range(r.randrange(1, 4))]


def _random_item(r: random.Random, depth: int) -> list[Node]:
    blocks = [make("paragraph", random_line(r))]
    while r.random() < 0.4:
        blocks.append(random_block(r, depth))
    return blocks


def random_tree(r: random.Random) -> Node:
    """A story."""
    return Node("doc", content=[random_block(r, 3) for _ in range(r.randrange(1, 6))])


def random_page(r: random.Random) -> Node:
    """A story with lines of scripts and songs, pictures and new pages in it, at any depth."""
    return Node("doc", content=_mixed(r, [random_block(r, 2) for _ in range(r.randrange(1, 5))]))


def _mixed(r: random.Random, blocks: list[Node]) -> list[Node]:
    found: list[Node] = []
    for block in blocks:
        content = block.content
        if block.type in ("blockquote", "bulletList", "orderedList", "listItem"):
            content = _mixed(r, content) if block.type != "listItem" else [content[0], *_mixed(r, content[1:])]
        found.append(Node(block.type, block.attrs, content, block.marks, block.text))
        if block.type != "listItem" and r.random() < 0.4:
            found.extend(random_script(r))
        if block.type != "listItem" and r.random() < 0.1:
            found.append(_random_picture(r))
    return found


def _random_picture(r: random.Random) -> Node:
    sides = (30, 20) if r.random() < 0.5 else (None, None)
    return make("image", id="abc2", alt=random_text(r), width=sides[0], height=sides[1])


# What Markdown carries: written from the list in `to_markdown`, one character at a time, so that it shares no code with it.

_CAN_NOT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def _readable(text: str) -> str:
    """Control characters and noncharacters become U+FFFD."""
    return "".join(
        "\ufffd" if _CAN_NOT.match(c) or ord(c) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(c) <= 0xFDEF else c for c in text
    )


def carried(node: Node) -> Node:
    if node.type == "image":
        alt = " ".join(_readable(node.attrs["alt"]).split())
        return make("image", **{**node.attrs, "alt": alt})
    if node.type in ("paragraph", "heading"):
        return Node(node.type, node.attrs, _carried_line(node.content))
    if node.type == "codeBlock":
        text = _readable("".join(n.text or "" for n in node.content).replace("\r\n", "\n").replace("\r", "\n"))
        language = next(iter(str(node.attrs["language"] or "").split()), None)
        return make("codeBlock", [make_text(text)] if text else [], language=language and _readable(language))
    if node.type == "orderedList":
        start = node.attrs["start"] if 0 <= node.attrs["start"] <= 999_999_999 else 1
        return make("orderedList", map(carried, node.content), start=start)
    return Node(node.type, node.attrs, _carried_blocks(node.content))


def _carried_blocks(blocks: list[Node]) -> list[Node]:
    """Lines of scripts and of songs that follow each other are one piece of Fountain or ChordPro."""
    kinds = ["song" if block.type in ("section", "lyric") else "script" if block.type in SCRIPT else "" for block in blocks]
    for at, block in enumerate(blocks):
        if block.type == "pageBreak" and "script" in kinds[max(0, at - 1) : at + 2]:
            kinds[at] = "script"
    found: list[Node] = []
    for kind, group in groupby(zip(kinds, blocks, strict=True), lambda pair: pair[0]):
        some = [_fenced(block) if kind else carried(block) for _, block in group]
        found.extend(carried_by_fountain(some) if kind == "script" else carried_by_chordpro(some) if kind else some)
    return found


SCRIPT = ("sceneHeading", "action", "character", "parenthetical", "dialogue", "transition", "titleLine", "synopsis")


def _fenced(node: Node) -> Node:
    return Node(
        node.type, node.attrs, [_fenced(inner) for inner in node.content], node.marks, node.text and _readable(node.text)
    )


def _kinds(node: Node) -> set[str]:
    return {mark.type for mark in node.marks}


def _carried_line(line: Iterable[Node]) -> list[Node]:
    letters: list[Node] = []
    for node in line:
        if node.type == "hardBreak":
            letters.append(node)
            continue
        marks = [make_mark(m.type, **_carried_attrs(m)) for m in node.marks]
        text = _readable(node.text or "")
        if "code" in _kinds(node):
            text = text.replace("\r", " ").replace("\n", " ")
        letters.extend(make_text(letter, marks) for letter in text)
    while letters and _is_space(letters[-1]):
        letters.pop()
    solid = [at for at, letter in enumerate(letters) if letter.type == "text" and not _is_space(letter)]
    for at, letter in enumerate(letters):
        if _is_space(letter):
            before = _kinds(letters[max((i for i in solid if i < at), default=at)]) if solid and solid[0] < at else set()
            after = _kinds(letters[min(i for i in solid if i > at)]) if solid and solid[-1] > at else set()
            kept = [m for m in letter.marks if m.type in ("underline", "note", "link") or m.type in before & after]
            letters[at] = make_text(letter.text or "", kept)
    return joined(letters)


def _is_space(letter: Node) -> bool:
    return letter.type == "text" and (letter.text or "").isspace() and "code" not in _kinds(letter)


def _carried_attrs(mark: Mark) -> dict[str, object]:
    if mark.type != "link":
        return {}
    return {"href": mark.attrs["href"], "title": _readable(mark.attrs["title"] or "") or None}
